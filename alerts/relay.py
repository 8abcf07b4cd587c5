"""Carries due rows of the outbox to the broker: leased, published at QoS 1, marked sent only on the broker's good acknowledgement."""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from alerts.link import Link, LinkError, NoAnswer, NotConnected
from alerts.stores import LONGEST_WAIT, Delivery, Outbox
from town.work import Message

logger = logging.getLogger(__name__)


class Relay:
    """One of these per outbox. A message may be published more than once (same id), and is never marked sent unsent.

    `lease` is how long claimed rows are ours, so how long a killed relay's rows rest; `timeout_s` how long one
    acknowledgement may take. Retries wait `first_retry`, doubled each time up to `longest_retry`, at most LONGEST_WAIT.
    """

    def __init__(
        self,
        outbox: Outbox,
        link: Link,
        *,
        batch: int = 100,
        lease: timedelta = timedelta(seconds=30),
        timeout_s: float = 10.0,
        first_retry: timedelta = timedelta(seconds=1),
        longest_retry: timedelta = LONGEST_WAIT,
        idle_s: float = 0.1,
    ) -> None:
        self._outbox = outbox
        self._link = link
        self._batch = batch
        self._lease = lease
        self._timeout_s = timeout_s
        self._first_retry = first_retry
        self._longest_retry = longest_retry
        self._idle_s = idle_s

    def step(self, now: datetime) -> int:
        """Publish one batch of due rows. Returns how many the broker took. Claims nothing while there is no session."""
        if not self._link.connected:
            return 0
        batch = _Batch()
        try:
            for delivery in self._outbox.claim(now, now + self._lease, self._batch):
                self._carry(delivery, now, batch)
        finally:
            self._outbox.mark_sent(batch.sent, now)
        return len(batch.sent)

    def run(self, stop: threading.Event, clock: Callable[[], datetime]) -> None:
        """Step until told to stop. An error is logged, and the next round goes on: the rows come back when their lease ends."""
        while not stop.is_set():
            taken = 0
            try:
                taken = self.step(clock())
            except Exception:
                logger.exception("a round of the relay failed")
            if taken < self._batch:
                stop.wait(self._idle_s)

    def _carry(self, delivery: Delivery, now: datetime, batch: "_Batch") -> None:
        """Publish one row, unless it is of no more use, or would overtake an earlier one of its topic."""
        message = delivery.message
        if message.expires_at and message.expires_at <= now:
            self._outbox.mark_failed(message.id, "expired before it could be sent", None)
        elif batch.link_is_down or message.topic in batch.held_up:
            self._outbox.mark_failed(message.id, "not tried: an earlier one failed", now + self._first_retry)
        else:
            try:
                self._publish(message, now)
                batch.sent.append(message.id)
            except LinkError as error:
                batch.link_is_down = isinstance(error, NotConnected | NoAnswer)
                self._put_back(delivery, error, now, batch)

    def _publish(self, message: Message, now: datetime) -> None:
        left_s = int((message.expires_at - now).total_seconds()) + 1 if message.expires_at else None
        self._link.publish(
            message.topic, message.payload, qos=message.qos, retain=message.retain, expires_in_s=left_s, timeout_s=self._timeout_s
        )

    def _put_back(self, delivery: Delivery, error: LinkError, now: datetime, batch: "_Batch") -> None:
        if error.retryable:
            batch.held_up.add(delivery.message.topic)
            self._outbox.mark_failed(delivery.message.id, str(error), now + self._wait(delivery.tries))
        else:
            logger.error("message %s to %s is given up: %s", delivery.message.id, delivery.message.topic, error)
            self._outbox.mark_failed(delivery.message.id, str(error), None)

    def _wait(self, tries: int) -> timedelta:
        doublings = min(max(tries - 1, 0), 20)
        return min(self._longest_retry, self._first_retry * (1 << doublings))


@dataclass
class _Batch:
    """How one round goes: what the broker took, and what must wait behind what failed."""

    sent: list[str] = field(default_factory=list)
    held_up: set[str] = field(default_factory=set)
    link_is_down: bool = False
