"""Takes in what cleaners say, and where they say they are: link to order desk, one message at a time, whatever it holds."""

import logging
import queue
import threading
from collections.abc import Callable
from datetime import datetime, timedelta

from alerts.desk import OrderDesk
from alerts.link import Link
from alerts.probe import is_probe
from alerts.topics import BadTopic, Topics

logger = logging.getLogger(__name__)

_WAKE_S = 0.5
POSITION_EVERY = timedelta(seconds=10)
"""A cleaner's position is passed over where another one came so shortly before: each that is kept is a transaction."""


class Reception:
    """Subscribes to every cleaner's upward topic and position, and hands each message to the desk."""

    def __init__(self, link: Link, topics: Topics, desk: OrderDesk, clock: Callable[[], datetime]) -> None:
        self._link = link
        self._topics = topics
        self._desk = desk
        self._clock = clock
        self._positions_at: dict[str, datetime] = {}
        link.subscribe(topics.every_up)
        link.subscribe(topics.every_position)

    def run(self, stop: threading.Event) -> None:
        """Until stopped. A message that breaks the desk is logged and left: the cleaner's client says it again."""
        while not stop.is_set():
            try:
                self.step(_WAKE_S)
            except Exception:
                logger.exception("a cleaner's message could not be taken in")

    def step(self, timeout_s: float) -> bool:
        """Take in one message, waiting for it at most `timeout_s`. False where none came."""
        try:
            incoming = self._link.incoming.get(timeout=timeout_s)
        except queue.Empty:
            return False
        if is_probe(incoming.payload):
            return True
        try:
            cleaner_id = self._topics.speaker(incoming.topic)
        except BadTopic:
            cleaner_id = incoming.topic.split("/")[-2]  # nobody's id: it becomes a dead letter
        if incoming.topic.endswith("/position"):
            self._take_position(cleaner_id, incoming.payload)
        else:
            logger.info("%s: %s", cleaner_id, self._desk.on_upward(cleaner_id, incoming.payload, self._clock()))
        return True

    def _take_position(self, cleaner_id: str, payload: bytes) -> None:
        now, last = self._clock(), self._positions_at.get(cleaner_id)
        if last is None or abs(now - last) >= POSITION_EVERY:
            self._positions_at[cleaner_id] = now
            logger.debug("%s: %s", cleaner_id, self._desk.on_position(cleaner_id, payload, now))
