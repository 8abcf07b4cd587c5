"""The figures of a day up to an hour, held against the same weekday a week before: arithmetic only."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo
from enum import StrEnum
from math import sqrt

from patrol.reporting import Span
from storage.cohorts import LookCount
from storage.figures import Spread
from town.work import NO_TROUBLE, OrderState, WorkOrder

FEW_ORDERS = 10
"""Where neither day has as many, chance alone makes the one look twice as good as the other."""
FEW_LOOKS = 100
_Z_95 = 1.959964
_ALIKE_LOOKS = 0.01


@dataclass(frozen=True, slots=True)
class Day:
    """What had come, by an instant, of the orders opened on a day. `late` are those that were not ended when they had to be done."""

    opened: int
    solved: int
    self_cleared: int
    late: int
    solving_s: Sequence[float] = ()
    """How long each that was solved took, from opening to closing."""
    looks: LookCount | None = None

    @property
    def solving(self) -> Spread | None:
        return Spread.of(self.solving_s)


class Held(StrEnum):
    """How a figure stands against that of a week before."""

    NOTHING = "nothing"
    """There is nothing to hold it against."""
    TOO_FEW = "too_few"
    ALIKE = "alike"
    """The difference is one that chance makes."""
    MORE = "more"
    LESS = "less"


def until_now(now: datetime, zone: tzinfo) -> Span:
    """The local day so far."""
    return Span(datetime.combine(now.astimezone(zone).date(), time(), zone), now)


def a_week_before(span: Span, zone: tzinfo) -> Span:
    """The same hours of the same weekday, by the clocks of the place."""
    return Span(*(at.astimezone(zone) - timedelta(days=7) for at in (span.since, span.until)))


def day_of(orders: Iterable[WorkOrder], until: datetime, looks: LookCount | None = None) -> Day:
    """The figures as they stood at an instant, of orders that were opened before it."""
    found = [order for order in orders if order.opened_at < until]
    ended = [order for order in found if order.ended_at and order.ended_at <= until]
    solved = [order for order in ended if order.state is OrderState.CLOSED]
    return Day(
        opened=len(found),
        solved=len(solved),
        self_cleared=sum(order.state is OrderState.SELF_CLEARED for order in ended),
        late=sum(_is_late(order, until) for order in found),
        solving_s=[(order.ended_at - order.opened_at).total_seconds() for order in solved if order.ended_at],
        looks=looks,
    )


def counts_held(today: int, before: int, of_before: int) -> Held:
    """Two counts, each as a Poisson's; `of_before` are all orders of the day before, of which there may be none to compare with."""
    if not of_before:
        return Held.NOTHING
    if max(today, before) < FEW_ORDERS:
        return Held.TOO_FEW
    if abs(today - before) <= _Z_95 * sqrt(today + before):
        return Held.ALIKE
    return Held.MORE if today > before else Held.LESS


def times_held(today_s: Sequence[float], before_s: Sequence[float]) -> Held:
    """Two samples of times, by how often one of today is longer than one of before (Mann and Whitney's U, as a normal one)."""
    if not before_s:
        return Held.NOTHING
    if min(len(today_s), len(before_s)) < FEW_ORDERS:
        return Held.TOO_FEW
    ranked, pairs = sorted(before_s), len(today_s) * len(before_s)
    longer = sum((bisect_left(ranked, one) + bisect_right(ranked, one)) / 2 for one in today_s)
    gained, chance = longer - pairs / 2, sqrt(pairs * (len(today_s) + len(before_s) + 1) / 12)
    if abs(gained) <= _Z_95 * chance:
        return Held.ALIKE
    return Held.MORE if gained > 0 else Held.LESS


def looks_held(today: LookCount, before: LookCount | None) -> Held:
    """Two shares of looks that saw clearly; alike within a hundredth."""
    if before is None or not before.planned:
        return Held.NOTHING
    if min(today.planned, before.planned) < FEW_LOOKS:
        return Held.TOO_FEW
    gained = today.done / today.planned - before.done / before.planned
    if abs(gained) <= _ALIKE_LOOKS:
        return Held.ALIKE
    return Held.MORE if gained > 0 else Held.LESS


def _is_late(order: WorkOrder, until: datetime) -> bool:
    """False alarms, merged and cancelled orders owed nothing."""
    if order.done_by >= until or (order.ended_at and order.ended_at <= until and order.state in NO_TROUBLE):
        return False
    return order.ended_at is None or order.ended_at > order.done_by
