"""A service's MQTT half, running: order desk, outbox relay and reception over a real broker, and cleaners' clients beside it."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from typing import Any

from alerts.access import Access
from alerts.cleaner import CleanerClient
from alerts.mqtt import MqttLink
from alerts.picture_links import KEY_BYTES, PictureLinks
from alerts.reception import Reception
from alerts.relay import Relay
from alerts.topics import Topics
from tests.doubles.brokers import Embedded, Mosquitto, embedded, eventually, running
from tests.doubles.people import NOW, Office, township

TOPICS = Topics("yizhuang")
PASSWORDS = {"service": "s-secret"} | {cleaner.id: f"{cleaner.id}-secret" for cleaner in township().cleaners}
ACCESS = Access(TOPICS.root, "service", frozenset(PASSWORDS) - {"service"})

_STARTED = time.monotonic()


def clock() -> datetime:
    """Ten in the morning when the tests began, and running."""
    return NOW + timedelta(seconds=time.monotonic() - _STARTED)


class TownOffice:
    """What the service runs, over one broker."""

    def __init__(self, broker: Embedded | Mosquitto, store: Any = None) -> None:
        self.broker = broker
        links = PictureLinks("https://weisu.town.example", bytes(KEY_BYTES), timedelta(hours=2))
        self.office = Office(store=store, links=links)
        self.link = broker.link("service")
        self.relay = Relay(self.office.store.outbox, self.link, idle_s=0.01)
        self.reception = Reception(self.link, TOPICS, self.office.desk, clock)

    def client(self, cleaner_id: str) -> CleanerClient:
        return CleanerClient.over_mqtt(self.broker.address(cleaner_id), TOPICS, cleaner_id)


@contextmanager
def town_office(broker: Embedded | Mosquitto | None = None, store: Any = None) -> Iterator[TownOffice]:
    """Relay and reception in threads of their own, until the end of the block; on an embedded broker where none is given."""
    with ExitStack() as stack:
        town = TownOffice(broker or stack.enter_context(embedded(ACCESS, PASSWORDS)), store)
        stack.enter_context(at_work(town.relay, town.reception, town.link, clock))
        yield town


@contextmanager
def at_work(relay: Relay, reception: Reception, link: MqttLink, clock: Callable[[], datetime]) -> Iterator[None]:
    """A service's two threads over its link, until the end of the block."""
    stop = threading.Event()
    threads = [threading.Thread(target=relay.run, args=(stop, clock)), threading.Thread(target=reception.run, args=(stop,))]
    with running(link):
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            stop.set()
            for thread in threads:
                thread.join()


@contextmanager
def on_duty(*clients: CleanerClient) -> Iterator[None]:
    """Cleaners' clients that are connected, have said hello and have their snapshots."""
    for client in clients:
        client.start()
    try:
        for client in clients:
            step_until(client, lambda client=client: client.state.snapshot_rev > 0, "the snapshot")  # type: ignore[misc]
        yield
    finally:
        for client in clients:
            client.stop()


def step_until(client: CleanerClient, check: object, what: str) -> list[str]:
    """Step a client until `check` holds. Returns the types of the messages that came meanwhile."""
    came: list[str] = []

    def stepped() -> bool:
        came.extend(news.message.type for news in client.step(clock(), 0.05))
        return bool(check())  # type: ignore[operator]

    eventually(stepped, what)
    return came
