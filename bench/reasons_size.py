"""How many bytes the reasons take: looks, and what every rule decided at each, for a year of a thousand cameras.

    python -m bench.reasons_size [--cameras 2] [--days 10]

Cameras of three zones (bin station, no parking, fire lane), a look each five minutes, judged by the built-in rules through the service's
own functions into a real SQLite file. What is seen is drawn anew from a seed: bins that overflow three times a day, a detector that is
wrong in one look of thirty, 24 cars a day that stay 12 minutes on average, views that are unfit for a while, cameras that fail.
Bytes are those of the pages of a table and its indexes (SQLite's dbstat), after everything was written in the order of time.
Also prints the CPU time of writing a look's reasons. Writes bench/out/reasons_size.json.
"""

import argparse
import json
import random
import sqlite3
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.made_up import car_look
from rules.assess import assess, blind, sights_of
from rules.builtin import BUILT_IN
from rules.judgement import Sight
from rules.reasons import beyond_the_look
from storage.database import Database
from town.geometry import Box
from town.looks import Look, LookOutcome, SeenBy
from town.places import Camera
from town.reading import township_of
from town.sight import Observation, SeenObject
from town.township import Township

OUT = Path(__file__).resolve().parents[1] / "bench" / "out" / "reasons_size.json"
BEGAN = datetime(2026, 3, 1, tzinfo=UTC)
EVERY = timedelta(minutes=5)
TABLES = ("looks", "decision_runs", "reason_days", "observations")
LANES = {"lane": 24.0, "fire": 4.0}
"""Zone to cars a day."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cameras", type=int, default=2)
    parser.add_argument("--days", type=int, default=10)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "weisu.db"
        report = _lived(path, _township(args.cameras), args.days)
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    _print(report)


def _township(cameras: int) -> Township:
    zones = "".join(
        f"{{id: {name}, kind: {kind}, polygon: [[0, 0], [1, 0], [1, 1], [0, 1]]}}, "
        for name, kind in (("station", "bin_station"), ("lane", "no_parking"), ("fire", "fire_lane"))
    )
    text = "town: {id: t, name: 镇}\ngrids: [{id: g1, name: 一, manager: m1}]\ncameras:\n" + "".join(
        f"  - {{id: camera-{number:04}, name: 镜头, grid: g1, position: {{lat: 39.8, lon: 116.5}}, every: 5m, "
        f'source: {{kind: http_snapshot, url: "http://10.0.0.1/"}}, zones: [{zones}]}}\n'
        for number in range(cameras)
    )
    return township_of(text, {}, BUILT_IN, Path())


def _lived(path: Path, township: Township, days: int) -> dict[str, Any]:
    """Live through some days, and weigh the file."""
    database = Database.open(f"sqlite:///{path}")
    streets = [Street(camera, random.Random(number)) for number, camera in enumerate(township.cameras)]
    looks = 0
    costs_ms: list[float] = []
    for step in range(days * 288):
        at = BEGAN + step * EVERY
        for street in streets:
            costs_ms += _look(database, township, street, at)
            looks += 1
    fresh = _weighed(path, len(streets) * days, looks)
    database.forget_before(BEGAN + timedelta(days=days + 2))
    database.close()
    packed = _weighed(path, len(streets) * days, looks)
    return {"looks": looks, "write_ms": round(statistics.median(costs_ms), 3), "fresh": fresh, "packed": packed}


def _look(database: Database, township: Township, street: "Street", at: datetime) -> Iterator[float]:
    look, sights = street.look(at)
    with database.transaction() as book:
        book.record_look(look)
        if look.outcome in {LookOutcome.DONE, LookOutcome.UNKNOWN}:
            assessment = assess(street.camera, township, street.memories, sights)
            street.memories |= assessment.memories
            book.record_observations([sight for sight in sights.values() if isinstance(sight, Observation)])
            began = time.process_time()
            book.record_decisions(beyond_the_look(assessment.decisions, look.why_unfit))
            yield (time.process_time() - began) * 1e3


@dataclass
class Street:
    """One camera's view, drawn look by look."""

    camera: Camera
    chance: random.Random
    memories: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    full_until: datetime = BEGAN
    ill_until: datetime = BEGAN
    illness: str = ""
    cars: list[tuple[str, Box, datetime]] = field(default_factory=list)
    looked: int = 0

    def look(self, at: datetime) -> tuple[Look, dict[tuple[str, str], Sight]]:
        self.looked += 1
        begun = at + timedelta(milliseconds=self.chance.randrange(40, 400))
        ended = begun + timedelta(milliseconds=self.chance.randrange(90, 900))
        outcome, reason = self._health(at)
        seen_by = (SeenBy.NETWORK_REFRESH if self.looked % 2 else SeenBy.REUSE) if outcome is LookOutcome.DONE else SeenBy.NOBODY
        look = Look(f"{self.chance.getrandbits(128):032x}", self.camera.id, at, begun, ended, outcome, reason, seen_by=seen_by)
        if outcome is not LookOutcome.DONE:
            return look, blind(self.camera, ("bins", "vehicles", "bikes"), begun, reason)
        return look, sights_of([self._bins(begun), *(self._vehicles(zone, cars, begun) for zone, cars in LANES.items())])

    def _health(self, at: datetime) -> tuple[LookOutcome, str]:
        """Unfit twice a day for some looks, failing once in two days."""
        if at >= self.ill_until:
            self.illness = self.chance.choices(["", "blurred", "timed_out"], [288, 2, 0.5])[0]
            self.ill_until = at + EVERY * self.chance.randrange(1, 6) if self.illness else at
        if not self.illness or at >= self.ill_until:
            return LookOutcome.DONE, "fit"
        return (LookOutcome.FAILED if self.illness == "timed_out" else LookOutcome.UNKNOWN), self.illness

    def _bins(self, at: datetime) -> Observation:
        if at >= self.full_until and self.chance.random() < 3 / 288:
            self.full_until = at + timedelta(minutes=self.chance.randrange(30, 150))
        wrong = self.chance.random() < 1 / 30
        over = int((at < self.full_until) is not wrong)
        garbage = int(self.chance.random() < 1 / 60)
        boxes = [Box.around(0.2 + 0.1 * number, 0.5, 0.08, 0.2) for number in range(4)]
        seen = [SeenObject("overflowing_bin" if number < over else "bin", 0.8, box) for number, box in enumerate(boxes)]
        seen += [SeenObject("garbage", 0.5, Box.around(0.8, 0.8, 0.05, 0.05))] * garbage
        counts = {"bin_count": 4.0, "overflowing_count": float(over), "overflowing_share": over / 4, "garbage_count": float(garbage)}
        return Observation(self.camera.id, "station", "bins", at, counts, tuple(seen))

    def _vehicles(self, zone: str, a_day: float, at: datetime) -> Observation:
        if self.chance.random() < a_day / 288:
            box = Box.around(self.chance.uniform(0.1, 0.9), self.chance.uniform(0.2, 0.9), 0.1, 0.1)
            self.cars.append((zone, box, at + timedelta(minutes=self.chance.expovariate(1 / 12))))
        self.cars = [car for car in self.cars if car[2] > at]
        here = tuple(SeenObject("car", 0.8, box, car_look(int(box.x1 * 1e9))) for where, box, _ in self.cars if where == zone)
        return Observation(self.camera.id, zone, "vehicles", at, {"vehicle_count": float(len(here))}, here)


