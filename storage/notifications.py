"""The notices' outbox for those who only read."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam, or_, select, text

from alerts.notifications import Notification
from storage.engines import Engines
from storage.rows import notification_of
from storage.tables import WAITING, notifications

_NOW = bindparam("now", type_=notifications.c.due_at.type)
# Sorted here and not by SQLite, which would walk through all of them in the order of their numbers instead.
_DUE = select(notifications).where(notifications.c.due_at <= _NOW, text(WAITING))
_FREE = _DUE.where(or_(notifications.c.leased_until.is_(None), notifications.c.leased_until <= _NOW))
_SINCE = select(notifications).where(notifications.c.happened_at > bindparam("since", type_=notifications.c.happened_at.type))
_WAITING = select(notifications).where(text(WAITING))


class Notifications:
    """Reads what is committed; each call sees one moment."""

    def __init__(self, engines: Engines) -> None:
        self._engines = engines

    def waiting(self, now: datetime) -> Sequence[Notification]:
        """Those that are due and that nobody is at, in the order of their numbers."""
        with self._engines.reading() as connection:
            found = [notification_of(row) for row in connection.execute(_FREE, {"now": now}).mappings()]
        return sorted(found, key=lambda one: one.number)

    def recent(self, since: datetime) -> Sequence[Notification]:
        """What happened since an instant, and whatever still waits; newest first."""
        with self._engines.reading() as connection:
            rows = [*connection.execute(_SINCE, {"since": since}).mappings(), *connection.execute(_WAITING).mappings()]
        found = {row["number"]: notification_of(row) for row in rows}
        return [found[number] for number in sorted(found, reverse=True)]
