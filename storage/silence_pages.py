"""Silences, within one write transaction."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, bindparam, insert, select, update

from storage.rows import silence_of, silence_row
from storage.tables import silences
from town.silence import Silence

_HOLDING = select(silences).where(
    silences.c.begins_at <= bindparam("now"), silences.c.ends_at > bindparam("now"), silences.c.ended_at.is_(None)
)


class SilencePages:
    """The part of the book that silences stand in."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def silence(self, silence: Silence) -> int:
        """Store a new silence; returns its number."""
        number: int = self._connection.execute(insert(silences).returning(silences.c.number), silence_row(silence)).scalar_one()
        return number

    def silences(self, now: datetime) -> Sequence[Silence]:
        """The silences that hold at an instant, oldest first, so that a decision names the same one of several at every look."""
        holding = (silence_of(row) for row in self._connection.execute(_HOLDING, {"now": now}).mappings())
        return sorted(holding, key=lambda silence: silence.number)

    def end_silence(self, number: int, by: str, now: datetime) -> bool:
        """End a silence before its time. False where there is none that has not ended."""
        standing = (silences.c.number == number, silences.c.ends_at > now, silences.c.ended_at.is_(None))
        return self._connection.execute(update(silences).where(*standing).values(ended_at=now, ended_by=by)).rowcount == 1
