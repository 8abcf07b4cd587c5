"""A network's score sheet: over all labelled pictures, and apart by size, by light, by weather and by surroundings."""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from detectors.detector import Detector, ModelError
from detectors.labelled import LabelledSet, stands_in_street
from detectors.labels import BIN_LABELS, LABELS
from detectors.listing import read_picture
from detectors.scoring import (
    LEAST_CONFIDENCE,
    Counts,
    Predictions,
    Score,
    Truth,
    at_threshold,
    average_precision,
    count,
    every,
    whole_pictures,
)
from detectors.weathering import WEATHERS
from town.geometry import Box
from town.sight import Image

LABELLED_BY_PEOPLE = tuple(label for label in LABELS if label in BIN_LABELS | {"garbage"})
OPERATING_THRESHOLD = 0.30

DARK_BELOW = 90
"""Mean grey level below which a photograph counts as taken in poor light."""

SIZES: Mapping[str, Counts] = {
    "small": lambda box: _side(box) < 0.15,
    "medium": lambda box: 0.15 <= _side(box) < 0.4,
    "large": lambda box: _side(box) >= 0.4,
}
"""By the side of a square of the box's area, as a share of the picture's: at 416 pixels the borders are 62 and 166."""

Report = Callable[[str], None]


@dataclass(frozen=True)
class LabelScore:
    """How one label does: AP50, and precision and recall of its boxes at the operating threshold, over `objects` labelled ones."""

    label: str
    objects: int
    ap50: float
    at_threshold: Score

    @property
    def by_people(self) -> bool:
        return self.label in LABELLED_BY_PEOPLE


@dataclass(frozen=True)
class Sheet:
    """One part of the pictures, all of them in one weather, or objects of one size (`of_objects`). Labels it lacks are left out.

    `picture_overflow`: "something overflows in this picture". It says nothing of objects of one size.
    """

    name: str
    pictures: int
    labels: tuple[LabelScore, ...]
    picture_overflow: Score
    of_objects: bool = False

    @property
    def mean_ap50(self) -> float:
        """Over the labels that people drew: the figure to compare. 0 where they drew none."""
        drawn = [score.ap50 for score in self.labels if score.by_people]
        return sum(drawn) / max(len(drawn), 1)


@dataclass(frozen=True)
class Evaluation:
    """The score sheets. Labels of vehicles, bikes and people come from a COCO-pretrained teacher: agreement, not truth."""

    threshold: float
    whole: Sheet
    parts: tuple[Sheet, ...]

    def as_json(self) -> dict[str, Any]:
        taught = {score.label: score.ap50 for score in self.whole.labels if not score.by_people}
        return {
            "threshold": self.threshold,
            **_as_json(self.whole),
            "ap50_against_teacher": taught,
            "parts": {part.name: _as_json(part) for part in self.parts},
        }


def evaluate(
    detector: Detector, labelled: LabelledSet, threshold: float = OPERATING_THRESHOLD, report: Report = lambda _: None
) -> Evaluation:
    """Score a detector; every picture goes through the network whole, as it is and in every weather. Raises ModelError."""
    report(f"{len(labelled.pictures)} pictures as they are")
    predictions, dark = _seen(detector, labelled)
    parts = list(_parts(labelled.truth, predictions, dark, threshold))
    for name in WEATHERS:
        report(f"{len(labelled.pictures)} pictures, {name}")
        parts.append(_sheet(name, labelled.truth, _seen(detector, labelled, name)[0], threshold))
    return Evaluation(threshold, _sheet("all", labelled.truth, predictions, threshold, LABELS), tuple(parts))


def _parts(truth: Truth, predictions: Predictions, dark: frozenset[str], threshold: float) -> Iterator[Sheet]:
    for name, counts in SIZES.items():
        yield _sheet(name, truth, predictions, threshold, counts=counts)
    yield _sheet("by day", _only(truth, truth.keys() - dark), predictions, threshold)
    yield _sheet("in poor light", _only(truth, dark), predictions, threshold)
    plain = {name for name, boxes in truth.items() if {label for label, _ in boxes} & set(LABELLED_BY_PEOPLE) == {"bin"}}
    street = {name for name in plain if stands_in_street(truth[name])}
    yield _sheet("plain bins in streets", _only(truth, street), predictions, threshold)
    yield _sheet("plain bins of catalogues", _only(truth, plain - street), predictions, threshold)


def _sheet(
    name: str,
    truth: Truth,
    predictions: Predictions,
    threshold: float,
    labels: Iterable[str] = LABELLED_BY_PEOPLE,
    counts: Counts = every,
) -> Sheet:
    scores = []
    for label in labels:
        if objects := count(label, truth, counts):
            ap50 = average_precision(label, truth, predictions, counts)
            scores.append(LabelScore(label, objects, ap50, at_threshold(label, truth, predictions, threshold, counts)))
    overflow = whole_pictures("overflowing_bin", truth, predictions, threshold)
    return Sheet(name, len(truth), tuple(scores), overflow, of_objects=counts is not every)


def _only(truth: Truth, names: Iterable[str]) -> Truth:
    return {name: truth[name] for name in names}


def _seen(detector: Detector, labelled: LabelledSet, weather: str | None = None) -> tuple[Predictions, frozenset[str]]:
    """What the detector sees of every picture, and the names of those that are dark as they are."""
    predictions, dark = {}, set()
    for number, file in enumerate(labelled.pictures):
        image = read_picture(file)
        if image is None:
            raise ModelError(f"{file} is not a picture that can be read")
        if _mean_grey(image) < DARK_BELOW:
            dark.add(file.stem)
        # A seed a picture: a set with one picture more leaves all others as they were.
        shown = WEATHERS[weather](image, np.random.default_rng([1, number])) if weather else image
        predictions[file.stem] = detector.detect([shown], LEAST_CONFIDENCE)[0]
    return predictions, frozenset(dark)


def _mean_grey(image: Image) -> float:
    return float(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY).mean())


def _side(box: Box) -> float:
    return math.sqrt(box.area)


def _as_json(sheet: Sheet) -> dict[str, Any]:
    drawn = {score.label: score.ap50 for score in sheet.labels if score.by_people}
    overflow = sheet.picture_overflow
    return {
        "pictures": sheet.pictures,
        "ap50": {**drawn, "mean": sheet.mean_ap50},
        "at_threshold": {s.label: _score(s.at_threshold) | {"objects": s.objects} for s in sheet.labels},
        "picture_overflow": _score(overflow) | {"f1": overflow.f1},
    }


def _score(score: Score) -> dict[str, float]:
    return {"precision": score.precision, "recall": score.recall}
