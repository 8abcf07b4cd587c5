"""Kills at a step of the outbox: the service's own store, outbox and link behind doors that count who passes, and spring a trap."""

import os
import queue
import signal
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime

from alerts.link import Incoming, Link
from alerts.stores import Delivery, OrderBook, OrderStore, Outbox
from simulator.faults.plan import Fault, Kind, Step


class Traps:
    """What is killed in this life of the service, and when.

    `broker_pid` says which process the broker is at that moment, and `note` is told of a kill just before it. Nobody who passes is
    counted while not `armed`.
    """

    def __init__(
        self, kills: Sequence[Fault], broker_pid: Callable[[], int | None], armed: Callable[[], bool], note: Callable[[Fault], None]
    ) -> None:
        self._kills = kills
        self._broker_pid = broker_pid
        self._armed = armed
        self._note = note
        self._passed: Counter[Step] = Counter()
        self._lock = threading.Lock()

    def passes(self, step: Step) -> None:
        """Somebody passes a step: kill -9 what was to be killed at this passage."""
        if not self._armed():
            return
        with self._lock:
            self._passed[step] += 1
            here = [kill for kill in self._kills if (kill.step, kill.nth) == (step, self._passed[step])]
        for fault in here:
            victim = os.getpid() if fault.kind is Kind.KILL_SERVICE else self._broker_pid()
            if victim is not None:
                self._note(fault)
                with suppress(ProcessLookupError):  # it died a moment before
                    os.kill(victim, signal.SIGKILL)


class TrappedStore:
    """An `OrderStore`: steps WRITTEN and COMMITTED."""

    def __init__(self, store: OrderStore, traps: Traps) -> None:
        self._store = store
        self._traps = traps

    @contextmanager
    def transaction(self) -> Iterator[OrderBook]:
        with self._store.transaction() as book:
            yield book
            self._traps.passes(Step.WRITTEN)
        self._traps.passes(Step.COMMITTED)


class TrappedOutbox:
    """An `Outbox`: steps LEASED and MARKED."""

    def __init__(self, outbox: Outbox, traps: Traps) -> None:
        self._outbox = outbox
        self._traps = traps

    def claim(self, now: datetime, lease_until: datetime, at_most: int) -> Sequence[Delivery]:
        taken = self._outbox.claim(now, lease_until, at_most)
        if taken:
            self._traps.passes(Step.LEASED)
        return taken

    def mark_sent(self, message_ids: Sequence[str], sent_at: datetime) -> None:
        self._outbox.mark_sent(message_ids, sent_at)
        if message_ids:
            self._traps.passes(Step.MARKED)

    def mark_failed(self, message_id: str, error: str, try_again_at: datetime | None) -> None:
        self._outbox.mark_failed(message_id, error, try_again_at)

    def send_again(self, message_ids: Sequence[str], due_at: datetime) -> None:
        self._outbox.send_again(message_ids, due_at)

    def waiting_count(self) -> int:
        return self._outbox.waiting_count()


class TrappedLink:
    """A `Link`: steps PUBLISHING and ACKNOWLEDGED."""

    def __init__(self, link: Link, traps: Traps) -> None:
        self._link = link
        self._traps = traps
        self.incoming = link.incoming

    @property
    def connected(self) -> bool:
        return self._link.connected

    @property
    def session_count(self) -> int:
        return self._link.session_count

    def start(self) -> None:
        self._link.start()

    def stop(self) -> None:
        self._link.stop()

    def subscribe(self, topic_filter: str) -> None:
        self._link.subscribe(topic_filter)

    def publish(
        self,
        topic: str,
        payload: bytes,
        *,
        qos: int = 1,
        retain: bool = False,
        expires_in_s: int | None = None,
        timeout_s: float = 10.0,
    ) -> None:
        self._traps.passes(Step.PUBLISHING)
        self._link.publish(topic, payload, qos=qos, retain=retain, expires_in_s=expires_in_s, timeout_s=timeout_s)
        self._traps.passes(Step.ACKNOWLEDGED)


class TrappedQueue(queue.Queue[Incoming]):
    """What a link brings: step HEARD."""

    def __init__(self, traps: Traps) -> None:
        super().__init__()
        self._traps = traps

    def get(self, block: bool = True, timeout: float | None = None) -> Incoming:
        taken = super().get(block, timeout)
        self._traps.passes(Step.HEARD)
        return taken
