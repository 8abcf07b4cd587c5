"""Which pictures are forgotten: those whose time is over, and the oldest where the disk's share is full; with the day's account of it."""

import logging
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, delete, false, func, or_, select

from storage.dialect import upsert
from storage.engines import Engines
from storage.picture_folder import PictureFolder
from storage.picture_kinds import TIMED, kind_of_picture
from storage.tables import disagreements, missing_pictures, order_pictures, picture_days, pictures
from town.evidence import PictureDay, PictureKind

log = logging.getLogger(__name__)

T = TypeVar("T")
Times = Mapping[PictureKind, timedelta]
"""For how long pictures are kept after they were taken, by kind. Of a kind that is not named none is ever overdue."""

_CHANGING = tuple(column.name for column in picture_days.columns if not column.primary_key)

BATCH = 200
ORPHANED_AFTER = timedelta(hours=1)
"""A file is written before its row: one without a row is left over once it is this old."""


def forget_pictures(engines: Engines, folder: PictureFolder, times: Times, at_most_bytes: int, now: datetime) -> list[PictureDay]:
    """Forget pictures whose time is over, then as many of the oldest as it takes to keep within `at_most_bytes`; files without a row too.

    What a person judged and what a live order needs goes last where there is too much. Returns the account of `now`'s day, as it stands
    in `now`'s time zone: a row a kind, in the database too. A file that cannot be deleted is a stray one that is overdue.
    """
    forgotten, crowded_out = Counter[PictureKind](), Counter[PictureKind]()
    old = _with_kind().where(_is_overdue(times, now)).limit(BATCH)
    while rows := _read(engines, old):
        forgotten.update(_forget(engines, folder, rows))
    for rows in _batches(_surplus(engines, at_most_bytes)):
        crowded_out.update(_forget(engines, folder, rows))
    forgotten[PictureKind.STRAY] = _remove_strays(engines, folder, now - ORPHANED_AFTER)
    account = _account(engines, folder, times, now)
    with engines.writing() as connection:
        connection.execute(delete(missing_pictures).where(missing_pictures.c.taken_at < now - max(times.values(), default=timedelta(0))))
        return [_noted(connection, one, forgotten[one.kind], crowded_out[one.kind]) for one in account]


def _with_kind() -> Select[Any]:
    return select(pictures.c.id, pictures.c.path, pictures.c.size_bytes, kind_of_picture().label("kind"))


def _is_overdue(times: Times, now: datetime) -> ColumnElement[bool]:
    oldest = now - min(times.values(), default=timedelta(0))
    # The first condition is the one that an index knows.
    return and_(
        pictures.c.taken_at < oldest,
        or_(false(), *(and_(pictures.c.taken_at < now - span, kind_of_picture() == kind.value) for kind, span in times.items())),
    )


def _surplus(engines: Engines, at_most_bytes: int) -> list[Row[Any]]:
    with engines.reading() as connection:
        surplus = connection.execute(select(func.coalesce(func.sum(pictures.c.size_bytes), 0))).scalar_one() - at_most_bytes
    if surplus <= 0:
        return []
    last = kind_of_picture().in_([PictureKind.LIVE.value, PictureKind.JUDGED.value])
    chosen = []
    for row in _read(engines, _with_kind().order_by(last, pictures.c.taken_at, pictures.c.id)):
        if surplus <= 0:
            break
        chosen.append(row)
        surplus -= row.size_bytes
    return chosen


def _forget(engines: Engines, folder: PictureFolder, rows: Sequence[Row[Any]]) -> list[PictureKind]:
    """Rows first: a kill in between leaves a file without a row, which is cleared away later, and never a row without its file."""
    ids = [row.id for row in rows]
    with engines.writing() as connection:
        for table in (order_pictures, disagreements):
            connection.execute(delete(table).where(table.c.picture_id.in_(ids)))
        connection.execute(delete(pictures).where(pictures.c.id.in_(ids)))
    _remove(folder, [row.path for row in rows])
    return [PictureKind(row.kind) for row in rows]


def _remove_strays(engines: Engines, folder: PictureFolder, before: datetime) -> int:
    with engines.reading() as connection:
        strays = _strays(connection, folder, before)
    return _remove(folder, strays)


def _strays(connection: Connection, folder: PictureFolder, before: datetime) -> list[str]:
    """The files last written before an instant that no row knows."""
    found: list[str] = []
    for paths in _batches(list(folder.older_than(before))):
        known = set(connection.execute(select(pictures.c.path).where(pictures.c.path.in_(paths))).scalars())
        found += (path for path in paths if path not in known)
    return found


def _remove(folder: PictureFolder, paths: Iterable[str]) -> int:
    """Remove files, and return how many are gone. One that cannot be removed holds up no other."""
    gone = 0
    for path in paths:
        try:
            folder.remove([path])
            gone += 1
        except OSError as error:
            log.warning("the picture %s could not be deleted: %s", path, error)
    return gone


def _account(engines: Engines, folder: PictureFolder, times: Times, now: datetime) -> list[PictureDay]:
    """What is left, counted anew in rows and files: what was meant to be deleted proves nothing."""
    with engines.reading() as connection:
        of_rows = [_of_rows(connection, kind, times, now) for kind in (PictureKind.LIVE, *TIMED)]
        return [*of_rows, _of_strays(connection, folder, now)]


def _of_rows(connection: Connection, kind: PictureKind, times: Times, now: datetime) -> PictureDay:
    """What is left of a kind, and how many of these should not be."""
    of_kind = kind_of_picture() == kind.value
    left, oldest = connection.execute(select(func.count(), func.min(pictures.c.taken_at)).where(of_kind)).one()
    overdue = 0
    if kind in times:
        overdue = connection.execute(select(func.count()).where(of_kind, pictures.c.taken_at < now - times[kind])).scalar_one()
    return PictureDay(now.date(), kind, 0, 0, left, overdue, oldest, now)


def _of_strays(connection: Connection, folder: PictureFolder, now: datetime) -> PictureDay:
    count = len(_strays(connection, folder, now - ORPHANED_AFTER))
    return PictureDay(now.date(), PictureKind.STRAY, 0, 0, count, count, None, now)


def _noted(connection: Connection, one: PictureDay, forgotten: int, crowded_out: int) -> PictureDay:
    """Add to the day's account, and return it as it stands."""
    this = (picture_days.c.day == one.day, picture_days.c.kind == one.kind)
    earlier = connection.execute(select(picture_days.c.forgotten, picture_days.c.crowded_out).where(*this)).first() or (0, 0)
    stands = replace(one, forgotten=earlier[0] + forgotten, crowded_out=earlier[1] + crowded_out)
    connection.execute(upsert(connection, picture_days, _CHANGING), asdict(stands))
    return stands


def _read(engines: Engines, chosen: Select[Any]) -> Sequence[Row[Any]]:
    with engines.reading() as connection:
        return connection.execute(chosen).all()


def _batches(items: Sequence[T]) -> Iterator[Sequence[T]]:
    return (items[start : start + BATCH] for start in range(0, len(items), BATCH))
