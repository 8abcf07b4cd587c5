"""Which pictures are forgotten: old ones that belong to no judged or live case, and the oldest of all where the disk's share is full."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Row, Select, delete, exists, func, select

from storage.engines import Engines
from storage.order_pages import LIVE
from storage.picture_folder import PictureFolder
from storage.tables import disagreements, order_pictures, orders, pictures
from town.work import OrderState

T = TypeVar("T")

BATCH = 200
ORPHANED_AFTER = timedelta(hours=1)
"""A file is written before its row: one without a row is left over once it is this old."""

_WORTH_KEEPING = [*LIVE, OrderState.CLOSED, OrderState.FALSE_ALARM]


def forget_pictures(engines: Engines, folder: PictureFolder, before: datetime, at_most_bytes: int, now: datetime) -> int:
    """Forget pictures taken before an instant, then as many of the oldest as it takes to keep within `at_most_bytes`. Returns how many.

    What a person judged (an order closed or called a false alarm, a disagreement) and what a live order needs outlives the
    instant, and goes last where there is too much.
    """
    count = _forget_old(engines, folder, before) + _forget_surplus(engines, folder, at_most_bytes)
    _remove_orphans(engines, folder, now - ORPHANED_AFTER)
    return count


def _forget_old(engines: Engines, folder: PictureFolder, before: datetime) -> int:
    old = select(pictures.c.id, pictures.c.path).where(pictures.c.taken_at < before, ~_is_judged_or_live()).limit(BATCH)
    total = 0
    while rows := _read(engines, old):
        total += _forget(engines, folder, rows)
    return total


def _forget_surplus(engines: Engines, folder: PictureFolder, at_most_bytes: int) -> int:
    with engines.reading() as connection:
        surplus = connection.execute(select(func.coalesce(func.sum(pictures.c.size_bytes), 0))).scalar_one() - at_most_bytes
    if surplus <= 0:
        return 0
    oldest = select(pictures.c.id, pictures.c.path, pictures.c.size_bytes).order_by(
        _is_judged_or_live(), pictures.c.taken_at, pictures.c.id
    )
    chosen = []
    for row in _read(engines, oldest):
        if surplus <= 0:
            break
        chosen.append(row)
        surplus -= row.size_bytes
    return sum(_forget(engines, folder, batch) for batch in _batches(chosen))


def _is_judged_or_live() -> ColumnElement[bool]:
    of_order = exists().where(
        order_pictures.c.picture_id == pictures.c.id, orders.c.id == order_pictures.c.order_id, orders.c.state.in_(_WORTH_KEEPING)
    )
    of_judged = exists().where(disagreements.c.picture_id == pictures.c.id, disagreements.c.judged.is_not(None))
    return of_order | of_judged


def _forget(engines: Engines, folder: PictureFolder, rows: Sequence[Row[Any]]) -> int:
    """Rows first: a kill in between leaves a file without a row, which is cleared away later, and never a row without its file."""
    ids = [row.id for row in rows]
    with engines.writing() as connection:
        for table in (order_pictures, disagreements):
            connection.execute(delete(table).where(table.c.picture_id.in_(ids)))
        connection.execute(delete(pictures).where(pictures.c.id.in_(ids)))
    folder.remove(row.path for row in rows)
    return len(ids)


def _remove_orphans(engines: Engines, folder: PictureFolder, before: datetime) -> None:
    for paths in _batches(list(folder.older_than(before))):
        with engines.reading() as connection:
            known = set(connection.execute(select(pictures.c.path).where(pictures.c.path.in_(paths))).scalars())
        folder.remove(path for path in paths if path not in known)


def _read(engines: Engines, chosen: Select[Any]) -> Sequence[Row[Any]]:
    with engines.reading() as connection:
        return connection.execute(chosen).all()


def _batches(items: Sequence[T]) -> Iterator[Sequence[T]]:
    return (items[start : start + BATCH] for start in range(0, len(items), BATCH))
