"""What a phone says again until it has its answer."""

import json
from datetime import timedelta

from alerts.access import Access
from alerts.cleaner import CleanerClient
from alerts.topics import Topics
from tests.doubles.memory_link import MemoryBroker, MemoryLink
from tests.doubles.people import NEAR, NOW, Office

TOPICS = Topics("yizhuang")
AGAIN = timedelta(seconds=10)


def connected() -> tuple[CleanerClient, MemoryLink]:
    """A phone that has just said hello, and the service's link, which has not been listened to."""
    broker = MemoryBroker(Access(TOPICS.root, "service", frozenset({NEAR})))
    service, phone = broker.link("service"), broker.link(NEAR)
    service.subscribe(TOPICS.every_up)
    service.start()
    client = CleanerClient(phone, TOPICS, NEAR, "boot-1", AGAIN)
    client.start()
    client.step(NOW)
    return client, service


def said(service: MemoryLink) -> list[str]:
    """The types of what came up since the last time."""
    heard = []
    while not service.incoming.empty():
        heard.append(json.loads(service.incoming.get_nowait().payload)["type"])
    return heard


def test_a_hello_that_nobody_took_in_is_said_again() -> None:
    client, service = connected()
    assert said(service) == ["hello"]

    client.step(NOW + AGAIN / 2)
    client.step(NOW + AGAIN)

    assert said(service) == ["hello"]


def test_a_hello_that_was_answered_is_not_said_again() -> None:
    client, service = connected()
    office = Office()
    office.hears(NEAR, "hello", boot_id="boot-1")
    for message in office.carry():
        service.publish(message.topic, message.payload, retain=message.retain)
    client.step(NOW)
    said(service)

    client.step(NOW + AGAIN)

    assert said(service) == []
