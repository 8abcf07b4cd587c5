"""How quickly orders reach 200 cleaners over Mosquitto, how they come back in order after its kill -9, and 200 claims at once.

    python bench/delivery.py [--cleaners 200] [--rate 20] [--seconds 60]

The service's half runs as in `weisu run`: order desk over SQLite (synchronous=FULL), relay, reception, sweeps and boards every five
seconds. The cleaners are one other process (`bench/delivery_crowd.py`) on MQTT 5, and answer `received`. Orders open at the given rate,
each offered to its three nearest cleaners, and clear ten seconds later (three recalls). Times are the rows' own: from an offer's
creation, just before its commit, to its receipt in the database. Then Mosquitto, as `weisu broker setup` configures it, is killed and
started again two seconds later while orders go on: measured is until no offer that an order still stands for lacks its receipt and the
outbox is empty again. Last, one order is offered to all and claimed by all.
Prints a table and writes bench/out/delivery.json.
"""

import argparse
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from alerts.access import Access  # noqa: E402
from alerts.desk import OrderDesk  # noqa: E402
from alerts.noticeboard import Noticeboard  # noqa: E402
from alerts.reception import Reception  # noqa: E402
from alerts.relay import Relay  # noqa: E402
from alerts.topics import Topics  # noqa: E402
from rules.judgement import ChangeKind, IncidentChange  # noqa: E402
from storage.database import Database  # noqa: E402
from tests.doubles.brokers import Mosquitto, eventually  # noqa: E402
from tests.doubles.people import GATE, LANE, NEAR, PARKING, township  # noqa: E402
from town.geometry import Box  # noqa: E402
from town.township import Township  # noqa: E402
from town.work import Incident, IncidentKey, WorkOrder  # noqa: E402

SERVICE = "weisu-service"
PATIENCE_S = 240.0
CLEARS_AFTER = timedelta(seconds=10)
OUTAGE_S = 2.0
METRE = 1 / 111_195


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cleaners", type=int, default=200)
    parser.add_argument("--rate", type=float, default=20.0, help="orders a second")
    parser.add_argument("--seconds", type=float, default=60.0)
    args = parser.parse_args()
    load_before = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        town = _town(args.cleaners)
        hall = stack.enter_context(_hall(Path(folder), town))
        steady_since = _now()
        orders = hall.orders(args.rate, args.seconds)
        hall.settle()
        steady = hall.receipts(steady_since, _now())
        outage = hall.kill_broker(args.rate)
        told = hall.all_claim()
    report = {
        "cleaners": args.cleaners,
        "orders_a_second": round(orders / args.seconds, 1),
        "load_average": {"before": round(load_before, 1), "after": round(os.getloadavg()[0], 1), "cores": os.cpu_count()},
        "offer_to_received_ms": _spread(steady),
        "broker_kill_9": outage,
        "claims_at_once": {"told_ms": _spread(told), "within_1_s": sum(ms <= 1000 for ms in told)},
    }
    _write(report)
    _print(report)
    return 0


def _town(count: int) -> Township:
    """A street of cleaners and cameras, a hundred metres apart, on shift all day."""
    base = township()
    person = base.cleaner_by_id[NEAR].model_dump() | {"shifts": ("00:00-00:00",)}
    camera = base.camera_by_id[GATE].model_dump()
    places = [{"lat": 39.79 + number * 100 * METRE, "lon": 116.5} for number in range(count)]
    return township(
        cleaners=[person | {"id": f"c{number:03}", "position": place} for number, place in enumerate(places)],
        cameras=[camera | {"id": f"gate-{number:03}", "position": place} for number, place in enumerate(places)],
        dispatch={"offers_an_hour": None},
    )


