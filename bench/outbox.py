"""Orders a second through the store, the outbox and a broker, beside a peer that only publishes, in the same run.

    python bench/outbox.py [--orders 300] [--cleaners 8]

An order's life here: opened, offered to three cleaners, claimed (two are told that they lost), done, closed; every step its own
transaction in a SQLite file (synchronous=FULL), every message and snapshot through the relay to inboxes that listen.
The peer publishes the very same payloads with plain paho, QoS 1, without any store: one at a time, and twenty in flight.
Latency is from an order's opening to the last of its three offers in an inbox, one order at a time.
Prints a table and writes bench/out/outbox.json.
"""

import argparse
import json
import shutil
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion
from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from alerts.access import Access  # noqa: E402
from alerts.link import Link  # noqa: E402
from alerts.relay import Relay  # noqa: E402
from storage.database import Database  # noqa: E402
from tests.doubles.brokers import Embedded, Mosquitto, eventually  # noqa: E402
from tests.doubles.people import NEAR, Office, township  # noqa: E402
from town.geometry import Box  # noqa: E402
from town.township import Township  # noqa: E402
from town.work import Incident, IncidentKey, Message, OrderState  # noqa: E402

PATIENCE_S = 300.0
SERVICE_USER = "weisu-service"
ALL_DAY = {"shifts": ("00:00-00:00",)}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--orders", type=int, default=300)
    parser.add_argument("--cleaners", type=int, default=8)
    args = parser.parse_args()
    town = _town(args.cleaners)
    report = {"orders": args.orders, "cleaners": args.cleaners, "brokers": {}}
    for name, broker in _brokers(town):
        report["brokers"][name] = _measured(broker, town, args.orders)
    _write(report)
    _print(report)
    return 0


def _town(cleaner_count: int) -> Township:
    """Cleaners a hundred metres apart, on shift all day."""
    base = township()
    near = base.cleaner_by_id[NEAR].model_dump() | ALL_DAY
    cleaners = [near | {"id": f"c{number:02}"} for number in range(cleaner_count)]
    return township(cleaners=cleaners, dispatch={"offers_an_hour": None})


def _brokers(town: Township) -> "Iterator[tuple[str, Embedded | Mosquitto]]":
    passwords = {name: f"secret-of-{name}" for name in (SERVICE_USER, *town.cleaner_by_id)}
    access = Access(f"weisu/v1/{town.town.id}", SERVICE_USER, frozenset(town.cleaner_by_id))
    embedded = Embedded(access, passwords)
    embedded.restart()
    try:
        yield "embedded", embedded
    finally:
        embedded.kill()
    if not shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin:/usr/bin:/opt/homebrew/sbin"):
        print("not measured: Mosquitto is not installed")
        return
    with tempfile.TemporaryDirectory() as folder:
        mosquitto = Mosquitto(Path(folder), access, passwords)
        mosquitto.start()
        try:
            yield "Mosquitto", mosquitto
        finally:
            mosquitto.kill()


