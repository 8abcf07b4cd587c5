"""What one look costs, by part, beside ultralytics on the same pictures in the same run.

    python bench/look_cost.py [--model FOLDER] [--checkpoint FILE.pt] [--rounds 10] [--threads 0]

Ours: decode a JPEG of 1280 × 720, fit it into the network's square, run the network, judge (one observation per zone).
ultralytics: `predict` on the decoded picture, with the checkpoint and with the OpenVINO model. Medians of wall time and of CPU time
(all threads of the process) in milliseconds. Prints a table and writes bench/out/look_cost.json.
"""

import argparse
import json
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from detectors.detector import Detector, ModelError  # noqa: E402
from detectors.letterbox import Letterbox  # noqa: E402
from detectors.loading import load_detector, shipped_model  # noqa: E402
from detectors.registry import observe  # noqa: E402
from town.geometry import Polygon  # noqa: E402
from town.sight import Frame, Image  # noqa: E402
from town.township import Zone, ZoneKind  # noqa: E402

SIZE = (1280, 720)
AT = datetime(2026, 5, 4, 8, tzinfo=UTC)
ZONES = tuple(
    Zone(id=kind.value.replace("_", "-"), kind=kind, polygon=Polygon.of([[x, 0.02], [x + 0.45, 0.02], [x + 0.45, 0.98], [x, 0.98]]))
    for x, kind in ((0.02, ZoneKind.BIN_STATION), (0.5, ZoneKind.NO_PARKING))
)


class Stopwatch:
    """Collects the wall and CPU time of named parts."""

    def __init__(self) -> None:
        self.wall: dict[str, list[float]] = {}
        self.cpu: dict[str, list[float]] = {}

    @contextmanager
    def time(self, part: str) -> Iterator[None]:
        wall, cpu = time.perf_counter(), time.process_time()
        yield
        self.wall.setdefault(part, []).append((time.perf_counter() - wall) * 1e3)
        self.cpu.setdefault(part, []).append((time.process_time() - cpu) * 1e3)

    def medians(self) -> dict[str, dict[str, float]]:
        return {
            part: {"wall_ms": round(statistics.median(self.wall[part]), 2), "cpu_ms": round(statistics.median(self.cpu[part]), 2)}
            for part in self.wall
        }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, default=shipped_model(), help="a folder that `weisu model export` wrote")
    parser.add_argument("--checkpoint", type=Path, help="the same network as a .pt, for ultralytics")
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--threads", type=int, default=0)
    args = parser.parse_args()
    origin, pictures = _pictures()
    try:
        detector = load_detector(args.model, args.threads)
    except ModelError as error:
        print(error, file=sys.stderr)
        return 2
    watch = Stopwatch()
    with tempfile.TemporaryDirectory(prefix="weisu-bench-") as folder:
        peers, absent = _peers(args.model, args.checkpoint, detector.side_px, Path(folder))
        _one_round(pictures, detector, peers, Stopwatch())  # warms up
        for _ in range(args.rounds):
            _one_round(pictures, detector, peers, watch)
    report = {
        "pictures": f"{len(pictures)} of {origin}, {SIZE[0]} × {SIZE[1]}",
        "side_px": detector.side_px,
        "rounds": args.rounds,
        "cpus": os.cpu_count(),
        "load_average": [round(load, 2) for load in os.getloadavg()],
        "parts": watch.medians(),
        "absent": absent,
    }
    _write(report)
    _print(report)
    return 0


def _one_round(pictures: Sequence[bytes], detector: Detector, peers: dict[str, Callable[[Image], Any]], watch: Stopwatch) -> None:
    for packed in pictures:
        with watch.time("decode"):
            image = np.asarray(cv2.imdecode(np.frombuffer(packed, np.uint8), cv2.IMREAD_COLOR), dtype=np.uint8)
        with watch.time("letterbox"):
            square = Letterbox(width=SIZE[0], height=SIZE[1], side=detector.side_px).fit(image)
        with watch.time("network"):
            detector.detect([square], 0.25)
        with watch.time("letterbox + network"):
            seen = detector.detect([image], 0.25)[0]
        with watch.time("judge"):
            observe(Frame("bench", AT, image), ZONES, seen)
        for name, predict in peers.items():
            with watch.time(name):
                predict(image)


def _peers(model: Path, checkpoint: Path | None, side_px: int, folder: Path) -> tuple[dict[str, Callable[[Image], Any]], list[str]]:
    """ultralytics' predict on each form of the network, and what is missing with the reason."""
    try:
        from detectors.ultralytics_door.offline import quiet_ultralytics

        yolo = quiet_ultralytics().YOLO
    except ModelError as error:
        return {}, [f"ultralytics: {error}"]
    # ultralytics knows an OpenVINO model by the end of its folder's name.
    copied = Path(shutil.copytree(model, folder / "weisu_openvino_model"))
    networks = {"ultralytics, OpenVINO INT8": yolo(copied, task="detect")}
    absent = [] if checkpoint else ["ultralytics, .pt: give --checkpoint"]
    if checkpoint:
        networks["ultralytics, .pt"] = yolo(checkpoint, task="detect")
    return {name: _predicting(network, side_px) for name, network in networks.items()}, absent


def _predicting(network: Any, side_px: int) -> Callable[[Image], Any]:
    return lambda image: network.predict(image, imgsz=side_px, conf=0.25, verbose=False)


def _pictures() -> tuple[str, list[bytes]]:
    """JPEG pictures of 1280 × 720: real ones where they are, else the simulator's scenes."""
    shared = ROOT.parent / "shared" / "data"
    files = [*sorted(shared.glob("parking/sequence*/frames/*.jpg"))[::4], *sorted(shared.glob("bins/val/images/*"))[::40]]
    origin = "the shared data" if files else "the simulator's scenes"
    files = files or sorted((ROOT / "simulator" / "scenes").rglob("*.jpg"))[::8]
    if not files:
        raise SystemExit("no pictures: neither ../shared/data nor simulator/scenes is here")
    images = (cv2.imread(str(file)) for file in files)
    return origin, [_packed(cv2.resize(image, SIZE)) for image in images if image is not None]


def _packed(image: Any) -> bytes:
    return bytes(cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 90])[1])


def _write(report: dict[str, Any]) -> None:
    out = ROOT / "bench" / "out" / "look_cost.json"
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(report, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def _print(report: dict[str, Any]) -> None:
    table = Table(title=f"A look's cost, {report['pictures']}, network {report['side_px']} px, medians", title_justify="left")
    for heading in ("part", "wall ms", "CPU ms"):
        table.add_column(heading, justify="left" if heading == "part" else "right")
    for part, times in report["parts"].items():
        table.add_row(part, f"{times['wall_ms']:.2f}", f"{times['cpu_ms']:.2f}")
    console = Console()
    console.print(table)
    for line in report["absent"]:
        console.print(f"not measured: {line}", markup=False)


if __name__ == "__main__":
    sys.exit(main())
