"""Tries what each user may do at a broker, topic by topic: the access table says what must come out, the broker what does."""

import json
import logging
import queue
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from secrets import token_hex

from alerts.access import Access, Verb
from alerts.link import Link, LinkError
from alerts.topics import Topics

logger = logging.getLogger(__name__)

_LEAVES = ("inbox", "snapshot", "up", "presence", "position")
_WILD = ("#", "+/#", "weisu/#", "{root}/#", "{root}/cleaners/#", "{root}/cleaners/+/inbox", "{root}/cleaners/+/snapshot", "+/+/+/+/+/+")


@dataclass(frozen=True, slots=True)
class Place:
    """A topic, or for `wildcards` all that a user could overhear, and what it is to the user who tries it."""

    name: str
    topic: str


@dataclass(frozen=True, slots=True)
class Cell:
    """One try: whether `user` may read or write at `place` by the table, and whether the broker let them."""

    user: str
    place: Place
    verb: Verb
    may: bool
    did: bool

    @property
    def wrong(self) -> bool:
        return self.may != self.did


class ProbeError(Exception):
    """The probe could not be carried out, which says nothing of the broker's rules."""


class Probe:
    """Speaks as every user, over links that `connect(user, name)` makes. What it says is of type `probe` and never retained.

    MQTT 3.1.1 has no word for a denied message, and Mosquitto grants any subscription: so all is judged by what arrives. The service's
    own eyes see what is written; what may be read is said by the service. `patience_s`: how long an arrival may take.
    """

    def __init__(
        self, access: Access, topics: Topics, common: Sequence[Place], connect: Callable[[str, str], Link], patience_s: float = 10.0
    ) -> None:
        self._access = access
        self._topics = topics
        self._common = common
        self._connect = connect
        self._patience_s = patience_s
        self._nonce = token_hex(8)

    def run(self, users: Sequence[str]) -> Iterator[Cell]:
        """Every cell of these users. Raises ProbeError where a user cannot come in."""
        with ExitStack() as stack:
            self._service = stack.enter_context(self._session(self._access.service, "probe-writer"))
            self._observer = stack.enter_context(self._session(self._access.service, "probe-observer", f"{self._topics.root}/#"))
            for user in users:
                places = self.places(user)
                with self._session(user, "probe", *(place.topic for place in places)) as link:
                    yield from self._writing(user, link, places)
                    yield from self._reading(user, link, places)
                if user != self._access.service:
                    yield self._overhearing(user, places)

    def places(self, user: str) -> list[Place]:
        """Their own topics, those of another cleaner, and those of all."""
        others = sorted(self._access.cleaners - {user})
        behind = [name for name in others if name > user] or others or ["somebody-else"]
        theirs = [Place(f"other's {leaf}", f"{self._topics.root}/cleaners/{behind[0]}/{leaf}") for leaf in _LEAVES]
        if user == self._access.service:
            return [*theirs, *self._common]
        home = f"{self._topics.root}/cleaners/{user}"
        own = [Place(f"own {leaf}", f"{home}/{leaf}") for leaf in _LEAVES]
        return [*own, Place("own root", home), Place("below own inbox", f"{home}/inbox/deeper"), *theirs, *self._common]

    def _writing(self, user: str, link: Link, places: Sequence[Place]) -> Iterator[Cell]:
        mark = _mark_of(self._nonce, user, "write")
        for place in places:
            _try_to_publish(link, place.topic, mark)
        arrived = self._until_end(self._observer, self._topics.dead_letter, mark)
        for place in places:
            yield Cell(user, place, Verb.WRITE, self._access.may(user, Verb.WRITE, place.topic), place.topic in arrived)

    def _reading(self, user: str, link: Link, places: Sequence[Place]) -> Iterator[Cell]:
        arrived = self._heard(user, link, places, "read")
        for place in places:
            yield Cell(user, place, Verb.READ, self._access.may(user, Verb.READ, place.topic), place.topic in arrived)

    def _overhearing(self, user: str, places: Sequence[Place]) -> Cell:
        """Whether wildcards bring anything that is not for this user."""
        filters = [one.format(root=self._topics.root) for one in _WILD]
        with self._session(user, "probe-wild", *filters, self._topics.inbox(user)) as link:
            arrived = self._heard(user, link, places, "wild")
        leaked = sorted(topic for topic in arrived if not self._access.may(user, Verb.READ, topic))
        return Cell(user, Place("wildcards", leaked[0] if leaked else " ".join(filters)), Verb.READ, may=False, did=bool(leaked))

    def _heard(self, user: str, link: Link, places: Sequence[Place], phase: str) -> set[str]:
        """The topics at which this link gets what the service says at all of them; the last word goes where the user surely listens."""
        mark = _mark_of(self._nonce, user, phase)
        for place in places:
            _try_to_publish(self._service, place.topic, mark)
        last = self._topics.dead_letter if user == self._access.service else self._topics.inbox(user)
        return self._until_end(link, last, mark)

    def _until_end(self, link: Link, last: str, mark: bytes) -> set[str]:
        """The topics at which `mark` comes before the end that the service now says at `last`. A broker keeps the order of one reader."""
        end = _mark_of(self._nonce, token_hex(4), "end")
        _try_to_publish(self._service, last, end)
        arrived: set[str] = set()
        give_up_at = time.monotonic() + self._patience_s
        while (left_s := give_up_at - time.monotonic()) > 0:
            try:
                incoming = link.incoming.get(timeout=left_s)
            except queue.Empty:
                break
            if incoming.payload == end:
                break
            if incoming.payload == mark:
                arrived.add(incoming.topic)
        return arrived

    @contextmanager
    def _session(self, user: str, name: str, *filters: str) -> Iterator[Link]:
        link = self._connect(user, name)
        for topic_filter in filters:
            link.subscribe(topic_filter)
        link.start()
        try:
            give_up_at = time.monotonic() + self._patience_s
            while not link.connected:
                if time.monotonic() > give_up_at:
                    raise ProbeError(f"{user} cannot come in: wrong password, or no broker")
                time.sleep(0.01)
            yield link
        finally:
            link.stop()


def is_probe(payload: bytes) -> bool:
    """Whether a payload is a probe's: it means nothing, and is passed over."""
    return payload.startswith(b'{"v": 1, "type": "probe"') and len(payload) < 1000


def _mark_of(*of: str) -> bytes:
    return json.dumps({"v": 1, "type": "probe", "of": "/".join(of)}).encode()


def _try_to_publish(link: Link, topic: str, payload: bytes) -> None:
    try:
        link.publish(topic, payload)
    except LinkError as error:
        logger.debug("%s: %s", topic, error)
