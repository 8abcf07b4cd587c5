"""A phone's clock may be an hour off either way: offers are taken and expire, and what it says is heard, all the same."""

from datetime import datetime, timedelta

import pytest

from alerts.access import Access
from alerts.cleaner import CleanerClient
from alerts.reception import Reception
from alerts.relay import Relay
from alerts.topics import Topics
from tests.doubles.memory_link import MemoryBroker
from tests.doubles.people import NEAR, NOW, Office, after, content, incident
from town.work import OrderState

TOPICS = Topics("yizhuang")
HOUR = timedelta(hours=1)


class Line:
    """An office, a broker in memory, and one phone whose clock is `off`."""

    def __init__(self, off: timedelta) -> None:
        self.office = Office()
        self.off = off
        self.now = NOW
        broker = MemoryBroker(Access(TOPICS.root, "service", frozenset({NEAR})))
        service, phone = broker.link("service"), broker.link(NEAR)
        self.relay = Relay(self.office.store.outbox, service)
        self.reception = Reception(service, TOPICS, self.office.desk, lambda: self.now)
        self.client = CleanerClient(phone, TOPICS, NEAR, "boot-1")
        service.start()
        phone.start()
        self.turn()

    @property
    def phones_now(self) -> datetime:
        return self.now + self.off

    def turn(self) -> None:
        """All that has been said is heard, both ways."""
        for _ in range(4):
            self.client.step(self.phones_now)
            while self.reception.step(0.001):
                pass
            self.relay.step(self.now)


@pytest.mark.parametrize("off", [HOUR, -HOUR, timedelta(0)])
def test_an_order_is_offered_claimed_and_done(off: timedelta) -> None:
    line = Line(off)
    order = line.office.opens(incident())
    line.turn()
    line.client.claim(order.id, line.phones_now)
    line.turn()
    line.client.done(order.id, line.phones_now)
    line.turn()

    assert line.client.state.orders[order.id].state is OrderState.VERIFYING
    assert not line.client.unanswered_count


@pytest.mark.parametrize("off", [HOUR, -HOUR, timedelta(0)])
def test_an_offer_that_came_too_late_is_dropped(off: timedelta) -> None:
    line = Line(off)
    order = line.office.opens(incident())
    line.relay.step(line.now)
    line.now = order.claim_by
    verdicts = [news.verdict for news in line.client.step(line.phones_now)]

    assert verdicts == ["expired"]


def test_an_answer_that_is_days_late_still_answers() -> None:
    office = Office()
    order = office.opens(incident())
    assert office.hears(NEAR, "claim", event_id="event-claim", order_id=order.id) == "claim_won"
    assert office.hears(NEAR, "claim", at=after(days=3), event_id="event-claim", order_id=order.id) == "repeated"

    again = [message for message in office.carry(after(days=3)) if content(message).get("answers") == "event-claim"]
    assert [(content(message)["type"], message.expires_at) for message in again] == [("claim_won", None)]
