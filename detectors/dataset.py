"""The training set: labelled bins, with vehicles, bikes and people labelled by a COCO-pretrained teacher.

The photographs' own labels know bins and garbage only. Left so, every unlabelled car would be learnt as
background, so a teacher adds what it is sure of. Frames of a car park from above are added as well, others in each round of training:
every photograph of bins holds a bin, and a network must also learn to see none; and photographs taken by hand show few cars from where
a camera hangs.
"""

import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np
import yaml
from numpy.typing import NDArray

from detectors.eye import crop
from detectors.labelled import read_bin_labels, stands_in_street
from detectors.labels import LABELS
from detectors.regions import WHOLE
from town.geometry import Box
from town.sight import Detection

Teacher = Callable[[NDArray[np.uint8]], Sequence[Detection]]
Progress = Callable[[str, int, int], None]

SURE_ENOUGH = 0.30
"""A teacher's box below this confidence is left out, and so learnt as background: lower than where one would alarm."""

EMPTY_FRAMES = ("parking/empty-day",)
"""Frames of the first round: no bin and hardly a car. Shown to the end, they taught the network to whisper of cars there."""

FULL_FRAMES = ("parking/sequence1/frames", "parking/sequence2/frames", "parking/sequence3/frames")
"""Frames of the second round: full of cars, without a bin. The clips show cars and a litter bin that the teacher does not see, so
they do not train."""

PARTS = (WHOLE, *(Box(x, y, x + 0.55, y + 0.55) for x in (0.0, 0.45) for y in (0.0, 0.45)))
"""A frame and four overlapping parts of it, in which small things are larger."""

SHOWN = 2
"""How often each part of a full frame is in the set."""


def prepare(data: Path, out: Path, teacher: Teacher, progress: Progress) -> Path:
    """Write a YOLO data set of `data` under `out` and return its `dataset.yaml`; `round-1.yaml` and `round-2.yaml` are parts of it.

    `data` holds `bins/{train,val}/{images,labels}`, `parking/` and `videos/`. An existing `out` is made anew.
    """
    shutil.rmtree(out, ignore_errors=True)
    _write_split(out, "val", list(_labelled_photographs(data / "bins" / "val")), teacher, progress)
    photographs = list(_labelled_photographs(data / "bins" / "train"))
    shown = _write_split(out, "train", [*photographs, *_again(photographs)], teacher, progress)
    for number, frames in enumerate((_empty_frames(data), _full_frames(data)), start=1):
        listed = out / f"round-{number}.txt"
        listed.write_text(
            "".join(f"./images/train/{name}\n" for name in [*shown, *_write_split(out, "train", list(frames), teacher, progress)])
        )
        _describe(listed.with_suffix(".yaml"), listed.name)
    # Written last: without it the set is unfinished.
    return _describe(out / "dataset.yaml", "images/train")


def round_of(dataset: Path, number: int) -> Path:
    """What a round of training is shown: its part of a prepared set, or all of a set that has no parts."""
    part = dataset.with_name(f"round-{number}.yaml")
    return part if part.exists() else dataset


def _describe(file: Path, train: str) -> Path:
    description = {"path": str(file.parent.resolve()), "train": train, "val": "images/val", "names": dict(enumerate(LABELS))}
    file.write_text(yaml.safe_dump(description, sort_keys=False))
    return file


def _labelled_photographs(folder: Path) -> Iterator[tuple[str, Path, list[tuple[str, Box]]]]:
    for image in sorted((folder / "images").iterdir()):
        label = folder / "labels" / f"{image.stem}.txt"
        yield image.stem, image, read_bin_labels(label.read_text()) if label.exists() else []


def _again(samples: Iterable[tuple[str, Path, list[tuple[str, Box]]]]) -> Iterator[tuple[str, Path, list[tuple[str, Box]]]]:
    """Plain bins in streets once more: seven in ten pictures of plain bins are a seller's, and the eye looks at streets."""
    return ((f"{name}-again", image, boxes) for name, image, boxes in samples if stands_in_street(boxes))


def _empty_frames(data: Path) -> Iterator[tuple[str, NDArray[np.uint8], list[tuple[str, Box]]]]:
    """Each frame whole, and one of its quarters in turn."""
    for file in _frames(data, EMPTY_FRAMES):
        image = _read(file)
        yield file.stem, image, []
        row, column = divmod(sum(file.stem.encode()) % 4, 2)
        quarter = Box(column / 2, row / 2, (column + 1) / 2, (row + 1) / 2)
        yield f"{file.stem}-quarter", np.ascontiguousarray(crop(image, quarter)), []


def _full_frames(data: Path) -> Iterator[tuple[str, NDArray[np.uint8], list[tuple[str, Box]]]]:
    """Each frame whole and in four parts, several times."""
    for file in _frames(data, FULL_FRAMES):
        image = _read(file)
        for number, part in enumerate(PARTS):
            for time in range(SHOWN):
                yield f"{file.stem}-{number}-{time}", np.ascontiguousarray(crop(image, part)), []


def _frames(data: Path, folders: Iterable[str]) -> Iterator[Path]:
    return (file for folder in folders for file in sorted((data / folder).glob("*.jpg")))


def _write_split(
    out: Path,
    split: str,
    samples: Sequence[tuple[str, Path | NDArray[np.uint8], list[tuple[str, Box]]]],
    teacher: Teacher,
    progress: Progress,
) -> list[str]:
    """Write pictures and their labels, and return the names of the pictures' files."""
    images, labels = out / "images" / split, out / "labels" / split
    images.mkdir(parents=True, exist_ok=True)
    labels.mkdir(parents=True, exist_ok=True)
    written = []
    for done, (name, source, boxes) in enumerate(samples, start=1):
        written.append(f"{name}{source.suffix if isinstance(source, Path) else '.jpg'}")
        image = _read(source) if isinstance(source, Path) else source
        if isinstance(source, Path):
            (images / written[-1]).symlink_to(source.resolve())
        else:
            cv2.imwrite(str(images / written[-1]), image, [cv2.IMWRITE_JPEG_QUALITY, 92])
        taught = [(d.label, d.box) for d in teacher(image) if d.confidence >= SURE_ENOUGH]
        (labels / f"{name}.txt").write_text("".join(label_lines([*boxes, *taught])))
        progress(split, done, len(samples))
    return written


def label_lines(boxes: Iterable[tuple[str, Box]]) -> Iterator[str]:
    """The lines of a YOLO label file: number of the label, then centre, width and height, normalised."""
    for label, box in boxes:
        cx, cy = (box.x1 + box.x2) / 2, (box.y1 + box.y2) / 2
        yield f"{LABELS.index(label)} {cx:.6f} {cy:.6f} {box.width:.6f} {box.height:.6f}\n"


def _read(file: Path) -> NDArray[np.uint8]:
    image = cv2.imread(str(file))
    if image is None:
        raise ValueError(f"{file} is not a picture that OpenCV can read")
    return np.asarray(image, dtype=np.uint8)
