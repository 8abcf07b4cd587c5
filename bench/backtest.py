"""Observations a second that a backtest judges, beside two peers in the same run.

    python -m bench.backtest [--cameras 100] [--days 30] [--every-min 5] [--jobs 2] [--folder FOLDER]

Each camera watches a bin station (two rules) and a no-parking lane (one); what they saw is made up from a seed: bins fill and are emptied,
cars come, stay and leave, one look in fifty is unfit. With --folder the database is kept there, and used again by the next run.

- one core: `weisu backtest` in one process over a few cameras, CPU time of reading, judging and gathering.
- whole: all cameras, wall and CPU time, in --jobs processes; then once more, and the bytes of its JSON lines are compared.
- peer, through the database: each look judged as a look is live, its memories read from and written to a SQLite database in one
  transaction a look (no frame, no orders), over a sample.
- peer, SQL alone: the same rows read with sqlite3 and not even taken apart.

Prints a table and writes bench/out/backtest.json.
"""

import argparse
import hashlib
import json
import os
import random
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.made_up import car_look
from patrol.backtest import IncidentLine
from patrol.replay import in_order, sights_then
from patrol.stored import EVER, Span, judge_cameras, opened
from rules.assess import assess
from rules.builtin import BUILT_IN
from storage.database import Database
from town.geometry import Box
from town.looks import Look, LookOutcome
from town.sight import Observation, SeenObject
from town.township import Township

OUT = Path(__file__).parent / "out" / "backtest.json"
SEED = 20260501
BEGIN = datetime(2026, 5, 1, tzinfo=UTC)
FEW_CAMERAS, SAMPLE_LOOKS = 5, 2000
SLOTS = [Box(0.02 + 0.24 * number, 0.3, 0.22 + 0.24 * number, 0.6) for number in range(4)]
BINS = [Box(0.1 + 0.2 * number, 0.5, 0.2 + 0.2 * number, 0.8) for number in range(4)]
WHOLE = [[0, 0], [1, 0], [1, 1], [0, 1]]
UNFIT_SHARE, COMES, LEAVES, FILLS, EMPTIED = 0.02, 0.04, 0.04, 0.004, 0.05


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cameras", type=int, default=100)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--every-min", type=float, default=5)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--folder", type=Path)
    args = parser.parse_args()
    town, looks = township(args.cameras), round(args.days * 1440 / args.every_min)
    with _folder(args.folder) as folder:
        file = folder / f"backtest-{args.cameras}-{looks}.db"
        url = f"sqlite:///{file}"
        if not file.exists():
            make_database(url, town, looks, timedelta(minutes=args.every_min))
        report = {"cameras": args.cameras, "days": args.days, "looks": looks * args.cameras, "database_mb": file.stat().st_size // 10**6}
        report |= measure(url, file, town, args.jobs)
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps(report, indent=2))
    show(report)


def measure(url: str, file: Path, town: Township, jobs: int) -> dict[str, Any]:
    few = list(town.camera_by_id)[:FEW_CAMERAS]
    one_core = [measured(lambda: judged(url, town, few, 1)[1]) for _ in range(3)]
    began, used_s = time.perf_counter(), cpu_of_all_s()
    digest, observations, incidents = judged(url, town, list(town.camera_by_id), jobs)
    whole_s, used_s = time.perf_counter() - began, cpu_of_all_s() - used_s
    return {
        "observations": observations,
        "incidents": incidents,
        "one core": sorted(one_core, key=lambda one: one["a_second"])[1],
        "whole": {
            "jobs": jobs,
            "wall_s": round(whole_s, 1),
            "a_second": round(observations / whole_s),
            "cpu_s": round(used_s, 1),
            "a_core_second": round(observations / used_s),
        },
        "identical_bytes_twice": judged(url, town, list(town.camera_by_id), jobs)[0] == digest,
        "peer, through the database": measured(lambda: through_the_database(url, town, few[0])),
        "peer, SQL alone": measured(lambda: sql_alone(file, few)),
    }


def measured(work: Callable[[], int]) -> dict[str, Any]:
    """CPU time of this process for work that tells how many observations it took."""
    began = time.process_time()
    count = work()
    seconds = time.process_time() - began
    return {
        "observations": count,
        "cpu_s": round(seconds, 2),
        "a_second": round(count / seconds),
        "us_each": round(seconds / count * 1e6, 1),
    }


def cpu_of_all_s() -> float:
    """CPU time of this process and of those it has waited for."""
    return sum(os.times()[:4])


def judged(url: str, town: Township, camera_ids: list[str], jobs: int) -> tuple[str, int, int]:
    """The digest of the JSON lines, and how many observations and incidents there were."""
    cameras = list(judge_cameras(Span(url), [town], camera_ids, jobs))
    incidents = in_order(one for camera in cameras for one in camera.incidents[0])
    digest = hashlib.sha256("\n".join(str(IncidentLine(one)) for one in incidents).encode()).hexdigest()
    return digest, sum(camera.observations for camera in cameras), len(incidents)


def through_the_database(url: str, town: Township, camera_id: str) -> int:
    camera, count = town.camera_by_id[camera_id], 0
    with tempfile.TemporaryDirectory() as folder, opened(url) as past, opened(f"sqlite:///{folder}/live.db") as live:
        for look in islice(past.past.looks(camera_id, *EVER), SAMPLE_LOOKS):
            with live.transaction() as book:
                assessment = assess(camera, town, book.memories(camera_id), sights_then(camera, look))
                book.save_memories(camera_id, assessment.memories)
            count += len(look.observations)
    return count


