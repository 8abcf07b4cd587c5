"""The relay marks sent only what the broker took; what failed waits, or is given up, with its reason."""

import logging
import threading
from datetime import timedelta

import pytest

from alerts.link import Incoming, LinkError, NoAnswer, NotConnected, Refused
from alerts.relay import Relay
from tests.doubles.memory_store import MemoryStore
from tests.doubles.order_samples import NOW, after, message


class FlakyLink:
    """A link whose broker answers each publication as told, then well."""

    def __init__(self, *answers: LinkError | None, connected: bool = True) -> None:
        self.answers = list(answers)
        self.connected = connected
        self.published: list[str] = []
        self.expiries: list[int | None] = []

    def publish(
        self, topic: str, payload: bytes, *, qos: int = 1, retain: bool = False, expires_in_s: int | None = None, timeout_s: float = 10.0
    ) -> None:
        answer = self.answers.pop(0) if self.answers else None
        if answer:
            raise answer
        self.published.append(payload.decode())
        self.expiries.append(expires_in_s)

    def start(self) -> None: ...

    def stop(self) -> None: ...

    def subscribe(self, topic_filter: str) -> None: ...

    @property
    def incoming(self) -> "object":
        raise NotImplementedError


def office(*topics: str) -> MemoryStore:
    """A store with a message for each topic, whose payload is its number."""
    store = MemoryStore()
    with store.transaction() as book:
        book.send([message(number, topic=topic, payload=str(number).encode()) for number, topic in enumerate(topics)])
    return store


def relay(store: MemoryStore, link: FlakyLink) -> Relay:
    return Relay(store.outbox, link, idle_s=0.001)  # type: ignore[arg-type]


def test_due_messages_go_out_in_order_and_only_once() -> None:
    store, link = office("a", "b", "a"), FlakyLink()
    assert relay(store, link).step(NOW) == 3
    assert (link.published, store.outbox.waiting_count()) == (["0", "1", "2"], 0)
    assert relay(store, link).step(after(hours=0.1)) == 0


def test_without_a_session_nothing_is_taken() -> None:
    store = office("a")
    assert relay(store, FlakyLink(connected=False)).step(NOW) == 0
    assert len(store.outbox.claim(NOW, after(seconds=1), 10)) == 1


def test_what_the_broker_did_not_acknowledge_is_not_sent() -> None:
    store, link = office("a"), FlakyLink(NoAnswer("no acknowledgement"))
    assert relay(store, link).step(NOW) == 0
    assert store.outbox.waiting_count() == 1


def test_retries_wait_longer_each_time_up_to_a_cap() -> None:
    store, link = office("a"), FlakyLink(*[Refused(0x97)] * 3)
    carrier = Relay(store.outbox, link, first_retry=timedelta(seconds=2), longest_retry=timedelta(seconds=5))  # type: ignore[arg-type]
    waits = []
    for second in range(30):
        tried_before = 3 - len(link.answers)
        carrier.step(after(seconds=second))
        if 3 - len(link.answers) > tried_before or (link.published and len(waits) == 3):
            waits.append(second)
    assert waits[:4] == [0, 2, 6, 11]


def test_a_link_that_goes_down_spares_the_rest_a_try() -> None:
    store, link = office("a", "b", "c"), FlakyLink(None, NotConnected("gone"))
    assert relay(store, link).step(NOW) == 1
    assert link.published == ["0"]
    assert relay(store, link).step(after(seconds=1)) == 2
    assert link.published == ["0", "1", "2"]


def test_nothing_overtakes_a_message_of_its_topic_that_failed() -> None:
    store, link = office("a", "b", "a"), FlakyLink(Refused(0x97))
    carrier = relay(store, link)
    carrier.step(NOW)
    assert link.published == ["1"]
    carrier.step(after(seconds=1))
    assert link.published == ["1", "0", "2"]


def test_a_permanent_refusal_is_given_up_and_holds_nobody_up(caplog: pytest.LogCaptureFixture) -> None:
    store, link = office("a", "a"), FlakyLink(Refused(0x87, "Not authorized"))
    with caplog.at_level(logging.ERROR, "alerts.relay"):
        assert relay(store, link).step(NOW) == 1
    assert (link.published, store.outbox.waiting_count()) == (["1"], 0)
    assert "is given up" in caplog.text


def test_an_expired_message_is_dropped_and_a_living_one_tells_the_broker_its_rest() -> None:
    store, link = office("a"), FlakyLink()
    with store.transaction() as book:
        book.send([message(9, topic="b", payload=b"9", expires_at=after(minutes=30))])
    assert relay(store, link).step(after(minutes=10)) == 1
    assert (link.published, link.expiries) == (["9"], [1201])
    assert store.outbox.waiting_count() == 0


def test_a_message_in_another_relay_s_hands_is_left_to_it() -> None:
    store, link = office("a"), FlakyLink()
    store.outbox.claim(NOW, after(seconds=30), 10)
    assert relay(store, link).step(after(seconds=29)) == 0
    assert relay(store, link).step(after(seconds=30)) == 1


def test_what_was_sent_before_a_round_broke_is_marked_so() -> None:
    class Breaking(FlakyLink):
        def publish(self, topic: str, payload: bytes, **rest: object) -> None:  # type: ignore[override]
            if payload == b"1":
                raise RuntimeError("a bug")
            self.published.append(payload.decode())

    store, link = office("a", "b"), Breaking()
    with pytest.raises(RuntimeError):
        relay(store, link).step(NOW)
    assert (link.published, store.outbox.waiting_count()) == (["0"], 1)


def test_the_loop_survives_any_exception_and_stops_when_told(caplog: pytest.LogCaptureFixture) -> None:
    stop, rounds = threading.Event(), []

    class Broken(Relay):
        def step(self, now: object) -> int:
            rounds.append(now)
            if len(rounds) == 3:
                stop.set()
            raise RuntimeError("a bug")

    store = MemoryStore()
    with caplog.at_level(logging.CRITICAL, "alerts.relay"):
        Broken(store.outbox, FlakyLink(), idle_s=0.001).run(stop, lambda: NOW)  # type: ignore[arg-type]
    assert rounds == [NOW] * 3


@pytest.mark.parametrize(("code", "retryable"), [(0x80, True), (0x83, True), (0x97, True), (0x87, False), (0x90, False), (0x99, False)])
def test_a_refusal_says_whether_trying_again_can_help(code: int, retryable: bool) -> None:
    assert Refused(code).retryable is retryable


def test_incoming_messages_are_values() -> None:
    assert Incoming("a", b"x") == Incoming("a", b"x", retained=False)
