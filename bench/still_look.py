"""What a look costs when nothing changed, and how many looks find that so.

    python -m bench.still_look [--rounds 100] [--seconds 120]

Cost: a view of 1280 × 720 with a bin station and a no-parking zone, in which five bins and two cars were seen; every round is the same
street in other noise. Medians of CPU time (all threads of the process) in milliseconds, decoding left out.
Shares: how many looks needed the network because of what the picture shows, each compared with the last one that did; no refresh. On
a real car park's day (a frame in ten minutes), where the data is there, and on the simulator's town, where bins are emptied every 30 s.
A look is missed when its place is in another state than it was when the network last saw it.
Prints a table and writes bench/out/still_look.json.
"""

import argparse
import json
import os
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import cv2
import numpy as np
from rich.console import Console
from rich.table import Table

from cameras.fitness import grey_half, judge_fitness
from cameras.recording import frames_of
from detectors.registry import observe
from detectors.stillness import has_changed, reference_of
from patrol.look import LookMemory, examine
from simulator.album import SCENES, Album
from simulator.demo_township import fresh_environment, fresh_gate, read_demo
from simulator.living_town import LivingTown
from simulator.places import PLACES
from town.geometry import Box, Polygon
from town.looks import SeenBy
from town.places import Camera, Recording, Town, Zone, ZoneKind
from town.sight import Detection, Frame, Image

ROOT = Path(__file__).resolve().parents[1]
OUT = ROOT / "bench" / "out" / "still_look.json"
PARKING = ROOT.parent / "shared" / "data" / "parking"
SIZE = (1280, 720)
AT = datetime(2026, 5, 4, 8, tzinfo=UTC)
NEVER = timedelta(days=1)
EMPTIED_EVERY_S = 30
STREETS = {
    "lane": [[0.62, 0.95], [0.3, 0.15], [0.42, 0.12], [0.98, 0.7]],
    "left": [[0.2, 0.75], [0.2, 0.3], [0.28, 0.3], [0.42, 0.75]],
    "far": [[0.55, 0.05], [0.75, 0.02], [0.98, 0.3], [0.9, 0.35]],
}
SEEN = (
    *(Detection("bin", 0.8, Box.around(0.1 + 0.08 * number, 0.5, 0.07, 0.2)) for number in range(5)),
    *(Detection("car", 0.8, Box.around(0.6 + 0.2 * number, 0.6, 0.15, 0.2)) for number in range(2)),
)


