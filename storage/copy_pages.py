"""What a database knows of being a copy of another, within one write transaction."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, func, insert, select, update

from storage.dialect import upsert
from storage.tables import copies, snapshot_revs

_NEW = copies.c.taken_up_at.is_(None)


class CopyPages:
    """The part of the book that says where the database itself comes from."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def mark_as_copy(self, copied_at: datetime) -> None:
        self._connection.execute(insert(copies), {"copied_at": copied_at})

    def copied_at(self) -> datetime | None:
        at: datetime | None = self._connection.execute(
            select(func.min(copies.c.copied_at, type_=copies.c.copied_at.type)).where(_NEW)
        ).scalar()
        return at

    def took_up(self, at: datetime) -> None:
        self._connection.execute(update(copies).where(_NEW).values(taken_up_at=at))

    def raise_snapshot_revs(self, cleaner_ids: Collection[str], by: int) -> None:
        stored = self._connection.execute(select(snapshot_revs.c.cleaner_id, snapshot_revs.c.rev))
        revs = {**dict.fromkeys(cleaner_ids, 0), **{row.cleaner_id: row.rev for row in stored}}
        if revs:
            rows = [{"cleaner_id": name, "rev": rev + by} for name, rev in revs.items()]
            self._connection.execute(upsert(self._connection, snapshot_revs, ("rev",)), rows)
