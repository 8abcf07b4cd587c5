"""One vehicle or two? Errors of the measure that stays use, and of a colour histogram, on pairs of looks at a real car park.

    python -m bench.appearance

Who stood where is what people saw (the tables of the end-to-end test); boxes are the shipped network's, in damaged frames found anew.
Pairs of one vehicle: any two looks of its stay. Of two: cars that stood in one slot, in one morning or on different days (slots 11 and
22 are left out between days on which the same car came). Each measure's threshold is chosen where it errs least on sequences 1 to 3
and told on pairs with sequence 4, which it did not see. Figures go to bench/out/appearance.json.
"""

import argparse
import json
import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from detectors.appearance import appearance
from detectors.belonging import stands_in
from detectors.eye import Eye
from detectors.labels import VEHICLE_LABELS
from detectors.loading import load_detector
from rules.likeness import SAME_VEHICLE, edges, likeness
from tests.e2e.test_backtest_on_parking_sequences import CARS, PARKING, Parked, clock, frames, township
from town.geometry import Box
from town.sight import Frame, Image

OUT = Path(__file__).parent / "out" / "appearance.json"
CAME_ON_SEVERAL_DAYS = {(11, frozenset({1, 3})), (11, frozenset({1, 4})), (11, frozenset({3, 4})), (22, frozenset({3, 4}))}
SEED = 1
Damage = Callable[[Image, np.random.Generator], NDArray[Any]]


@dataclass(frozen=True)
class Sight:
    """One car in one look: which, in which slot, and what each measure keeps of it."""

    sequence: int
    slot: int
    at: str
    weather: str
    car: tuple[int, Parked]
    looks: Mapping[str, Any]


def far(image: Image, rng: np.random.Generator) -> NDArray[Any]:
    scale = rng.uniform(0.4, 0.6)
    small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(small, image.shape[1::-1], interpolation=cv2.INTER_CUBIC))


def dusk(image: Image, rng: np.random.Generator) -> NDArray[Any]:
    dark = 255 * (image / 255) ** rng.uniform(1.4, 2.0) * rng.uniform(0.3, 0.55)
    grey = dark.mean(axis=2, keepdims=True)
    return np.asarray(grey + (dark - grey) * rng.uniform(0.3, 0.7) + rng.normal(0, rng.uniform(4, 9), image.shape))


def infrared(image: Image, rng: np.random.Generator) -> NDArray[Any]:
    grey = cv2.GaussianBlur(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), (0, 0), rng.uniform(0.8, 1.6)).astype(float)
    flat = (grey - grey.mean()) * rng.uniform(0.6, 0.9) + rng.uniform(80, 130) + rng.normal(0, 5, grey.shape)
    return np.repeat(flat[..., None], 3, axis=2)


def rain(image: Image, rng: np.random.Generator) -> NDArray[Any]:
    """Motion blur and hard compression."""
    length = int(rng.integers(5, 12))
    kernel = np.zeros((length, length))
    kernel[length // 2] = 1 / length
    turn = cv2.getRotationMatrix2D((length / 2 - 0.5, length / 2 - 0.5), rng.uniform(0, 180), 1)
    streak = np.asarray(cv2.warpAffine(kernel, turn, (length, length)))
    blurred = cv2.filter2D(image, -1, streak / max(streak.sum(), 1e-6))
    return np.asarray(cv2.imdecode(cv2.imencode(".jpg", blurred, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(12, 30))])[1], 1))


def shadows(image: Image, rng: np.random.Generator) -> NDArray[Any]:
    height, width = image.shape[:2]
    mask = np.zeros((height, width), np.float32)
    for _ in range(6):
        corners = rng.uniform(0, 1, (1, 2)) * [width, height] + rng.normal(0, 220, (5, 2))
        cv2.fillConvexPoly(mask, cv2.convexHull(corners.astype(np.int32)), 1.0)
    return image * (1 - cv2.GaussianBlur(mask, (0, 0), 4)[..., None] * rng.uniform(0.4, 0.6))


