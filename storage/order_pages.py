"""Incidents, orders and what happened to them, within one write transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from datetime import datetime

from sqlalchemy import bindparam, delete, func, insert, select, text, update

from alerts.dealings import dealt
from storage.chain import START, link
from storage.cleaner_pages import CleanerPages
from storage.dialect import insert_new
from storage.rows import event_of, event_row, incident_of, incident_row, order_of, order_row
from storage.tables import HELD, MERGED, incidents, order_cleaners, order_events, orders
from town.work import ENDED, Incident, IncidentKey, OrderEvent, OrderState, WorkOrder

LIVE = [state for state in OrderState if state not in ENDED]

_LIVE_ORDERS = select(orders).where(orders.c.state.in_(LIVE)).order_by(orders.c.opened_at, orders.c.id)
_OF_CLEANER = orders.c.id.in_(select(order_cleaners.c.order_id).where(order_cleaners.c.cleaner_id == bindparam("cleaner_id")))
_OVERDUE = select(orders).where(orders.c.due_at <= bindparam("now")).order_by(orders.c.due_at, orders.c.id)
_LOADS = select(orders.c.holder, func.count()).where(text(HELD)).group_by(orders.c.holder)
_MERGED = select(orders).where(orders.c.parent_id == bindparam("parent"), text(MERGED)).order_by(orders.c.opened_at, orders.c.id)
_CLOSED = (
    select(orders.c.id)
    .where(
        orders.c.camera_id == bindparam("camera"),
        orders.c.zone_id == bindparam("zone"),
        orders.c.category == bindparam("of"),
        orders.c.ended_at > bindparam("since"),
        orders.c.state == OrderState.CLOSED,
    )
    .order_by(orders.c.ended_at.desc())
    .limit(1)
)
_LAST_HASH = select(order_events.c.hash).where(order_events.c.number == select(func.max(order_events.c.number)).scalar_subquery())
_SAME_ORDER = (orders.c.id == bindparam("b_id")) & (orders.c.rev == bindparam("b_rev")) & (orders.c.state == bindparam("b_state"))
_OPEN_INCIDENT = (incidents.c.id == bindparam("b_id")) & incidents.c.closed_at.is_(None)

_OPEN_FOR_KEY = select(incidents).where(
    incidents.c.closed_at.is_(None), *(incidents.c[field.name] == bindparam(field.name) for field in fields(IncidentKey))
)


class OrderPages(CleanerPages):
    """The part of the book that orders stand in, and beside them what they deal to cleaners."""

    def incident(self, incident_id: str) -> Incident | None:
        row = self._connection.execute(select(incidents).where(incidents.c.id == incident_id)).mappings().first()
        return incident_of(row) if row else None

    def open_incident(self, key: IncidentKey) -> Incident | None:
        row = self._connection.execute(_OPEN_FOR_KEY, asdict(key)).mappings().first()
        return incident_of(row) if row else None

    def save_incident(self, incident: Incident) -> bool:
        row = incident_row(incident)
        updated = self._connection.execute(update(incidents).where(_OPEN_INCIDENT).values(row), {"b_id": incident.id})
        return bool(updated.rowcount or self._connection.execute(insert_new(self._connection, incidents), row).rowcount)

    def order(self, order_id: str) -> WorkOrder | None:
        row = self._connection.execute(select(orders).where(orders.c.id == order_id)).mappings().first()
        return order_of(row) if row else None

    def order_of(self, incident_id: str) -> WorkOrder | None:
        row = self._connection.execute(select(orders).where(orders.c.incident_id == incident_id)).mappings().first()
        return order_of(row) if row else None

    def live_orders(self, *, camera_id: str | None = None, cleaner_id: str | None = None) -> Sequence[WorkOrder]:
        chosen, names = _LIVE_ORDERS, {}
        if camera_id is not None:
            chosen = chosen.where(orders.c.camera_id == camera_id)
        if cleaner_id is not None:
            chosen, names = chosen.where(_OF_CLEANER), {"cleaner_id": cleaner_id}
        return [order_of(row) for row in self._connection.execute(chosen, names).mappings()]

    def merged_into(self, order_id: str) -> Sequence[WorkOrder]:
        return [order_of(row) for row in self._connection.execute(_MERGED, {"parent": order_id}).mappings()]

    def closed_before(self, order: WorkOrder, since: datetime) -> str:
        chosen = _CLOSED if order.category else _CLOSED.where(orders.c.rule_id == order.rule_id)
        place = {"camera": order.camera_id, "zone": order.zone_id, "of": order.category, "since": since}
        return self._connection.execute(chosen, place).scalar() or ""

    def loads(self) -> Mapping[str, int]:
        return dict(iter(self._connection.execute(_LOADS)))

    def overdue(self, now: datetime) -> Sequence[WorkOrder]:
        return [order_of(row) for row in self._connection.execute(_OVERDUE, {"now": now}).mappings()]

    def add(self, order: WorkOrder, event: OrderEvent) -> bool:
        if not self._connection.execute(insert_new(self._connection, orders), order_row(order)).rowcount:
            return False
        self._show_to(order.id, added=_people(order), gone=frozenset())
        self._note(event)
        return True

    def change(self, before: WorkOrder, after: WorkOrder, event: OrderEvent) -> bool:
        guard = {"b_id": before.id, "b_rev": before.rev, "b_state": before.state}
        if self._connection.execute(update(orders).where(_SAME_ORDER).values(order_row(after)), guard).rowcount != 1:
            return False
        self._show_to(before.id, added=_people(after) - _people(before), gone=_people(before) - _people(after))
        self._deal(before.id, dealt(before, after), event.happened_at)
        self._note(event)
        return True

    def events(self, order_id: str) -> Sequence[OrderEvent]:
        chosen = select(order_events).where(order_events.c.order_id == order_id).order_by(order_events.c.number)
        return [event_of(row) for row in self._connection.execute(chosen).mappings()]

    def _show_to(self, order_id: str, added: frozenset[str], gone: frozenset[str]) -> None:
        if gone:
            theirs = (order_cleaners.c.order_id == order_id) & order_cleaners.c.cleaner_id.in_(sorted(gone))
            self._connection.execute(delete(order_cleaners).where(theirs))
        if added:
            rows = [{"cleaner_id": cleaner_id, "order_id": order_id} for cleaner_id in sorted(added)]
            self._connection.execute(insert(order_cleaners), rows)

    def _note(self, event: OrderEvent) -> None:
        # The write transaction is alone, so nobody can come between the last event and this one.
        previous = self._connection.execute(_LAST_HASH).scalar() or START
        self._connection.execute(insert(order_events), {**event_row(event), "hash": link(previous, event)})


def _people(order: WorkOrder) -> frozenset[str]:
    """Whom the order is offered to or held by while it lives."""
    if order.state in ENDED:
        return frozenset()
    return frozenset({*order.offered_to, *([order.holder] if order.holder else [])})
