"""Where cleaners last stood and what fell to them lately, within one write transaction."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, func, select

from alerts.dealings import KEPT_FOR, Dealing
from alerts.whereabouts import LastPosition
from storage.dialect import insert_new, upsert
from storage.tables import cleaner_positions, dealings
from town.geometry import Position

_THEIRS = dealings.c.cleaner_id.in_(bindparam("cleaner_ids", expanding=True))
_COUNTED = (
    select(dealings.c.cleaner_id, func.count())
    .where(_THEIRS, dealings.c.kind == bindparam("kind"), dealings.c.dealt_at > bindparam("since"))
    .group_by(dealings.c.cleaner_id)
)
_OLD = delete(dealings).where(_THEIRS, dealings.c.kind.in_(list(Dealing)), dealings.c.dealt_at < bindparam("before"))


class CleanerPages:
    """The part of the book that cleaners stand in."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def last_positions(self) -> Mapping[str, LastPosition]:
        rows = self._connection.execute(select(cleaner_positions))
        return {row.cleaner_id: LastPosition(Position(row.lat, row.lon), row.said_at) for row in rows}

    def keep_position(self, cleaner_id: str, last: LastPosition) -> None:
        row = {"cleaner_id": cleaner_id, "lat": last.position.lat, "lon": last.position.lon, "said_at": last.said_at}
        self._connection.execute(upsert(self._connection, cleaner_positions, ("lat", "lon", "said_at")), row)

    def forget_positions(self, before: datetime) -> None:
        self._connection.execute(delete(cleaner_positions).where(cleaner_positions.c.said_at < before))

    def count_dealings(self, kind: Dealing, cleaner_ids: Collection[str], since: datetime) -> Mapping[str, int]:
        asked = {"kind": kind, "cleaner_ids": sorted(cleaner_ids), "since": since}
        return dict(iter(self._connection.execute(_COUNTED, asked)))

    def _deal(self, order_id: str, dealt: Iterable[tuple[str, Dealing]], at: datetime) -> None:
        """Note what fell to whom, and forget what fell to them long ago."""
        rows = [{"cleaner_id": name, "kind": kind, "dealt_at": at, "order_id": order_id} for name, kind in dealt]
        if rows:
            self._connection.execute(_OLD, {"cleaner_ids": sorted({str(row["cleaner_id"]) for row in rows}), "before": at - KEPT_FOR})
            self._connection.execute(insert_new(self._connection, dealings), rows)
