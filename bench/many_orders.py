"""What many stored orders cost: restart to first dispatch, order events a second, sweeps, audit and backup, beside plain SQL.

    python -m bench.many_orders [--stored 10000,100000] [--live 200] [--lives 100] [--restarts 3]

A real SQLite file is filled with orders that have ended (five events each in one chain of hashes, messages of the last 30 days), then
200 live ones are opened at the desk, a third of them claimed. Measured on it:

- restart: from the start of a new process of the service's order half to the moment its relay hands the first offer of a freshly opened
  order to the link: imports, opening, the first sweep, the order, the outbox. The median of some.
- events a second: whole lives of orders (opened, offered, claimed, done, closed) one after the other, each step a transaction of its own
  (synchronous=FULL), a relay emptying the outbox beside it into a link that takes all. The peer writes the very same rows of `order_events`
  into the same file, a transaction each, by plain SQL: no guard, no chain, no outbox.
- sweeps: where no order needs anything, and where all are overdue.
- `weisu audit` and a verified backup of the whole.

1,000,000 (`--stored 10000,100000,1000000`) takes several minutes to fill and 4 GB of disk. Writes bench/out/many_orders.json.
"""

import argparse
import json
import os
import queue
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

OUT = Path(__file__).resolve().parents[1] / "bench" / "out" / "many_orders.json"
PATIENCE_S = 120.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stored", default="10000,100000", help="how many orders, such as 10000,100000,1000000")
    parser.add_argument("--live", type=int, default=200)
    parser.add_argument("--lives", type=int, default=100)
    parser.add_argument("--restarts", type=int, default=3)
    parser.add_argument("--restart", metavar="FILE", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.restart:
        _restart(Path(args.restart))
        return
    load_before = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as folder:
        figures = {stored: _measured(Path(folder), int(stored), args) for stored in args.stored.split(",")}
    load = {"before": round(load_before, 1), "after": round(os.getloadavg()[0], 1), "cores": os.cpu_count()}
    report = {"live": args.live, "load_average": load, "stored": figures}
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    _print(report)


def _measured(folder: Path, stored: int, args: argparse.Namespace) -> dict[str, Any]:
    from bench.stored_orders import Street, fill, street
    from patrol.backing_up import back_up
    from storage.database import Database

    file, town = folder / f"{stored}.db", street()
    filling = _timed(lambda: fill(file, town, stored, _now()))
    database = Database.open(f"sqlite:///{file}")
    playing = Street(town, database)
    for number in range(args.live):
        playing.opens(f"live-{number}", number, _now(), claimed=number % 3 == 0)
    with _relaying(database):
        pass
    figures = {"bytes": file.stat().st_size, "fill": filling}
    steps: dict[str, Callable[[], Any]] = {
        "restart_ms": lambda: _restarts(file, args.restarts),
        "lives": lambda: _lives(database, playing, args.lives),
        "sweep": lambda: _timed(lambda: playing.desk.sweep(_now())),
        "sweep, all overdue": lambda: _timed(lambda: playing.desk.sweep(_now() + timedelta(hours=1))),
        "audit": lambda: _audited(database),
        "backup": lambda: _timed(lambda: back_up(file, folder / "copy.db", _now())),
        "peer": lambda: _peer(file, args.lives * 5),
    }
    for name, step in steps.items():
        figures[name] = step()
        print(f"{stored:,} stored: {name} {figures[name]}", file=sys.stderr)
    database.close()
    for leftover in folder.iterdir():
        leftover.unlink()
    return figures


def _restarts(file: Path, count: int) -> dict[str, int]:
    """The median of every stage in milliseconds since the start of the process, and of what all took of a core."""
    runs = []
    for _ in range(count):
        command = [sys.executable, "-m", "bench.many_orders", "--restart", str(file)]
        began = time.monotonic()
        ran = subprocess.run(command, capture_output=True, text=True, check=True, timeout=PATIENCE_S, cwd=OUT.parents[2])
        told = json.loads(ran.stdout)
        runs.append({stage: at - began for stage, at in told["done"].items()} | {"of a core": told["cpu_s"]})
    return {stage: round(statistics.median(run[stage] for run in runs) * 1e3) for stage in runs[0]}


def _restart(file: Path) -> None:
    """The order half of the service, from nothing to its first offer at the link. Prints when each stage was over."""
    from alerts.relay import Relay
    from bench.stored_orders import Street, street
    from storage.database import Database

    done = {"imported": time.monotonic()}
    database, town = Database.open(f"sqlite:///{file}"), street()
    playing = Street(town, database)
    done["opened"] = time.monotonic()
    playing.desk.sweep(_now())
    done["swept"] = time.monotonic()
    playing.opens(f"first-{time.monotonic_ns()}", 0, _now())
    done["offer in the outbox"] = time.monotonic()
    link = Sink()
    Relay(database.outbox, link).step(_now())
    done["offer at the link"] = link.first_offer_at
    print(json.dumps({"done": done, "cpu_s": time.process_time()}))
    database.close()


def _lives(database: Any, playing: Any, count: int) -> dict[str, float]:
    """Events a second by the clock and by the processor, the relay's work included; then the outbox is empty."""
    before = database.event_count()

    def live() -> None:
        with _relaying(database):
            for number in range(count):
                playing.lives(f"life-{time.monotonic_ns()}", number, _now())

    took = _timed(live)
    events = database.event_count() - before
    return {"events": events, **took, "events_per_s": events / took["seconds"], "events_per_cpu_s": events / took["cpu_s"]}


def _audited(database: Any) -> dict[str, float]:
    found: list[Any] = []
    took = _timed(lambda: found.append(database.audit(lambda _: None)))
    assert found[0].broken is None, found[0]
    return {"events": found[0].events, **took}


def _peer(file: Path, count: int) -> dict[str, float]:
    """The last rows of order events written once more, by plain SQL, a transaction each."""
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous=FULL")
        cursor = connection.execute("SELECT * FROM order_events ORDER BY number DESC LIMIT ?", (count,))
        names = [name for name, *_ in cursor.description][1:]
        rows = [row[1:] for row in cursor]
        insert = f"INSERT INTO order_events ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"

        def write() -> None:
            for row in rows:
                connection.execute("BEGIN IMMEDIATE")
                connection.execute(insert, row)
                connection.execute("COMMIT")

        took = _timed(write)
    return {"events": count, **took, "events_per_s": count / took["seconds"], "events_per_cpu_s": count / took["cpu_s"]}


class Sink:
    """A link that takes everything at once."""

    connected = True
    session_count = 1

    def __init__(self) -> None:
        self.incoming: queue.Queue[Any] = queue.Queue()
        self.first_offer_at = 0.0

    def start(self) -> None: ...

    def stop(self) -> None: ...

    def subscribe(self, topic_filter: str) -> None: ...

    def publish(self, topic: str, payload: bytes, **_: Any) -> None:
        if not self.first_offer_at and b'"offer"' in payload and topic.endswith("/inbox"):
            self.first_offer_at = time.monotonic()


@contextmanager
def _relaying(database: Any) -> Iterator[None]:
    """A relay beside; leaving waits until the outbox is empty."""
    from alerts.relay import Relay

    stop = threading.Event()
    thread = threading.Thread(target=Relay(database.outbox, Sink()).run, args=(stop, _now))
    thread.start()
    try:
        yield
        until = time.monotonic() + PATIENCE_S
        while database.outbox.waiting_count() and time.monotonic() < until:
            time.sleep(0.01)
    finally:
        stop.set()
        thread.join()


def _timed(work: Callable[[], object]) -> dict[str, float]:
    cpu, clock = time.process_time(), time.perf_counter()
    work()
    return {"seconds": round(time.perf_counter() - clock, 3), "cpu_s": round(time.process_time() - cpu, 3)}


def _now() -> datetime:
    return datetime.now(UTC)


def _print(report: dict[str, Any]) -> None:
    from rich.console import Console
    from rich.table import Table

    load = report["load_average"]
    title = f"{report['live']} live orders among so many stored ones; load {load['before']} to {load['after']} on {load['cores']} cores"
    table = Table("", *(f"{int(stored):,}" for stored in report["stored"]), title=title, title_justify="left")
    rows: dict[str, Callable[[dict[str, Any]], str]] = {
        "file": lambda one: f"{one['bytes'] / 1e6:,.0f} MB",
        **{
            f"restart: {stage}": lambda one, stage=stage: f"{one['restart_ms'][stage]:,} ms"  # type: ignore[misc]
            for stage in next(iter(report["stored"].values()))["restart_ms"]
        },
        "order events/s, desk and outbox": lambda one: _rate(one["lives"]),
        "order events/s, plain SQL": lambda one: _rate(one["peer"]),
        "sweep": lambda one: _took(one["sweep"]),
        "sweep, all overdue": lambda one: _took(one["sweep, all overdue"]),
        "audit": lambda one: f"{_took(one['audit'])}, {one['audit']['events']:,} events",
        "backup": lambda one: _took(one["backup"]),
    }
    for name, told in rows.items():
        table.add_row(name, *(told(one) for one in report["stored"].values()))
    Console().print(table)


def _rate(one: dict[str, float]) -> str:
    return f"{one['events_per_s']:,.0f} (of a core's second: {one['events_per_cpu_s']:,.0f})"


def _took(one: dict[str, float]) -> str:
    return f"{one['seconds']:.2f} s ({one['cpu_s']:.2f} of a core)"


if __name__ == "__main__":
    main()
