"""An honest order store and outbox in memory: the twin of the SQL one, held to the same contract suite."""

import threading
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import takewhile

from alerts.dealings import Dealing, dealt
from alerts.notifications import Notification
from alerts.stores import DEAD_LETTERS_KEPT, LATEST_ONLY, LONGEST_WAIT, Delivery
from alerts.whereabouts import LastPosition
from storage.errors import Contradiction
from town.work import ENDED, IN_HAND, Incident, IncidentKey, Message, OrderEvent, OrderState, WorkOrder


def _aware(*instants: datetime | None) -> None:
    if any(at is not None and at.tzinfo is None for at in instants):
        raise ValueError("an instant needs its time zone")


@dataclass(frozen=True)
class Row:
    """A row of the outbox: due while `due_at` is set, for good when it is None."""

    delivery: Delivery
    due_at: datetime | None
    leased_until: datetime | None = None
    error: str = ""


@dataclass
class Tables:
    incidents: dict[str, Incident] = field(default_factory=dict)
    orders: dict[str, WorkOrder] = field(default_factory=dict)
    events: list[OrderEvent] = field(default_factory=list)
    outbox: dict[str, Row] = field(default_factory=dict)
    answers: dict[str, tuple[Message, ...]] = field(default_factory=dict)
    snapshot_revs: dict[str, int] = field(default_factory=dict)
    received: dict[str, datetime] = field(default_factory=dict)
    positions: dict[str, LastPosition] = field(default_factory=dict)
    dealings: frozenset[tuple[str, Dealing, datetime, str]] = frozenset()
    notifications: dict[int, Notification] = field(default_factory=dict)
    copies: dict[datetime, datetime | None] = field(default_factory=dict)

    def copy(self) -> "Tables":
        return Tables(
            dict(self.incidents),
            dict(self.orders),
            list(self.events),
            dict(self.outbox),
            dict(self.answers),
            dict(self.snapshot_revs),
            dict(self.received),
            dict(self.positions),
            self.dealings,
            dict(self.notifications),
            dict(self.copies),
        )


