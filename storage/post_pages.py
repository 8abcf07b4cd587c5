"""What goes out and what comes in, within one write transaction: messages, answers, receipts."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from alerts.stores import DEAD_LETTERS_KEPT, LATEST_ONLY, Delivery
from storage.dialect import upsert
from storage.rows import delivery_of, message_from_json, message_row, message_to_json
from storage.tables import answers, orders, outbox, snapshot_revs
from town.work import Message, OrderState

UNRECEIVED = (
    select(outbox)
    .join(orders, orders.c.id == outbox.c.order_id)
    .where(
        orders.c.state == OrderState.OFFERED,
        outbox.c.kind == "offer",
        outbox.c.due_at.is_(None),
        outbox.c.received_at.is_(None),
        outbox.c.sent_at < bindparam("sent_before"),
        outbox.c.expires_at.is_(None) | (outbox.c.expires_at > bindparam("sent_before")),
    )
    .order_by(outbox.c.number)
)
_RECEIVE = update(outbox).where(
    outbox.c.id == bindparam("b_id"),
    outbox.c.cleaner_id == bindparam("b_cleaner_id"),
    outbox.c.cleaner_id != "",
    outbox.c.received_at.is_(None),
)
_OVERTAKEN = delete(outbox).where(outbox.c.kind == bindparam("b_kind"), outbox.c.topic.in_(bindparam("b_topics", expanding=True)))
_LETTERS = outbox.c.kind == "dead_letter"
_OLD_LETTERS = delete(outbox).where(
    _LETTERS,
    outbox.c.created_at
    < select(outbox.c.created_at)
    .where(_LETTERS)
    .order_by(outbox.c.created_at.desc())
    .offset(DEAD_LETTERS_KEPT - 1)
    .limit(1)
    .scalar_subquery(),
)


class PostPages:
    """The part of the book that messages stand in."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def send(self, messages: Sequence[Message]) -> None:
        if not messages:
            return
        for kind in LATEST_ONLY:
            topics = [message.topic for message in messages if message.kind == kind]
            if topics:
                self._connection.execute(_OVERTAKEN, {"b_kind": kind, "b_topics": topics})
        due_again = upsert(self._connection, outbox, ("due_at", "error"), on="id")
        self._connection.execute(due_again, [message_row(message) for message in messages])
        if any(message.kind == "dead_letter" for message in messages):
            self._connection.execute(_OLD_LETTERS)

    def answered(self, event_id: str) -> Sequence[Message] | None:
        stored = self._connection.execute(select(answers.c.messages).where(answers.c.event_id == event_id)).scalar_one_or_none()
        return None if stored is None else tuple(message_from_json(message) for message in stored)

    def remember_answer(self, event_id: str, cleaner_id: str, received_at: datetime, answer: Sequence[Message]) -> None:
        row: dict[str, Any] = {"event_id": event_id, "cleaner_id": cleaner_id, "received_at": received_at}
        self._connection.execute(insert(answers), row | {"messages": [message_to_json(message) for message in answer]})

    def next_snapshot_rev(self, cleaner_id: str) -> int:
        grown = update(snapshot_revs).where(snapshot_revs.c.cleaner_id == cleaner_id)
        rev = self._connection.execute(grown.values(rev=snapshot_revs.c.rev + 1).returning(snapshot_revs.c.rev)).scalar_one_or_none()
        if rev is None:
            self._connection.execute(insert(snapshot_revs), {"cleaner_id": cleaner_id, "rev": 1})
        return rev or 1

    def mark_received(self, message_id: str, cleaner_id: str, received_at: datetime) -> bool:
        receipt = {"b_id": message_id, "b_cleaner_id": cleaner_id}
        return self._connection.execute(_RECEIVE.values(received_at=received_at), receipt).rowcount == 1

    def unreceived(self, sent_before: datetime) -> Sequence[Delivery]:
        return [delivery_of(row) for row in self._connection.execute(UNRECEIVED, {"sent_before": sent_before}).mappings()]
