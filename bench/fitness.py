"""What view fitness costs and what it finds, on a real car park's day damaged by degrees, by day and in infra-red.

    python -m bench.fitness [--rounds 3]

Cost: medians of CPU time in milliseconds for real frames of 1280 × 720 whose view is learnt and unmoved; the halved grey picture, which
stillness needs too, also by itself. Memory: the references of 1,000 cameras in three lights.
Found: the share of faults that one of three looks (other frames, the same fault) calls unfit; for small moves, the share whose zones are
moved to within 1 % of where they are.
False: unfit looks and notices over the day, the labelled sequences and the fixed clips, undamaged; and over the day where the view was
learnt from the last and fullest frame of a sequence: around what the shipped eye names there as a look does, in windows around 40 slots or
from afar in one zone, and, as a peer, with it.
Prints tables and writes bench/out/fitness.json.
"""

import argparse
import json
import os
import statistics
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from rich.console import Console
from rich.table import Table

from bench.still_look import slots, zone
from cameras.fitness import Fitness, FitnessMemory, grey_half, judge_fitness
from cameras.view import EMPTY_VIEW, TRUSTED_FROM, View
from detectors.eye import Eye
from detectors.labels import BIN_LABELS
from detectors.loading import load_detector
from simulator.damage import BAG, LEAF, PAINT, blurred, covered, infrared, noisy, shifted
from town.geometry import Box, Shift
from town.looks import Look, LookOutcome
from town.notices import Notice, Trouble, follow
from town.sight import Frame, Image

ROOT = Path(__file__).resolve().parents[1]
OUT = ROOT / "bench" / "out" / "fitness.json"
DATA = ROOT.parent / "shared" / "data"
AT = datetime(2026, 5, 4, 8, tzinfo=UTC)
APART = timedelta(minutes=10)
NEAR = 0.01
SEEN_FROM = 0.15

Damage = Callable[[Image, int], Image]


def moved(image: Image, seed: int, dx: float, dy: float = 0.0, turned: float = 0.0) -> Image:
    return noisy(shifted(image, dx, dy, turned), 1, seed)


def hidden(image: Image, seed: int, share: float, colour: tuple[int, int, int], seen_through: float = 0.0) -> Image:
    return covered(image, share, colour, seed, seen_through)


def darkened(image: Image, seed: int, light: float) -> Image:
    return noisy(image * light, 2, seed)


def veiled(image: Image, seed: int, veil: float) -> Image:
    return noisy(image * (1 - veil) + 255 * veil, 1, seed)


def out_of_focus(image: Image, seed: int, radius_px: float) -> Image:
    return noisy(blurred(image, radius_px), 1, seed)


FOUND: dict[str, Damage] = {
    **{f"black, {share:.0%} of the light": partial(darkened, light=share) for share in (0.15, 0.05)},
    **{f"washed out, {veil:.0%} veil": partial(veiled, veil=veil) for veil in (0.7, 0.9)},
    **{f"blurred, {px} px": partial(out_of_focus, radius_px=px) for px in (2, 3, 4, 6, 10)},
    "frozen": lambda image, _: image,
    **{f"leaf over {share:.0%}": partial(hidden, share=share, colour=LEAF) for share in (0.2, 0.33, 0.5, 0.8)},
    **{f"bag over {share:.0%}": partial(hidden, share=share, colour=BAG, seen_through=0.12) for share in (0.2, 0.33, 0.5, 0.8)},
    **{f"paint over {share:.0%}": partial(hidden, share=share, colour=PAINT) for share in (0.2, 0.33, 0.5, 0.8)},
    **{f"moved {dx:.0%}": partial(moved, dx=dx, dy=dx / 2) for dx in (0.07, 0.1, 0.2, 0.5)},
    **{f"turned {degrees:g}°": partial(moved, dx=0.0, turned=degrees) for degrees in (1, 2, 3, 6)},
}
REGISTERED = {f"moved {share:.0%}": share for share in (0.01, 0.02, 0.04, 0.055)}
LIGHTS: dict[str, Callable[[Image, int], Image]] = {"day": lambda image, _: image, "infrared": infrared}


