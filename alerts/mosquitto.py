"""Mosquitto's own files for a township: its configuration, the access list and the password hashes."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from alerts.access import Access, Verb, hash_password
from alerts.messages import MAX_BYTES


@dataclass(frozen=True, slots=True)
class Certificate:
    """What the broker shows its clients, and the key to it: PEM files that Mosquitto's user can read."""

    certificate: Path
    key: Path


@dataclass(frozen=True, slots=True)
class Listening:
    """Where Mosquitto listens, in the clear without a certificate; where it finds our files and keeps its own; as whom it runs."""

    address: str
    port: int
    files: Path
    data: Path
    user: str
    certificate: Certificate | None = None


def mosquitto_config(listening: Listening) -> str:
    """The text of `mosquitto.conf`. Raises ValueError for a path or a name that would break its line."""
    shown = listening.certificate
    tls = (f"certfile {shown.certificate}", f"keyfile {shown.key}", "tls_version tlsv1.2") if shown else ()
    lines = (
        "# Written by `weisu broker setup`: write it anew rather than change it here.",
        f"user {listening.user}",
        f"listener {listening.port} {listening.address}",
        *tls,
        "",
        "# Who may come in, and who may do what.",
        "allow_anonymous false",
        f"password_file {listening.files / 'passwords'}",
        f"acl_file {listening.files / 'acl'}",
        "",
        "# With its own defaults Mosquitto forgets acknowledged messages at a kill.",
        "persistence true",
        f"persistence_location {listening.data}/",
        "autosave_interval 1",
        "autosave_on_changes true",
        "",
        "# A phone that is away may miss 10,000 messages before any is dropped, and is forgotten after two weeks.",
        "max_queued_messages 10000",
        "persistent_client_expiration 14d",
        f"max_packet_size {4 * MAX_BYTES}",
        "set_tcp_nodelay true",
    )
    for line in lines:
        _whole(line)
    return "\n".join(lines) + "\n"


def mosquitto_acl(access: Access) -> str:
    """The text of Mosquitto's `acl_file` that says what `access` says. Raises ValueError for a name that would break its line."""
    lines = ["# Written by weisu. Who is not named here may do nothing."]
    for user in (access.service, *sorted(access.cleaners)):
        lines += ["", f"user {_whole(user)}"]
        lines += [f"topic {verb} {topic_filter}" for verb in Verb for topic_filter in access.filters(user, verb)]
    return "\n".join(lines) + "\n"


def mosquitto_passwords(passwords: Mapping[str, str]) -> str:
    """The text of Mosquitto's `password_file`: hashes only. Raises ValueError for a name that would break its line."""
    return "".join(f"{_whole(user, ':')}:{hash_password(password)}\n" for user, password in sorted(passwords.items()))


def write_mosquitto_files(
    folder: Path, access: Access, passwords: Mapping[str, str], listening: Listening | None = None
) -> tuple[Path, ...]:
    """Write `acl`, `passwords` and, told where to listen, `mosquitto.conf` into `folder`. Returns their paths.

    They are readable to their owner alone; a file that was there keeps its owner. Raises OSError, and ValueError as the texts do.
    """
    texts = {"acl": mosquitto_acl(access), "passwords": mosquitto_passwords(passwords)}
    if listening is not None:
        texts["mosquitto.conf"] = mosquitto_config(listening)
    for name, text in texts.items():
        path = folder / name
        path.touch(mode=0o600)
        path.chmod(0o600)
        path.write_text(text, encoding="utf-8")
    return tuple(folder / name for name in texts)


def _whole(line: str, without: str = "") -> str:
    if not line.isprintable() or any(char in line for char in without):
        raise ValueError(f"cannot stand in a line of Mosquitto's files: {line!r}")
    return line
