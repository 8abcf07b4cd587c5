"""What is forgotten in time: looks, observations, decisions, and messages long delivered."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Column, Table, delete, false, select

from storage.engines import Engines
from storage.order_pages import LIVE
from storage.tables import answers, decisions, looks, observations, orders, outbox

BATCH = 1000
"""Rows a transaction: a look waits no longer than for one of these."""


@dataclass(frozen=True, slots=True)
class Forgotten:
    """How many rows of each kind were deleted."""

    looks: int = 0
    observations: int = 0
    decisions: int = 0
    messages: int = 0
    answers: int = 0


def forget_before(engines: Engines, instant: datetime) -> Forgotten:
    """Delete old rows batch by batch, so that nobody waits long. What belongs to a camera with a live order stays."""
    return Forgotten(
        looks=_forget(engines, looks, looks.c.ended_at, instant),
        observations=_forget(engines, observations, observations.c.seen_at, instant),
        decisions=_forget(engines, decisions, decisions.c.decided_at, instant),
        messages=_forget(engines, outbox, outbox.c.created_at, instant),
        answers=_forget(engines, answers, answers.c.received_at, instant),
    )


_LIVE = select(orders).where(orders.c.state.in_(LIVE))
_IN_USE = {
    looks: looks.c.camera_id.in_(_LIVE.with_only_columns(orders.c.camera_id)),
    observations: observations.c.camera_id.in_(_LIVE.with_only_columns(orders.c.camera_id)),
    decisions: decisions.c.camera_id.in_(_LIVE.with_only_columns(orders.c.camera_id)),
    outbox: outbox.c.due_at.is_not(None) | outbox.c.order_id.in_(_LIVE.with_only_columns(orders.c.id)),
    answers: false(),
}


def _forget(engines: Engines, table: Table, at: Column[object], instant: datetime) -> int:
    key = next(iter(table.primary_key.columns))
    old = select(key).where(at < instant, ~_IN_USE[table]).limit(BATCH)
    count, total = BATCH, 0
    while count == BATCH:
        with engines.writing() as connection:
            count = connection.execute(delete(table).where(key.in_(old))).rowcount
        total += count
    return total
