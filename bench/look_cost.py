"""What one look costs, by part, beside ultralytics on the same pictures in the same run.

    python -m bench.look_cost [--model FOLDER] [--checkpoint FILE.pt] [--rounds 10] [--threads 0]

Ours: from the bytes of a JPEG of 1280 × 720 to observations, view fitness and network included, as the live service does it.
ultralytics: the same bytes decoded, and `predict` with the checkpoint and with the OpenVINO model. In each round each of them goes
through all pictures by itself, as a service does, so that none works with caches that another has filled. Medians of wall time and of
CPU time (all threads of the process) in milliseconds, and how a first `weisu detect` begins. Writes bench/out/look_cost.json.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from rich.console import Console
from rich.table import Table

from cameras.fitness import judge_fitness
from cameras.pictures import Reduction, decode_picture
from detectors.detector import ModelError
from detectors.eye import Eye
from detectors.loading import load_detector, shipped_model
from detectors.registry import observe
from patrol.look import LookMemory, examine
from town.geometry import Polygon, Position
from town.places import Camera, HttpSnapshot, Zone, ZoneKind
from town.sight import Frame, Image

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "bench" / "out" / "look_cost.json"
SIZE = (1280, 720)
AT = datetime(2026, 5, 4, 8, tzinfo=UTC)
ZONES = tuple(
    Zone(id=kind.value.replace("_", "-"), kind=kind, polygon=Polygon.of([[x, 0.02], [x + 0.45, 0.02], [x + 0.45, 0.98], [x, 0.98]]))
    for x, kind in ((0.02, ZoneKind.BIN_STATION), (0.5, ZoneKind.NO_PARKING))
)
SOURCE = HttpSnapshot(kind="http_snapshot", url="http://10.0.0.1/")
CAMERA = Camera(id="bench", name="bench", grid="g1", position=Position(39.79, 116.5), source=SOURCE, zones=ZONES)
MOST_PIXELS = 25_000_000
ALWAYS = timedelta(0)
FIRST_LOOKS = 5

OURS, PEER_PT, PEER_OPENVINO = "weisu, whole look", "ultralytics, .pt", "ultralytics, OpenVINO INT8"

Peers = Mapping[str, Callable[[Image], Any]]


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

    def times_cheaper(self, ours: str, peer: str) -> float:
        """The median over looks of the peer's CPU time beside ours at the same picture."""
        return round(statistics.median(theirs / mine for mine, theirs in zip(self.cpu[ours], self.cpu[peer], strict=True)), 2)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, default=shipped_model(), help="a folder that `weisu model export` wrote")
    parser.add_argument(
        "--checkpoint", type=Path, help="the same network as a .pt, for ultralytics; left out: weisu.pt of the model's folder"
    )
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--threads", type=int, default=0)
    args = parser.parse_args()
    origin, pictures = _pictures()
    try:
        detector = load_detector(args.model, args.threads)
    except ModelError as error:
        print(error, file=sys.stderr)
        return 2
    eye = Eye(detector, 0.15)
    reduction = partial(eye.reduction, ZONES)
    watch = Stopwatch()
    with tempfile.TemporaryDirectory(prefix="weisu-bench-") as folder:
        peers, absent = _peers(args.model, args.checkpoint or args.model / "weisu.pt", detector.side_px, Path(folder))
        _one_round(pictures, eye, reduction, peers, Stopwatch())  # warms up
        for _ in range(args.rounds):
            _one_round(pictures, eye, reduction, peers, watch)
    report = {
        "pictures": f"{len(pictures)} of {origin}, {SIZE[0]} × {SIZE[1]}",
        "side_px": detector.side_px,
        "decoded_at": f"1/{reduction(*SIZE)}",
        "rounds": args.rounds,
        "cpus": os.cpu_count(),
        "load_average": [round(load, 2) for load in os.getloadavg()],
        "parts": watch.medians(),
        "times_cheaper_in_cpu": {peer: watch.times_cheaper(OURS, peer) for peer in peers},
        "first_detect": _first_detect(),
        "absent": absent,
    }
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(json.dumps(report, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    _print(report)
    return 0


def _one_round(pictures: Sequence[bytes], eye: Eye, reduction: Reduction, peers: Peers, watch: Stopwatch) -> None:
    for packed in pictures:
        with watch.time(OURS):
            examine(Frame("bench", AT, decode_picture(packed, MOST_PIXELS, reduction)), CAMERA, LookMemory(), eye, ALWAYS)
    for packed in pictures:
        with watch.time("  decode"):
            frame = Frame("bench", AT, decode_picture(packed, MOST_PIXELS, reduction))
        with watch.time("  fitness"):
            judge_fitness(frame, None)
        with watch.time("  fit + network"):
            seen = eye.see(frame, ZONES)
        with watch.time("  observe"):
            observe(frame, ZONES, seen)
    for name, predict in peers.items():
        for packed in pictures:
            with watch.time(name):
                predict(np.asarray(cv2.imdecode(np.frombuffer(packed, np.uint8), cv2.IMREAD_COLOR), dtype=np.uint8))


def _peers(model: Path, checkpoint: Path, side_px: int, folder: Path) -> tuple[Peers, list[str]]:
    """ultralytics' predict on each form of the network, and what is missing with the reason."""
    try:
        from detectors.ultralytics_door.offline import quiet_ultralytics

        yolo = quiet_ultralytics().YOLO
    except ModelError as error:
        return {}, [f"ultralytics: {error}"]
    # ultralytics knows an OpenVINO model by the end of its folder's name.
    networks = {PEER_OPENVINO: yolo(_as_exported_by_default(model, side_px, folder / "weisu_openvino_model"), task="detect")}
    absent = []
    if checkpoint.exists():
        networks[PEER_PT] = yolo(checkpoint, task="detect")
    else:
        absent.append(f"{PEER_PT}: there is no {checkpoint}")
    return {name: _predicting(network, side_px) for name, network in networks.items()}, absent


def _as_exported_by_default(model: Path, side_px: int, folder: Path) -> Path:
    """The network for one picture of a fixed square, as `export` of ultralytics makes it unless told otherwise, and runs quickest."""
    import openvino

    shutil.copytree(model, folder)
    network = openvino.Core().read_model(model / "weisu.xml")
    network.reshape([1, 3, side_px, side_px])
    openvino.save_model(network, folder / "weisu.xml")
    return folder


def _predicting(network: Any, side_px: int) -> Callable[[Image], Any]:
    return lambda image: network.predict(image, imgsz=side_px, conf=0.25, verbose=False)


def _first_detect() -> dict[str, float]:
    """Wall and CPU time of `weisu detect` on one picture, from the start of its process to its end: medians in seconds."""
    picture = min((ROOT / "simulator" / "scenes").glob("*.jpg"))
    walls, cpus = [], []
    for _ in range(FIRST_LOOKS):
        before, began = os.times(), time.perf_counter()
        subprocess.run([sys.executable, "-m", "service", "detect", picture], check=True, stdout=subprocess.DEVNULL, cwd=ROOT)
        after = os.times()
        walls.append(time.perf_counter() - began)
        cpus.append(after.children_user + after.children_system - before.children_user - before.children_system)
    return {"wall_s": round(statistics.median(walls), 2), "cpu_s": round(statistics.median(cpus), 2)}


def _pictures() -> tuple[str, list[bytes]]:
    """JPEG pictures of 1280 × 720: real ones where they are, else the simulator's scenes."""
    shared = ROOT.parent / "shared" / "data"
    files = [*sorted(shared.glob("parking/sequence*/frames/*.jpg"))[::4], *sorted(shared.glob("bins/val/images/*"))[::40]]
    origin = "the shared data" if files else "the simulator's scenes"
    files = files or sorted((ROOT / "simulator" / "scenes").rglob("*.jpg"))[::8]
    images = (cv2.imread(str(file)) for file in files)
    return origin, [_packed(cv2.resize(image, SIZE)) for image in images if image is not None]


def _packed(image: Any) -> bytes:
    return bytes(cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 90])[1])


def _print(report: dict[str, Any]) -> None:
    title = f"A look's cost, {report['pictures']}, network {report['side_px']} px, decoded at {report['decoded_at']}, medians"
    table = Table(title=title, title_justify="left")
    for heading in ("part", "wall ms", "CPU ms"):
        table.add_column(heading, justify="left" if heading == "part" else "right")
    for part, times in report["parts"].items():
        table.add_row(part, f"{times['wall_ms']:.2f}", f"{times['cpu_ms']:.2f}")
    console = Console()
    console.print(table)
    for peer, times in report["times_cheaper_in_cpu"].items():
        console.print(f"a look takes {times:.2f} times less CPU than {peer}", markup=False)
    first = report["first_detect"]
    console.print(f"weisu detect on one picture, import to end: {first['wall_s']} s, {first['cpu_s']} s of CPU (median of {FIRST_LOOKS})")
    for line in report["absent"]:
        console.print(f"not measured: {line}", markup=False)


if __name__ == "__main__":
    sys.exit(main())
