"""The book: everything that one write transaction may read and write."""

from sqlalchemy import Connection

from storage.account_pages import AccountPages
from storage.copy_pages import CopyPages
from storage.evidence_pages import EvidencePages
from storage.limiter_pages import LimiterPages
from storage.look_pages import LookPages
from storage.notification_pages import NotificationPages
from storage.order_pages import OrderPages
from storage.post_pages import PostPages
from storage.silence_pages import SilencePages
from storage.view_pages import ViewPages


class Book(
    OrderPages, PostPages, LookPages, EvidencePages, LimiterPages, ViewPages, SilencePages, NotificationPages, CopyPages, AccountPages
):
    """One open write transaction. Keeps the promises of `alerts.stores.OrderBook`, and holds the others' pages beside."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
