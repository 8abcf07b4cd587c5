"""Where to look in a frame: closely at zones that would be too small in the network's square, and at all of it for large ones."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from math import ceil

import cv2
import numpy as np

from town.geometry import Box, Polygon
from town.places import Zone, ZoneKind

WHOLE = Box(0.0, 0.0, 1.0, 1.0)

LANE_PX = 50.0
"""What the shorter side of a place for one vehicle, a lane or a slot, should measure in the network's square.

On the 40 slots of a car park at 1280 × 720, YOLO11n (COCO, INT8, 640 px) finds 98 of the 126 cars of one morning in the whole
frame, 121 at 40 with 3 regions and 122 at 55 with 4; at 416 px (not quantised), 115 at 40 with 5 and 119 at 55 with 7. The network
that ships finds 125 at 45 and at 50, with 5, at precisions of 0.959 and 0.966; at 55, with 6, it sees a car behind a tree as two.
"""

STATION_PX = 110.0
"""The same for a place with several smaller things in it, such as a bin station.

Labelled photographs shrunk in the square of 416 px, the shorter side of their bins' outline measured (median): mean AP50 is 0.53 at
48 px, 0.76 at 67, 0.84 at 86, 0.89 at 114 and 0.90 at 198.
"""

WANTED_PX = {
    ZoneKind.NO_PARKING: LANE_PX,
    ZoneKind.FIRE_LANE: LANE_PX,
    ZoneKind.BIN_STATION: STATION_PX,
    ZoneKind.KEEP_CLEAR: STATION_PX,
    ZoneKind.BIKE_BAY: STATION_PX,
}

ROOM_AROUND = 0.5
"""How far a window reaches beyond a zone, in shorter sides of it: what stands in a zone is taller than its ground."""

MOST_WINDOWS = 16
"""A look's cost has an end: above this, windows are made larger."""

LEAST_WIDTH_PX = 640
"""A frame is not taken smaller than this: whether its view is fit is judged on a copy of 320 px, which wants some pixels to average. Of a
car park's day, sharpness at half the size is that of the whole within 0.7 %, and no place of its relief moves by a hundredth of a pixel.
"""

Span = tuple[float, float, float, float]
"""Left, top, right and bottom in pixels of the frame."""


@dataclass(frozen=True, slots=True)
class Closer:
    """A part of the frame to see whole in a window of at most `side` pixels."""

    span: Span
    side: float


def regions_for(zones: Sequence[Zone], width: int, height: int, side_px: int) -> tuple[Box, ...]:
    """The regions (normalised) of a frame of `width` × `height` pixels to put through a network of `side_px`.

    Every zone too small in the whole frame lies, with room around, in one window or in overlapping ones. The whole frame comes
    first unless every zone fits a window: a truck in a lane of several windows is whole in none of them. What lies in no zone
    is nobody's business.
    """
    whole = float(max(width, height))
    wanted = [_closer(zone, width, height, side_px) for zone in zones]
    small = [closer for closer in wanted if closer.side < whole]
    windows = _windows(small, width, height)
    while len(windows) > MOST_WINDOWS:
        small = [Closer(closer.span, closer.side * 1.2) for closer in small]
        windows = _windows(small, width, height)
    if zones and len(small) == len(zones) and all(len(_pieces(closer)) == 1 for closer in small):
        return windows
    return (WHOLE, *(window for window in windows if window != WHOLE))


def reduction_for(zones: Sequence[Zone], width: int, height: int, side_px: int) -> int:
    """How many times smaller (1, 2, 4 or 8) a frame may be taken: no region of it is then seen with fewer pixels by the network."""
    regions = regions_for(zones, width, height, side_px)
    smallest_px = min(max(region.width * width, region.height * height) for region in regions)
    fitting = (times for times in (8, 4, 2) if smallest_px >= times * side_px and width >= times * LEAST_WIDTH_PX)
    return next(fitting, 1)


def _closer(zone: Zone, width: int, height: int, side_px: int) -> Closer:
    thickness = _shorter_side_px(zone.polygon, width, height)
    # Never closer than pixel for pixel: there is nothing more to see.
    side = max(float(side_px), thickness * side_px / WANTED_PX[zone.kind])
    return Closer(_with_room(zone.polygon.bounds, thickness, width, height), side)


def _shorter_side_px(polygon: Polygon, width: int, height: int) -> float:
    corners = np.array(polygon.corners, dtype=np.float32) * np.array([width, height], dtype=np.float32)
    return float(min(cv2.minAreaRect(corners)[1]))


def _with_room(bounds: Box, thickness: float, width: int, height: int) -> Span:
    room = ROOM_AROUND * thickness
    return (
        max(0.0, bounds.x1 * width - room),
        max(0.0, bounds.y1 * height - room),
        min(float(width), bounds.x2 * width + room),
        min(float(height), bounds.y2 * height + room),
    )


def _windows(wanted: Sequence[Closer], width: int, height: int) -> tuple[Box, ...]:
    """Windows that hold every span at the closeness it wants; neighbours share one."""
    groups: list[Closer] = []
    for piece in sorted((piece for closer in wanted for piece in _pieces(closer)), key=lambda piece: piece.span):
        joined = next((i for i, group in enumerate(groups) if _fits(_together(group, piece))), None)
        if joined is None:
            groups.append(piece)
        else:
            groups[joined] = _together(groups[joined], piece)
    return tuple(_window(group, width, height) for group in groups)


def _pieces(closer: Closer) -> list[Closer]:
    """The part itself, or overlapping pieces of it that fit a window."""
    across, down = (_cuts(closer.span[i], closer.span[i + 2], closer.side) for i in (0, 1))
    return [Closer((left, top, right, bottom), closer.side) for (left, right), (top, bottom) in product(across, down)]


def _cuts(start: float, end: float, side: float) -> list[tuple[float, float]]:
    if end - start <= side:
        return [(start, end)]
    count = ceil((end - start - side) / (0.7 * side)) + 1
    step = (end - start - side) / (count - 1)
    return [(start + i * step, start + i * step + side) for i in range(count)]


def _together(one: Closer, other: Closer) -> Closer:
    (left, top, right, bottom), (x1, y1, x2, y2) = one.span, other.span
    return Closer((min(left, x1), min(top, y1), max(right, x2), max(bottom, y2)), min(one.side, other.side))


def _fits(closer: Closer) -> bool:
    left, top, right, bottom = closer.span
    # Half a pixel forgives what pieces lose in rounding.
    return max(right - left, bottom - top) <= closer.side + 0.5


def _window(closer: Closer, width: int, height: int) -> Box:
    """A square around the span, pushed into the frame; as large as the frame where that is smaller."""
    left, top, right, bottom = closer.span
    (x1, x2), (y1, y2) = _around(left, right, closer.side, width), _around(top, bottom, closer.side, height)
    return Box(x1, y1, x2, y2)


def _around(start: float, end: float, side: float, limit: int) -> tuple[float, float]:
    length = min(max(side, end - start), limit)
    first = min(max((start + end - length) / 2, 0.0), limit - length)
    return first / limit, min(1.0, (first + length) / limit)
