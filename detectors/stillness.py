"""Whether anything in a camera's zones has changed since the network last judged them: things count, light does not.

What is kept of a picture is its relief: how much lighter or darker each place is than its surroundings, as a share of their
light. Clouds, exposure, rain and the inside of a shadow leave it alone; whatever comes, goes or is opened draws a new one. One
small square that changed decides, so that a small thing is not lost in the mean. When in doubt, it changed: a network run that
was not needed costs milliseconds, a change that was missed costs an order.
"""

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from town.places import Zone, ZoneKind
from town.sight import Detection

COPY_PX, FINEST_COPY_PX = 480, 960
"""The longer side of what is compared: halved until it is no longer than the first, but for zones that would become too small, which
may keep it up to the second."""

LEAST_SIDE = {ZoneKind.NO_PARKING: 48, ZoneKind.FIRE_LANE: 48, ZoneKind.KEEP_CLEAR: 64, ZoneKind.BIN_STATION: 64, ZoneKind.BIKE_BAY: 64}
"""How many places the shorter side of a zone takes at least, so that what the eye looks at closely (`detectors.regions`) is compared
closely too."""

SURROUNDINGS_PX = 15
DARKNESS, DARKEST = 0.16, 6.0
"""Added to the surroundings' light, as a share of the whole picture's and in grey levels at least: noise in the dark is no relief."""

CHANGED_FROM = 0.08
"""From this difference of relief on a place has changed. Every place is compared with the like of it one place around."""

CHANGE_PX, CHANGE_COUNT = 5, 16
"""A change is a square of so many places across, so many of which have changed: rain and edges that sway are thinner."""

AROUND_ZONE = 0.1
"""How far beyond a zone something still matters, in shorter sides of it."""

AROUND_THING = 0.25
"""How far beyond the box of a thing in a zone something still matters, in sizes of it: what is heaped on a full bin."""

KEPT_STEP = 8
"""Relief is kept in steps of so many of its 254 levels: off by four at most, where ten are no change yet."""

_PADDING_PX = 8
_BORDER = 2  # places at the border of the copy have half of their surroundings only
_LEVELS = 127
_LIKE_AROUND = _LEVELS + 1
_QUICK = 1  # zlib's level: what a better one saves, a tenth, costs several times the time
_NEAR = np.ones((3, 3), np.uint8)

Grey = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Span:
    """A rectangle in pixels of a halved frame."""

    left: int
    top: int
    right: int
    bottom: int


@dataclass(frozen=True, slots=True)
class Reference:
    """What a judged frame showed of a camera's zones, compressed: 15 to 45 kB, more for many small zones.

    `shape` is the copy's rows and columns, `relief` holds a byte a place, `matters` a bit.
    """

    width: int
    height: int
    span: Span
    halvings: int
    shape: tuple[int, int]
    relief: bytes
    matters: bytes


def reference_of(grey: Grey, zones: Sequence[Zone], detections: Sequence[Detection]) -> Reference:
    """What to compare later frames with. The zones matter, and what was seen to stand in them, also where it reaches beyond.

    `grey` is the frame in grey at half its size, height × width, which takes much of its noise.
    """
    height, width = grey.shape[:2]
    areas = list(_areas(zones, detections, width, height))
    span = _span(areas, width, height)
    halvings = _halvings(zones, span, width, height)
    relief = _relief(grey, span, halvings)
    matters = _matters(areas, span, relief.shape)
    packed = (zlib.compress(plain.tobytes(), _QUICK) for plain in (_kept(relief, matters), np.packbits(matters)))
    return Reference(width, height, span, halvings, matters.shape, *packed)


def has_changed(reference: Reference, grey: Grey) -> bool:
    """Whether a frame shows anything else in the zones than the reference, or was taken in another size."""
    if grey.shape[:2] != (reference.height, reference.width):
        return True
    before, matters = _unpacked(reference)
    after = _relief(grey, reference.span, reference.halvings)
    changed = cv2.threshold(_difference(before, after), CHANGED_FROM * _LEVELS, 1, cv2.THRESH_BINARY)[1]
    counts = cv2.boxFilter(cv2.bitwise_and(changed, matters), -1, (CHANGE_PX, CHANGE_PX), normalize=False, borderType=cv2.BORDER_CONSTANT)
    return int(counts.max()) >= CHANGE_COUNT


@dataclass(frozen=True, slots=True)
class _Area:
    """A polygon in pixels of the halved frame, and how far around it things still matter."""

    corners: NDArray[np.float32]
    around: float


def _areas(zones: Sequence[Zone], detections: Sequence[Detection], width: int, height: int) -> Iterator[_Area]:
    for zone in zones:
        corners = _corners_of(zone, width, height)
        yield _Area(corners, AROUND_ZONE * _shorter_side(corners))
    for box in {found.box for found in detections if any(zone.polygon.covers(found.box) for zone in zones)}:
        corners = np.array([[box.x1, box.y1], [box.x2, box.y1], [box.x2, box.y2], [box.x1, box.y2]], np.float32)
        size = np.array([width, height], np.float32)
        yield _Area(corners * size, AROUND_THING * float(max(box.width * width, box.height * height)))


