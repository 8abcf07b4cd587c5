"""A secret of this service's own in a file: made where there is none, for its owner's eyes alone."""

import os
import secrets
from contextlib import suppress
from pathlib import Path

from storage.errors import Unusable

SIZE = 32


def secret_key(file: Path) -> bytes:
    """The key in a file, which is made where it is missing; two who make it at once get the same. Raises Unusable."""
    try:
        if not file.exists():
            _make(file)
        if os.name == "posix" and file.stat().st_mode & 0o077:
            raise Unusable(f"{file} can be read by others than its owner: `chmod 600` it, or remove it, and a new key is made")
        key = bytes.fromhex(file.read_text("ascii").strip())
    except (OSError, ValueError) as error:
        raise Unusable(f"no key in {file} ({error}): remove it, and a new one is made") from error
    if len(key) < SIZE:
        raise Unusable(f"the key in {file} is short: remove it, and a new one is made")
    return key


def _make(file: Path) -> None:
    """Whole or not at all: linking refuses where somebody else was quicker."""
    part = file.with_name(f"{file.name}.{secrets.token_hex(8)}.part")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with open(descriptor, "w", encoding="ascii") as written:  # noqa: PTH123  a descriptor, not a path
            written.write(secrets.token_hex(SIZE) + "\n")
            written.flush()
            os.fsync(written.fileno())
        with suppress(FileExistsError):
            os.link(part, file)
    finally:
        part.unlink()
