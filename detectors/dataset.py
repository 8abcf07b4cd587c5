"""The training set: labelled bins, with vehicles, bikes and people labelled by a COCO-pretrained teacher.

The photographs' own labels know bins and garbage only. Left so, every unlabelled car would be learnt as
background, so a teacher adds what it is sure of. Frames of a car park from above are added as well: every photograph of bins holds
a bin, and a network must also learn to see none; and photographs taken by hand show few cars from where a camera hangs.
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

FRAMES_FROM_ABOVE = ("parking/sequence1/frames", "parking/sequence2/frames", "parking/sequence3/frames")
"""Frames full of cars, without a bin. The clips show cars and a litter bin that the teacher does not see, so they do not train, nor does
`parking/empty-day`: 150 pictures of one car park without a car taught the network to whisper of cars there."""

PARTS = (WHOLE, *(Box(x, y, x + 0.55, y + 0.55) for x in (0.0, 0.45) for y in (0.0, 0.45)))
"""A frame and four overlapping parts of it, in which small things are larger."""

SHOWN = 2
"""How often each part of a frame from above is in the set."""


def prepare(data: Path, out: Path, teacher: Teacher, progress: Progress) -> Path:
    """Write a YOLO data set of `data` under `out` and return its `dataset.yaml`.

    `data` holds `bins/{train,val}/{images,labels}`, `parking/` and `videos/`. An existing `out` is made anew.
    """
    shutil.rmtree(out, ignore_errors=True)
    for split in ("train", "val"):
        samples = list(_labelled_photographs(data / "bins" / split))
        _write_split(out, split, [*samples, *_again(samples)] if split == "train" else samples, teacher, progress)
    _write_split(out, "train", list(_frames_from_above(data)), teacher, progress)
    description = {"path": str(out.resolve()), "train": "images/train", "val": "images/val", "names": dict(enumerate(LABELS))}
    file = out / "dataset.yaml"
    file.write_text(yaml.safe_dump(description, sort_keys=False))
    return file


def _labelled_photographs(folder: Path) -> Iterator[tuple[str, Path, list[tuple[str, Box]]]]:
    for image in sorted((folder / "images").iterdir()):
        label = folder / "labels" / f"{image.stem}.txt"
        yield image.stem, image, read_bin_labels(label.read_text()) if label.exists() else []


def _again(samples: Iterable[tuple[str, Path, list[tuple[str, Box]]]]) -> Iterator[tuple[str, Path, list[tuple[str, Box]]]]:
    """Plain bins in streets once more: seven in ten pictures of plain bins are a seller's, and the eye looks at streets."""
    return ((f"{name}-again", image, boxes) for name, image, boxes in samples if stands_in_street(boxes))


def _frames_from_above(data: Path) -> Iterator[tuple[str, NDArray[np.uint8], list[tuple[str, Box]]]]:
    for folder in FRAMES_FROM_ABOVE:
        for file in sorted((data / folder).glob("*.jpg")):
            image = _read(file)
            for number, part in enumerate(PARTS):
                for time in range(SHOWN):
                    yield f"{file.stem}-{number}-{time}", np.ascontiguousarray(crop(image, part)), []


def _write_split(
    out: Path,
    split: str,
    samples: Sequence[tuple[str, Path | NDArray[np.uint8], list[tuple[str, Box]]]],
    teacher: Teacher,
    progress: Progress,
) -> None:
    images, labels = out / "images" / split, out / "labels" / split
    images.mkdir(parents=True, exist_ok=True)
    labels.mkdir(parents=True, exist_ok=True)
    for done, (name, source, boxes) in enumerate(samples, start=1):
        image = _read(source) if isinstance(source, Path) else source
        if isinstance(source, Path):
            (images / f"{name}{source.suffix}").symlink_to(source.resolve())
        else:
            cv2.imwrite(str(images / f"{name}.jpg"), image, [cv2.IMWRITE_JPEG_QUALITY, 92])
        taught = [(d.label, d.box) for d in teacher(image) if d.confidence >= SURE_ENOUGH]
        (labels / f"{name}.txt").write_text("".join(label_lines([*boxes, *taught])))
        progress(split, done, len(samples))


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
