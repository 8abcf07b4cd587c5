"""What this room needs of a database, in its own words. `storage` keeps these promises; so does the in-memory twin of the tests."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from alerts.dealings import Dealing
from alerts.notifications import Notification
from alerts.whereabouts import LastPosition
from town.looks import Look
from town.work import Incident, IncidentKey, Message, OrderEvent, WorkOrder

LATEST_ONLY = frozenset({"board", "camera_status"})
"""Kinds of messages of which only the newest of a topic is worth sending, or keeping."""

DEAD_LETTERS_KEPT = 1000
"""The newest of kind `dead_letter` that the outbox keeps."""

LONGEST_WAIT = timedelta(minutes=5)
"""For longer nobody puts a message off, or takes it."""


class NotificationBook(Protocol):
    """The notices' outbox within one write transaction: committed with what decided them."""

    def begin_notification(self, one: Notification) -> None:
        """Put one in, unless the same recipient has an unhealed one of this fault and channel."""
        ...

    def unhealed_notifications(self, subject: str) -> Sequence[Notification]: ...

    def notifications(self, numbers: Sequence[int]) -> Sequence[Notification]:
        """Those of these numbers, in the order of their numbers."""
        ...

    def change_notification(self, one: Notification) -> None:
        """Write one that is there as it now stands."""
        ...


class NotificationStore(Protocol):
    """Where the notices' outbox is kept."""

    def transaction(self) -> AbstractContextManager[NotificationBook]: ...

    def waiting_notifications(self, now: datetime) -> Sequence[Notification]:
        """Those that are due and that nobody is at, in the order of their numbers."""
        ...


class OrderBook(NotificationBook, Protocol):
    """Orders, incidents and the outbox within one write transaction: all of it is kept, or none.

    An order needs its incident saved before, an event its order. Call no `Outbox` from within: it would wait for this transaction.
    """

    def incident(self, incident_id: str) -> Incident | None: ...

    def open_incident(self, key: IncidentKey) -> Incident | None:
        """The incident that is open for a key: at most one."""
        ...

    def save_incident(self, incident: Incident) -> bool:
        """Insert, or update the open one with this id. False where it is already closed (a repetition),
        or where another incident is open for the same key: nothing is written then."""
        ...

    def order(self, order_id: str) -> WorkOrder | None: ...

    def order_of(self, incident_id: str) -> WorkOrder | None: ...

    def live_orders(self, *, camera_id: str | None = None, cleaner_id: str | None = None) -> Sequence[WorkOrder]:
        """Orders that have not ended, oldest first; of one camera, or offered to or held by one cleaner."""
        ...

    def merged_into(self, order_id: str) -> Sequence[WorkOrder]:
        """The orders whose parent this one is, oldest first."""
        ...

    def closed_before(self, order: WorkOrder, since: datetime) -> str:
        """The id of the last order that was closed after an instant in the same zone for the same category, or where that is empty for
        the same rule; empty for none."""
        ...

    def loads(self) -> Mapping[str, int]:
        """How many orders each cleaner has in hand (claimed or on site); who has none is left out."""
        ...

    def count_dealings(self, kind: Dealing, cleaner_ids: Collection[str], since: datetime) -> Mapping[str, int]:
        """How often something of a kind fell to each of these cleaners after an instant; who had none is left out.

        Whoever `change` newly offers an order to, or gives it to, is counted; for `alerts.dealings.KEPT_FOR` at least.
        """
        ...

    def last_positions(self) -> Mapping[str, LastPosition]:
        """What each cleaner last said of where they are, as far as it is kept."""
        ...

    def keep_position(self, cleaner_id: str, last: LastPosition) -> None:
        """In place of the one before."""
        ...

    def forget_positions(self, before: datetime) -> None:
        """Those that were said before an instant."""
        ...

    def overdue(self, now: datetime) -> Sequence[WorkOrder]:
        """Live orders whose deadline for their state (claim_by, done_by, verify_by) is at or before `now`, longest overdue first."""
        ...

    def add(self, order: WorkOrder, event: OrderEvent) -> bool:
        """Insert a new order. False where the incident already has one: nothing is written then."""
        ...

    def change(self, before: WorkOrder, after: WorkOrder, event: OrderEvent) -> bool:
        """Write `after` if the stored row still has the id, rev and state of `before`, with its event. False changes nothing."""
        ...

    def events(self, order_id: str) -> Sequence[OrderEvent]: ...

    def send(self, messages: Sequence[Message]) -> None:
        """Put messages into the outbox. One whose id is there already becomes due again: a repeated answer goes out again.

        A message of a kind in LATEST_ONLY takes the place of earlier ones of its topic, sent or not. Of dead letters the newest
        DEAD_LETTERS_KEPT stay.
        """
        ...

    def answered(self, event_id: str) -> Sequence[Message] | None:
        """The messages that answered an upward event before, so that a repeated event gets the same answer."""
        ...

    def remember_answer(self, event_id: str, cleaner_id: str, received_at: datetime, answer: Sequence[Message]) -> None: ...

    def next_snapshot_rev(self, cleaner_id: str) -> int:
        """One more than the last: 1, 2, 3 …"""
        ...

    def raise_snapshot_revs(self, cleaner_ids: Collection[str], by: int) -> None:
        """Let the next snapshot of these cleaners, and of all who had one, be so much higher."""
        ...

    def copied_at(self) -> datetime | None:
        """When this store was copied from another, where it is a copy with which no service went on yet; else None."""
        ...

    def took_up(self, at: datetime) -> None:
        """Note that a service goes on with this copy."""
        ...

    def mark_received(self, message_id: str, cleaner_id: str, received_at: datetime) -> bool:
        """Note the cleaner's receipt of a message. False where it is not one of theirs (`Message.cleaner_id`), or already noted."""
        ...

    def unreceived(self, sent_before: datetime) -> Sequence["Delivery"]:
        """Offers (`Message.kind`) that the broker took before an instant and had not expired then, that were not received, and
        whose order is still offered. `send` in the same transaction sends them again."""
        ...


class OrderStore(Protocol):
    def transaction(self) -> AbstractContextManager[OrderBook]:
        """Begin a write transaction. Leaving with an exception undoes all of it."""
        ...


class Standing(Protocol):
    """What stands now, for those who only read."""

    def live_orders(self, at_most: int) -> Sequence[WorkOrder]:
        """Orders that have not ended, oldest first."""
        ...

    def camera_states(self) -> Sequence[Look]:
        """The last look at each camera that was not skipped, by camera id."""
        ...


@dataclass(frozen=True, slots=True)
class Delivery:
    """A row of the outbox as the relay sees it: a message, how often it was tried, and when it was last sent."""

    message: Message
    tries: int
    sent_at: datetime | None = None


class Outbox(Protocol):
    """The queue between transactions and the broker. Every call is a transaction of its own."""

    def claim(self, now: datetime, lease_until: datetime, at_most: int) -> Sequence[Delivery]:
        """Take due rows in order of creation, so that nobody else takes them before `lease_until`.

        A message waits while an earlier one of its topic is taken or put off: nothing overtakes within a topic. What is taken or put off
        for longer than LONGEST_WAIT was so by a clock that has been put back since: it is due.
        """
        ...

    def mark_sent(self, message_ids: Sequence[str], sent_at: datetime) -> None: ...

    def mark_failed(self, message_id: str, error: str, try_again_at: datetime | None) -> None:
        """Note a failure; None means never again: it is kept and shown."""
        ...

    def send_again(self, message_ids: Sequence[str], due_at: datetime) -> None:
        """Make sent rows due once more, under the same message id."""
        ...

    def waiting_count(self) -> int: ...