class Hall:
    """The service's half over one broker, and the crowd."""

    def __init__(self, town: Township, database: Database, file: Path, broker: Mosquitto, crowd: "subprocess.Popen[str]") -> None:
        self._town = town
        self._database = database
        self._file = file
        self._broker = broker
        self._crowd = crowd
        self.desk = OrderDesk(database, town)
        self._open: deque[tuple[int, Incident]] = deque()
        self._opened = 0

    def orders(self, rate: float, seconds: float) -> int:
        """Open orders at a rate, and clear each after a while. Returns how many were opened."""
        started, before = time.monotonic(), self._opened
        while (passed := time.monotonic() - started) < seconds:
            if self._opened - before <= passed * rate:
                self.opens()
            elif self._open and self._open[0][1].opened_at + CLEARS_AFTER <= _now():
                self._clears()
            else:
                time.sleep(0.002)
        return self._opened - before

    def opens(self) -> str:
        number = (self._opened * 37) % len(self._town.cameras)
        camera = self._town.cameras[number]
        key = IncidentKey(PARKING, camera.id, LANE, f"car-{self._opened}")
        incident = Incident(f"incident-{self._opened}", key, _now(), Box(0.2, 0.2, 0.4, 0.4), "bench")
        self._take_in(number, IncidentChange(ChangeKind.OPENED, incident))
        self._open.append((number, incident))
        self._opened += 1
        return incident.id

    def _clears(self) -> None:
        number, incident = self._open.popleft()
        self._take_in(number, IncidentChange(ChangeKind.CLEARED, replace(incident, closed_at=_now(), closed_reason="bench")))

    def _take_in(self, number: int, change: IncidentChange) -> None:
        with self._database.transaction() as book:
            self.desk.take_in(book, self._town.cameras[number], [change], [], _now())

    def settle(self) -> None:
        while self._open:
            self._clears()
        eventually(lambda: not self._database.outbox.waiting_count(), "an empty outbox", PATIENCE_S)

    def receipts(self, since: datetime, until: datetime) -> list[float]:
        """Milliseconds from each offer's creation to its receipt. Raises where one was sent and never received."""
        eventually(lambda: not self._missing(since, until), "every receipt", PATIENCE_S)
        found = self._rows("SELECT created_at, received_at FROM outbox WHERE kind = 'offer'", since, until)
        return [(_instant(received) - _instant(created)).total_seconds() * 1e3 for created, received in found]

    def kill_broker(self, rate: float) -> dict[str, Any]:
        """Kill -9, and a start two seconds later, as an init system would. Seconds from the kill until all is in order."""
        since, killed = _now(), time.monotonic()
        self._broker.kill()
        back = threading.Timer(OUTAGE_S, self._broker.restart)
        back.start()
        in_order_s = None
        while in_order_s is None:
            self.orders(rate, 0.5)
            if not back.is_alive() and self._sessions() == len(self._town.cleaners):
                waiting = self._database.outbox.waiting_count()
                late = self._missing(since, _now() - timedelta(seconds=1))
                in_order_s = time.monotonic() - killed if not late and waiting <= rate else None
            if time.monotonic() - killed > PATIENCE_S:
                raise AssertionError("not in order again")
        self.settle()
        return {"seconds": round(in_order_s, 1), "offers": len(self.receipts(since, _now()))}

    def all_claim(self) -> list[float]:
        """Milliseconds until each cleaner was told, of one order that all were offered and all claim at once."""
        quick = self._town.dispatch.model_copy(update={"widen_after": timedelta(seconds=1)})
        eager = OrderDesk(self._database, self._town.model_copy(update={"dispatch": quick}))
        order = self._order_of(incident_id := self.opens())
        while len(order.offered_to) < len(self._town.cleaners):
            time.sleep(0.5)
            eager.sweep(_now())
            order = self._order_of(incident_id)
        eventually(lambda: not self._database.outbox.waiting_count(), "an empty outbox", PATIENCE_S)
        return list(self._ask(f"claim {order.id}"))

    def _order_of(self, incident_id: str) -> WorkOrder:
        with self._database.transaction() as book:
            order = book.order_of(incident_id)
        assert order is not None
        return order

    def _sessions(self) -> int:
        return int(self._ask("sessions"))

    def _ask(self, line: str) -> Any:
        assert self._crowd.stdin and self._crowd.stdout
        self._crowd.stdin.write(line + "\n")
        self._crowd.stdin.flush()
        return json.loads(self._crowd.stdout.readline())

    def _missing(self, since: datetime, until: datetime) -> int:
        """Offers of a span without a receipt, but for those that nobody needs any more: their order has ended."""
        live = "order_id IN (SELECT id FROM orders WHERE state = 'offered')"
        return len(self._rows(f"SELECT created_at, received_at FROM outbox WHERE kind = 'offer' AND {live}", since, until, missing=True))

    def _rows(self, query: str, since: datetime, until: datetime, *, missing: bool = False) -> list[tuple[str, str]]:
        with closing(sqlite3.connect(self._file)) as connection:
            rows = connection.execute(query).fetchall()
        return [row for row in rows if since <= _instant(row[0]) <= until and (row[1] is None) == missing]


