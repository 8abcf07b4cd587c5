"""Backing up a township's database and pictures, restoring them, and the drill that proves both."""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from alerts.taking_up import take_up
from patrol.stored import opened
from storage.copies import Replaced, alone_with, beyond, copying, put_in_place
from storage.database import Database
from storage.holdings import Holdings
from storage.picture_folder import PictureFolder
from town.township import Township


class NotRestored(Exception):
    """Nothing was changed. The text says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Restored:
    """What now stands in the database's place, what stood there before, and where that is kept."""

    held: Holdings
    replaced: Replaced | None = None
    aside: Path | None = None


def back_up(source: Path, target: Path, now: datetime) -> Holdings:
    """Copy a database that may be in use to a new file, look it all through, and let it know that it is a copy. Raises StorageError."""
    with copying(source, target) as part, opened(part) as copy:
        return _marked(copy, now, copied_at=now)


def restore(source: Path, target: Path, now: datetime, force: bool = False) -> Restored:
    """Put a copy of `source` in the place of `target`, in one step; what stood there is kept aside.

    Raises NotRestored and StorageError. `force` takes a source that is not whole, and replaces what has more events than it.
    """
    if not source.is_file():
        raise NotRestored(f"there is no backup {source}")
    if target.exists() and source.samefile(target):
        raise NotRestored(f"{source} is the database itself")
    incoming = target.with_name(f"{target.name}.restoring")
    incoming.unlink(missing_ok=True)
    with copying(source, incoming) as part, opened(part) as copy:
        held = _marked(copy, now)
    try:
        if not held.is_whole and not force:
            raise NotRestored(f"{source} is not whole ({_what_is_wrong(held)}): take another one, or --force")
        return _replaced(incoming, target, held, force, now)
    finally:
        incoming.unlink(missing_ok=True)


def pictures_of(township: Township, database: Path) -> PictureFolder:
    return PictureFolder(township.storage.pictures or beside(database, database.stem))


def beside(database: Path, stem: str) -> Path:
    """Where the pictures of a database, or of its backups, are kept by default."""
    return database.with_name(f"{stem}-pictures")


@dataclass(frozen=True, slots=True)
class Drill:
    """A backup, its restoring aside and the service's first step on it, timed; `problems` is empty where all went as it must."""

    held: Holdings
    seconds: Mapping[str, float]
    problems: Sequence[str]


def drill(database: Path, backup: Path | None, folder: Path, township: Township, now: datetime) -> Drill:
    """Restore a backup, or one that is made now, in an empty folder, and go on from it there. The database itself is only read.

    Raises NotRestored and StorageError.
    """
    seconds: dict[str, float] = {}
    restored = folder / database.name
    if backup is None:
        backup = folder / "backup.db"
        with _timed(seconds, "backup"):
            back_up(database, backup, now)
    with _timed(seconds, "restore"):
        held = restore(backup, restored, now, force=True).held
    problems = [] if held.is_whole else [_what_is_wrong(held)]
    with opened(restored) as copy:
        with _timed(seconds, "going on"):
            take_up(copy, township, now)
        with _timed(seconds, "check"):
            problems += _checked(held, copy.holdings(now), township)
    return Drill(held, seconds, problems)


def _checked(before: Holdings, after: Holdings, township: Township) -> Iterator[str]:
    if not after.is_whole:
        yield f"after going on: {_what_is_wrong(after)}"
    if (after.orders, after.live) != (before.orders, before.live):
        yield "the orders are not those of the backup"
    if after.events != before.events + before.live_count:
        yield "not every live order was told that it was restored"
    if after.waiting < before.waiting + before.live_count + len(township.cleaners):
        yield "not every cleaner is sent a new snapshot"


@contextmanager
def _timed(seconds: dict[str, float], step: str) -> Iterator[None]:
    began = time.perf_counter()
    yield
    seconds[step] = round(time.perf_counter() - began, 2)


def _marked(copy: Database, now: datetime, copied_at: datetime | None = None) -> Holdings:
    """Let a copy know that it is one, where it does not: made by other means, it is as old as its last event."""
    held = copy.holdings(now)
    with copy.transaction() as book:
        if copied_at or book.copied_at() is None:
            book.mark_as_copy(copied_at or held.last_at or now)
    return held


def _replaced(incoming: Path, target: Path, held: Holdings, force: bool, now: datetime) -> Restored:
    aside = target.with_name(f"{target.name}.before-{now:%Y%m%dT%H%M%SZ}")
    with alone_with(target) if target.exists() else nullcontext() as present:
        found = beyond(present, held.head) if present else None
        if found and found.beyond and not force:
            raise NotRestored(
                f"{target} has {found.beyond} of {found.events} events that the backup lacks: they would be lost. If that is meant, --force"
            )
        put_in_place(incoming, target, aside)
    return Restored(held, found, aside if found else None)


def _what_is_wrong(held: Holdings) -> str:
    if held.broken:
        return f"the chain of events is broken at order {held.broken.order_id}: {held.broken.breach}"
    return "; ".join(held.faults)
