"""What is known of cleaners, as a manager reads it: what fell to them, what they have in hand, when they were last heard of. Read only."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import func, select, text

from alerts.dealings import Dealing
from storage.engines import Engines
from storage.tables import HELD, answers, cleaner_positions, dealings, orders


class People:
    """Reads what is committed; each call sees one moment."""

    def __init__(self, engines: Engines) -> None:
        self._engines = engines

    def dealt(self, cleaner_ids: Collection[str], since: datetime) -> Sequence[tuple[str, Dealing, datetime]]:
        """Each offer and each taken order since an instant, for as long as they are kept (`alerts.dealings.KEPT_FOR`)."""
        theirs = (dealings.c.cleaner_id.in_(sorted(cleaner_ids)), dealings.c.kind.in_(list(Dealing)), dealings.c.dealt_at >= since)
        chosen = select(dealings.c.cleaner_id, dealings.c.kind, dealings.c.dealt_at).where(*theirs)
        with self._engines.reading() as connection:
            return [(row[0], row[1], row[2]) for row in connection.execute(chosen)]

    def loads(self) -> Mapping[str, int]:
        """How many orders each has in hand; whoever has none is left out."""
        chosen = select(orders.c.holder, func.count()).where(text(HELD)).group_by(orders.c.holder)
        with self._engines.reading() as connection:
            return {row[0]: row[1] for row in connection.execute(chosen)}

    def positioned_at(self) -> Mapping[str, datetime]:
        """When each last said where they are; where that was is not told."""
        with self._engines.reading() as connection:
            return {row[0]: row[1] for row in connection.execute(select(cleaner_positions.c.cleaner_id, cleaner_positions.c.said_at))}

    def heard_at(self, since: datetime) -> Mapping[str, datetime]:
        """When each last said anything about an order, since an instant."""
        last = func.max(answers.c.received_at, type_=answers.c.received_at.type)
        chosen = select(answers.c.cleaner_id, last).where(answers.c.received_at >= since).group_by(answers.c.cleaner_id)
        with self._engines.reading() as connection:
            return {row[0]: row[1] for row in connection.execute(chosen)}
