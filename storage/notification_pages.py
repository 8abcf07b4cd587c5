"""The notices' outbox, within one write transaction."""

from collections.abc import Sequence

from sqlalchemy import Connection, bindparam, select, text, update

from alerts.notifications import Notification
from storage.dialect import insert_new
from storage.rows import notification_of, notification_row
from storage.tables import UNHEALED, notifications

_IN_ORDER = select(notifications).order_by(notifications.c.number)
_OF_SUBJECT = _IN_ORDER.where(notifications.c.subject == bindparam("subject"), text(UNHEALED))


class NotificationPages:
    """The part of the book that notifications stand in. Keeps the promises of `alerts.stores.NotificationBook`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def begin_notification(self, one: Notification) -> None:
        self._connection.execute(insert_new(self._connection, notifications), notification_row(one))

    def unhealed_notifications(self, subject: str) -> Sequence[Notification]:
        return [notification_of(row) for row in self._connection.execute(_OF_SUBJECT, {"subject": subject}).mappings()]

    def notifications(self, numbers: Sequence[int]) -> Sequence[Notification]:
        chosen = _IN_ORDER.where(notifications.c.number.in_(numbers))
        return [notification_of(row) for row in self._connection.execute(chosen).mappings()]

    def change_notification(self, one: Notification) -> None:
        this = update(notifications).where(notifications.c.number == bindparam("b_number"))
        self._connection.execute(this.values(notification_row(one)), {"b_number": one.number})
