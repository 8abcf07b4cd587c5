"""The queue between transactions and the broker."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam, exists, func, or_, select, update

from alerts.stores import LONGEST_WAIT, Delivery
from storage.engines import Engines
from storage.rows import delivery_of
from storage.tables import outbox

_NOW = bindparam("b_now", type_=outbox.c.due_at.type)
# What lies beyond was written by a clock that has been put back since.
_LATEST = bindparam("b_latest", type_=outbox.c.due_at.type)
_FREE = (
    outbox.c.due_at.is_not(None)
    & or_(outbox.c.due_at <= _NOW, outbox.c.due_at > _LATEST)
    & or_(outbox.c.leased_until.is_(None), outbox.c.leased_until <= _NOW, outbox.c.leased_until > _LATEST)
)

_earlier = outbox.alias("earlier")
_HELD_UP = exists().where(
    _earlier.c.topic == outbox.c.topic,
    _earlier.c.number < outbox.c.number,
    _earlier.c.due_at.is_not(None),
    or_(
        (_earlier.c.due_at > _NOW) & (_earlier.c.due_at <= _LATEST),
        (_earlier.c.leased_until > _NOW) & (_earlier.c.leased_until <= _LATEST),
    ),
)
_CLAIM = (
    update(outbox)
    .where(
        _FREE, outbox.c.number.in_(select(outbox.c.number).where(_FREE, ~_HELD_UP).order_by(outbox.c.number).limit(bindparam("b_count")))
    )
    .values(leased_until=bindparam("b_until"), tries=outbox.c.tries + 1)
    .returning(outbox)
)
_THIS = outbox.c.id == bindparam("b_id")
_SENT = update(outbox).where(_THIS).values(due_at=None, leased_until=None, sent_at=bindparam("b_at"), error="")
_FAILED = update(outbox).where(_THIS).values(due_at=bindparam("b_at"), leased_until=None, error=bindparam("b_error"))
_AGAIN = update(outbox).where(_THIS, outbox.c.sent_at.is_not(None)).values(due_at=bindparam("b_at"), leased_until=None)
_WAITING = select(func.count()).select_from(outbox).where(outbox.c.due_at.is_not(None))


class SqlOutbox:
    """Keeps the promises of `alerts.stores.Outbox`. A message waits while an earlier one of its topic is out or backing off."""

    def __init__(self, engines: Engines) -> None:
        self._engines = engines

    def claim(self, now: datetime, lease_until: datetime, at_most: int) -> Sequence[Delivery]:
        with self._engines.writing() as connection:
            asked = {"b_now": now, "b_latest": now + LONGEST_WAIT, "b_until": lease_until, "b_count": at_most}
            taken = connection.execute(_CLAIM, asked).mappings().all()
        return [delivery_of(row) for row in sorted(taken, key=lambda row: row["number"])]

    def mark_sent(self, message_ids: Sequence[str], sent_at: datetime) -> None:
        if message_ids:
            with self._engines.writing() as connection:
                connection.execute(_SENT, [{"b_id": message_id, "b_at": sent_at} for message_id in message_ids])

    def mark_failed(self, message_id: str, error: str, try_again_at: datetime | None) -> None:
        with self._engines.writing() as connection:
            connection.execute(_FAILED, {"b_id": message_id, "b_error": error, "b_at": try_again_at})

    def send_again(self, message_ids: Sequence[str], due_at: datetime) -> None:
        if message_ids:
            with self._engines.writing() as connection:
                connection.execute(_AGAIN, [{"b_id": message_id, "b_at": due_at} for message_id in message_ids])

    def waiting_count(self) -> int:
        with self._engines.reading() as connection:
            return connection.execute(_WAITING).scalar_one()