def headlights(image: Image, rng: np.random.Generator) -> NDArray[Any]:
    """A dark street with ten cones of light."""
    down, across = np.mgrid[0 : image.shape[0], 0 : image.shape[1]].astype(np.float32)
    glow = np.zeros(image.shape[:2], np.float32)
    for _ in range(10):
        x, y, size = rng.uniform(0, image.shape[1]), rng.uniform(0, image.shape[0]), rng.uniform(25, 60)
        glow += np.exp(-((across - x) ** 2 + (down - y) ** 2) / (2 * size * size))
    glow = np.minimum(glow, 1)[..., None]
    return image * rng.uniform(0.3, 0.5) * (1 + 2.2 * glow) + 60 * glow


def trembling(image: Image, rng: np.random.Generator) -> NDArray[Any]:
    right, down = rng.integers(-2, 3, 2)
    return np.roll(image, (int(down), int(right)), (0, 1))


WEATHERS: dict[str, Damage] = {
    "as it was": lambda image, _: image, "far": far, "rain": rain, "shadows": shadows, "headlights": headlights,
    "dusk": dusk, "infra-red": infrared, "trembling": trembling,
}  # fmt: skip


def histogram(image: Image, box: Box) -> NDArray[Any]:
    """The peer: hue and saturation of the box."""
    height, width = image.shape[:2]
    box = box.clipped()
    crop = image[int(box.y1 * height) : int(box.y2 * height) + 1, int(box.x1 * width) : int(box.x2 * width) + 1]
    return np.asarray(cv2.calcHist([cv2.cvtColor(crop, cv2.COLOR_BGR2HSV)], [0, 1, 2], None, [12, 6, 6], [0, 180, 0, 256, 0, 256]))


MEASURES: dict[str, tuple[Callable[[Image, Box], Any], Callable[[Any, Any], float]]] = {
    "edges on the grid": (appearance, likeness),
    "colour histogram": (histogram, lambda one, other: cv2.compareHist(one, other, cv2.HISTCMP_CORREL)),
}


def main() -> None:
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    if not PARKING.is_dir():
        print(f"not measured: {PARKING} is not here")
        return
    # Large pictures resized by several OpenCV threads were seen to hang beside OpenVINO's.
    cv2.setNumThreads(1)
    pairs = list(pairs_of(list(sights())))
    report = {name: judged(pairs, name, compare) for name, (_, compare) in MEASURES.items()} | {"cost": costs(pairs)}
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps(report, indent=2) + "\n")
    show(report)


def sights() -> Iterator[Sight]:
    """Every labelled car that the network found, in every look and weather."""
    eye = Eye(load_detector(None), 0.15)
    number = 0
    for sequence, cars in CARS.items():
        town = township(sequence)
        camera = town.cameras[0]
        zones = {int(zone.id.removeprefix("slot-")): zone for zone in camera.zones}
        for frame in frames(town, camera):
            for weather, damage in WEATHERS.items():
                number += 1
                image = np.clip(damage(frame.image, np.random.default_rng([SEED, number])), 0, 255).astype(np.uint8)
                found = [one for one in eye.see(Frame("park", frame.taken_at, image), camera.zones) if one.label in VEHICLE_LABELS]
                at = clock(frame.taken_at)
                for parked in cars:
                    inside = [one for one in found if stands_in(zones[parked.slot], one.box)]
                    if inside and parked.came <= at <= parked.last:
                        box = max(inside, key=lambda one: one.confidence).box
                        looks = {name: keep(image, box) for name, (keep, _) in MEASURES.items()}
                        yield Sight(sequence, parked.slot, at, weather, (sequence, parked), looks)


Pair = tuple[str, bool, str, Sight, Sight]
"""Its part (chosen, told), whether it is one vehicle, the weather of the second look, and both looks."""


