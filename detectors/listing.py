"""What a network sees in picture files, as plain records: what `weisu detect` prints, a line a picture."""

import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from detectors.detector import Detector
from town.sight import Detection, Image

Complaint = Callable[[str], None]


def _to_stderr(problem: str) -> None:
    print(problem, file=sys.stderr)


def detect(
    paths: Iterable[Path], detector: Detector, min_confidence: float = 0.05, complain: Complaint = _to_stderr
) -> Iterator[dict[str, Any]]:
    """One record a picture: its path and every detection, boxes 0 to 1 of the picture. Folders are walked in order of names.

    The whole picture goes through the network once. What is no picture is named to `complain`, and the rest goes on.
    """
    for file, _, detections in seen_in(paths, detector, min_confidence, complain):
        yield {"path": str(file), "detections": [as_record(found) for found in detections]}


def seen_in(
    paths: Iterable[Path], detector: Detector, min_confidence: float, complain: Complaint
) -> Iterator[tuple[Path, Image, list[Detection]]]:
    """The same with the pictures themselves."""
    for file in _files(paths, complain):
        image = read_picture(file)
        if image is None:
            complain(f"{file}: not a picture that can be read")
            continue
        yield file, image, detector.detect([image], min_confidence)[0]


def as_record(detection: Detection) -> dict[str, Any]:
    """A detection as plain JSON values, rounded to a hundred-thousandth."""
    return {"label": detection.label, "confidence": round(detection.confidence, 5), "box": detection.box.as_list(5)}


def read_picture(file: Path) -> Image | None:
    """The picture in a file (height × width × 3, BGR), or None where it holds none."""
    try:
        # Read as bytes: OpenCV's own reading of files logs to the terminal and stumbles over names that are not ASCII on some systems.
        packed = np.frombuffer(file.read_bytes(), dtype=np.uint8)
        image = cv2.imdecode(packed, cv2.IMREAD_COLOR) if packed.size else None
    except (OSError, cv2.error):
        return None
    return None if image is None else np.asarray(image, dtype=np.uint8)


def _files(paths: Iterable[Path], complain: Complaint) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            yield from sorted(file for file in path.rglob("*") if file.is_file())
        elif path.exists():
            yield path
        else:
            complain(f"{path}: there is no such file or folder")