@contextmanager
def _hall(folder: Path, town: Township) -> Iterator[Hall]:
    topics = Topics(town.town.id)
    passwords = {name: f"secret-of-{name}" for name in (SERVICE, *town.cleaner_by_id)}
    with ExitStack() as stack:
        broker = Mosquitto(folder, Access(topics.root, SERVICE, frozenset(town.cleaner_by_id)), passwords)
        broker.start()
        stack.callback(broker.kill)
        file = folder / "weisu.db"
        database = Database.open(f"sqlite:///{file}")
        stack.callback(database.close)
        link = broker.link(SERVICE)
        reception = Reception(link, topics, OrderDesk(database, town), _now)
        link.start()
        stack.callback(link.stop)
        eventually(lambda: link.connected, "the service's session")
        crowd = _crowd(broker, topics, {name: word for name, word in passwords.items() if name != SERVICE})
        stack.callback(crowd.wait)
        stack.callback(crowd.stdin.close)  # type: ignore[union-attr]
        hall = Hall(town, database, file, broker, crowd)
        noticeboard = Noticeboard(database, database.figures, town, lambda: link.session_count)
        for run in (partial(Relay(database.outbox, link).run, clock=_now), reception.run, partial(_every_5_s, hall.desk, noticeboard)):
            stop = threading.Event()
            thread = threading.Thread(target=run, args=(stop,))
            thread.start()
            stack.callback(thread.join)
            stack.callback(stop.set)
        assert crowd.stdout and crowd.stdout.readline() == "ready\n"
        hall.settle()
        yield hall


def _crowd(broker: Mosquitto, topics: Topics, passwords: dict[str, str]) -> "subprocess.Popen[str]":
    command = [sys.executable, str(ROOT / "bench" / "delivery_crowd.py")]
    crowd = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert crowd.stdin
    crowd.stdin.write(json.dumps({"host": "127.0.0.1", "port": broker.port, "root": topics.root, "passwords": passwords}) + "\n")
    crowd.stdin.flush()
    return crowd


def _every_5_s(desk: OrderDesk, noticeboard: Noticeboard, stop: threading.Event) -> None:
    while not stop.wait(5):
        desk.sweep(_now())
        noticeboard.refresh(_now())


def _instant(stored: str | int) -> datetime:
    return datetime.fromtimestamp(stored / 1e6, UTC) if isinstance(stored, int) else datetime.fromisoformat(stored).replace(tzinfo=UTC)


def _spread(times_ms: Sequence[float]) -> dict[str, float]:
    ranked = sorted(times_ms)
    return {"count": len(ranked)} | {
        f"p{share}": round(ranked[min(len(ranked) - 1, len(ranked) * share // 100)], 1) for share in (50, 95, 99, 100)
    }


def _now() -> datetime:
    return datetime.now(UTC)


def _write(report: dict[str, Any]) -> None:
    out = ROOT / "bench" / "out" / "delivery.json"
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(report, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def _print(report: dict[str, Any]) -> None:
    title = f"{report['cleaners']} cleaners on Mosquitto, {report['orders_a_second']} orders/s, load {report['load_average']['after']}"
    table = Table("what", "count", "p50", "p95", "p99", "longest", title=title, title_justify="left")
    for what, figures in (
        ("commit of an offer → received", report["offer_to_received_ms"]),
        ("claim said → told, all at once", report["claims_at_once"]["told_ms"]),
    ):
        table.add_row(what, str(figures["count"]), *(f"{figures[key]:.0f} ms" for key in ("p50", "p95", "p99", "p100")))
    outage = report["broker_kill_9"]
    table.add_row("kill -9 of the broker → in order", str(outage["offers"]), "", "", "", f"{outage['seconds']} s")
    Console().print(table)


if __name__ == "__main__":
    sys.exit(main())
