"""INT8 with accuracy control: the loss is measured on labelled pictures, and layers that cost too much stay floats.

Needs `weisu[train]` for nncf.
"""

import tempfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detectors.detector import TrainExtraMissing
from detectors.labelled import LabelledSet
from detectors.labels import LABELS
from detectors.letterbox import Letterbox
from detectors.listing import read_picture
from detectors.scoring import LEAST_CONFIDENCE, average_precision
from detectors.telemetry import forbid_telemetry
from detectors.yolo import read_output
from town.sight import Image

LARGEST_LOSS = 0.01
"""How much mean AP50 of the labels that people drew INT8 may cost."""

RANKED_ON = 60
"""Pictures on which layers are compared when some must stay floats: each of dozens of them is tried."""

Batch = NDArray[np.float32]
Report = Callable[[str], None]


def quantise(xml: Path, side_px: int, calibration: Sequence[Image], labelled: LabelledSet, labels: Sequence[str], report: Report) -> None:
    """Replace the floating-point network `xml` (OpenVINO, 1 × 3 × any height × any width, RGB, 0 to 1) by its INT8 form.

    It is measured in squares of `side_px`, and taken at any size afterwards as before. Ranges are measured on
    `calibration` (BGR pictures), the loss on `labelled`. Raises TrainExtraMissing.
    """
    forbid_telemetry()
    try:
        import nncf
    except ImportError as error:
        raise TrainExtraMissing("quantising needs nncf: pip install 'weisu[train]'") from error
    import openvino

    core = openvino.Core()
    network = core.read_model(xml)
    network.reshape([1, 3, side_px, side_px])
    scorer = _Scorer(labelled, labels, side_px, report)
    small = nncf.quantize_with_accuracy_control(
        network,
        nncf.Dataset(calibration, lambda image: _as_input(image, side_px)),
        nncf.Dataset(range(len(labelled.pictures))),
        scorer.score,
        max_drop=LARGEST_LOSS,
        preset=nncf.QuantizationPreset.MIXED,
        subset_size=len(calibration),
        ignored_scope=nncf.IgnoredScope(names=_reading_of_boxes(network)),
        advanced_accuracy_restorer_parameters=nncf.AdvancedAccuracyRestorerParameters(ranking_subset_size=RANKED_ON),
    )
    small.reshape([1, 3, -1, -1])
    # OpenVINO maps the file that it reads: the new one is written beside it and then takes its place.
    with tempfile.TemporaryDirectory(dir=xml.parent) as folder:
        openvino.save_model(small, Path(folder) / xml.name)
        for file in Path(folder).iterdir():
            file.replace(xml.with_name(file.name))


class _Scorer:
    """Scores a compiled network on some of the labelled pictures."""

    def __init__(self, labelled: LabelledSet, labels: Sequence[str], side_px: int, report: Report) -> None:
        self._labelled, self._labels, self._side_px, self._report = labelled, labels, side_px, report

    def score(self, compiled: Any, numbers: Iterable[int]) -> tuple[float, None]:
        """Mean AP50 of the labels that people drew. Called by nncf with a subset of the pictures' numbers."""
        files = [self._labelled.pictures[number] for number in numbers]
        seen = {file.stem: self._detect(compiled, image) for file in files if (image := read_picture(file)) is not None}
        truth = {name: self._labelled.truth[name] for name in seen}
        drawn = sorted({label for boxes in truth.values() for label, _ in boxes} & set(LABELS[:3]))
        mean = sum(average_precision(label, truth, seen) for label in drawn) / max(len(drawn), 1)
        self._report(f"mean AP50 of {len(files)} pictures: {mean:.4f}")
        return mean, None

    def _detect(self, compiled: Any, image: Image) -> Any:
        letterbox = Letterbox(width=image.shape[1], height=image.shape[0], canvas=(self._side_px, self._side_px))
        return read_output(compiled(_as_input(image, self._side_px))[0][0], letterbox, self._labels, LEAST_CONFIDENCE)


def _as_input(image: Image, side_px: int) -> Batch:
    square = Letterbox(width=image.shape[1], height=image.shape[0], canvas=(side_px, side_px)).fit(image)
    return np.ascontiguousarray(square[np.newaxis, ..., ::-1].transpose(0, 3, 1, 2), dtype=np.float32) / np.float32(255)


def _reading_of_boxes(network: Any) -> list[str]:
    """The last steps, from the head's raw numbers to boxes in pixels: too fine for 256 levels, and cheap as they are."""
    operations = network.get_ordered_ops()
    sigmoids = [operation.get_friendly_name() for operation in operations if operation.get_type_name() == "Sigmoid"]
    head = sigmoids[-1].split("/", 1)[0]
    return [name for name in (o.get_friendly_name() for o in operations) if name.startswith((f"{head}/", f"{head}.dfl"))]