class MemoryBook:
    """One write transaction over the tables."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def incident(self, incident_id: str) -> Incident | None:
        return self._tables.incidents.get(incident_id)

    def open_incident(self, key: IncidentKey) -> Incident | None:
        return next((each for each in self._tables.incidents.values() if each.key == key and not each.closed_at), None)

    def save_incident(self, incident: Incident) -> bool:
        _aware(incident.opened_at, incident.closed_at)
        stored = self._tables.incidents.get(incident.id)
        if stored and stored.closed_at:
            return False
        rivals = (other for other in self._tables.incidents.values() if other.id != incident.id and other.key == incident.key)
        if not incident.closed_at and any(not other.closed_at for other in rivals):
            return False
        self._tables.incidents[incident.id] = incident
        return True

    def order(self, order_id: str) -> WorkOrder | None:
        return self._tables.orders.get(order_id)

    def order_of(self, incident_id: str) -> WorkOrder | None:
        return next((order for order in self._tables.orders.values() if order.incident_id == incident_id), None)

    def live_orders(self, *, camera_id: str | None = None, cleaner_id: str | None = None) -> Sequence[WorkOrder]:
        live = (order for order in self._tables.orders.values() if order.state not in ENDED)
        chosen = (
            order
            for order in live
            if camera_id in {None, order.camera_id} and (cleaner_id is None or cleaner_id in {*order.offered_to, order.holder})
        )
        return sorted(chosen, key=lambda order: (order.opened_at, order.id))

    def merged_into(self, order_id: str) -> Sequence[WorkOrder]:
        theirs = (order for order in self._tables.orders.values() if order.parent_id == order_id)
        return sorted(theirs, key=lambda order: (order.opened_at, order.id))

    def closed_before(self, order: WorkOrder, since: datetime) -> str:
        def place(one: WorkOrder) -> tuple[str, ...]:
            return one.camera_id, one.zone_id, one.category, "" if one.category else one.rule_id

        ended = [(one.ended_at, one.id) for one in self._tables.orders.values() if one.state is OrderState.CLOSED and one.ended_at]
        alike = [(at, name) for at, name in ended if at > since and place(self._tables.orders[name]) == place(order)]
        return max(alike, default=(since, ""))[1]

    def loads(self) -> Mapping[str, int]:
        return Counter(order.holder for order in self._tables.orders.values() if order.holder and order.state in IN_HAND)

    def count_dealings(self, kind: Dealing, cleaner_ids: Collection[str], since: datetime) -> Mapping[str, int]:
        dealings = self._tables.dealings
        return Counter(name for name, what, at, _ in dealings if what is kind and name in cleaner_ids and at > since)

    def last_positions(self) -> Mapping[str, LastPosition]:
        return dict(self._tables.positions)

    def keep_position(self, cleaner_id: str, last: LastPosition) -> None:
        _aware(last.said_at)
        self._tables.positions[cleaner_id] = last

    def forget_positions(self, before: datetime) -> None:
        kept = {name: last for name, last in self._tables.positions.items() if last.said_at >= before}
        self._tables.positions = kept

    def overdue(self, now: datetime) -> Sequence[WorkOrder]:
        late = [(order.due_at, order.id, order) for order in self.live_orders() if order.due_at and order.due_at <= now]
        return [order for _, _, order in sorted(late)]

    def add(self, order: WorkOrder, event: OrderEvent) -> bool:
        _aware(order.opened_at, order.claim_by, order.done_by, event.happened_at)
        if order.incident_id not in self._tables.incidents:
            raise Contradiction(f"order {order.id} names an incident that is not stored: {order.incident_id}")
        if order.id in self._tables.orders or self.order_of(order.incident_id):
            return False
        self._tables.orders[order.id] = order
        self._note(event)
        return True

    def change(self, before: WorkOrder, after: WorkOrder, event: OrderEvent) -> bool:
        stored = self._tables.orders.get(before.id)
        if stored is None or (stored.rev, stored.state) != (before.rev, before.state):
            return False
        self._tables.orders[before.id] = after
        self._tables.dealings |= {(name, kind, event.happened_at, before.id) for name, kind in dealt(before, after)}
        self._note(event)
        return True

    def _note(self, event: OrderEvent) -> None:
        if event.order_id not in self._tables.orders:
            raise Contradiction(f"an event of an order that is not stored: {event.order_id}")
        self._tables.events.append(event)

    def events(self, order_id: str) -> Sequence[OrderEvent]:
        return [event for event in self._tables.events if event.order_id == order_id]

    def send(self, messages: Sequence[Message]) -> None:
        for message in messages:
            _aware(message.created_at, message.expires_at)
            if message.kind in LATEST_ONLY:
                self._drop(row for row in self._rows() if row.kind == message.kind and row.topic == message.topic)
            stored = self._tables.outbox.get(message.id)
            row = stored or Row(Delivery(message, tries=0), due_at=None)
            self._tables.outbox[message.id] = replace(row, due_at=message.created_at, error="")
        letters = sorted((message for message in self._rows() if message.kind == "dead_letter"), key=lambda letter: letter.created_at)
        self._drop(letters[:-DEAD_LETTERS_KEPT])

    def _rows(self) -> list[Message]:
        return [row.delivery.message for row in self._tables.outbox.values()]

    def _drop(self, messages: Iterable[Message]) -> None:
        for message in messages:
            del self._tables.outbox[message.id]

    def answered(self, event_id: str) -> Sequence[Message] | None:
        return self._tables.answers.get(event_id)

    def remember_answer(self, event_id: str, cleaner_id: str, received_at: datetime, answer: Sequence[Message]) -> None:
        _aware(received_at)
        if event_id in self._tables.answers:
            raise Contradiction(f"event {event_id} was answered before")
        self._tables.answers[event_id] = tuple(answer)

    def next_snapshot_rev(self, cleaner_id: str) -> int:
        rev = self._tables.snapshot_revs[cleaner_id] = self._tables.snapshot_revs.get(cleaner_id, 0) + 1
        return rev

    def raise_snapshot_revs(self, cleaner_ids: Collection[str], by: int) -> None:
        revs = self._tables.snapshot_revs
        for name in {*cleaner_ids, *revs}:
            revs[name] = revs.get(name, 0) + by

    def mark_as_copy(self, copied_at: datetime) -> None:
        self._tables.copies[copied_at] = None

    def copied_at(self) -> datetime | None:
        return min((at for at, taken_up_at in self._tables.copies.items() if taken_up_at is None), default=None)

    def took_up(self, at: datetime) -> None:
        self._tables.copies.update({copied_at: at for copied_at, taken_up_at in self._tables.copies.items() if taken_up_at is None})

    def mark_received(self, message_id: str, cleaner_id: str, received_at: datetime) -> bool:
        _aware(received_at)
        row = self._tables.outbox.get(message_id)
        if row is None or not cleaner_id or row.delivery.message.cleaner_id != cleaner_id or message_id in self._tables.received:
            return False
        self._tables.received[message_id] = received_at
        return True

    def begin_notification(self, one: Notification) -> None:
        _aware(one.happened_at, one.due_at)
        key = (one.recipient, one.channel, one.fault)
        if all((other.recipient, other.channel, other.fault) != key or other.healed_at for other in self._tables.notifications.values()):
            number = len(self._tables.notifications) + 1
            self._tables.notifications[number] = replace(one, number=number)

    def unhealed_notifications(self, subject: str) -> Sequence[Notification]:
        return [one for one in self._tables.notifications.values() if one.subject == subject and not one.healed_at]

    def notifications(self, numbers: Sequence[int]) -> Sequence[Notification]:
        return [one for number, one in self._tables.notifications.items() if number in numbers]

    def change_notification(self, one: Notification) -> None:
        self._tables.notifications[one.number] = one

    def unreceived(self, sent_before: datetime) -> Sequence[Delivery]:
        return [row.delivery for row in self._tables.outbox.values() if self._lacks_receipt(row, sent_before)]

    def _lacks_receipt(self, row: Row, sent_before: datetime) -> bool:
        message, sent_at = row.delivery.message, row.delivery.sent_at
        order = self._tables.orders.get(message.order_id)
        return (
            message.kind == "offer"
            and row.due_at is None
            and sent_at is not None
            and sent_at < sent_before
            and (message.expires_at is None or message.expires_at > sent_before)
            and message.id not in self._tables.received
            and order is not None
            and order.state is OrderState.OFFERED
        )


class MemoryOutbox:
    def __init__(self, store: "MemoryStore") -> None:
        self._store = store

    def claim(self, now: datetime, lease_until: datetime, at_most: int) -> Sequence[Delivery]:
        _aware(now, lease_until)
        with self._store.tables() as tables:
            due = [row for row in tables.outbox.values() if _free(row, now) and not _held_up(row, tables.outbox.values(), now)]
            for row in due[:at_most]:
                tables.outbox[row.delivery.message.id] = replace(
                    row, leased_until=lease_until, delivery=replace(row.delivery, tries=row.delivery.tries + 1)
                )
            return [tables.outbox[row.delivery.message.id].delivery for row in due[:at_most]]

    def mark_sent(self, message_ids: Sequence[str], sent_at: datetime) -> None:
        _aware(sent_at)
        with self._store.tables() as tables:
            for row in self._rows(tables, message_ids):
                tables.outbox[row.delivery.message.id] = Row(replace(row.delivery, sent_at=sent_at), due_at=None)

    def mark_failed(self, message_id: str, error: str, try_again_at: datetime | None) -> None:
        _aware(try_again_at)
        with self._store.tables() as tables:
            for row in self._rows(tables, [message_id]):
                tables.outbox[message_id] = replace(row, due_at=try_again_at, leased_until=None, error=error)

    def send_again(self, message_ids: Sequence[str], due_at: datetime) -> None:
        _aware(due_at)
        with self._store.tables() as tables:
            for row in self._rows(tables, message_ids):
                if row.delivery.sent_at:
                    tables.outbox[row.delivery.message.id] = replace(row, due_at=due_at, leased_until=None)

    def waiting_count(self) -> int:
        with self._store.tables() as tables:
            return sum(row.due_at is not None for row in tables.outbox.values())

    @staticmethod
    def _rows(tables: Tables, message_ids: Sequence[str]) -> list[Row]:
        return [tables.outbox[message_id] for message_id in message_ids if message_id in tables.outbox]


def _free(row: Row, now: datetime) -> bool:
    return row.due_at is not None and not _ahead(row.due_at, now) and (row.leased_until is None or not _ahead(row.leased_until, now))


def _ahead(instant: datetime, now: datetime) -> bool:
    """Still to come; what lies beyond the longest wait was written by a clock that has been put back since."""
    return now < instant <= now + LONGEST_WAIT


def _held_up(row: Row, rows: Iterable[Row], now: datetime) -> bool:
    """Whether an earlier message of the same topic still waits, but cannot be taken now."""
    earlier = takewhile(lambda other: other is not row, rows)
    same = (other for other in earlier if other.delivery.message.topic == row.delivery.message.topic)
    return any(other.due_at and not _free(other, now) for other in same)


class MemoryStore:
    """Keeps the promises of OrderStore; `outbox` those of Outbox. One transaction at a time, undone by dropping its copy."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._tables = Tables()
        self.outbox = MemoryOutbox(self)

    @contextmanager
    def tables(self) -> Iterator[Tables]:
        with self._lock:
            copy = self._tables.copy()
            yield copy
            self._tables = copy

    @contextmanager
    def transaction(self) -> Iterator[MemoryBook]:
        with self.tables() as tables:
            yield MemoryBook(tables)

    def waiting_notifications(self, now: datetime) -> Sequence[Notification]:
        with self.tables() as tables:
            return [one for one in tables.notifications.values() if one.is_free(now)]

    def close(self) -> None:
        """Nothing is held."""
