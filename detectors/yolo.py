"""Reads a YOLO detector's raw output: one candidate a column, its box in pixels and a confidence a label."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from detectors.letterbox import Letterbox
from town.sight import Detection

SAME_OBJECT_OVERLAP = 0.6
"""Two boxes of one label that overlap more than this (intersection over union) are one object."""


def read_output(output: NDArray[np.float32], letterbox: Letterbox, labels: Sequence[str], min_confidence: float) -> list[Detection]:
    """The detections in `output` (4 + labels × candidates; cx, cy, width, height in pixels of the square), most confident first.

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
