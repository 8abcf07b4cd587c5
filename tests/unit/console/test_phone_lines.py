"""A line is one session a cleaner, shared by their phones, and everything on it is said once however often a phone sends it."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from alerts.access import Access
from alerts.cleaner import CleanerClient
from alerts.presence import presence_words
from alerts.topics import Topics
from console.phone.acts import PhoneAct
from console.phone.lines import LINGER, Line, Lines, NoLine, opener
from tests.doubles.brokers import eventually
from tests.doubles.memory_link import MemoryBroker, MemoryLink
from tests.doubles.people import NEAR, NOW, SECOND, Office, after, incident, township
from town.settings import ExternalBroker

TOPICS = Topics("yizhuang")


class Dispatch:
    """A desk, and the service's end of a broker in memory."""

    def __init__(self) -> None:
        self.broker = MemoryBroker(Access(TOPICS.root, "service", frozenset({NEAR, SECOND})))
        self.office = Office()
        self.service = self.broker.link("service")
        self.service.subscribe(TOPICS.every_up)
        self.service.start()
        self.heard: list[dict[str, Any]] = []

    def client(self, cleaner_id: str) -> CleanerClient:
        birth, will = presence_words(TOPICS, cleaner_id, "boot-1")
        return CleanerClient(MemoryLink(self.broker, cleaner_id, birth, will), TOPICS, cleaner_id, "boot-1")

    def turn(self, at: datetime = NOW) -> None:
        """Take in what came up, and publish what the desk says."""
        while not self.service.incoming.empty():
            message = self.service.incoming.get_nowait()
            self.heard.append(json.loads(message.payload))
            self.office.desk.on_upward(TOPICS.speaker(message.topic), message.payload, at)
        for message in self.office.carry(at):
            self.service.publish(message.topic, message.payload, retain=message.retain)

    def said(self, kind: str) -> int:
        return sum(said["type"] == kind for said in self.heard)


class Phone:
    """A line that is stepped by hand."""

    def __init__(self, dispatch: Dispatch, cleaner_id: str = NEAR) -> None:
        self.dispatch = dispatch
        self.line = Line(cleaner_id, dispatch.client(cleaner_id), NOW)
        self.line.start()
        self.step()
        self.step()

    def step(self, at: datetime = NOW) -> dict[str, Any]:
        self.line.step(at)
        self.dispatch.turn(at)
        self.line.step(at)
        return self.shown

    @property
    def shown(self) -> dict[str, Any]:
        shown: dict[str, Any] = json.loads(self.line.shown)
        return shown


def act(order_id: str, name: str, event_id: str = "event-from-the-phone", **more: Any) -> PhoneAct:
    return PhoneAct(event_id=event_id, order_id=order_id, act=name, at=NOW, **more)  # type: ignore[arg-type]


def test_an_offer_is_shown_with_its_reason_and_where_it_is() -> None:
    phone = Phone(Dispatch())
    order = phone.dispatch.office.opens(incident())
    (line,) = phone.step()["orders"]
    assert (line["order_id"], line["title"], line["yours"], line["state"]) == (order.id, "桶站满冒", False, "offered")
    assert line["position"] == {"lat": 39.79, "lon": 116.5}
    assert "100" in line["why"]
    assert not {"before_picture", "after_picture"} & set(line)


def test_an_act_that_a_phone_sends_three_times_is_done_once_and_answered() -> None:
    phone = Phone(Dispatch())
    order = phone.dispatch.office.opens(incident())
    phone.step()
    claim = act(order.id, "claim").as_said()
    phone.line.say(claim)
    phone.line.say(claim)
    shown = phone.step()
    phone.line.say(claim)
    phone.step()
    assert shown["answered"] == [claim.event_id]
    assert shown["waiting"] == []
    assert shown["orders"][0]["yours"]
    assert phone.dispatch.said("claim") == 1


def test_an_act_waits_while_the_broker_is_away_and_is_said_under_its_own_event_id() -> None:
    phone = Phone(Dispatch())
    order = phone.dispatch.office.opens(incident())
    phone.step()
    phone.dispatch.broker.kill()
    phone.line.say(act(order.id, "claim").as_said())
    phone.line.step(NOW)
    assert (phone.shown["broker"], phone.shown["waiting"]) == ("down", ["event-from-the-phone"])
    phone.dispatch.broker.restart()
    assert phone.step()["answered"] == ["event-from-the-phone"]


def test_what_was_lost_to_somebody_else_is_told_with_its_place() -> None:
    dispatch = Dispatch()
    phone = Phone(dispatch)
    order = dispatch.office.opens(incident())
    phone.step()
    dispatch.office.hears(SECOND, "claim", order_id=order.id)
    (told,) = phone.step()["told"]
    assert (told["kind"], told["reason"], told["title"], told["place"]) == ("claim_lost", "taken", "桶站满冒", "三号门 · 三号门桶站")
    assert not told["answer"]
    assert phone.shown["orders"] == []


