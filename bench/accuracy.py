"""How well the shipped network sees, beside a plain fine-tune: photographs as they are, and as a street camera gives them.

    python -m bench.accuracy [--model FOLDER] [--threshold 0.4] [--peer FILE.pt]

Needs the shared pictures and their tools. Figures go to bench/out/accuracy.json.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from detectors.detector import Detector, ModelError
from detectors.evaluation import OPERATING_THRESHOLD
from detectors.labelled import LabelledSet, labelled_set
from detectors.labels import LABELS
from detectors.listing import read_picture
from detectors.loading import load_detector
from detectors.scoring import LEAST_CONFIDENCE, Predictions, average_precision, whole_pictures
from town.sight import Detection

SHARED = Path(__file__).resolve().parents[2] / "shared"
VAL = SHARED / "data" / "bins" / "val"
PEER = SHARED / "data" / "weights" / "bins_plain_finetune.pt"
PEER_NAMES = {"garbage_bin": "bin", "overflow": "overflowing_bin"}
PEER_THRESHOLD = 0.4
OUT = Path(__file__).parent / "out" / "accuracy.json"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, help="left out: the shipped one")
    parser.add_argument("--peer", type=Path, default=PEER)
    parser.add_argument("--threshold", type=float, default=OPERATING_THRESHOLD, help="of the shipped model; the peer's is its best, 0.4")
    args = parser.parse_args()
    if not VAL.exists():
        print(f"not measured: {VAL} is not here")
        return
    rows: dict[str, Any] = {}
    detectors = {"weisu": (load_detector(args.model), args.threshold)} | _peer(args.peer)
    with tempfile.TemporaryDirectory(prefix="weisu-bench-") as folder:
        hard = Path(folder) / "images"
        subprocess.run([sys.executable, SHARED / "tools" / "camera_like.py", VAL / "images", hard], check=True, stdout=subprocess.DEVNULL)
        truth = labelled_set(VAL)
        sets = {"val": truth, "val as a camera gives it": LabelledSet(tuple(sorted(hard.iterdir())), truth.truth)}
        for name, labelled in sets.items():
            rows |= {f"{who}, {name}": score(detector, labelled, at) for who, (detector, at) in detectors.items()}
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps(rows, indent=2) + "\n")
    show(rows)


def score(detector: Detector, labelled: LabelledSet, threshold: float) -> dict[str, float]:
    """AP50 of the labels that people drew, their mean, and F1 of "something overflows" at a threshold."""
    seen: Predictions = {file.stem: _named(detector, file) for file in labelled.pictures}
    ap50 = {label: round(average_precision(label, labelled.truth, seen), 4) for label in LABELS[:3]}
    whole = whole_pictures("overflowing_bin", labelled.truth, seen, threshold)
    return {**ap50, "mean": round(sum(ap50.values()) / len(ap50), 4), "threshold": threshold, "picture_f1": round(whole.f1, 4)}


def _named(detector: Detector, file: Path) -> list[Detection]:
    image = read_picture(file)
    assert image is not None, file
    return [Detection(PEER_NAMES.get(d.label, d.label), d.confidence, d.box) for d in detector.detect([image], LEAST_CONFIDENCE)[0]]


def _peer(checkpoint: Path) -> dict[str, tuple[Detector, float]]:
    try:
        return {"plain fine-tune": (load_detector(checkpoint), PEER_THRESHOLD)}
    except ModelError as error:
        print(f"not measured: the plain fine-tune ({error})")
        return {}


def show(rows: dict[str, Any]) -> None:
    table = Table(title=f"AP50 of {len(LABELS[:3])} labels, and F1 of 'something overflows in this picture'", title_justify="left")
    for number, heading in enumerate(("", "bin", "overflowing", "garbage", "mean", "F1", "at")):
        table.add_column(heading, justify="right" if number else "left")
    for name, row in rows.items():
        numbers = (row["bin"], row["overflowing_bin"], row["garbage"], row["mean"], row["picture_f1"])
        table.add_row(name, *(f"{number:.3f}" for number in numbers), f"{row['threshold']:g}")
    Console().print(table)


if __name__ == "__main__":
    main()
