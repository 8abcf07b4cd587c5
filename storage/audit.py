"""Whether the stored history of orders is the one that was written: the whole chain of events, and every order beside its last one."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Connection, bindparam, func, select

from storage.chain import START, link
from storage.engines import Engines
from storage.rows import event_of
from storage.tables import order_events, orders
from town.work import OrderEvent, OrderState

BATCH = 1000
_EVENTS = select(order_events).order_by(order_events.c.number).execution_options(yield_per=BATCH)
_ORDERS = select(orders.c.id, orders.c.rev, orders.c.state).order_by(orders.c.opened_at, orders.c.id).execution_options(yield_per=BATCH)

_LAST_OF = select(order_events).where(order_events.c.order_id == bindparam("order")).order_by(order_events.c.number.desc()).limit(1)


class Breach(StrEnum):
    CHANGED = "changed"
    """An event is not what was written, or what stood before it is gone, moved or new."""
    CUT = "cut"
    """An order stands otherwise than its last event says: its last events are gone, or it was changed without one."""
    REWRITTEN = "rewritten"
    """Whole in itself, but the hash that somebody noted is not in it: the chain was written anew, or its end was cut off."""


@dataclass(frozen=True, slots=True)
class Break:
    """The first place that does not fit. `event` is the order's event there, or its last one that is left, if any."""

    breach: Breach
    order_id: str = ""
    event: OrderEvent | None = None


@dataclass(frozen=True, slots=True)
class Audit:
    """What was gone through, up to the first break. `head` is the hash of the last event that fits."""

    events: int
    orders: int
    head: str
    broken: Break | None = None


def event_count(engines: Engines) -> int:
    with engines.reading() as connection:
        return connection.execute(select(func.count()).select_from(order_events)).scalar_one()


def audit(engines: Engines, gone_through: Callable[[int], None], expected: str = "") -> Audit:
    """Go through all events and orders as they stand at one moment, without keeping a writer waiting.

    `gone_through` is told how many events more are done, now and then. `expected` is a hash that must occur.
    """
    with engines.reading() as connection:
        return _Walk(connection, gone_through, expected).audit()


class _Walk:
    def __init__(self, connection: Connection, gone_through: Callable[[int], None], expected: str) -> None:
        self._connection = connection
        self._gone_through = gone_through
        self._expected = expected
        self._found = not expected
        self._last: dict[str, tuple[int, OrderState]] = {}
        self._events = self._orders = 0
        self._head = START

    def audit(self) -> Audit:
        broken = self._events_broken() or self._orders_broken() or (None if self._found else Break(Breach.REWRITTEN))
        return Audit(self._events, self._orders, self._head, broken)

    def _events_broken(self) -> Break | None:
        for event, stored in self._stored():
            if link(self._head, event) != stored:
                return Break(Breach.CHANGED, event.order_id, event)
            self._head, self._last[event.order_id] = stored, (event.rev, event.to_state)
            self._found = self._found or stored == self._expected
            self._events += 1
        return None

    def _stored(self) -> Iterator[tuple[OrderEvent, str]]:
        for part in self._connection.execute(_EVENTS).mappings().partitions():
            for row in part:
                yield event_of(row), row["hash"]
            self._gone_through(len(part))

    def _orders_broken(self) -> Break | None:
        for order_id, rev, state in self._connection.execute(_ORDERS):
            if self._last.get(order_id) != (rev, state):
                return Break(Breach.CUT, order_id, self._last_event(order_id))
            self._orders += 1
        return None

    def _last_event(self, order_id: str) -> OrderEvent | None:
        row = self._connection.execute(_LAST_OF, {"order": order_id}).mappings().first()
        return event_of(row) if row else None