def pairs_of(seen: Sequence[Sight]) -> Iterator[Pair]:
    """A look as it was, with another: both as they were once, and in every weather."""
    by_slot = defaultdict(list)
    for one in seen:
        by_slot[one.slot].append(one)
    for several in by_slot.values():
        plain = [one for one in several if one.weather == "as it was"]
        for number, one in enumerate(plain):
            others = [other for other in several if other.weather != "as it was"] + plain[number + 1 :]
            for other in others:
                same = one.car == other.car
                returned = (one.slot, frozenset({one.sequence, other.sequence})) in CAME_ON_SEVERAL_DAYS
                if (one.sequence, one.at) != (other.sequence, other.at) and not returned:
                    yield ("told" if 4 in {one.sequence, other.sequence} else "chosen", same, other.weather, one, other)


def judged(pairs: Sequence[Pair], name: str, compare: Callable[[Any, Any], float]) -> dict[str, Any]:
    scores: dict[tuple[str, bool, str], list[float]] = defaultdict(list)
    for part, same, weather, one, other in pairs:
        scores[part, same, weather].append(compare(one.looks[name], other.looks[name]))
    least = least_wrong(scores["chosen", True, "as it was"], scores["chosen", False, "as it was"])
    threshold = SAME_VEHICLE if compare is likeness else least[len(least) // 2]
    rows = {
        f"{part}, {weather}": row(scores[part, True, weather], scores[part, False, weather], threshold)
        for part in ("chosen", "told")
        for weather in WEATHERS
    }
    return {"threshold": threshold, "least_wrong_from": least[0], "least_wrong_to": least[-1], "rows": rows}


def least_wrong(same: Sequence[float], different: Sequence[float]) -> list[float]:
    """The thresholds, in hundredths, at which the mean of both shares of errors is the smallest."""
    steps = [round(0.01 * step, 2) for step in range(100)]
    errors = [row(same, different, step)["error"] for step in steps]
    return [step for step, error in zip(steps, errors, strict=True) if error == min(errors)]


def row(same: Sequence[float], different: Sequence[float], threshold: float) -> dict[str, Any]:
    missed, mistaken = sum(score < threshold for score in same), sum(score >= threshold for score in different)
    error = (missed + mistaken) / (len(same) + len(different))
    return {"same": len(same), "missed": missed, "different": len(different), "mistaken": mistaken, "error": round(error, 4)}


def costs(pairs: Sequence[Pair]) -> dict[str, float]:
    """Medians of CPU microseconds; bytes of a look."""
    looks = [(one.looks["edges on the grid"], other.looks["edges on the grid"]) for _, _, _, one, other in pairs[:500]]
    image = next(frames(township(4), township(4).cameras[0]).__iter__()).image
    for packed in (packed for pair in looks for packed in pair):
        edges(packed)
    return {
        "keep_us": median_us(lambda: appearance(image, Box(0.3, 0.3, 0.37, 0.39)), 500),
        "edges_us": median_us(lambda: edges.__wrapped__(looks[0][0]), 500),
        "compare_us": statistics.median(median_us(lambda pair=pair: likeness(*pair), 5) for pair in looks),  # type: ignore[misc]
        "bytes": statistics.median(len(one) for one, _ in looks),
    }


def median_us(step: Callable[[], object], rounds: int) -> float:
    times = []
    for _ in range(rounds):
        began = time.process_time_ns()
        step()
        times.append((time.process_time_ns() - began) / 1e3)
    return round(statistics.median(times), 1)


def show(report: Mapping[str, Any]) -> None:
    for name in MEASURES:
        said = report[name]
        limits = f"threshold {said['threshold']:.2f}; chosen between {said['least_wrong_from']} and {said['least_wrong_to']}"
        table = Table(title=f"{name}: {limits}", title_justify="left")
        for heading in ("pairs, second look", "one vehicle", "missed", "two vehicles", "mistaken", "error"):
            table.add_column(heading, justify="left" if heading.startswith("pairs") else "right")
        for what, row_ in said["rows"].items():
            table.add_row(what, *(str(row_[key]) for key in ("same", "missed", "different", "mistaken")), f"{row_['error']:.1%}")
        Console().print(table)
    Console().print(f"cost: {report['cost']}")


if __name__ == "__main__":
    main()
