"""A network's score sheet over a labelled set, for a terminal and as JSON."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Group
from rich.table import Table
from rich.text import Text

from detectors.dataset import read_bin_labels
from detectors.detector import Detector, ModelError
from detectors.labels import BIN_LABELS, LABELS
from detectors.listing import read_picture
from detectors.scoring import Score, Truth, at_threshold, average_precision, whole_pictures
from town.geometry import Box
from town.sight import Detection

LABELLED_BY_PEOPLE = tuple(label for label in LABELS if label in BIN_LABELS | {"garbage"})
LEAST_CONFIDENCE = 0.05
OPERATING_THRESHOLD = 0.30


@dataclass(frozen=True)
class LabelScore:
    """How one label does: AP50, and precision and recall of its boxes at the operating threshold, over `objects` labelled ones."""

    label: str
    objects: int
    ap50: float
    at_threshold: Score
    by_people: bool


@dataclass(frozen=True)
class Evaluation:
    """The score sheet. Labels of vehicles, bikes and people come from a COCO-pretrained teacher: agreement, not truth."""

    pictures: int
    threshold: float
    labels: tuple[LabelScore, ...]
    picture_overflow: Score

    @property
    def mean_ap50(self) -> float:
        """Over the labels that people drew: the figure to compare."""
        drawn = [score.ap50 for score in self.labels if score.by_people]
        return sum(drawn) / len(drawn)

    def as_json(self) -> dict[str, Any]:
        drawn = {score.label: score.ap50 for score in self.labels if score.by_people}
        taught = {score.label: score.ap50 for score in self.labels if not score.by_people}
        return {
            "pictures": self.pictures,
            "threshold": self.threshold,
            "ap50": {**drawn, "mean": self.mean_ap50},
            "ap50_against_teacher": taught,
            "at_threshold": {s.label: _as_json(s.at_threshold) | {"objects": s.objects} for s in self.labels},
            "picture_overflow": _as_json(self.picture_overflow) | {"f1": self.picture_overflow.f1},
        }

    def __rich__(self) -> Group:
        table = Table(title=f"{self.pictures} pictures")
        for heading in ("label", "labelled by"):
            table.add_column(heading, no_wrap=True)
        for heading in ("objects", "AP50", f"precision at {self.threshold}", f"recall at {self.threshold}"):
            table.add_column(heading, justify="right")
        for score in self.labels:
            numbers = (score.ap50, score.at_threshold.precision, score.at_threshold.recall)
            by = "people" if score.by_people else "COCO teacher"
            table.add_row(score.label, by, str(score.objects), *(f"{number:.3f}" for number in numbers))
        overflow = self.picture_overflow
        summary = (
            f"mean AP50 of the labels that people drew: {self.mean_ap50:.3f}\n"
            f"something overflows in the picture: precision {overflow.precision:.3f}, recall {overflow.recall:.3f}, F1 {overflow.f1:.3f}\n"
            "Rows of the teacher say how far the network agrees with it, not how right both are."
        )
        return Group(table, Text(summary))


@dataclass(frozen=True)
class LabelledSet:
    """Pictures to score on and the boxes that are true of them, by the name of the picture."""

    pictures: tuple[Path, ...]
    truth: Truth


def labelled_set(data: Path) -> LabelledSet:
    """The pictures to score on: `val` of a set that `weisu model train` prepared, or labelled photographs of bins.

    `data` may be that set's folder or `dataset.yaml`, a folder with `bins/val`, or one with `images` and `labels`. Raises ModelError.
    """
    folder = data.parent if data.suffix == ".yaml" else data
    if (folder / "images" / "val").is_dir():
        return _read_set(folder / "images" / "val", folder / "labels" / "val", prepared=True)
    photographs = folder / "bins" / "val" if (folder / "bins" / "val").is_dir() else folder
    if not (photographs / "labels").is_dir():
        raise ModelError(f"{data} holds no labelled pictures: give a prepared set, or a folder with images/ and labels/")
    return _read_set(photographs / "images", photographs / "labels", prepared=False)


def evaluate(detector: Detector, labelled: LabelledSet, threshold: float = OPERATING_THRESHOLD) -> Evaluation:
    """Score a detector; every picture goes through the network whole."""
    predictions = {file.stem: _seen(detector, file) for file in labelled.pictures}
    truth = labelled.truth
    scores = []
    for label in LABELS:
        objects = sum(kind == label for boxes in truth.values() for kind, _ in boxes)
        if objects or label in LABELLED_BY_PEOPLE:
            ap50, score = average_precision(label, truth, predictions), at_threshold(label, truth, predictions, threshold)
            scores.append(LabelScore(label, objects, ap50, score, label in LABELLED_BY_PEOPLE))
    return Evaluation(len(labelled.pictures), threshold, tuple(scores), whole_pictures("overflowing_bin", truth, predictions, threshold))


def _seen(detector: Detector, file: Path) -> Sequence[Detection]:
    image = read_picture(file)
    if image is None:
        raise ModelError(f"{file} is not a picture that can be read")
    return detector.detect([image], LEAST_CONFIDENCE)[0]


def _read_set(images: Path, labels: Path, prepared: bool) -> LabelledSet:
    pictures = tuple(sorted(images.iterdir()))
    files = {picture.stem: labels / f"{picture.stem}.txt" for picture in pictures}
    texts = {name: file.read_text(encoding="utf-8") if file.exists() else "" for name, file in files.items()}
    return LabelledSet(pictures, {name: list(_prepared(text)) if prepared else read_bin_labels(text) for name, text in texts.items()})


def _prepared(text: str) -> Iterator[tuple[str, Box]]:
    for line in filter(str.strip, text.splitlines()):
        number, *box = (float(value) for value in line.split()[:5])
        yield LABELS[int(number)], Box.around(*box)


def _as_json(score: Score) -> dict[str, float]:
    return {"precision": score.precision, "recall": score.recall}
