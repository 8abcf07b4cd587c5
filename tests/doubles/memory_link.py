"""A broker and its links in memory, held to the same contract as MQTT: retained messages, wills, denial, outages."""

import queue
import threading

from alerts.access import Access, Verb, covers
from alerts.link import Incoming, NotConnected, Refused, TooLarge, Word
from alerts.messages import MAX_BYTES

NOT_AUTHORISED = 0x87


class MemoryBroker:
    """Delivers at once, in order, to whoever is connected and may read. Forgets what is retained when it is killed."""

    def __init__(self, access: Access) -> None:
        self.access = access
        self.up = True
        self._lock = threading.RLock()
        self._links: list[MemoryLink] = []
        self._retained: dict[str, bytes] = {}

    def link(self, user: str, *, birth: Word | None = None, will: Word | None = None) -> "MemoryLink":
        return MemoryLink(self, user, birth, will)

    def kill(self) -> None:
        with self._lock:
            self.up = False
            self._retained.clear()
            for link in self._links:
                link.connected = False

    def restart(self) -> None:
        with self._lock:
            self.up = True
            for link in list(self._links):
                self.greet(link)

    def admit(self, link: "MemoryLink") -> None:
        with self._lock:
            self._links.append(link)
            if self.up:
                self.greet(link)

    def greet(self, link: "MemoryLink") -> None:
        link.connected = True
        link.session_count += 1
        for topic_filter in link.filters:
            self.send_retained(link, topic_filter)
        if link.birth is not None:
            self.take(link, link.birth.topic, link.birth.payload, retain=True)

    def leave(self, link: "MemoryLink") -> None:
        """A connection ended, politely or not: either way the will is said once."""
        with self._lock:
            if link not in self._links:
                return
            self._links.remove(link)
            if self.up and link.will is not None:
                self.take(link, link.will.topic, link.will.payload, retain=True)
            link.connected = False

    def take(self, sender: "MemoryLink", topic: str, payload: bytes, *, retain: bool) -> None:
        with self._lock:
            if not (self.up and sender.connected):
                raise NotConnected("the broker is away")
            if not self.access.may(sender.user, Verb.WRITE, topic):
                raise Refused(NOT_AUTHORISED, "Not authorized")
            if retain:
                self._retained[topic] = payload
            for link in self._links:
                if link.connected and self._wants(link, topic):
                    link.take(Incoming(topic, payload))

    def send_retained(self, link: "MemoryLink", topic_filter: str) -> None:
        with self._lock:
            for topic, payload in self._retained.items():
                if covers(topic_filter, topic) and self.access.may(link.user, Verb.READ, topic):
                    link.take(Incoming(topic, payload, retained=True))

    def _wants(self, link: "MemoryLink", topic: str) -> bool:
        return any(covers(wanted, topic) for wanted in link.filters) and self.access.may(link.user, Verb.READ, topic)


class MemoryLink:
    """See `alerts.link.Link`."""

    def __init__(self, broker: MemoryBroker, user: str, birth: Word | None, will: Word | None) -> None:
        self.incoming: queue.Queue[Incoming] = queue.Queue()
        self.user = user
        self.birth = birth
        self.will = will
        self.filters: list[str] = []
        self.connected = False
        self.session_count = 0
        self._broker = broker

    def start(self) -> None:
        self._broker.admit(self)

    def stop(self) -> None:
        self._broker.leave(self)

    vanish = stop

    def subscribe(self, topic_filter: str) -> None:
        if topic_filter in self.filters:
            return
        self.filters.append(topic_filter)
        if self.connected:
            self._broker.send_retained(self, topic_filter)

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
        if len(payload) > MAX_BYTES:
            raise TooLarge(f"{len(payload)} bytes for {topic}")
        self._broker.take(self, topic, payload, retain=retain)

    def take(self, message: Incoming) -> None:
        """As in the real link, an inbox that fails must not harm the network."""
        try:
            self.incoming.put_nowait(message)
        except Exception:
            return
