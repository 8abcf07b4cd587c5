"""Copies of a database file: made while others write it, and put in the place of another in one step."""

import os
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from storage.errors import Failed, InUse

PATIENCE_S = 30
_LOGS = ("-wal", "-shm")


@contextmanager
def copying(source: Path, target: Path) -> Iterator[Path]:
    """A whole copy of what is committed in `source`, under another name; it becomes `target` on leaving, safe on disk. Raises Failed.

    Who reads and writes the source goes on meanwhile. Nothing is left where it fails, and `target` may not be there yet.
    """
    if target.exists():
        raise Failed(f"{target} is there already: a copy never replaces a file")
    part = target.with_name(f"{target.name}.part")
    try:
        with _told(f"no copy of {source} at {target}"):
            part.unlink(missing_ok=True)
            with closing(_opened(source)) as connection:
                connection.execute("VACUUM INTO ?", (str(part),))
        yield part
        with _told(f"no copy of {source} at {target}"):
            make_safe(part)
            part.rename(target)
    finally:
        for file in (part, *_beside(part)):
            file.unlink(missing_ok=True)


def make_safe(file: Path) -> None:
    """Let nothing of a closed database stand outside its one file, and that be on disk."""
    with closing(_opened(file)) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")
    _to_disk(file)


@dataclass(frozen=True, slots=True)
class Replaced:
    """A database that a copy takes the place of: its events, of which `beyond` are not in the copy. One that cannot be read has none."""

    is_readable: bool
    events: int = 0
    beyond: int = 0


@contextmanager
def alone_with(file: Path) -> Iterator[sqlite3.Connection]:
    """Nobody else has the database open, nor can use it until the end of the block; all of it stands in its one file.

    Raises InUse and Failed. A damaged file, which nobody can use, is left as it is.
    """
    with ExitStack() as stack:
        try:
            connection = stack.enter_context(closing(_opened(file, timeout_s=0)))
            # Leaving the write-ahead log takes SQLite's lock against every other connection, also one that only waits.
            connection.execute("PRAGMA journal_mode=DELETE")
            connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            if "locked" in str(error):
                raise InUse(f"{file} is in use: stop the service and all weisu commands first") from error
            raise Failed(f"{file}: {error}; if nobody uses it, move it away by hand") from error
        except sqlite3.DatabaseError:
            pass
        yield connection


def beyond(connection: sqlite3.Connection, head: str) -> Replaced:
    """What a database holds that a copy lacks whose last event has this hash: all, where it has no such event."""
    try:
        (events,) = connection.execute("SELECT count(*) FROM order_events").fetchone()
        found = connection.execute("SELECT number FROM order_events WHERE hash = ?", (head,)).fetchone()
        in_copy = connection.execute("SELECT count(*) FROM order_events WHERE number <= ?", found or (0,)).fetchone()[0]
    except sqlite3.DatabaseError:
        return Replaced(is_readable=False)
    return Replaced(True, events, events - in_copy)


def put_in_place(part: Path, target: Path, aside: Path) -> None:
    """Let `part` become `target` in one step; what stood there is `aside` afterwards, its logs too. Raises Failed."""
    with _told(f"{target} was not replaced"):
        if target.exists():
            _own_alike(part, target.stat())
        for suffix, log in zip(_LOGS, _beside(target), strict=True):
            # A log that is left over would be played into the new file.
            if log.exists():
                log.rename(aside.with_name(aside.name + suffix))
        if target.exists():
            _link(target, aside)
        part.replace(target)
        if os.name == "posix":
            _to_disk(target.parent, os.O_RDONLY)


def _link(target: Path, aside: Path) -> None:
    try:
        aside.hardlink_to(target)
    except OSError:
        if aside.exists():
            raise
        target.rename(aside)  # a file system without hard links: for a moment there is no database


def _opened(file: Path, timeout_s: float = PATIENCE_S) -> sqlite3.Connection:
    return sqlite3.connect(f"{file.absolute().as_uri()}?mode=rw", uri=True, timeout=timeout_s, isolation_level=None)


def _beside(file: Path) -> list[Path]:
    return [file.with_name(file.name + suffix) for suffix in _LOGS]


def _own_alike(file: Path, other: os.stat_result) -> None:
    """What the service could read and write, it still can when another user restored it."""
    file.chmod(stat.S_IMODE(other.st_mode))
    if os.name == "posix" and (other.st_uid, other.st_gid) != (os.getuid(), os.getgid()):
        os.chown(file, other.st_uid, other.st_gid)


def _to_disk(path: Path, flags: int = os.O_RDWR) -> None:
    number = os.open(path, flags)
    try:
        os.fsync(number)
    finally:
        os.close(number)


@contextmanager
def _told(what: str) -> Iterator[None]:
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        raise Failed(f"{what}: {error}") from error
