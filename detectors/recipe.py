"""How weisu's network is made: train, evaluate, export. What `weisu model` runs."""

import hashlib
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from detectors.dataset import PARTS, SURE_ENOUGH, prepare
from detectors.detector import ModelError
from detectors.eye import crop
from detectors.labelled import labelled_set
from detectors.labels import LABELS
from detectors.listing import read_picture
from detectors.loading import load_detector, shipped_model
from detectors.merging import in_frame, one_each
from detectors.quantising import quantise
from detectors.ultralytics_door.exporting import export_onnx, export_openvino, forget_paths
from detectors.ultralytics_door.running import UltralyticsDetector
from detectors.ultralytics_door.training import Training, fine_tune, training_of
from detectors.weathering import weathered
from town.sight import Detection, Image

Report = Callable[[str], None]
"""Takes a line of progress."""

TEACHER_SIDE_PX = 640
LARGEST_MODEL_BYTES = 8_000_000
MODEL_CARD = "MODEL_CARD.md"
CALIBRATED_ON = 300


def train(data: Path, start: Path, out: Path, training: Training, report: Report, teacher: Path | None = None) -> Path:
    """Fine-tune `start` (a COCO-pretrained YOLO `.pt`) on `data` and return the checkpoint `out/weisu.pt`.

    `teacher` (left out: `start`) labels vehicles, bikes and people: a model of COCO's labels in any format, OpenVINO being the quickest.
    `data` holds `bins/`, `parking/` and `videos/`, or is a set that was prepared before. Run again after a kill, it goes on from the
    last epoch. Raises ModelError.
    """
    if not start.is_file():
        raise ModelError(f"there is no checkpoint to start from at {start}")
    UltralyticsDetector(start)  # what is no checkpoint is told now, not after the pictures are labelled
    prepared = data if (data / "dataset.yaml").exists() else out / "set"
    dataset = prepared / "dataset.yaml"
    if not dataset.exists():
        prepare(data, prepared, _taught_by(teacher or start), lambda split, done, total: _say_hundreds(report, split, done, total))
    return fine_tune(start, dataset, out, training, lambda epoch, of, metrics: report(f"epoch {epoch} of {of}: {_short(metrics)}"))


def export(checkpoint: Path, data: Path, out: Path, report: Report, side_px: int = Training.side_px) -> Path:
    """Write a checkpoint as the INT8 OpenVINO model `out` (a folder), and return it.

    `data` is a prepared set (its folder): ranges are measured on its training pictures, half of them in a weather, and the loss of
    INT8 on its `val` pictures. `out` gets `weisu.xml`, `weisu.bin`, `weisu.onnx` (floats, for where OpenVINO has no wheel), `weisu.pt`
    to train on from, `metadata.yaml` and, where it has none, a model card to fill in. What was there is replaced once the new one
    works. Raises ModelError.
    """
    if not checkpoint.is_file() or not (data / "dataset.yaml").is_file():
        raise ModelError(f"wanted a checkpoint (.pt) and a prepared set (with dataset.yaml), got {checkpoint} and {data}")
    with tempfile.TemporaryDirectory(prefix="weisu-export-") as folder:
        copied = Path(shutil.copyfile(checkpoint, Path(folder) / "weisu.pt"))
        forget_paths(copied)
        made = export_openvino(copied, side_px)
        quantise(made / "weisu.xml", side_px, _calibration(data / "images" / "train"), labelled_set(data), LABELS, report)
        (made / "metadata.yaml").write_text(yaml.safe_dump(_metadata(checkpoint, side_px), sort_keys=False), encoding="utf-8")
        _check(made)
        out.mkdir(parents=True, exist_ok=True)
        for file in (copied, export_onnx(copied, side_px)):
            shutil.copyfile(file, out / file.name)
        for name in ("weisu.xml", "weisu.bin", "metadata.yaml"):
            shutil.copyfile(made / name, out / name)
    if not (out / MODEL_CARD).exists():
        shutil.copyfile(shipped_model() / MODEL_CARD, out / MODEL_CARD)
    report(f"{out}: {_size(out):,} bytes")
    return out


def _calibration(folder: Path) -> list[Image]:
    """Pictures spread over the training set, half of them in a weather: the ranges of whole numbers must hold at dusk too."""
    files = sorted(folder.iterdir())
    pictures = (read_picture(file) for file in files[:: max(1, len(files) // CALIBRATED_ON)])
    return [weathered(picture, np.random.default_rng([2, i]), 0.5) for i, picture in enumerate(pictures) if picture is not None]


def _taught_by(model: Path) -> Callable[[Image], list[Detection]]:
    """What a COCO network is sure of in a picture and in four parts of it, so that small things are not learnt as background."""
    coco = UltralyticsDetector(model, TEACHER_SIDE_PX) if model.suffix == ".pt" else load_detector(model)

    def teach(image: Image) -> list[Detection]:
        found = coco.detect([crop(image, part) for part in PARTS], SURE_ENOUGH)
        whole = (in_frame(one, part) for part, several in zip(PARTS, found, strict=True) for one in several)
        return [one for one in one_each(whole) if one.label in LABELS]

    return teach


def _metadata(checkpoint: Path, side_px: int) -> dict[str, Any]:
    """What the folder says of itself; the first six are what ultralytics wants to know to run it."""
    return {
        "description": "weisu: bins, vehicles, bikes and people for sparse looks at street cameras",
        "task": "detect",
        "stride": 32,
        "batch": 1,
        "imgsz": [side_px, side_px],
        "names": dict(enumerate(LABELS)),
        "license": "AGPL-3.0-or-later",
        "precision": "INT8",
        "checkpoint_sha256": hashlib.sha256(checkpoint.read_bytes()).hexdigest(),
        "recipe": training_of(checkpoint),
    }


def _check(folder: Path) -> None:
    """The model runs, names what it should, and is small enough to ship."""
    labels = load_detector(folder).labels
    if labels != LABELS:
        raise ModelError(f"the checkpoint names {', '.join(labels)}; weisu's network names {', '.join(LABELS)}")
    if _size(folder) > LARGEST_MODEL_BYTES:
        raise ModelError(f"the model has {_size(folder):,} bytes, more than {LARGEST_MODEL_BYTES:,}")


def _size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.iterdir() if file.suffix in {".xml", ".bin"})


def _say_hundreds(report: Report, split: str, done: int, total: int) -> None:
    if done % 100 == 0 or done == total:
        report(f"labelling {split}: {done} of {total} pictures")


def _short(metrics: dict[str, float]) -> str:
    return ", ".join(f"{name.removesuffix('(B)').rpartition('/')[2]} {value:.3f}" for name, value in metrics.items())
