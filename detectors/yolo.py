"""What every run-time needs to know of a YOLO detector: what it takes, what it names, and how its raw output is read."""

import ast
from collections.abc import Iterable, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from detectors.detector import BrokenModel
from detectors.letterbox import Letterbox, Size, canvases
from town.sight import Detection

SAME_OBJECT_OVERLAP = 0.6
"""Two boxes of one label that overlap more than this (intersection over union) are one object."""


WAY_OUT = "give a folder that `weisu model export` wrote, or leave the model out to run the one that ships with weisu"

Shape = Sequence[int | str]
"""The sides of what goes in or comes out; one that is not fixed as text."""


def canvases_taken(taken: Iterable[Shape], given: Iterable[Shape], labels: Sequence[str], side_px: int | None = None) -> tuple[Size, ...]:
    """The sizes of picture that a network can be run at, smallest first, the last a square.

    One whose sides are not fixed is run at those that suit `side_px`, the side it says it was made for. Raises BrokenModel where it
    is no YOLO detector.
    """
    inputs, outputs = [list(shape) for shape in taken], [list(shape) for shape in given]
    match inputs, outputs:
        case [[1, 3, int(side), int(other)]], [[1, int(rows), int(_)]] if side == other and rows == 4 + len(labels):
            return ((side, side),)
        case [[_, 3, str(_), str(_)]], [[_, int(rows), str(_)]] if side_px and rows == 4 + len(labels):
            return canvases(side_px)
    wanted = f"one picture of 1 × 3 × side × side in, 1 × {4 + len(labels)} × candidates out for {len(labels)} labels"
    found = ", ".join(map(str, (*inputs, *outputs)))
    raise BrokenModel(f"this is no YOLO detector of a fixed side (wanted {wanted}; found {found}): {WAY_OUT}")


def labels_in_onnx(names: str) -> tuple[str, ...]:
    """What an `.onnx` file can name, from the `names` that ultralytics writes into it: {0: 'bin', …}. Raises BrokenModel."""
    try:
        known = ast.literal_eval(names)
        return tuple(str(known[number]) for number in sorted(known))
    except (ValueError, SyntaxError, TypeError) as error:
        raise BrokenModel(f"the model does not say what it can name (names: {names[:80]!r}): {WAY_OUT}") from error


def read_output(output: NDArray[np.float32], letterbox: Letterbox, labels: Sequence[str], min_confidence: float) -> list[Detection]:
    """The detections in `output`, most confident first.

    A column a candidate: cx, cy, width, height in pixels of the canvas, and a confidence a label.

    A candidate may carry two labels: a bin that is half sure to overflow says both, and who asks decides.
    """
    output = output[:, np.flatnonzero((output[4:] >= min_confidence).any(axis=0))]  # a few dozen of thousands
    candidates, numbers = np.nonzero((output[4:] >= min_confidence).T)
    scores = output[4 + numbers, candidates]
    # A stable order: what is equally sure stays in the order of the network's cells.
    order = np.argsort(-scores, kind="stable")
    boxes, scores, numbers = output[:4, candidates[order]].T, scores[order], numbers[order]
    found = [
        Detection(labels[numbers[i]], float(scores[i]), letterbox.box_in_picture(*map(float, boxes[i])))
        for i in _without_repeats(boxes, scores, numbers)
    ]
    return [detection for detection in found if detection.box.area > 0]


def _without_repeats(boxes: NDArray[np.float32], scores: NDArray[np.float32], numbers: NDArray[np.intp]) -> list[int]:
    """The indices of the best candidate of every object, label by label (non-maximum suppression)."""
    if not len(boxes):
        return []
    corners = np.concatenate([boxes[:, :2] - boxes[:, 2:] / 2, boxes[:, 2:]], axis=1)
    kept = cv2.dnn.NMSBoxesBatched(corners.tolist(), scores.tolist(), numbers.tolist(), 0.0, SAME_OBJECT_OVERLAP)
    return sorted(int(i) for i in kept)