class Camera:
    """A camera's looks in order."""

    def __init__(self, view: View = EMPTY_VIEW) -> None:
        self.memory: FitnessMemory | None = None
        self.view = view
        self.now = AT

    def look(self, image: Image, apart: timedelta = APART, passing: Sequence[Box] = ()) -> Fitness:
        self.now += apart
        fitness = judge_fitness(Frame("bench", self.now, image), self.memory, self.view)
        self.memory, self.view = fitness.memory, fitness.learnt(passing)
        return fitness


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    if not (DATA / "parking").is_dir():
        raise SystemExit(f"this needs the shared pictures in {DATA}")
    day = pictures("parking/empty-day")
    views = {name: learnt(light(image, number) for number, image in enumerate(day)) for name, light in LIGHTS.items()}
    report = {
        "cpus": os.cpu_count(),
        "load_average": [round(load, 2) for load in os.getloadavg()],
        "cpu_ms": costs(day, views["day"], args.rounds),
        "references_mb_of_1000_cameras": round(1000 * 3 * next(iter(views["day"].references.values())).relief.nbytes / 1e6, 1),
        "found": {name: dict(shares(day, views[name], light)) for name, light in LIGHTS.items()},
        "registered": {name: dict(registered(day, views[name], light)) for name, light in LIGHTS.items()},
        "false": dict(false_alarms(day)),
    }
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps(report, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    show(report)


def learnt(images: Iterable[Image]) -> View:
    camera = Camera()
    for image in images:
        camera.look(image)
    return camera.view


def costs(images: Sequence[Image], view: View, rounds: int) -> dict[str, float]:
    at = max(reference.learnt_at for reference in view.references.values()) + timedelta(seconds=1)
    frames = [Frame("bench", at, image) for image in images]
    parts: dict[str, Callable[[Frame], object]] = {
        "fitness": lambda frame: judge_fitness(frame, None, view),
        "  of it the halved grey picture": lambda frame: grey_half(frame.image),
    }
    times: dict[str, list[float]] = {name: [] for name in parts}
    for frame in frames * rounds:
        for name, part in parts.items():
            began = time.process_time()
            part(frame)
            times[name].append((time.process_time() - began) * 1e3)
    return {name: round(statistics.median(taken), 3) for name, taken in times.items()}


def shares(day: Sequence[Image], view: View, light: Callable[[Image, int], Image]) -> Iterator[tuple[str, float]]:
    for name, damage in FOUND.items():
        found = []
        for start in range(0, len(day) - 3, 8):
            camera = Camera(view)
            looks = [day[start]] * 3 if name == "frozen" else day[start : start + 3]
            same = light(looks[0], start)
            shown = [same] * 3 if name == "frozen" else [light(damage(image, start), start + n) for n, image in enumerate(looks)]
            found.append(any(not camera.look(image).fit for image in shown))
        yield name, round(statistics.mean(found), 3)


def registered(day: Sequence[Image], view: View, light: Callable[[Image, int], Image]) -> Iterator[tuple[str, float]]:
    for name, share in REGISTERED.items():
        looks = [Camera(view).look(light(moved(image, n, share, -share), n)) for n, image in enumerate(day[::5])]
        yield name, round(statistics.mean(one.fit and not one.shift.differs(Shift(share, -share), NEAR) for one in looks), 3)


def false_alarms(day: Sequence[Image]) -> Iterator[tuple[str, dict[str, int]]]:
    yield "empty-day", alarms(day)
    yield "empty-day in infra-red", alarms([infrared(image, n) for n, image in enumerate(day)])
    for number in range(1, 5):
        yield f"empty-day, then sequence{number}", alarms([*day, *pictures(f"parking/sequence{number}/frames")])
    for clip in ("passing-cars.mp4", "pedestrian-street.mp4"):
        yield clip, alarms(list(frames_of(DATA / "videos" / clip)))
    eye = Eye(load_detector(None), SEEN_FROM)
    watched = {"40 slots": list(slots()), "one zone": [zone("all", [[0, 0], [1, 0], [1, 1], [0, 1]])]}
    for number in range(1, 5):
        full = pictures(f"parking/sequence{number}/frames")[-1]
        for how, zones in watched.items():
            parked = [one.box for one in eye.see(Frame("bench", AT, full), zones) if one.label not in BIN_LABELS]
            yield f"sequence{number} full, then empty-day, {how}", alarms(day[::6], learnt_full(full, parked))
        yield f"sequence{number} full, then empty-day, cars learnt", alarms(day[::6], learnt_full(full, ()))


def learnt_full(full: Image, passing: Sequence[Box]) -> View:
    camera = Camera()
    for number in range(TRUSTED_FROM + 2):
        camera.look(noisy(full, 1, number), passing=passing)
    return camera.view


def alarms(images: Sequence[Image], view: View = EMPTY_VIEW) -> dict[str, int]:
    camera, notice, told, unfit = Camera(view), None, 0, 0
    for image in images:
        fitness = camera.look(image)
        unfit += not fitness.fit
        outcome = LookOutcome.DONE if fitness.fit else LookOutcome.UNKNOWN
        look = Look("", "bench", camera.now, camera.now, camera.now, outcome, fitness.reason)
        if notice is None and not fitness.fit:
            notice = Notice("bench", Trouble.UNFIT_VIEW, fitness.reason, camera.now)
        elif notice is not None:
            before, notice = notice, follow(notice, look, APART)
            told += bool(notice and notice.told_at and not before.told_at)
            notice = notice if notice and notice.until is None else None
    return {"looks": len(images), "unfit": unfit, "notices": told}


def pictures(folder: str) -> list[Image]:
    return [np.asarray(cv2.imread(str(path)), dtype=np.uint8) for path in sorted((DATA / folder).glob("*.jpg"))]


def frames_of(clip: Path) -> Iterator[Image]:
    video, number = cv2.VideoCapture(str(clip)), 0
    while video.grab():
        if number % 30 == 0:
            yield np.asarray(video.retrieve()[1], dtype=np.uint8)
        number += 1
    video.release()


def show(report: dict[str, Any]) -> None:
    console = Console()
    cost = Table(title=f"View fitness at 1280 × 720, medians (load {report['load_average'][0]})", title_justify="left")
    cost.add_column("part")
    cost.add_column("CPU ms", justify="right")
    for part, ms in report["cpu_ms"].items():
        cost.add_row(part, f"{ms:.2f}")
    console.print(cost, f"references of 1,000 cameras in three lights: {report['references_mb_of_1000_cameras']} MB")
    for title, key in (("Faults found within three looks", "found"), ("Small moves after which the zones lie right", "registered")):
        table = Table(title=title, title_justify="left")
        for heading in ("fault", *LIGHTS):
            table.add_column(heading, justify="left" if heading == "fault" else "right")
        for fault in report[key]["day"]:
            table.add_row(fault, *(f"{report[key][light][fault]:.0%}" for light in LIGHTS))
        console.print(table)
    false = Table(title="Undamaged", title_justify="left")
    for heading in ("where", "looks", "unfit", "notices"):
        false.add_column(heading, justify="left" if heading == "where" else "right")
    for where, counts in report["false"].items():
        false.add_row(where, *(str(count) for count in counts.values()))
    console.print(false)


if __name__ == "__main__":
    main()
