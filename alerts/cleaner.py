"""What a cleaner's phone does: knows what is live, answers `received` at once, and says everything until it is answered."""

import logging
import queue
from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from alerts.access import client_id
from alerts.cleaner_state import CleanerState, Verdict
from alerts.link import Incoming, Link, LinkError
from alerts.messages import (
    Arrived,
    BadMessage,
    Cannot,
    Claim,
    Decline,
    Done,
    Downward,
    FalseAlarm,
    HandOver,
    Hello,
    OrderAct,
    PositionReport,
    Received,
    Snapshot,
    encode,
    parse_downward,
    parse_snapshot,
)
from alerts.mqtt import MqttLink
from alerts.presence import presence_words
from alerts.topics import Topics
from town.geometry import Position
from town.settings import ExternalBroker

logger = logging.getLogger(__name__)

_RECEIPTS = 500
_PUBLISH_S = 5.0


@dataclass(frozen=True, slots=True)
class News:
    """A message from the inbox, and what became of it."""

    message: Downward
    verdict: Verdict


@dataclass(slots=True)
class _Saying:
    act: OrderAct
    sent_at: datetime | None = None


class CleanerClient:
    """One cleaner over one link, which must speak `presence_words` with the same `boot_id`. For one thread.

    Drive it by calling `step` often. What is said (`claim`, `done`, …) is said again until it is answered, under the same event id.
    """

    def __init__(
        self, link: Link, topics: Topics, cleaner_id: str, boot_id: str, say_again_after: timedelta = timedelta(seconds=10)
    ) -> None:
        self.state = CleanerState()
        self.link = link
        self.cleaner_id = cleaner_id
        self._topics = topics
        self._boot_id = boot_id
        self._say_again_after = say_again_after
        self._greeted = 0
        self._unanswered_hello_at: datetime | None = None
        self._receipts: deque[Received] = deque(maxlen=_RECEIPTS)
        self._sayings: dict[str, _Saying] = {}
        self._clock_ahead = timedelta(0)
        link.subscribe(topics.inbox(cleaner_id))
        link.subscribe(topics.snapshot(cleaner_id))

    @classmethod
    def over_mqtt(cls, broker: ExternalBroker, topics: Topics, cleaner_id: str, device: str = "") -> "CleanerClient":
        """A client with a link of its own to `broker`, not yet started. A cleaner may have one session a `device`, beside each other."""
        boot_id = str(uuid4())
        birth, will = presence_words(topics, cleaner_id, boot_id)
        name = client_id(cleaner_id, broker.password.get_secret_value()) if broker.password else cleaner_id
        client = MqttLink(broker, f"{name}.{device}" if device else name, birth=birth, will=will)
        return cls(client, topics, cleaner_id, boot_id)

    def start(self) -> None:
        self.link.start()

    def stop(self) -> None:
        self.link.stop()

    @property
    def unanswered(self) -> tuple[str, ...]:
        """The event ids of what is said until it is answered."""
        return tuple(self._sayings)

    @property
    def unanswered_count(self) -> int:
        return len(self._sayings)

    def step(self, now: datetime, wait_s: float = 0.0) -> list[News]:
        """Hear what came, waiting at most `wait_s` for a first message; then say what is to be said. Never raises LinkError."""
        news: list[News] = []
        message = _next(self.link.incoming, wait_s)
        while message is not None:
            news += self._hear(message, now)
            message = _next(self.link.incoming, 0.0)
        self._speak(now)
        return news

    def claim(self, order_id: str, now: datetime) -> str:
        """Say that this cleaner takes the order. Returns the event id. So do the others below."""
        return self.say(Claim(event_id=str(uuid4()), issued_at=now, order_id=order_id), now)

    def decline(self, order_id: str, now: datetime, reason: str = "") -> str:
        return self.say(Decline(event_id=str(uuid4()), issued_at=now, order_id=order_id, reason=reason), now)

    def arrived(self, order_id: str, now: datetime) -> str:
        return self.say(Arrived(event_id=str(uuid4()), issued_at=now, order_id=order_id), now)

    def done(self, order_id: str, now: datetime, reason: str = "") -> str:
        return self.say(Done(event_id=str(uuid4()), issued_at=now, order_id=order_id, reason=reason), now)

    def cannot(self, order_id: str, now: datetime, reason: str) -> str:
        """Raises ValueError where the reason is empty or too long, as `false_alarm` does."""
        return self.say(Cannot(event_id=str(uuid4()), issued_at=now, order_id=order_id, reason=reason), now)

    def hand_over(self, order_id: str, now: datetime, to: str, reason: str = "") -> str:
        """To a colleague, by their id."""
        return self.say(HandOver(event_id=str(uuid4()), issued_at=now, order_id=order_id, to=to, reason=reason), now)

    def false_alarm(self, order_id: str, now: datetime, reason: str) -> str:
        return self.say(FalseAlarm(event_id=str(uuid4()), issued_at=now, order_id=order_id, reason=reason), now)

    def say(self, act: OrderAct, now: datetime) -> str:
        """Say an act under the event id that it bears; one that is being said already is not said twice at once."""
        self._sayings.setdefault(act.event_id, _Saying(act))
        self._speak(now)
        return act.event_id

    def stand_at(self, position: Position, now: datetime) -> bool:
        """Say where this cleaner is, once: it is not said again. Whether it could be said. For those who want to, on shift."""
        try:
            said = encode(PositionReport(position=position, issued_at=now))
            self.link.publish(self._topics.position(self.cleaner_id), said, qos=0, timeout_s=_PUBLISH_S)
        except LinkError as error:
            logger.debug("%s does not say where: %s", self.cleaner_id, error)
            return False
        return True

    def _hear(self, incoming: Incoming, now: datetime) -> list[News]:
        try:
            if incoming.topic == self._topics.snapshot(self.cleaner_id):
                self._take_snapshot(parse_snapshot(incoming.payload), incoming.retained, now)
                return []
            message = parse_downward(incoming.payload)
        except BadMessage as error:
            logger.warning("%s: %s", incoming.topic, error)
            return []
        self.state, verdict = self.state.take(message, now - self._clock_ahead)
        if verdict is not Verdict.EXPIRED:
            self._receipts.append(Received(event_id=str(uuid4()), issued_at=now, msg_id=message.msg_id))
        if message.answers:
            self._sayings.pop(message.answers, None)
        return [News(message, verdict)]

    def _take_snapshot(self, snapshot: Snapshot, retained: bool, now: datetime) -> None:
        """One that was written just now (it answers `hello`) also tells how wrong this phone's clock is: expiry goes by the service's."""
        if not retained and snapshot.snapshot_rev > self.state.snapshot_rev:
            self._clock_ahead = now - snapshot.issued_at
            self._unanswered_hello_at = None
        self.state = self.state.take_snapshot(snapshot)

    def _speak(self, now: datetime) -> None:
        try:
            self._greet(now)
            while self._receipts:
                self._up(self._receipts[0])
                self._receipts.popleft()
            for saying in list(self._sayings.values()):
                if saying.sent_at is None or now - saying.sent_at >= self._say_again_after:
                    self._up(saying.act)
                    saying.sent_at = now
        except LinkError as error:
            logger.debug("%s says it later: %s", self.cleaner_id, error)

    def _greet(self, now: datetime) -> None:
        """At every session, and again until a fresh snapshot answers. What was not answered is then said again."""
        session, asked_at = self.link.session_count, self._unanswered_hello_at
        is_new = session != self._greeted
        if not is_new and (asked_at is None or now - asked_at < self._say_again_after):
            return
        self._up(Hello(event_id=str(uuid4()), issued_at=now, boot_id=self._boot_id))
        self._greeted, self._unanswered_hello_at = session, now
        for saying in self._sayings.values() if is_new else ():
            saying.sent_at = None

    def _up(self, said: Hello | Received | OrderAct) -> None:
        """Raises LinkError where trying again can help."""
        try:
            self.link.publish(self._topics.up(self.cleaner_id), encode(said), timeout_s=_PUBLISH_S)
        except LinkError as error:
            if error.retryable:
                raise
            logger.warning("%s cannot say %s: %s", self.cleaner_id, said.type, error)


def _next(incoming: "queue.Queue[Incoming]", wait_s: float) -> Incoming | None:
    try:
        return incoming.get(timeout=wait_s) if wait_s > 0 else incoming.get_nowait()
    except queue.Empty:
        return None
