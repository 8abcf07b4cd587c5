"""How good detections are against labels: AP50 a label, precision and recall, and "does anything overflow in this picture?"."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from town.geometry import Box
from town.sight import Detection

Truth = Mapping[str, Sequence[tuple[str, Box]]]
"""The labelled boxes of each picture, by its name."""

Predictions = Mapping[str, Sequence[Detection]]
"""The detections of each picture, by its name; a picture left out counts as one without any."""

HIT_OVERLAP = 0.5

LEAST_CONFIDENCE = 0.01
"""From which confidence on detections are asked for to score them: a curve cut off at 0.05 loses 0.008 of the mean AP50 of `bins/val`."""

Counts = Callable[[Box], bool]
"""Which boxes are asked about, by their size. A label that is not asked about is neither missed nor wrong to be found."""


def every(_: Box) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Score:
    """Right among those said (`precision`), found among those that are there (`recall`), 0 to 1."""

    precision: float
    recall: float

    @property
    def f1(self) -> float:
        return 2 * self.precision * self.recall / max(self.precision + self.recall, 1e-9)


def average_precision(label: str, truth: Truth, predictions: Predictions, counts: Counts = every) -> float:
    """The area under the interpolated precision-recall curve at an overlap of 0.5, 0 to 1; 0 where nothing is labelled."""
    hits = _hits(label, truth, predictions, counts)
    wanted = count(label, truth, counts)
    found, curve = 0, []
    for rank, (_, hit) in enumerate(hits, start=1):
        found += hit
        curve.append((found / max(wanted, 1), found / rank))
    area, best_after, recall_after = 0.0, 0.0, curve[-1][0] if curve else 0.0
    # From the least sure detection back: precision at a recall is the best that any higher recall still has.
    for recall, precision in reversed(curve):
        area += (recall_after - recall) * best_after
        best_after, recall_after = max(best_after, precision), recall
    return area + recall_after * best_after


def at_threshold(label: str, truth: Truth, predictions: Predictions, threshold: float, counts: Counts = every) -> Score:
    """Precision and recall of a label's boxes from a confidence on."""
    said = [hit for confidence, hit in _hits(label, truth, predictions, counts) if confidence >= threshold]
    return Score(sum(said) / max(len(said), 1), sum(said) / max(count(label, truth, counts), 1))


def whole_pictures(label: str, truth: Truth, predictions: Predictions, threshold: float) -> Score:
    """Precision and recall of "there is such a thing in this picture"."""
    pairs = [
        (
            any(kind == label for kind, _ in boxes),
            any(found.label == label and found.confidence >= threshold for found in predictions.get(name, ())),
        )
        for name, boxes in truth.items()
    ]
    right = sum(there and said for there, said in pairs)
    return Score(right / max(sum(said for _, said in pairs), 1), right / max(sum(there for there, _ in pairs), 1))


def count(label: str, truth: Truth, counts: Counts = every) -> int:
    return sum(kind == label and counts(box) for boxes in truth.values() for kind, box in boxes)


def _hits(label: str, truth: Truth, predictions: Predictions, counts: Counts) -> list[tuple[float, bool]]:
    """Confidence of every detection of a label, surest first, and whether it hit a labelled box that no surer one had.

    A detection that hit what is not asked about, or hit nothing and would not be asked about itself, is left out.
    """
    free = {name: [box for kind, box in boxes if kind == label] for name, boxes in truth.items()}
    found = [(d.confidence, name, d.box) for name in truth for d in predictions.get(name, ()) if d.label == label]
    hits = []
    for confidence, name, box in sorted(found, key=lambda row: -row[0]):
        hit = _take(box, free[name])
        if counts(hit or box):
            hits.append((confidence, hit is not None))
    return hits


def _take(box: Box, free: list[Box]) -> Box | None:
    """Remove and return the box that overlaps most of those still free, if it overlaps enough."""
    best = max(free, key=box.overlap, default=None)
    if best is None or box.overlap(best) < HIT_OVERLAP:
        return None
    free.remove(best)
    return best