def _measured(broker: "Embedded | Mosquitto", town: Township, order_count: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        database = Database.open(f"sqlite:///{folder}/weisu.db")
        stack.callback(database.close)
        inboxes = Inboxes(stack, broker, town)
        link = _started(stack, broker.link(SERVICE_USER))
        latency = stack.enter_context(_relaying(database, link, lambda: _latencies(Office(town, database), inboxes)))
        store_s, through_s, messages = _whole_lives(database, town, order_count, link, inboxes)
        peers = {f"peer, {most} in flight": _peer(broker, messages, most) for most in (1, 20)}
    return {
        "messages": len(messages),
        "latency_ms": {"p50": round(statistics.median(latency), 1), "p95": round(sorted(latency)[int(len(latency) * 0.95)], 1)},
        "store only": _rates(store_s, order_count, len(messages)),
        "store, outbox and broker": _rates(through_s, order_count, len(messages)),
        **{name: _rates(seconds, order_count, len(messages)) for name, seconds in peers.items()},
    }


class Inboxes:
    """Every cleaner's inbox, listening; `arrived` counts what came."""

    def __init__(self, stack: ExitStack, broker: "Embedded | Mosquitto", town: Township) -> None:
        self._links = [_started(stack, broker.link(name)) for name in town.cleaner_by_id]
        for link, name in zip(self._links, town.cleaner_by_id, strict=True):
            link.subscribe(f"weisu/v1/{town.town.id}/cleaners/{name}/inbox")

    @property
    def arrived(self) -> int:
        return sum(link.incoming.qsize() for link in self._links)


def _started(stack: ExitStack, link: Link) -> Link:
    link.start()
    stack.callback(link.stop)
    eventually(lambda: link.connected, "a session")
    return link


@contextmanager
def _relaying(database: Database, link: Link, work: Callable[[], list[float]]) -> Iterator[list[float]]:
    """What `work` gives while a relay runs; the relay has stopped when this is left the first time."""
    stop = threading.Event()
    thread = threading.Thread(target=Relay(database.outbox, link, idle_s=0.005).run, args=(stop, _now))
    thread.start()
    try:
        result = work()
    finally:
        stop.set()
        thread.join()
    yield result


def _latencies(office: Office, inboxes: Inboxes, order_count: int = 60) -> list[float]:
    times_ms = []
    for number in range(order_count):
        wanted, started = inboxes.arrived + 3, time.perf_counter()
        incident = _incident(f"latency-{number}")
        office.opens(incident)
        eventually(lambda wanted=wanted: inboxes.arrived >= wanted, "three offers")  # type: ignore[misc]
        times_ms.append((time.perf_counter() - started) * 1e3)
        office.clears(incident, _now())
        eventually(lambda wanted=wanted: inboxes.arrived >= wanted + 3, "three recalls")  # type: ignore[misc]
    return times_ms


def _whole_lives(database: Database, town: Township, order_count: int, link: Link, inboxes: Inboxes) -> tuple[float, float, list[Message]]:
    """Seconds for the store alone, seconds with relay and inboxes beside it, and the messages of the second run."""
    office = Office(town, database)
    started = time.perf_counter()
    for number in range(order_count):
        _live(office, f"alone-{number}")
    store_s = time.perf_counter() - started
    office.carry(_now())
    sent = _Recorded(link)
    stop = threading.Event()
    thread = threading.Thread(target=Relay(database.outbox, sent, idle_s=0.005).run, args=(stop, _now))
    before, started = inboxes.arrived, time.perf_counter()
    thread.start()
    for number in range(order_count):
        _live(office, f"sent-{number}")
    eventually(lambda: not database.outbox.waiting_count(), "an empty outbox", PATIENCE_S)
    expected = sum(topic.endswith("/inbox") for topic, *_ in sent.messages)
    eventually(lambda: inboxes.arrived - before >= expected, "every inbox", PATIENCE_S)
    through_s = time.perf_counter() - started
    stop.set()
    thread.join()
    return store_s, through_s, [Message("", topic, payload, _now(), retain=retain) for topic, payload, retain in sent.messages]


def _live(office: Office, name: str) -> None:
    """One order from opening to closing."""
    incident = _incident(name)
    order = office.opens(incident)
    winner = order.offered_to[0]
    office.hears(winner, "claim", at=_now(), event_id=f"claim-{name}", order_id=order.id)
    office.hears(winner, "done", at=_now(), event_id=f"done-{name}", order_id=order.id)
    office.clears(incident, _now())
    assert office.order(order.id).state is OrderState.CLOSED


def _incident(name: str) -> Incident:
    return Incident(name, IncidentKey("illegal-parking", "gate", "lane", name), _now(), Box(0.2, 0.2, 0.4, 0.4), "bench")


class _Recorded:
    """A link that notes what the broker took."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self.incoming = link.incoming
        self.messages: list[tuple[str, bytes, bool]] = []

    @property
    def connected(self) -> bool:
        return self._link.connected

    @property
    def session_count(self) -> int:
        return self._link.session_count

    def start(self) -> None: ...

    def stop(self) -> None: ...

    def subscribe(self, topic_filter: str) -> None: ...

    def publish(self, topic: str, payload: bytes, *, retain: bool = False, **rest: Any) -> None:
        self._link.publish(topic, payload, retain=retain, **rest)
        self.messages.append((topic, payload, retain))


def _peer(broker: "Embedded | Mosquitto", messages: Sequence[Message], in_flight: int) -> float:
    """Seconds until the broker has acknowledged every payload."""
    address = broker.address(SERVICE_USER)
    version = paho.MQTTv5 if address.protocol == "5" else paho.MQTTv311
    client = paho.Client(CallbackAPIVersion.VERSION2, client_id=f"{SERVICE_USER}.peer", protocol=version)
    client.username_pw_set(address.username, address.password.get_secret_value() if address.password else None)
    client.connect(address.host, address.port)
    client.loop_start()
    eventually(client.is_connected, "the peer's session")
    room = threading.Semaphore(in_flight)
    client.on_publish = lambda *_: room.release()
    started = time.perf_counter()
    for message in messages:
        room.acquire()
        client.publish(message.topic, message.payload, qos=1, retain=message.retain)
    for _ in range(in_flight):
        room.acquire()
    seconds = time.perf_counter() - started
    client.disconnect()
    client.loop_stop()
    return seconds


def _rates(seconds: float, orders: int, messages: int) -> dict[str, float]:
    return {"seconds": round(seconds, 2), "orders_per_s": round(orders / seconds, 1), "messages_per_s": round(messages / seconds)}


def _now() -> datetime:
    return datetime.now(UTC)


def _write(report: dict[str, Any]) -> None:
    out = ROOT / "bench" / "out" / "outbox.json"
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(report, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def _print(report: dict[str, Any]) -> None:
    title = f"{report['orders']} whole orders, {report['cleaners']} inboxes"
    table = Table("broker", "way", "orders/s", "messages/s", title=title, title_justify="left")
    for broker, figures in report["brokers"].items():
        for way, rates in figures.items():
            if isinstance(rates, dict) and "orders_per_s" in rates:
                table.add_row(broker, way, f"{rates['orders_per_s']:.1f}", f"{rates['messages_per_s']}")
        latency = figures["latency_ms"]
        table.add_row(broker, "opening to third offer in an inbox", f"p50 {latency['p50']} ms", f"p95 {latency['p95']} ms")
    Console().print(table)


if __name__ == "__main__":
    sys.exit(main())
