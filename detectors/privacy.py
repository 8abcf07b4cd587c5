"""Faces and number plates, made unrecognisable before a picture is kept: which parts of a frame may hold one, and what is left of them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import ceil, floor

import cv2
import numpy as np

from detectors.detector import ModelError
from detectors.eye import Eye
from detectors.labels import BIKE_LABELS, BIN_LABELS, VEHICLE_LABELS
from town.geometry import Box
from town.places import Zone
from town.sight import Detection, Frame, Image

PEOPLE_FROM, VEHICLES_FROM = 0.05, 0.10
"""From these confidences on the network is believed: far below what counts for an order, since a part too many costs little."""

SEARCHED_FROM = min(PEOPLE_FROM, VEHICLES_FROM)

MARGIN = 0.1
"""How far a part reaches beyond its box on every side, in sides of the box: boxes of small and half hidden things are loose."""

UPRIGHT = 2.0
"""A box of a person that is so many times as tall as wide shows somebody who stands or walks: the head is at the top."""

HEAD_SHARE, PLATE_SHARE = 0.45, 0.65
"""The upper part of somebody upright, and the lower part of a vehicle, from above its bonnet or boot down."""

CELLS, BIKE_CELLS = 6, 12
"""So many averages are left along the longer side of a part. A head is then one or two cells wide, a plate about one and a half."""

LEAST_CELL_PX = 4

BIN_OVERLAP, GUESSED_BELOW, BIN_FROM = 0.3, 0.3, 0.7
"""A guess that something is a vehicle is not taken where the network is sure of a bin about there. One of a person always is.

Cars that the frame's border cuts are called a bin at up to 0.63, and a car at 0.14.

Of 79 photographs of bins, 13 % of what is surely a bin is blurred all the same, and in half of them nothing.
"""

Span = tuple[int, int, int, int]
"""Left, top, right and bottom in whole pixels, the last two exclusive."""


class NotBlurred(Exception):
    """What may show people or plates could not be made unrecognisable: the picture must not be kept."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a picture that may hold a face or a plate. At most `cells` averages along its longer side survive."""

    span: Span
    cells: int


def blurred_frame(eye: Eye, frame: Frame, zones: Sequence[Zone]) -> Image:
    """A copy of a frame's image in which nobody and no plate can be recognised. Raises NotBlurred, and what the network raises."""
    missing = {"person", *VEHICLE_LABELS} - set(eye.labels)
    if missing:
        raise NotBlurred(f"the network cannot name {', '.join(sorted(missing))}")
    _check(frame.image)
    try:
        found = eye.search(frame, zones, SEARCHED_FROM)
    except ModelError as error:
        raise NotBlurred(str(error)) from error
    height, width = frame.image.shape[:2]
    return blurred(frame.image, private_parts(found, width, height))


def private_parts(detections: Sequence[Detection], width: int, height: int) -> list[Part]:
    """The parts of a picture of `width` × `height` pixels that may hold a face or a plate, all within it."""
    return [
        *(Part(_span(_head(one.box, width, height), width, height), CELLS) for one in _sure(detections, {"person"}, PEOPLE_FROM)),
        *(Part(_span(_plate(one.box), width, height), CELLS) for one in _vehicles(detections)),
        # Where a moped carries its plate depends on how it stands: all of it is coarsened, less strongly.
        *(Part(_span(_grown(one.box), width, height), BIKE_CELLS) for one in _sure(detections, BIKE_LABELS, VEHICLES_FROM)),
    ]


def blurred(image: Image, parts: Iterable[Part]) -> Image:
    """A copy of an image whose parts are made of a few averages each, smoothly joined: no inverse can give back more than these.

    Where parts overlap the later one averages what the earlier one left. Raises NotBlurred for what is no picture.
    """
    _check(image)
    copy = np.ascontiguousarray(image).copy()
    for part in parts:
        left, top, right, bottom = part.span
        copy[top:bottom, left:right] = _coarse(copy[top:bottom, left:right], part.cells)
    return copy


def _coarse(image: Image, cells: int) -> Image:
    height, width = image.shape[:2]
    cell = max(LEAST_CELL_PX, ceil(max(width, height) / cells))
    averages = cv2.resize(image, (max(1, width // cell), max(1, height // cell)), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(averages, (width, height), interpolation=cv2.INTER_LINEAR), dtype=np.uint8)


def _check(image: Image) -> None:
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3 or not image.size:
        raise NotBlurred(f"not a picture of three colours: {image.shape} of {image.dtype}")


def _vehicles(detections: Sequence[Detection]) -> Iterator[Detection]:
    bins = [one for one in detections if one.label in BIN_LABELS]
    for one in _sure(detections, VEHICLE_LABELS, VEHICLES_FROM):
        if one.confidence >= GUESSED_BELOW or not any(_is_there(other, one) for other in bins):
            yield one


def _is_there(a_bin: Detection, vehicle: Detection) -> bool:
    return a_bin.confidence >= BIN_FROM and a_bin.box.overlap(vehicle.box) >= BIN_OVERLAP


def _sure(detections: Iterable[Detection], labels: Iterable[str], confidence: float) -> Iterator[Detection]:
    return (one for one in detections if one.label in labels and one.confidence >= confidence)


def _head(box: Box, width: int, height: int) -> Box:
    """The upper part of somebody upright; all of who sits, bends, lies or is cut by the border, whose head may be anywhere."""
    part = _grown(box)
    if box.height * height < UPRIGHT * box.width * width:
        return part
    return Box(part.x1, part.y1, part.x2, part.y1 + HEAD_SHARE * part.height)


def _plate(box: Box) -> Box:
    part = _grown(box)
    return Box(part.x1, part.y2 - PLATE_SHARE * part.height, part.x2, part.y2)


def _grown(box: Box) -> Box:
    return Box(box.x1 - MARGIN * box.width, box.y1 - MARGIN * box.height, box.x2 + MARGIN * box.width, box.y2 + MARGIN * box.height)


def _span(box: Box, width: int, height: int) -> Span:
    """Rounded outwards, pushed into the picture, and at least a pixel wide and high."""
    left, right = _within(box.x1 * width, box.x2 * width, width)
    top, bottom = _within(box.y1 * height, box.y2 * height, height)
    return left, top, right, bottom


def _within(start: float, end: float, limit: int) -> tuple[int, int]:
    first = min(max(floor(start), 0), limit - 1)
    return first, max(first + 1, min(ceil(end), limit))
