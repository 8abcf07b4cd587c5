"""From the broker to the desk: whatever comes is heard or becomes a dead letter."""

import pytest

from alerts.access import Access
from alerts.link import Incoming
from alerts.messages import MAX_BYTES
from alerts.reception import Reception
from alerts.topics import Topics
from tests.doubles.memory_link import MemoryBroker
from tests.doubles.people import NEAR, NOW, Office, content

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
