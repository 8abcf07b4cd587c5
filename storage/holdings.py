"""What a database holds, and whether it is whole: what somebody must know who puts it in the place of another."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select, text

from storage.audit import Break, audit
from storage.engines import Engines
from storage.order_pages import LIVE
from storage.post_pages import UNRECEIVED
from storage.tables import WAITING, order_events, orders, outbox, pictures
from town.work import OrderState

_BY_STATE = select(orders.c.state, func.count()).where(orders.c.state.in_(LIVE)).group_by(orders.c.state)
_LAST = select(order_events.c.happened_at).order_by(order_events.c.number.desc()).limit(1)
_WAITING = select(func.count()).select_from(outbox).where(text(WAITING))
_FAULTS_TOLD = 10


@dataclass(frozen=True, slots=True)
class Holdings:
    """Orders with their events, of which `head` is the last one's hash, and what the outbox has still to send.

    `waiting` messages were not yet sent, of which `expired` never will be; `unreceived` offers were sent, and are again since nobody
    acknowledged them. `faults` are what SQLite finds wrong with the file, `broken` is where the chain of events does not fit.
    """

    orders: int
    live: Mapping[OrderState, int]
    events: int
    head: str
    last_at: datetime | None
    waiting: int
    expired: int
    unreceived: int
    pictures: int
    faults: tuple[str, ...]
    broken: Break | None

    @property
    def is_whole(self) -> bool:
        return not self.faults and self.broken is None

    @property
    def live_count(self) -> int:
        return sum(self.live.values())


def holdings(engines: Engines, now: datetime) -> Holdings:
    """Go through the whole database. Raises StorageError."""
    with engines.reading() as connection:
        faults = tuple(_faults(connection))
        counted: dict[str, Any] = {
            "orders": connection.execute(select(func.count()).select_from(orders)).scalar_one(),
            "live": {row[0]: row[1] for row in connection.execute(_BY_STATE)},
            "last_at": connection.execute(_LAST).scalar(),
            "waiting": connection.execute(_WAITING).scalar_one(),
            "expired": connection.execute(_WAITING.where(outbox.c.expires_at <= now)).scalar_one(),
            "unreceived": len(connection.execute(UNRECEIVED, {"sent_before": now}).all()),
            "pictures": connection.execute(select(func.count()).select_from(pictures)).scalar_one(),
        }
    found = audit(engines, lambda _: None)
    return Holdings(events=found.events, head=found.head, faults=faults, broken=found.broken, **counted)


def _faults(connection: Connection) -> Iterator[str]:
    for row in connection.execute(text(f"PRAGMA integrity_check({_FAULTS_TOLD})")):
        if row[0] != "ok":
            yield row[0]
    for row in connection.execute(text("PRAGMA foreign_key_check")).fetchmany(_FAULTS_TOLD):
        yield f"row {row[1]} of {row[0]} names one of {row[2]} that is not there"
