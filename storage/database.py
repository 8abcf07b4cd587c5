"""The database: opened, brought up to date, and handed out one transaction at a time."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Self

from sqlalchemy import URL, delete

from alerts.notifications import Notification
from storage.accounts import Accounts
from storage.audit import Audit, audit, event_count
from storage.book import Book
from storage.cohorts import Cohorts
from storage.engines import Engines, database_file, sqlite_url
from storage.errors import Failed, Unopenable
from storage.evidence import Evidence
from storage.figures import Figures
from storage.holdings import Holdings, holdings
from storage.migrating import migrate
from storage.notifications import Notifications
from storage.order_lists import OrderLists
from storage.order_search import OrderSearch
from storage.outbox import SqlOutbox
from storage.past import Past
from storage.pauses import Pauses
from storage.people import People
from storage.picture_folder import PictureFolder
from storage.picture_retention import Times, forget_pictures
from storage.reasons import Reasons
from storage.retention import Forgotten, forget_before, forget_reasons_before
from storage.rule_history import RuleHistory
from storage.secret_key import secret_key
from storage.tables import picture_views
from town.evidence import PictureDay


class Database:
    """One SQLite file. Safe to share between threads; several processes may open the same file."""

    def __init__(self, engines: Engines) -> None:
        self._engines = engines
        self.outbox = SqlOutbox(engines)
        self.figures = Figures(engines)
        self.order_lists = OrderLists(engines)
        self.order_search = OrderSearch(engines)
        self.reasons = Reasons(engines)
        self.pauses = Pauses(engines)
        self.notifications = Notifications(engines)
        self.evidence = Evidence(engines)
        self.rule_history = RuleHistory(engines)
        self.past = Past(engines)
        self.cohorts = Cohorts(engines)
        self.accounts = Accounts(engines)
        self.people = People(engines)

    @classmethod
    def open(cls, place: str | Path) -> Self:
        """Open `sqlite:///PATH`, or a file, made where it is missing, and migrate it. Raises Unopenable, or TooNew for a later weisu's."""
        engines = Engines(sqlite_url(place) if isinstance(place, str) else URL.create("sqlite", database=str(place.absolute())))
        try:
            with engines.writing() as connection:
                migrate(connection)
        except Failed as error:
            engines.close()
            raise Unopenable(f"{place}: {error}") from error
        except BaseException:
            engines.close()
            raise
        return cls(engines)

    @staticmethod
    def exists(url: str) -> bool:
        """Whether there is a file that `open` would not have to make. Raises Unopenable for a URL that is none."""
        return database_file(url).is_file()

    @contextmanager
    def transaction(self) -> Iterator[Book]:
        """A write transaction, alone from its start; leaving with an exception undoes all of it. Never nest two. Raises StorageError."""
        with self._engines.writing() as connection:
            yield Book(connection)

    def waiting_notifications(self, now: datetime) -> Sequence[Notification]:
        """Of the notices' outbox what is due and nobody is at."""
        return self.notifications.waiting(now)

    def forget_before(self, instant: datetime) -> Forgotten:
        """Delete what was seen and sent before an instant, but for what a live order's camera needs, and pack the reasons by days.

        In short transactions.
        """
        return forget_before(self._engines, instant)

    def forget_reasons_before(self, instant: datetime) -> int:
        """Delete packed days from before an instant, but for those of a camera with a live order. Returns how many."""
        return forget_reasons_before(self._engines, instant)

    def forget_pictures(self, folder: PictureFolder, times: Times, at_most_bytes: int, now: datetime) -> list[PictureDay]:
        """Delete pictures whose time is over, and the oldest of all above a size. Returns the account of `now`'s day."""
        return forget_pictures(self._engines, folder, times, at_most_bytes, now)

    def forget_picture_views_before(self, instant: datetime) -> int:
        """Delete the notes of who was shown pictures before an instant. Returns how many."""
        with self._engines.writing() as connection:
            return connection.execute(delete(picture_views).where(picture_views.c.viewed_at < instant)).rowcount

    def forget_entries_before(self, instant: datetime) -> None:
        """Delete what of the console's door was over before an instant: sessions, passes, its log."""
        with self.transaction() as book:
            book.forget_entries_before(instant)

    def event_count(self) -> int:
        """How many events of orders an audit goes through."""
        return event_count(self._engines)

    def audit(self, gone_through: Callable[[int], None], expected: str = "") -> Audit:
        """Whether the history of orders is the one that was written; see `storage.audit`."""
        return audit(self._engines, gone_through, expected)

    def pictures_beside(self) -> Path:
        """Where pictures are kept unless the configuration names another place: a folder beside the file."""
        file = Path(str(self._engines.writer.url.database))
        return file.with_name(f"{file.stem}-pictures")

    def link_key(self) -> bytes:
        """What signs links to pictures: made at the first call, in a file beside the database. Raises Unusable."""
        file = Path(str(self._engines.writer.url.database))
        return secret_key(file.with_name(f"{file.stem}.link-key"))

    def holdings(self, now: datetime) -> Holdings:
        """What the database holds, and whether it is whole; see `storage.holdings`."""
        return holdings(self._engines, now)

    def close(self) -> None:
        self._engines.close()