def _corners_of(zone: Zone, width: int, height: int) -> NDArray[np.float32]:
    return np.array(zone.polygon.corners, np.float32) * np.array([width, height], np.float32)


def _shorter_side(corners: NDArray[np.float32]) -> float:
    return float(min(cv2.minAreaRect(corners)[1]))


def _span(areas: Sequence[_Area], width: int, height: int) -> Span:
    """The part of the frame that holds all areas, with room for their surroundings; all of it where there are none."""
    if not areas:
        return Span(0, 0, width, height)
    left, top = np.min([area.corners.min(axis=0) - area.around for area in areas], axis=0) - _PADDING_PX
    right, bottom = np.max([area.corners.max(axis=0) + area.around for area in areas], axis=0) + _PADDING_PX
    return Span(max(0, int(left)), max(0, int(top)), min(width, int(right) + 1), min(height, int(bottom) + 1))


def _halvings(zones: Sequence[Zone], span: Span, width: int, height: int) -> int:
    longer, count = max(span.right - span.left, span.bottom - span.top), 0
    shares = [_shorter_side(_corners_of(zone, width, height)) / LEAST_SIDE[zone.kind] for zone in zones]
    while longer >> count > FINEST_COPY_PX or (longer >> count > COPY_PX and min(shares, default=longer) >= 2 << count):
        count += 1
    return count


def _kept(relief: Grey, matters: Grey) -> Grey:
    """What of a relief is compared: in steps, the places that matter and those beside them."""
    steps = relief & np.uint8(256 - KEPT_STEP) | np.uint8(KEPT_STEP // 2)
    return np.where(cv2.dilate(matters, _NEAR), steps, np.uint8(_LIKE_AROUND))


def _unpacked(reference: Reference) -> tuple[Grey, Grey]:
    """The relief that was kept, and the map of what matters."""
    count = reference.shape[0] * reference.shape[1]
    relief = np.frombuffer(zlib.decompress(reference.relief, bufsize=count), np.uint8)
    matters = np.unpackbits(np.frombuffer(zlib.decompress(reference.matters), np.uint8), count=count)
    return relief.reshape(reference.shape), matters.reshape(reference.shape)


def _matters(areas: Sequence[_Area], span: Span, shape: tuple[int, ...]) -> NDArray[np.uint8]:
    """A map of the copy, 1 where a change counts."""
    rows, columns = shape
    scale = np.array([columns / (span.right - span.left), rows / (span.bottom - span.top)])
    matters = np.zeros((rows, columns), np.uint8)
    for area in areas:
        corners = np.round((area.corners - [span.left, span.top]) * scale).astype(np.int32)
        around = max(1, round(area.around * float(scale[0])))
        cv2.fillPoly(matters, [corners], 1)
        cv2.polylines(matters, [corners], isClosed=True, color=1, thickness=2 * around + 1)
    inside = np.zeros_like(matters)
    inside[_BORDER:-_BORDER, _BORDER:-_BORDER] = 1
    return matters & inside


def _relief(grey: Grey, span: Span, halvings: int) -> Grey:
    """From 1 (all dark in light surroundings) over 128 (like its surroundings) to 255."""
    light = _halved(grey[span.top : span.bottom, span.left : span.right], halvings)
    around = cv2.boxFilter(light, cv2.CV_32F, (SURROUNDINGS_PX, SURROUNDINGS_PX))
    floor = max(DARKEST, DARKNESS * cv2.mean(light)[0])
    return cast(Grey, cv2.convertScaleAbs(cv2.divide(light - around, around + floor), alpha=_LEVELS, beta=_LIKE_AROUND))


def _halved(grey: Grey, times: int) -> Grey:
    for _ in range(times):
        width, height = max(1, grey.shape[1] // 2), max(1, grey.shape[0] // 2)
        # An odd row or column is left out: only exact halves are quick.
        grey = cast(Grey, cv2.resize(grey[: 2 * height, : 2 * width], (width, height), interpolation=cv2.INTER_AREA))
    return grey


def _difference(before: Grey, after: Grey) -> Grey:
    """How far each is outside what the other shows within one place around: a pixel of sway is no difference."""
    appeared = cv2.max(cv2.subtract(after, cv2.dilate(before, _NEAR)), cv2.subtract(cv2.erode(before, _NEAR), after))
    vanished = cv2.max(cv2.subtract(before, cv2.dilate(after, _NEAR)), cv2.subtract(cv2.erode(after, _NEAR), before))
    return cast(Grey, cv2.max(appeared, vanished))
