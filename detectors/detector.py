"""The promises of this room: a detector turns pictures into detections, an observer turns those into facts about a zone."""

from collections.abc import Sequence
from typing import Protocol

from town.places import Zone, ZoneKind
from town.problems import CannotRun
from town.sight import Detection, Frame, Image, Observation


class ModelError(CannotRun):
    """A network cannot be run, and what to do about it.

    ModelError
    ├── BrokenModel        the file or folder is missing, damaged or no YOLO detector
    ├── RunTimeMissing     neither OpenVINO nor ONNX Runtime is installed
    ├── VersionError       a version cannot be added, found, checked or promoted (`detectors.versions`)
    └── TrainExtraMissing  this needs torch and ultralytics
    """


class BrokenModel(ModelError):
    """The file or folder is missing, damaged or no YOLO detector."""


class RunTimeMissing(ModelError):
    """Neither OpenVINO nor ONNX Runtime is installed."""


class TrainExtraMissing(ModelError):
    """The extra `weisu[train]` is not installed."""


class Detector(Protocol):
    """A network behind one method. Given the same pictures, the result is the same.

    `labels` are what it can name, in the order of its outputs; `side_px` is the square into which it fits every picture.
    """

    labels: tuple[str, ...]
    side_px: int

    def detect(self, images: Sequence[Image], min_confidence: float = 0.05) -> list[list[Detection]]:
        """The detections of every image (height × width × 3, BGR), boxes normalised to that image, most confident first."""
        ...


class Observer(Protocol):
    """Measures one kind of fact about the zones it knows. Thresholds of judgement live in rules, not here.

    `kind` names the observation, `metrics` every number it may hold, `zones` the purposes it can measure.
    """

    kind: str
    metrics: tuple[str, ...]
    zones: frozenset[ZoneKind]

    def observe(self, frame: Frame, zone: Zone, detections: Sequence[Detection]) -> Observation:
        """What is true of the zone in this frame. `detections` are those of the whole frame, boxes normalised to it."""
        ...
