"""Whoever is told of faults is told from here, in a thread of its own; and once a minute the service looks at itself."""

import logging
import threading
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from alerts.addresses import addresses
from alerts.apprise_door import AppriseDoor
from alerts.notifier import Notifier
from patrol.letters import LetterWriter
from patrol.self_watch import SelfWatch, Watched
from storage.database import Database
from town.township import Township

WATCH_EVERY = timedelta(minutes=1)
_IDLE_S = 1.0

log = logging.getLogger(__name__)


class NoticeOffice:
    """Does nothing for a township that names no recipients. Raises AddressError where one of their addresses cannot be read."""

    def __init__(self, township: Township, database: Database, watched: Watched, environ: Mapping[str, str]) -> None:
        where = addresses(township.notices, environ)
        self._is_open = bool(where)
        self._notifier = Notifier(database, AppriseDoor(), where, township, LetterWriter(township).letter)
        self._watch = SelfWatch(database, township.notices, watched)
        self._watched_at: datetime | None = None

    def run(self, stop: threading.Event, clock: Callable[[], datetime]) -> None:
        """Until told to stop. An error is logged, and the next round goes on: rows that were taken come back when their lease ends."""
        while self._is_open and not stop.is_set():
            went = False
            try:
                went = self.step(clock())
            except Exception:
                log.exception("a round of the notices failed")
            if not went:
                stop.wait(_IDLE_S)

    def step(self, now: datetime) -> bool:
        """Look at the service where it is time, and send the most pressing letter that is due. False where none is."""
        if self._watched_at is None or not timedelta(0) <= now - self._watched_at < WATCH_EVERY:
            self._watched_at = now
            self._watch.check(now)
        return self._notifier.step(now)
