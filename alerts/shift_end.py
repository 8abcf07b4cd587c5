"""An order whose holder's shift ended: who is at the place may finish it, and what nobody went to goes to others. Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from alerts.lifecycle import Action
from town.township import Township
from town.work import OrderEvent, OrderState, WorkOrder

GRACE = timedelta(minutes=15)
"""So long after the end of a shift an order stays with who is on the way to it."""

_TAKES = frozenset({Action.CLAIM, Action.NAME_OWNER, Action.HAND_OVER})


def may_be_left_behind(order: WorkOrder, township: Township, now: datetime) -> bool:
    """Whether an order is claimed by somebody who has been off shift for `GRACE`, or whom the township no longer knows."""
    if order.state is not OrderState.CLAIMED:
        return False
    cleaner = township.cleaner_by_id.get(order.holder or "")
    return cleaner is None or not (cleaner.on_shift(now, township.town) or cleaner.on_shift(now - GRACE, township.town))


def is_left_behind(order: WorkOrder, events: Sequence[OrderEvent], township: Township, now: datetime) -> bool:
    """Whether such an order was taken on shift. Whom a manager named off shift was asked: it stays theirs until `done_by`."""
    cleaner = township.cleaner_by_id.get(order.holder or "")
    taken_at = next((event.happened_at for event in reversed(events) if event.action in _TAKES), order.opened_at)
    return may_be_left_behind(order, township, now) and (cleaner is None or cleaner.on_shift(taken_at, township.town))