def sql_alone(file: Path, camera_ids: list[str]) -> int:
    asked = "SELECT zone_id, kind, seen_at, metrics, objects FROM observations WHERE camera_id = ? ORDER BY number"
    with closing(sqlite3.connect(file)) as connection:
        return sum(sum(1 for _ in connection.execute(asked, (camera_id,))) for camera_id in camera_ids)


def township(cameras: int) -> Township:
    zones = [{"id": "station", "kind": "bin_station", "polygon": WHOLE}, {"id": "lane", "kind": "no_parking", "polygon": WHOLE}]
    place = {"grid": "g1", "position": {"lat": 39.8, "lon": 116.5}, "source": {"kind": "http_snapshot", "url": "http://10.0.0.1/"}}
    return Township.model_validate(
        {
            "town": {"id": "bench", "name": "镇"},
            "grids": [{"id": "g1", "name": "一", "manager": "m1"}],
            "cameras": [{"id": f"camera-{number}", "name": f"{number}", "zones": zones, **place} for number in range(cameras)],
            "rules": list(BUILT_IN.values()),
        }
    )


class Street:
    """What one camera sees, look after look: its bins, and the cars in its four slots."""

    def __init__(self, camera_id: str, chance: random.Random) -> None:
        self.camera_id, self.chance = camera_id, chance
        self.cars: dict[int, list[bytes]] = {}
        self.full = 0

    def look(self, at: datetime) -> tuple[Observation, Observation]:
        self._pass()
        bins = [
            SeenObject("overflowing_bin" if number < self.full else "bin", self._sure(), self._near(box)) for number, box in enumerate(BINS)
        ]
        cars = [
            SeenObject("car", self._sure(), self._near(SLOTS[slot]), self.chance.choice(car)) for slot, car in sorted(self.cars.items())
        ]
        counts = {"bin_count": 4.0, "overflowing_count": float(self.full), "overflowing_share": self.full / 4, "garbage_count": 0.0}
        return (
            Observation(self.camera_id, "station", "bins", at, counts, tuple(bins)),
            Observation(self.camera_id, "lane", "vehicles", at, {"vehicle_count": float(len(cars))}, tuple(cars)),
        )

    def _pass(self) -> None:
        """Time goes by: cars come and leave, bins fill one by one and are emptied together."""
        self.cars = {slot: car for slot, car in self.cars.items() if self.chance.random() >= LEAVES}
        free = [slot for slot in range(len(SLOTS)) if slot not in self.cars]
        if free and self.chance.random() < COMES:
            self.cars[self.chance.choice(free)] = _car(self.chance)
        if self.chance.random() < (EMPTIED if self.full else 0):
            self.full = 0
        elif self.full < len(BINS) and self.chance.random() < FILLS:
            self.full += 1

    def _sure(self) -> float:
        return self.chance.uniform(0.35, 0.95)

    def _near(self, box: Box) -> Box:
        dx, dy = self.chance.uniform(-0.005, 0.005), self.chance.uniform(-0.005, 0.005)
        return Box(box.x1 + dx, box.y1 + dy, box.x2 + dx, box.y2 + dy)


def _car(chance: random.Random) -> list[bytes]:
    """One car as it looks in four lights."""
    seed = chance.getrandbits(32)
    return [car_look(seed, light) for light in range(4)]


def make_database(url: str, town: Township, looks: int, every: timedelta) -> None:
    """Every camera looks at every round, as a service that keeps up writes them."""
    chance = random.Random(SEED)
    streets = [Street(camera_id, random.Random(f"{SEED} {camera_id}")) for camera_id in town.camera_by_id]
    database = Database.open(url)
    for number in range(looks):
        at = BEGIN + number * every
        unfit = {street.camera_id for street in streets if chance.random() < UNFIT_SHARE}
        with database.transaction() as book:
            for street in streets:
                seen = street.look(at)
                if street.camera_id in unfit:
                    book.record_look(Look(f"{street.camera_id}-{number}", street.camera_id, at, at, at, LookOutcome.UNKNOWN, "black"))
                else:
                    book.record_observations(seen)
    database.close()


@contextmanager
def _folder(kept: Path | None) -> Iterator[Path]:
    if kept:
        kept.mkdir(parents=True, exist_ok=True)
        yield kept
        return
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


def show(report: dict[str, Any]) -> None:
    title = f"{report['cameras']} cameras, {report['days']} days, {report['looks']} looks, {report['observations']} observations"
    table = Table(title=title, title_justify="left")
    for heading in ("", "observations a second", "µs each"):
        table.add_column(heading, justify="left" if not heading else "right")
    for name in ("one core", "peer, through the database", "peer, SQL alone"):
        table.add_row(name, str(report[name]["a_second"]), str(report[name]["us_each"]))
    console, whole = Console(), report["whole"]
    console.print(table)
    console.print(f"whole: {whole['wall_s']} s in {whole['jobs']} processes, {whole['a_second']} observations a second of wall time")
    console.print(f"       {whole['cpu_s']} s of CPU, {whole['a_core_second']} observations a second of a core")
    console.print(f"{report['incidents']} incidents; the same bytes twice: {report['identical_bytes_twice']}")


if __name__ == "__main__":
    main()
