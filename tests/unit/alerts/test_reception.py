"""From the broker to the desk: whatever comes is heard or becomes a dead letter."""

import pytest

from alerts.access import Access
from alerts.cleaner import CleanerClient
from alerts.link import Incoming
from alerts.messages import MAX_BYTES
from alerts.reception import Reception
from alerts.topics import Topics
from tests.doubles.memory_link import MemoryBroker
from tests.doubles.people import NEAR, NOW, Office, after, content
from town.geometry import Position

TOPICS = Topics("yizhuang")


@pytest.mark.parametrize(
    ("topic", "payload", "reason"),
    [
        (TOPICS.up(NEAR), b"x" * (MAX_BYTES + 1), "too_large"),
        (TOPICS.up(NEAR), b"not json", "not_json"),
        (TOPICS.up(NEAR), b'{"v": 1, "type": "sing"}', "unknown_type"),
        (f"{TOPICS.root}/cleaners/Not A Segment/up", b"{}", "unknown_type"),
    ],
)
def test_what_cannot_be_taken_becomes_a_dead_letter(topic: str, payload: bytes, reason: str) -> None:
    office = Office()
    link = MemoryBroker(Access(TOPICS.root, "service", frozenset())).link("service")
    reception = Reception(link, TOPICS, office.desk, lambda: NOW)
    link.incoming.put(Incoming(topic, payload))
    reception.step(0)

    assert [content(letter)["reason"] for letter in office.carry()] == [reason]


def test_of_positions_that_come_in_a_rush_one_in_ten_seconds_is_kept() -> None:
    office, clock = Office(), [NOW]
    broker = MemoryBroker(Access(TOPICS.root, "service", frozenset({NEAR})))
    service, phone = broker.link("service"), CleanerClient(broker.link(NEAR), TOPICS, NEAR, "boot-1")
    reception = Reception(service, TOPICS, office.desk, lambda: clock[0])
    service.start()
    phone.start()
    kept = []
    for number in range(21):
        clock[0] = after(seconds=number)
        assert phone.stand_at(Position(39 + number / 100, 116.5), clock[0])
        reception.step(0)
        with office.store.transaction() as book:
            kept.append(book.last_positions()[NEAR].said_at)
    assert sorted(set(kept)) == [NOW, after(seconds=10), after(seconds=20)]
