"""The township's file in an engineer's hands: changed on paper, checked by the service's own reader, and written whole or not at all."""

import difflib
import fcntl
import os
import stat
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rules.builtin import BUILT_IN
from town.editing import Change, edited
from town.problems import ConfigError, Problem
from town.reading import LARGEST_FILE_BYTES, township_of
from town.township import Township


class NotWritten(Exception):
    """The file stays as it was. `reason` is a word: changed (by somebody else meanwhile), read_only, or failed; the text says more."""

    def __init__(self, reason: str, text: str) -> None:
        super().__init__(text)
        self.reason = reason


@dataclass(frozen=True)
class Proposal:
    """A file before and after a change, and what would be wrong with it then. `township` is what it would say; None where it is wrong."""

    before: str
    after: str
    problems: tuple[Problem, ...]
    township: Township | None

    @property
    def diff(self) -> tuple[str, ...]:
        """A unified diff's lines, without the names of files; none where nothing changes."""
        lines = difflib.unified_diff(self.before.splitlines(), self.after.splitlines(), lineterm="", n=2)
        return tuple(lines)[2:]


def text_now(file: Path) -> str:
    """The file as it stands, its line ends too. Raises ConfigError. Blocks."""
    try:
        if file.stat().st_size > LARGEST_FILE_BYTES:
            raise ConfigError([Problem(1, "", "a file of over 20 MB", "a township of a few thousand cameras")])
        return file.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError([Problem(1, "", f"{file.name} unreadable ({type(error).__name__})", "a readable YAML file in UTF-8")]) from error


def proposed(text: str, changes: Sequence[Change], file: Path, environ: Mapping[str, str]) -> Proposal:
    """What changes would make of the file's text, by the reader that the service uses. Raises Uneditable, ConfigError."""
    after = text
    for change in changes:
        after = edited(after, change)
    try:
        township = township_of(after, environ, BUILT_IN, file.resolve().parent)
    except ConfigError as error:
        return Proposal(text, after, error.problems, None)
    return Proposal(text, after, (), township)


def write(file: Path, proposal: Proposal) -> None:
    """Put what is proposed in the file's place, at once for whoever reads it, with its permissions. Raises NotWritten. Blocks.

    A link stays, and what it leads to is written. Whoever was quicker keeps what they wrote.
    """
    if proposal.township is None:
        raise NotWritten("failed", "the file would be wrong")
    target = file.resolve()
    if not os.access(target, os.W_OK):
        raise NotWritten("read_only", f"{target.name} may not be written by this service")
    with _alone(target):
        fresh = _beside(target, proposal.after.encode("utf-8"))
        try:
            if target.read_bytes() != proposal.before.encode("utf-8"):
                raise NotWritten("changed", f"{target.name} was changed by somebody else meanwhile")
            fresh.chmod(stat.S_IMODE(target.stat().st_mode))
            fresh.replace(target)
            _settle(target.parent)
        except OSError as error:
            raise NotWritten("failed", f"{target.name} could not be written ({error.strerror})") from error
        finally:
            fresh.unlink(missing_ok=True)


@contextmanager
def _alone(target: Path) -> Iterator[None]:
    """While nobody else writes the township's file who asks for the same lock."""
    with _told_as_read_only(target), target.with_name(f".{target.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


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
