"""Looking where it matters: the parked cars of one morning, found by the eye and by COCO's network on the frame and on tiles.

    python -m bench.car_park [--model FOLDER] [--confidence 0.25] [--rounds 3]

40 slots, 126 parked cars in five frames of 1280 × 720. A car is found where its slot's centre lies in a vehicle box; a box is right
where at least 35 % of it shows a vehicle in the mask. All run in OpenVINO, in turn. Figures go to bench/out/car_park.json.
"""

import argparse
import json
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import cv2
import numpy as np
from rich.console import Console
from rich.table import Table

from detectors.detector import Detector
from detectors.eye import Eye, crop
from detectors.labels import VEHICLE_LABELS
from detectors.listing import read_picture
from detectors.loading import load_detector
from detectors.merging import in_frame, one_each
from detectors.regions import WHOLE, regions_for
from town.geometry import Box, Polygon
from town.places import Zone, ZoneKind
from town.sight import Detection, Frame, Image

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"
MORNING = SHARED / "parking" / "sequence4"
COCO = SHARED / "weights" / "yolo11n_coco_int8_openvino_model"
WIDTH, HEIGHT = 1280, 720
TILES = tuple(Box(x, y, x + 0.55, y + 0.55) for x in (0.0, 0.45) for y in (0.0, 0.45))
SHOWS_A_VEHICLE = 0.35
AT = datetime(2013, 4, 15, 10, 5, tzinfo=UTC)
OUT = Path(__file__).parent / "out" / "car_park.json"

See = Callable[[Image, Sequence[Zone]], Sequence[Detection]]


@dataclass(frozen=True)
class Look:
    """A frame with its slots (zone, centre, occupied or not) and its mask of vehicles."""

    image: Image
    slots: list[tuple[Zone, tuple[float, float], bool]]
    mask: Image

    @property
    def zones(self) -> list[Zone]:
        return [zone for zone, _, _ in self.slots]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, help="left out: the shipped one")
    parser.add_argument("--confidence", type=float, default=0.25)
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    if not MORNING.exists():
        print(f"not measured: {MORNING} is not here")
        return
    looks = [read_look(file) for file in sorted((MORNING / "frames").iterdir())]
    ours, coco = load_detector(args.model), load_detector(COCO)
    eye = Eye(ours, args.confidence)
    passes = len(regions_for(looks[0].zones, WIDTH, HEIGHT, ours.side_px))
    eyes: dict[str, See] = {
        f"weisu's eye, {passes} × {ours.side_px} px": lambda image, zones: eye.see(Frame("car-park", AT, image), zones),
        f"COCO, frame, 1 × {coco.side_px} px": parts_of(coco, (WHOLE,), args.confidence),
        f"COCO, frame and tiles, 5 × {coco.side_px} px": parts_of(coco, (WHOLE, *TILES), args.confidence),
    }
    rows: dict[str, dict[str, list[float]]] = {name: {"cpu_ms": [], "wall_ms": []} for name in eyes}
    for _ in range(args.rounds + 1):
        for name, see in eyes.items():
            measure(see, looks, rows[name])
    report = {name: found(eyes[name], looks) | {key: round(statistics.median(row[key]), 1) for key in row} for name, row in rows.items()}
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps({"confidence": args.confidence, "rows": report}, indent=2, ensure_ascii=False) + "\n")
    show(report, args.confidence)


def read_look(file: Path) -> Look:
    image, mask = read_picture(file), cv2.imread(str(MORNING / "masks" / f"{file.stem}.png"))
    assert image is not None
    spaces = ElementTree.parse(MORNING / "slots" / f"{file.stem}.xml").getroot().findall("space")
    return Look(image, [_slot(space) for space in spaces], np.asarray(mask, dtype=np.uint8))


def _slot(space: ElementTree.Element) -> tuple[Zone, tuple[float, float], bool]:
    corners = [[int(c.get("x", "")) / WIDTH, int(c.get("y", "")) / HEIGHT] for c in space.findall("contour/point")]
    center = space.find("rotatedRect/center")
    assert center is not None
    zone = Zone(id=f"slot-{space.get('id')}", kind=ZoneKind.NO_PARKING, polygon=Polygon.of(corners))
    return zone, (int(center.get("x", "")) / WIDTH, int(center.get("y", "")) / HEIGHT), space.get("occupied") == "1"


def parts_of(detector: Detector, parts: Sequence[Box], confidence: float) -> See:
    def see(image: Image, _: Sequence[Zone]) -> Sequence[Detection]:
        seen = detector.detect([crop(image, part) for part in parts], confidence)
        return one_each(in_frame(one, part) for part, several in zip(parts, seen, strict=True) for one in several)

    return see


def measure(see: See, looks: Sequence[Look], row: dict[str, list[float]]) -> None:
    for look in looks:
        wall, cpu = time.perf_counter(), time.process_time()
        see(look.image, look.zones)
        row["wall_ms"].append((time.perf_counter() - wall) * 1e3)
        row["cpu_ms"].append((time.process_time() - cpu) * 1e3)


def found(see: See, looks: Sequence[Look]) -> dict[str, Any]:
    cars = hits = boxes = right = 0
    for look in looks:
        vehicles = [one.box for one in see(look.image, look.zones) if one.label in VEHICLE_LABELS]
        parked = [center for _, center, occupied in look.slots if occupied]
        cars += len(parked)
        hits += sum(any(box.x1 <= x <= box.x2 and box.y1 <= y <= box.y2 for box in vehicles) for x, y in parked)
        boxes += len(vehicles)
        right += sum(_shows_a_vehicle(look.mask, box) for box in vehicles)
    return {"cars": cars, "found": hits, "precision": round(right / max(boxes, 1), 3)}


def _shows_a_vehicle(mask: Image, box: Box) -> bool:
    part = mask[int(box.y1 * HEIGHT) : int(box.y2 * HEIGHT) + 1, int(box.x1 * WIDTH) : int(box.x2 * WIDTH) + 1]
    return float((part > 0).mean()) >= SHOWS_A_VEHICLE


def show(report: dict[str, Any], confidence: float) -> None:
    table = Table(title=f"A full car park, confidence {confidence:g}, medians a frame", title_justify="left")
    for number, heading in enumerate(("", "found", "precision", "CPU ms", "wall ms")):
        table.add_column(heading, justify="right" if number else "left")
    for name, row in report.items():
        table.add_row(name, f"{row['found']} of {row['cars']}", f"{row['precision']:.3f}", f"{row['cpu_ms']:.0f}", f"{row['wall_ms']:.0f}")
    Console().print(table)


if __name__ == "__main__":
    main()