def test_what_was_told_is_forgotten_after_half_a_day() -> None:
    dispatch = Dispatch()
    phone = Phone(dispatch)
    first = dispatch.office.opens(incident())
    phone.step()
    dispatch.office.hears(SECOND, "claim", order_id=first.id)
    phone.step()
    dispatch.office.opens(incident(2, "v1"), at=after(hours=1))
    assert phone.step(after(hours=13))["told"] == []


def test_listeners_hear_of_changes_only() -> None:
    phone = Phone(Dispatch())
    heard: list[int] = []
    phone.line.add(lambda: heard.append(1))
    phone.step()
    assert heard == []
    phone.dispatch.office.opens(incident())
    phone.step()
    assert heard


def test_a_line_is_left_some_minutes_after_the_last_phone() -> None:
    line = Line(NEAR, Dispatch().client(NEAR), NOW)

    def listener() -> None: ...

    line.add(listener)
    assert not line.is_left(NOW + 2 * LINGER)
    line.remove(listener, NOW + 2 * LINGER)
    assert not line.is_left(NOW + 3 * LINGER)
    assert line.is_left(NOW + 3 * LINGER + timedelta(seconds=1))


@pytest.mark.parametrize(
    "wrong", [{"act": "cannot"}, {"act": "hand_over"}, {"act": "done", "reason": "a\nb"}, {"act": "steal"}, {"act": "done", "more": 1}]
)
def test_an_act_that_the_contract_does_not_know_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        PhoneAct.model_validate({"event_id": "event-1234", "order_id": "o-1", "at": NOW, **wrong}).as_said()


def test_a_cleaner_without_a_password_has_no_line_and_neither_has_anybody_without_a_broker() -> None:
    broker = ExternalBroker(host="127.0.0.1", port=1)
    with pytest.raises(NoLine, match="no_password"):
        opener(township, broker)(NEAR)
    with_password = township(cleaners=[township().cleaners[0].model_dump() | {"password": "secret"}])
    with pytest.raises(NoLine, match="no_broker"):
        opener(lambda: with_password, None)(NEAR)


@pytest.fixture
def clock() -> Iterator[Callable[[], datetime]]:
    began = time.monotonic()
    yield lambda: NOW + timedelta(seconds=time.monotonic() - began)


def test_two_phones_of_a_cleaner_share_a_session_and_all_end_with_the_console(clock: Callable[[], datetime]) -> None:
    dispatch = Dispatch()
    lines = Lines(dispatch.client, clock)
    with lines.listening(NEAR, lambda: None) as one, lines.listening(NEAR, lambda: None) as other:
        assert one is other
        eventually(lambda: json.loads(one.shown)["broker"] == "up", "the session")
        lines.close()
    assert lines.closed
    with pytest.raises(NoLine):
        lines.line(NEAR)


def test_a_session_that_nobody_needs_any_more_is_ended_and_the_next_phone_has_a_new_one() -> None:
    dispatch, now = Dispatch(), [NOW]
    watcher = dispatch.broker.link("service")
    watcher.subscribe(TOPICS.every_presence)
    watcher.start()
    lines = Lines(dispatch.client, lambda: now[0])
    with lines.listening(NEAR, lambda: None) as first:
        assert json.loads(watcher.incoming.get(timeout=60).payload)["online"]
    now[0] += 2 * LINGER
    assert not json.loads(watcher.incoming.get(timeout=60).payload)["online"]
    assert lines.line(NEAR) is not first
    lines.close()


def test_the_end_of_one_session_waits_for_no_other(clock: Callable[[], datetime]) -> None:
    """Of several that one thread steps: where the broker is gone, each end takes a second."""
    together = threading.Barrier(3, timeout=60)
    ended: list[str] = []

    class Slow(CleanerClient):
        def stop(self) -> None:
            together.wait()
            super().stop()
            ended.append(self.cleaner_id)

    def client(cleaner_id: str) -> CleanerClient:
        birth, will = presence_words(TOPICS, cleaner_id, "boot-1")
        return Slow(MemoryLink(broker, cleaner_id, birth, will), TOPICS, cleaner_id, "boot-1")

    of_one_thread = ["abc", "acb", "bca"]
    broker, lines = MemoryBroker(Access(TOPICS.root, "service", frozenset(of_one_thread))), Lines(client, clock)
    for cleaner_id in of_one_thread:
        lines.line(cleaner_id)
    lines.close()
    assert sorted(ended) == of_one_thread


def test_an_act_is_said_without_any_phone_listening(clock: Callable[[], datetime]) -> None:
    dispatch = Dispatch()
    order = dispatch.office.opens(incident())
    lines = Lines(dispatch.client, clock)
    lines.say(NEAR, act(order.id, "claim").as_said())
    eventually(lambda: dispatch.turn() or dispatch.office.order(order.id).holder == NEAR, "the claim")
    lines.close()
