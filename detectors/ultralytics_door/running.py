"""Runs what ultralytics can run: `.pt`, `.onnx` and TensorRT `.engine` models, on a GPU when there is one."""

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from detectors.detector import BrokenModel
from detectors.ultralytics_door.offline import quiet_ultralytics
from detectors.yolo import SAME_OBJECT_OVERLAP
from town.geometry import Box
from town.sight import Detection, Image

AT_ONCE = 16
"""How many pictures go through the network in one batch."""


class UltralyticsDetector:
    """A `Detector` over a model that ultralytics can run: `.pt`, `.onnx` or TensorRT's `.engine`, on a GPU when torch sees one.

    Pictures of one call go through together, 16 a batch, or as many as a file was exported for. `.pt` and `.onnx` are tested, on a CPU;
    an `.engine` takes the same way, but runs only on the kind of GPU it was built on, and was never tried for want of one.
    `side_px`: the square to fit pictures into; left out, the one it was trained at. An exported file has one of its own.
    Raises BrokenModel, TrainExtraMissing.
    """

    def __init__(self, model: Path, side_px: int | None = None) -> None:
        yolo = quiet_ultralytics().YOLO
        self._device = _device()
        self._one_call_at_a_time = threading.Lock()
        try:
            self._yolo = yolo(model, task="detect")
            self.labels: tuple[str, ...] = tuple(self._yolo.names.values())
            self.side_px = side_px or int(self._yolo.overrides.get("imgsz") or 640)
            if model.suffix != ".pt":
                self.side_px = self._exported_side_px()
        except Exception as error:  # a damaged file fails in as many ways as there are formats
            raise BrokenModel(f"{model} is not a model that ultralytics can run ({error})") from error

    def detect(self, images: Sequence[Image], min_confidence: float = 0.05) -> list[list[Detection]]:
        batches = [list(images[start : start + AT_ONCE]) for start in range(0, len(images), AT_ONCE)]
        with self._one_call_at_a_time:
            return [self._detections(result) for batch in batches for result in self._predict(batch, min_confidence)]

    def _predict(self, images: list[Image], min_confidence: float) -> Any:
        # Always in the square (not rect): else what is seen in a picture would depend on the shapes of those beside it.
        settings = {"imgsz": self.side_px, "conf": min_confidence, "iou": SAME_OBJECT_OVERLAP, "rect": False, "device": self._device}
        return self._yolo.predict(images, verbose=False, **settings)

    def _exported_side_px(self) -> int:
        """What an exported file was made for: it is opened at its first picture."""
        self._predict([np.zeros((32, 32, 3), np.uint8)], 0.5)
        return int(self._yolo.predictor.imgsz[0])

    def _detections(self, result: Any) -> list[Detection]:
        rows = zip(result.boxes.cls.tolist(), result.boxes.conf.tolist(), result.boxes.xyxyn.tolist(), strict=True)
        found = [Detection(self.labels[int(number)], confidence, Box(*box).clipped()) for number, confidence, box in rows]
        return sorted(found, key=lambda detection: -detection.confidence)


def _device() -> str:
    import torch

    return "cuda:0" if torch.cuda.is_available() else "cpu"
