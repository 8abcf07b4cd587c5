"""Labelled pictures to score on: files and the boxes that are true of them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from detectors.detector import ModelError
from detectors.labels import LABELS
from detectors.scoring import Truth
from town.geometry import Box

BIN_CLASSES = ("garbage", "bin", "overflowing_bin")
"""The classes of the labelled photographs, in the order of their numbers."""

STREET_BIN_HEIGHT = 0.45
"""Bins lower than this share of their picture were photographed for where they stand, higher ones to be sold."""


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


def read_bin_labels(text: str) -> list[tuple[str, Box]]:
    """The boxes of one YOLO label file of the photographs: `class cx cy w h` a line, normalised."""
    return list(_boxes(text, BIN_CLASSES))


def stands_in_street(boxes: Sequence[tuple[str, Box]]) -> bool:
    """Whether plain bins alone are shown, as a camera sees them: small and in their surroundings, not filling a seller's picture."""
    bins = [(label, box) for label, box in boxes if label in BIN_CLASSES]
    return {label for label, _ in bins} == {"bin"} and max(box.height for _, box in bins) < STREET_BIN_HEIGHT


def _read_set(images: Path, labels: Path, prepared: bool) -> LabelledSet:
    pictures = tuple(sorted(images.iterdir()))
    files = {picture.stem: labels / f"{picture.stem}.txt" for picture in pictures}
    texts = {name: file.read_text(encoding="utf-8") if file.exists() else "" for name, file in files.items()}
    return LabelledSet(pictures, {name: list(_boxes(text, LABELS if prepared else BIN_CLASSES)) for name, text in texts.items()})


def _boxes(text: str, classes: Sequence[str]) -> Iterator[tuple[str, Box]]:
    for line in filter(str.strip, text.splitlines()):
        number, *box = (float(value) for value in line.split()[:5])
        yield classes[int(number)], Box.around(*box)
