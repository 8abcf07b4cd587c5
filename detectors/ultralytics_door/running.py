"""Runs what ultralytics can run: `.pt`, `.onnx` and TensorRT `.engine` models, on a GPU when there is one."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from detectors.detector import BrokenModel
from detectors.ultralytics_door.offline import quiet_ultralytics
from detectors.yolo import SAME_OBJECT_OVERLAP
from town.geometry import Box
from town.sight import Detection, Image


class UltralyticsDetector:
    """A `Detector` over a model that ultralytics can run (`.pt`, `.onnx`, `.engine`), on a GPU when there is one.

    `side_px`: the square to fit pictures into; left out, the one it was trained at. Raises BrokenModel, TrainExtraMissing.
    """

    def __init__(self, model: Path, side_px: int | None = None) -> None:
        yolo = quiet_ultralytics().YOLO
        try:
            self._yolo = yolo(model, task="detect")
            self.labels: tuple[str, ...] = tuple(self._yolo.names.values())
        except Exception as error:  # a damaged file fails in as many ways as there are formats
            raise BrokenModel(f"{model} is not a model that ultralytics can run ({error})") from error
        self.side_px = side_px or int(self._yolo.overrides.get("imgsz") or 640)

    def detect(self, images: Sequence[Image], min_confidence: float = 0.05) -> list[list[Detection]]:
        return [self._detections(self._predict(image, min_confidence)) for image in images]

    def _predict(self, image: Image, min_confidence: float) -> Any:
        return self._yolo.predict(image, imgsz=self.side_px, conf=min_confidence, iou=SAME_OBJECT_OVERLAP, verbose=False)[0]

    def _detections(self, result: Any) -> list[Detection]:
        rows = zip(result.boxes.cls.tolist(), result.boxes.conf.tolist(), result.boxes.xyxyn.tolist(), strict=True)
        found = [Detection(self.labels[int(number)], confidence, Box(*box).clipped()) for number, confidence, box in rows]
        return sorted(found, key=lambda detection: -detection.confidence)
