"""Where recipients are reached: addresses from the environment and from files, which never print."""

from collections.abc import Mapping
from pathlib import Path

from pydantic import SecretStr

from town.problems import CannotRun
from town.recipients import NoticeSettings, Recipient

Addresses = Mapping[tuple[str, str], SecretStr]
"""By recipient and channel."""


class AddressError(CannotRun):
    """An address that is named cannot be read. Holds nothing of it."""


def addresses(settings: NoticeSettings, environ: Mapping[str, str]) -> Addresses:
    """The address of every channel. Raises AddressError."""
    return {key: address for one in settings.recipients for key, address in _of_recipient(one, environ).items()}


def _of_recipient(recipient: Recipient, environ: Mapping[str, str]) -> dict[tuple[str, str], SecretStr]:
    found = {name: _from_environment(recipient, name, environ) for name in recipient.urls}
    found |= {file.name: _from_file(recipient, file) for file in recipient.url_files}
    return {(recipient.id, channel): SecretStr(address) for channel, address in found.items()}


def _from_environment(recipient: Recipient, name: str, environ: Mapping[str, str]) -> str:
    if not environ.get(name):
        raise AddressError(f"notices: {recipient.id}: {name} is not set: set it in the environment")
    return environ[name].strip()


def _from_file(recipient: Recipient, file: Path) -> str:
    try:
        lines = file.read_text(encoding="utf-8").split()
    except (OSError, UnicodeDecodeError) as error:
        raise AddressError(f"notices: {recipient.id}: {file} is unreadable: {type(error).__name__}") from None
    if len(lines) != 1:
        raise AddressError(f"notices: {recipient.id}: {file} must hold one address and nothing else; name several files for several")
    return lines[0]