def _weighed(path: Path, camera_days: int, looks: int) -> dict[str, dict[str, float]]:
    """Rows and bytes of the tables that grow with looks, their indexes counted in."""
    with closing(sqlite3.connect(path)) as connection:
        tables = dict(connection.execute("SELECT name, tbl_name FROM sqlite_master"))
        bytes_of: Counter[str] = Counter()
        for name, size in connection.execute("SELECT name, sum(pgsize) FROM dbstat GROUP BY name"):
            bytes_of[tables.get(name, name)] += size
        rows = {name: connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in TABLES}
    return {
        name: {
            "rows_a_camera_day": round(rows[name] / camera_days, 1),
            "bytes_a_look": round(bytes_of[name] / looks, 1),
            "gb_a_day_of_a_thousand": bytes_of[name] / camera_days * 1000 / 1e9,
        }
        for name in TABLES
        if rows[name]
    }


def _print(report: dict[str, Any]) -> None:
    title = f"{report['looks']} looks; writing a look's decisions: {report['write_ms']} ms of CPU"
    table = Table("table", "rows a camera's day", "bytes a look", "GB, 30 days", "GB, a year", title=title, title_justify="left")
    for state in ("fresh", "packed"):
        for name, figures in report[state].items():
            gb = figures["gb_a_day_of_a_thousand"]
            sizes = (f"{figures['bytes_a_look']:.0f}", f"{gb * 30:.2f}", f"{gb * 365:.2f}")
            table.add_row(f"{name}, {state}", f"{figures['rows_a_camera_day']:.1f}", *sizes)
    Console().print(table)
    print("GB are those of 1,000 cameras.")


if __name__ == "__main__":
    main()