class GivenEye:
    """Sees what it was given: the network's part is left out."""

    def __init__(self, *detections: Detection) -> None:
        self.detections = detections

    def see(self, frame: Frame, zones: Sequence[Zone]) -> Sequence[Detection]:  # noqa: ARG002
        return self.detections


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--seconds", type=int, default=120, help="of the simulator's town")
    args = parser.parse_args()
    report = {
        "cpus": os.cpu_count(),
        "load_average": [round(load, 2) for load in os.getloadavg()],
        "cpu_ms": costs(args.rounds),
        "needed_the_network": dict(shares(args.seconds)),
    }
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps(report, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    show(report)


def costs(rounds: int) -> dict[str, float]:
    camera = camera_with([zone("station", [[0.02, 0.02], [0.47, 0.02], [0.47, 0.98], [0.02, 0.98]], ZoneKind.BIN_STATION),
                          zone("lane", [[0.5, 0.02], [0.95, 0.02], [0.95, 0.98], [0.5, 0.98]])])  # fmt: skip
    street = np.asarray(cv2.resize(np.asarray(cv2.imread(str(SCENES / "north-gate-day_clean.jpg"))), SIZE), dtype=np.uint8)
    frames = [Frame("bench", AT + timedelta(seconds=number), noisy(street, number)) for number in range(8)]
    eye = GivenEye(*SEEN)
    memory = examine(frames[0], camera, LookMemory(), eye, NEVER).memory
    grey = grey_half(frames[1].image)
    reference = reference_of(grey_half(frames[0].image), camera.zones, SEEN)
    looks = [examine(frame, camera, memory, eye, NEVER).seen_by for frame in frames]
    if set(looks) != {SeenBy.REUSE}:
        raise SystemExit(f"the street of the benchmark is not still: {looks}")
    parts: dict[str, Callable[[Frame], object]] = {
        "fitness": lambda frame: judge_fitness(frame, memory.fitness, memory.view),
        "change": lambda _: has_changed(reference, grey),
        "observe": lambda frame: observe(frame, camera.zones, SEEN),
        "whole look": lambda frame: examine(frame, camera, memory, eye, NEVER),
        "keeping a reference (network looks only)": lambda _: reference_of(grey, camera.zones, SEEN),
    }
    return {name: median_cpu_ms(part, frames, rounds) for name, part in parts.items()}


def median_cpu_ms(part: Callable[[Frame], object], frames: Sequence[Frame], rounds: int) -> float:
    times = []
    for number in range(rounds):
        began = time.process_time()
        part(frames[number % len(frames)])
        times.append((time.process_time() - began) * 1e3)
    return round(statistics.median(times), 3)


def shares(seconds: int) -> Iterator[tuple[str, dict[str, Any]]]:
    if PARKING.is_dir():
        yield "empty-day, 40 slots", share_of_day(list(slots()))
        yield "empty-day, 3 streets", share_of_day([zone(name, corners) for name, corners in STREETS.items()])
    yield "simulator", share_of_town(seconds)


def share_of_day(zones: list[Zone]) -> dict[str, Any]:
    camera, memory, seers = camera_with(zones), LookMemory(), []
    for frame in frames_of(Recording(kind="recording", path=PARKING / "empty-day"), camera.id, Town(id="town", name="镇")):
        seen = examine(frame, camera, memory, GivenEye(), NEVER)
        memory = seen.memory
        seers.append(seen.seen_by)
    return counted(seers)


def slots() -> Iterator[Zone]:
    """Every slot of the car park."""
    for space in ElementTree.parse(min(PARKING.glob("sequence1/slots/*.xml"))).getroot().iter("space"):
        corners = [[int(point.attrib["x"]) / SIZE[0], int(point.attrib["y"]) / SIZE[1]] for point in space.iter("point")]
        yield zone(f"slot-{space.attrib['id']}", corners)


def share_of_town(seconds: int) -> dict[str, Any]:
    """Every camera of the demo at its own interval, as its server shows it; those that fail show their place here."""
    town, album, number, seers, missed = LivingTown(PLACES, 7), Album(), 0, [], 0
    town.begin(AT)
    memories, judged = dict.fromkeys(PLACES, LookMemory()), dict.fromkeys(PLACES, "")
    cameras = read_demo(fresh_environment(Path(), 8000, 1883, fresh_gate())).camera_by_id
    for second in range(seconds):
        at = AT + timedelta(seconds=second)
        for camera in cameras.values():
            place, state = PLACES[camera.id], town.state(camera.id, at)
            if second % EMPTIED_EVERY_S == EMPTIED_EVERY_S - 1 and state == "overflow":
                town.put_right(camera.id, at)
            if second % int(camera.every.total_seconds()):
                continue
            number += 1
            image = decoded(album.jpeg(place.scenes[state], place.mirrored, camera.id, at, number))
            seen = examine(Frame(camera.id, at, image), camera, memories[camera.id], GivenEye(), NEVER)
            memories[camera.id] = seen.memory
            seers.append(seen.seen_by)
            missed += seen.seen_by is SeenBy.REUSE and judged[camera.id] != state
            judged[camera.id] = state if seen.seen_by.is_network else judged[camera.id]
    return counted(seers) | {"missed": missed}


def counted(seers: Sequence[SeenBy]) -> dict[str, Any]:
    network = sum(seer.is_network for seer in seers)
    return {"looks": len(seers), "network": network, "share": round(network / len(seers), 3)}


def camera_with(zones: Sequence[Zone]) -> Camera:
    source = {"kind": "http_snapshot", "url": "http://10.0.0.1/"}
    return Camera.model_validate(
        {"id": "bench", "name": "机", "grid": "g1", "position": {"lat": 39.8, "lon": 116.5}, "source": source, "zones": tuple(zones)}
    )


def zone(name: str, corners: list[list[float]], kind: ZoneKind = ZoneKind.NO_PARKING) -> Zone:
    return Zone(id=name, kind=kind, polygon=Polygon.of(corners))


def noisy(image: Image, seed: int) -> Image:
    return np.clip(image + np.random.default_rng(seed).normal(0, 2, image.shape), 0, 255).astype(np.uint8)


def decoded(data: bytes) -> Image:
    return np.asarray(cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR), dtype=np.uint8)


def show(report: dict[str, Any]) -> None:
    console = Console()
    cost = Table(title=f"A look at {SIZE[0]} × {SIZE[1]} when nothing changed, beyond decoding, medians", title_justify="left")
    cost.add_column("part")
    cost.add_column("CPU ms", justify="right")
    for part, ms in report["cpu_ms"].items():
        cost.add_row(part, f"{ms:.2f}")
    share = Table(title="Looks whose picture needed the network, no refresh", title_justify="left")
    for heading in ("where", "looks", "network", "share", "missed changes"):
        share.add_column(heading, justify="left" if heading == "where" else "right")
    for where, found in report["needed_the_network"].items():
        share.add_row(where, str(found["looks"]), str(found["network"]), f"{found['share']:.0%}", str(found.get("missed", "")))
    console.print(cost, share)
    if not PARKING.is_dir():
        console.print("not measured: empty-day, whose pictures are not here")


if __name__ == "__main__":
    main()
