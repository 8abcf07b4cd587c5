"""Orders of a window of time with all that happened to them, and the looks made in it: what a manager's figures are computed from."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from sqlalchemy import Connection, and_, bindparam, func, select

from alerts.lifecycle import Action
from storage.engines import Engines
from storage.reason_days import day_of
from storage.rows import event_of, order_of
from storage.tables import incidents, looks, order_events, orders, outbox, put_off_looks, reason_days
from town.looks import LookOutcome
from town.work import OrderEvent, WorkOrder

_AT_ONCE = 500
_INSTANT = orders.c.opened_at.type
_SINCE, _UNTIL = bindparam("since", type_=_INSTANT), bindparam("until", type_=_INSTANT)
_OPENED = and_(orders.c.opened_at >= _SINCE, orders.c.opened_at < _UNTIL)
_ORDERS = select(orders).where(_OPENED).order_by(orders.c.opened_at, orders.c.id)
_EVENTS = (
    select(order_events).join(orders, orders.c.id == order_events.c.order_id).where(_OPENED, order_events.c.action != Action.COUNT_LOOK)
)
_RECEIPTS = (
    select(outbox.c.order_id, outbox.c.created_at, outbox.c.received_at)
    .join(orders, orders.c.id == outbox.c.order_id)
    .where(_OPENED, outbox.c.kind == "offer", outbox.c.received_at.is_not(None))
)
_DETECTED = select(incidents.c.id, incidents.c.opened_at).where(incidents.c.id.in_(bindparam("ids", expanding=True)))
_LOOKED = and_(looks.c.ended_at >= _SINCE, looks.c.ended_at < _UNTIL)
_LOOKS = select(looks.c.outcome, func.count()).where(_LOOKED).group_by(looks.c.outcome)
# Grouped by an expression, so that SQLite goes by `ended_at` instead of walking the whole index of cameras.
_CAMERA = func.lower(looks.c.camera_id)
_LOOKS_BY_CAMERA = select(_CAMERA, looks.c.outcome, func.count()).where(_LOOKED).group_by(_CAMERA, looks.c.outcome)
_DROPPED = select(put_off_looks.c.camera_id, func.sum(put_off_looks.c.dropped)).where(
    put_off_looks.c.hour >= _SINCE, put_off_looks.c.hour < _UNTIL
)
_PACKED = select(reason_days.c.day).where(reason_days.c.day <= bindparam("day"), reason_days.c.looks.is_not(None))
_LAST_PACKED = _PACKED.order_by(reason_days.c.day.desc()).limit(1)


@dataclass(frozen=True, slots=True)
class Case:
    """One order as a figure sees it.

    `events` are what happened to it, oldest first, but for the single looks of a verification. `detected_at` is the instant of the frame
    that opened its first incident. `receipts_s` are how long its offers took to be acknowledged, in seconds, of those that were and that
    are still kept.
    """

    order: WorkOrder
    events: Sequence[OrderEvent]
    detected_at: datetime | None = None
    receipts_s: Sequence[float] = ()


@dataclass(frozen=True, slots=True)
class LookCount:
    """Looks that saw clearly, of all that the cadence asked for."""

    done: int = 0
    planned: int = 0

    def __add__(self, other: "LookCount") -> "LookCount":
        return LookCount(self.done + other.done, self.planned + other.planned)


class Cohorts:
    """Reads what is committed, on indexes of time. Every window holds its first instant and not its last."""

    def __init__(self, engines: Engines) -> None:
        self._engines = engines

    def orders(self, since: datetime, until: datetime) -> list[WorkOrder]:
        """Orders opened in a window, oldest first."""
        with self._engines.reading() as connection:
            return [order_of(row) for row in connection.execute(_ORDERS, _window(since, until)).mappings()]

    def cases(self, since: datetime, until: datetime) -> list[Case]:
        """The orders opened in a window, each with all that has happened to it to this day, oldest first."""
        window = _window(since, until)
        with self._engines.reading() as connection:
            found = [order_of(row) for row in connection.execute(_ORDERS, window).mappings()]
            events = _events(connection, window)
            receipts = _receipts(connection, window)
            first = {order.id: _first_incident(order, events[order.id]) for order in found}
            detected = dict(_detected(connection, list(first.values())))
        return [Case(order, events[order.id], detected.get(first[order.id]), receipts[order.id]) for order in found]

    def looks(self, since: datetime, until: datetime) -> LookCount:
        """Looks that ended in a window; what was dropped is known by the hour, the hour that `since` lies in as a whole."""
        with self._engines.reading() as connection:
            counts = {row[0]: row[1] for row in connection.execute(_LOOKS, _window(since, until))}
            dropped = sum(count for _, count in _dropped(connection, since, until))
        return LookCount(counts.get(LookOutcome.DONE, 0), sum(counts.values()) + dropped)

    def looks_by_camera(self, since: datetime, until: datetime) -> Mapping[str, LookCount]:
        """The same for every camera of which any look was planned."""
        done, planned = Counter[str](), Counter[str]()
        with self._engines.reading() as connection:
            for camera_id, outcome, count in connection.execute(_LOOKS_BY_CAMERA, _window(since, until)):
                planned[camera_id] += count
                done[camera_id] += count if outcome is LookOutcome.DONE else 0
            for camera_id, count in _dropped(connection, since, until):
                planned[camera_id] += count
        return {camera_id: LookCount(done[camera_id], count) for camera_id, count in planned.items()}

    def looks_known_from(self, until: datetime) -> datetime | None:
        """From when on every look before `until` still has its row: older ones are packed. None where none is packed yet."""
        with self._engines.reading() as connection:
            last = connection.execute(_LAST_PACKED, {"day": day_of(until)}).scalar()
        return datetime.combine(last + timedelta(days=1), time(), UTC) if last else None


def _window(since: datetime, until: datetime) -> dict[str, datetime]:
    return {"since": since, "until": until}


def _events(connection: Connection, window: Mapping[str, datetime]) -> Mapping[str, Sequence[OrderEvent]]:
    found: dict[str, list[OrderEvent]] = defaultdict(list)
    for row in connection.execute(_EVENTS, window).mappings():
        found[row["order_id"]].append(event_of(row))
    for events in found.values():
        events.sort(key=lambda event: event.rev)
    return found


def _receipts(connection: Connection, window: Mapping[str, datetime]) -> Mapping[str, Sequence[float]]:
    found: dict[str, list[float]] = defaultdict(list)
    for order_id, created_at, received_at in connection.execute(_RECEIPTS, window):
        found[order_id].append((received_at - created_at).total_seconds())
    return found


def _first_incident(order: WorkOrder, events: Sequence[OrderEvent]) -> str:
    """An order that recurred stands for a later incident than the one that opened it."""
    opening = next((event for event in events if event.action == Action.OPEN), None)
    return str(opening.detail.get("incident_id", order.incident_id)) if opening else order.incident_id


def _detected(connection: Connection, incident_ids: Sequence[str]) -> Iterator[tuple[str, datetime]]:
    for start in range(0, len(incident_ids), _AT_ONCE):
        yield from (tuple(row) for row in connection.execute(_DETECTED, {"ids": incident_ids[start : start + _AT_ONCE]}))


def _dropped(connection: Connection, since: datetime, until: datetime) -> Sequence[tuple[str, int]]:
    hour = since.replace(minute=0, second=0, microsecond=0)
    return [(row[0], row[1]) for row in connection.execute(_DROPPED.group_by(put_off_looks.c.camera_id), _window(hour, until))]
