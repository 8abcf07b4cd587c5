"""The notices' outbox for those who only read."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam, or_, select

from alerts.notifications import Notification
from storage.engines import Engines
from storage.rows import notification_of
from storage.tables import notifications

_NOW = bindparam("now", type_=notifications.c.due_at.type)
_WAITING = (
    select(notifications)
    .where(notifications.c.due_at <= _NOW, or_(notifications.c.leased_until.is_(None), notifications.c.leased_until <= _NOW))
    .order_by(notifications.c.number)
)
_RECENT = (
    select(notifications)
    .where(
        or_(notifications.c.happened_at > bindparam("since", type_=notifications.c.happened_at.type), notifications.c.due_at.is_not(None))
    )
    .order_by(notifications.c.number.desc())
)


class Notifications:
    """Reads what is committed; each call sees one moment."""

    def __init__(self, engines: Engines) -> None:
        self._engines = engines

    def waiting(self, now: datetime) -> Sequence[Notification]:
        """Those that are due and that nobody is at, in the order of their numbers."""
        with self._engines.reading() as connection:
            return [notification_of(row) for row in connection.execute(_WAITING, {"now": now}).mappings()]

    def recent(self, since: datetime, at_most: int = 1000) -> Sequence[Notification]:
        """What happened since an instant, and whatever still waits; newest first."""
        with self._engines.reading() as connection:
            return [notification_of(row) for row in connection.execute(_RECENT.limit(at_most), {"since": since}).mappings()]
