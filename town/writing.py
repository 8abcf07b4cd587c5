"""The township's file is written whole or not at all, by one at a time, and only over what its writer has read."""

import fcntl
import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from town.problems import ConfigError, Problem
from town.reading import LARGEST_FILE_BYTES


class NotWritten(Exception):
    """The file stays as it was. `reason` is a word: changed (by somebody else meanwhile), read_only, or failed; the text says more."""

    def __init__(self, reason: str, text: str) -> None:
        super().__init__(text)
        self.reason = reason


def text_now(file: Path) -> str:
    """The file as it stands, its line ends too. Raises ConfigError. Blocks."""
    try:
        if file.stat().st_size > LARGEST_FILE_BYTES:
            raise ConfigError([Problem(1, "", "a file of over 20 MB", "a township of a few thousand cameras")])
        return file.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError([Problem(1, "", f"{file.name} unreadable ({type(error).__name__})", "a readable YAML file in UTF-8")]) from error


@contextmanager
def alone(file: Path) -> Iterator[None]:
    """While nobody else writes the file who asks for the same lock. Raises NotWritten. Blocks."""
    target = file.resolve()
    with _told_as_read_only(target):
        lock = target.with_name(f".{target.name}.lock").open("w")
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def swap(file: Path, before: str, after: str) -> None:
    """Put one text in the place of another, at once for whoever reads the file, with its permissions. Raises NotWritten. Blocks.

    Call it while `alone`. A link stays, and what it leads to is written. Who wrote without asking for the lock keeps what they wrote.
    """
    target = file.resolve()
    if not os.access(target, os.W_OK):
        raise NotWritten("read_only", f"{target.name} may not be written by this service")
    fresh = _beside(target, after.encode("utf-8"))
    try:
        if target.read_bytes() != before.encode("utf-8"):
            raise NotWritten("changed", f"{target.name} was changed by somebody else meanwhile")
        fresh.chmod(stat.S_IMODE(target.stat().st_mode))
        fresh.replace(target)
        _settle(target.parent)
    except OSError as error:
        raise NotWritten("failed", f"{target.name} could not be written ({error.strerror})") from error
    finally:
        fresh.unlink(missing_ok=True)


def _beside(target: Path, content: bytes) -> Path:
    with _told_as_read_only(target):
        handle, name = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".new", dir=target.parent)
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
    return Path(name)


@contextmanager
def _told_as_read_only(target: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise NotWritten("read_only", f"nothing can be written beside {target.name} ({error.strerror})") from error


def _settle(folder: Path) -> None:
    """So that the new name outlives a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
