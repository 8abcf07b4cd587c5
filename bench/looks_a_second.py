"""Looks a second: twenty cameras of 1280 × 720 with two zones each, half of them changing, through the live patrol and its database.

    python -m bench.looks_a_second [--cameras 20] [--rounds 15] [--model FOLDER]

Cameras give the simulator's scenes as JPEG bytes. A round is one look at each, a minute later by the clock that the patrol is given,
and as soon as the round before has ended. Half of the cameras show another scene of their place at every look, the others the same
one with noise and sway. Figures go to bench/out/looks_a_second.json.
"""

import argparse
import asyncio
import json
import os
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import cv2
import yaml
from rich.console import Console
from rich.table import Table

from alerts.desk import OrderDesk
from cameras.pictures import decode_picture
from detectors.eye import Eye
from detectors.loading import load_detector
from patrol.look import LookMemory, examine
from patrol.patrol import Patrol
from rules.builtin import BUILT_IN
from simulator.album import Album
from storage.database import Database
from town.places import Camera, Zone
from town.reading import township_of
from town.sight import Detection, Frame
from town.township import Township

OUT = Path(__file__).parent / "out" / "looks_a_second.json"
SIZE = (1280, 720)
PLACES = (("north-gate-day_clean", "north-gate-day_overflow"), ("fire-lane-day_empty", "fire-lane-day_red"))
MOST_PIXELS = 25_000_000
BEGAN_AT = datetime(2026, 5, 4, 1, tzinfo=UTC)
ZONES = [
    {"id": "station", "kind": "bin_station", "polygon": [[0.1, 0.3], [0.5, 0.3], [0.5, 0.9], [0.1, 0.9]]},
    {"id": "lane", "kind": "no_parking", "polygon": [[0.5, 0.4], [0.95, 0.4], [0.95, 0.95], [0.5, 0.95]]},
]

P = ParamSpec("P")
R = TypeVar("R")


class Spent:
    """Seconds spent in named parts, by one worker after the other."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)

    def timed(self, part: str, work: Callable[P, R]) -> Callable[P, R]:
        def run(*args: P.args, **kwargs: P.kwargs) -> R:
            began = time.perf_counter()
            try:
                return work(*args, **kwargs)
            finally:
                self.seconds[part] += time.perf_counter() - began

        return run


class Bytes:
    """A `FrameSource` over JPEG bytes in memory, one after the other."""

    def __init__(self, camera: Camera, pictures: Sequence[bytes], eye: Eye, spent: Spent) -> None:
        self._camera, self._pictures, self._eye, self._spent = camera, pictures, eye, spent
        self._next = 0

    async def fetch(self, now: datetime) -> Frame:
        data = self._pictures[self._next % len(self._pictures)]
        self._next += 1
        decode = self._spent.timed("decode", decode_picture)
        return Frame(
            self._camera.id, now, await asyncio.to_thread(decode, data, MOST_PIXELS, partial(self._eye.reduction, self._camera.zones))
        )

    async def close(self) -> None:
        """Nothing is held."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cameras", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--model", type=Path, help="left out: the shipped one")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="weisu-bench-") as folder:
        report = asyncio.run(measure(township(args.cameras, Path(folder)), args.rounds, args.model))
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps(report, indent=2) + "\n")
    show(report)


def township(cameras: int, folder: Path) -> Township:
    place, source = {"lat": 39.79, "lon": 116.5}, {"kind": "http_snapshot", "url": "http://10.0.0.1/"}
    config = {
        "town": {"id": "bench", "name": "测速镇"},
        "grids": [{"id": "g1", "name": "第一网格", "manager": "manager-1"}],
        "cameras": [
            {"id": f"camera-{n}", "name": f"{n}号", "grid": "g1", "position": place, "source": source, "zones": ZONES}
            for n in range(cameras)
        ],
        "storage": {"url": f"sqlite:///{folder}/weisu.db"},
    }
    return township_of(yaml.safe_dump(config, allow_unicode=True), {}, BUILT_IN, folder)


async def measure(town: Township, rounds: int, model: Path | None) -> dict[str, Any]:
    spent, clock = Spent(), [BEGAN_AT]
    eye = Eye(load_detector(model), town.model.min_confidence)
    network = spent.timed("network", eye.see)
    seen_by: Counter[str] = Counter()

    class TimedEye:
        def see(self, frame: Frame, zones: Sequence[Zone]) -> list[Detection]:
            return network(frame, zones)

    def look(frame: Frame, camera: Camera, memory: LookMemory) -> Any:
        examination = examine(frame, camera, memory, TimedEye(), town.looks.refresh_every)
        seen_by[examination.seen_by] += 1
        return examination

    database = Database.open(town.storage.url)
    sources = {camera.id: Bytes(camera, pictures(number), eye, spent) for number, camera in enumerate(town.cameras)}
    desk = OrderDesk(database, town)
    patrol = Patrol(town, sources, spent.timed("examine", look), database, desk, lambda *_: None, lambda: clock[0])
    patrol._judge_and_write = spent.timed("judge and write", patrol._judge_and_write)  # type: ignore[method-assign]  # measured as it is
    await a_round(patrol, town, clock)  # compiles and warms up
    spent.seconds.clear()
    seen_by.clear()
    began, cpu = time.perf_counter(), time.process_time()
    for _ in range(rounds):
        await a_round(patrol, town, clock)
    wall, used = time.perf_counter() - began, time.process_time() - cpu
    await patrol.stop()
    database.close()
    looks = rounds * len(town.cameras)
    parts = dict(spent.seconds) | {"still view, fitness, observe": spent.seconds["examine"] - spent.seconds["network"]}
    parts.pop("examine")
    return {
        "cameras": len(town.cameras),
        "looks": looks,
        "cpus": os.cpu_count(),
        "looks_a_second": round(looks / wall, 1),
        "cpu_ms_a_look": round(used / looks * 1e3, 1),
        "share_by_network": round(sum(n for who, n in seen_by.items() if who.startswith("network")) / looks, 3),
        "seen_by": dict(seen_by),
        "share_of_time": {part: round(seconds / sum(parts.values()), 3) for part, seconds in sorted(parts.items())},
    }


async def a_round(patrol: Patrol, town: Township, clock: list[datetime]) -> None:
    clock[0] += timedelta(minutes=1)
    for camera in town.cameras:
        await patrol.due(camera.id)
    await patrol.idle()


def pictures(number: int) -> list[bytes]:
    """What a camera shows, look by look: two scenes in turn where it changes, else one of them with other noise each time."""
    album, scenes = Album(), PLACES[number % len(PLACES)]
    changes = number % 4 < 2
    return [_enlarged(album.jpeg(scenes[i % 2] if changes else scenes[0], False, "", BEGAN_AT, i)) for i in range(4)]


def _enlarged(packed: bytes) -> bytes:
    image = cv2.resize(decode_picture(packed, MOST_PIXELS), SIZE)
    return bytes(cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 85])[1])


def show(report: dict[str, Any]) -> None:
    table = Table(title=f"{report['cameras']} cameras, two zones each, half of them changing, {report['cpus']} cores", title_justify="left")
    table.add_column("")
    table.add_column("", justify="right")
    table.add_row("looks a second", f"{report['looks_a_second']}")
    table.add_row("CPU a look", f"{report['cpu_ms_a_look']} ms")
    table.add_row("looks that needed the network", f"{report['share_by_network']:.0%}")
    for part, share in report["share_of_time"].items():
        table.add_row(f"time in: {part}", f"{share:.0%}")
    Console().print(table)


if __name__ == "__main__":
    main()
