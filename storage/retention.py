"""What is forgotten in time: observations, messages long delivered, and at last the reasons, which are packed by days before."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Column, Connection, Table, delete, false, select, tuple_

from storage.dialect import upsert
from storage.engines import Engines
from storage.order_pages import LIVE
from storage.reason_days import day_of, pack_looks, pack_runs
from storage.rows import look_of, looks_of_days, run_of, runs_of_days
from storage.tables import answers, decision_runs, looks, notifications, observations, orders, outbox, put_off_looks, reason_days
from town.recipients import Matter

BATCH = 1000
"""Rows a transaction: a look waits no longer than for one of these."""

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Forgotten:
    """How many rows of each kind were deleted; looks and runs of decisions went into the pages of their days."""

    looks: int = 0
    runs: int = 0
    observations: int = 0
    messages: int = 0
    answers: int = 0
    put_off: int = 0
    notifications: int = 0


def forget_before(engines: Engines, instant: datetime) -> Forgotten:
    """Delete old rows batch by batch, so that nobody waits long. What belongs to a camera with a live order stays."""
    packed = {table: _packed(engines, table, instant) for table in _PACKED_BY}
    return Forgotten(
        looks=packed[looks],
        runs=packed[decision_runs],
        observations=_forget(engines, observations, observations.c.seen_at, instant),
        messages=_forget(engines, outbox, outbox.c.created_at, instant),
        answers=_forget(engines, answers, answers.c.received_at, instant),
        put_off=_forget(engines, put_off_looks, put_off_looks.c.hour, instant),
        notifications=_forget(engines, notifications, notifications.c.happened_at, instant),
    )


def forget_reasons_before(engines: Engines, instant: datetime) -> int:
    """Delete packed days, but for those of a camera with a live order. Returns how many."""
    return _forget(engines, reason_days, reason_days.c.day, day_of(instant))


_LIVE = select(orders).where(orders.c.state.in_(LIVE))
_LIVE_CAMERAS = _LIVE.with_only_columns(orders.c.camera_id)
_IN_USE = {
    reason_days: reason_days.c.camera_id.in_(_LIVE_CAMERAS),
    observations: observations.c.camera_id.in_(_LIVE_CAMERAS),
    outbox: outbox.c.due_at.is_not(None) | outbox.c.order_id.in_(_LIVE.with_only_columns(orders.c.id)),
    answers: false(),
    put_off_looks: false(),
    # What was told and has not healed keeps its fault from being told again; dead letters never heal, and have a fault a day.
    notifications: notifications.c.due_at.is_not(None)
    | (notifications.c.told_at.is_not(None) & notifications.c.healed_at.is_(None) & (notifications.c.matter != Matter.DEAD_LETTERS)),
}


def _forget(engines: Engines, table: Table, at: Column[Any], instant: datetime | date) -> int:
    key = tuple_(*table.primary_key.columns)
    old = select(*table.primary_key.columns).where(at < instant, ~_IN_USE[table]).limit(BATCH)
    count, total = BATCH, 0
    while count == BATCH:
        with engines.writing() as connection:
            count = connection.execute(delete(table).where(key.in_(old))).rowcount
        total += count
    return total


_PACKED_BY: Mapping[Table, Column[Any]] = {looks: looks.c.ended_at, decision_runs: decision_runs.c.began_at}


def _packed(engines: Engines, table: Table, instant: datetime) -> int:
    """Put the rows of every whole day before an instant into pages, a camera's day a transaction."""
    at, before = _PACKED_BY[table], _midnight(day_of(instant))
    oldest = select(table.c.camera_id, at.label("at")).where(at < before).order_by(at).limit(1)
    total = 0
    while True:
        with engines.writing() as connection:
            found = connection.execute(oldest).first()
            if found is None:
                return total
            total += _pack_day(connection, table, found.camera_id, day_of(found.at))


def _pack_day(connection: Connection, table: Table, camera_id: str, day: date) -> int:
    at, midnight = _PACKED_BY[table], _midnight(day)
    theirs = (table.c.camera_id == camera_id, at >= midnight, at < midnight + _DAY)
    rows = connection.execute(select(table).where(*theirs).order_by(at)).mappings().all()
    page = select(reason_days).where(reason_days.c.camera_id == camera_id, reason_days.c.day == day)
    earlier = connection.execute(page).mappings().all()
    if table is looks:
        packed = {"looks": pack_looks(day, [*looks_of_days(earlier), *map(look_of, rows)])}
    else:
        packed = {"runs": pack_runs(day, [*runs_of_days(earlier), *map(run_of, rows)])}
    connection.execute(upsert(connection, reason_days, tuple(packed)), {"camera_id": camera_id, "day": day, **packed})
    return connection.execute(delete(table).where(*theirs)).rowcount


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
