"""Where to look in a frame: all of it, and closer at zones that would be too small in the network's square."""

from collections.abc import Iterable, Sequence
from itertools import chain, product
from math import ceil

import cv2
import numpy as np

from town.geometry import Box, Polygon
from town.township import Zone

WHOLE = Box(0.0, 0.0, 1.0, 1.0)

WANTED_PX = 40.0
"""What the shorter side of a zone should measure in the network's square.

On the 40 slots of a car park at 1280 × 720, YOLO11n (COCO, INT8, 640 px) finds 98 of the 126 cars of one morning in the whole
frame, 122 at 40 with 3 regions; at 416 px, 116 at 30 and 119 at 40 with 7 regions. More gives nothing.
"""

ROOM_AROUND = 0.5
"""How far a window reaches beyond a zone, in shorter sides of it: what stands in a zone is taller than its ground."""

MOST_WINDOWS = 16
"""A look's cost has an end: above this, windows are made larger."""

Span = tuple[float, float, float, float]
"""Left, top, right and bottom in pixels of the frame."""


def regions_for(zones: Sequence[Zone], width: int, height: int, side_px: int) -> tuple[Box, ...]:
    """The regions (normalised) of a frame of `width` × `height` pixels to put through a network of `side_px`.

    The whole frame comes first. Every zone too small in it lies, with room around, in one window or in overlapping ones.
    """
    thickness = {zone.id: _shorter_side_px(zone.polygon, width, height) for zone in zones}
    enough = WANTED_PX * max(width, height) / side_px
    small = [zone for zone in zones if thickness[zone.id] < enough]
    if not small:
        return (WHOLE,)
    # Never closer than pixel for pixel: there is nothing more to see.
    side = max(float(side_px), min(thickness[zone.id] for zone in small) * side_px / WANTED_PX)
    spans = [_with_room(zone.polygon.bounds, thickness[zone.id], width, height) for zone in small]
    while True:
        windows = _windows(spans, side, width, height)
        if len(windows) <= MOST_WINDOWS or side >= max(width, height):
            return (WHOLE, *(box for box in windows if box != WHOLE))
        side *= 1.2


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


def _windows(spans: Iterable[Span], side: float, width: int, height: int) -> tuple[Box, ...]:
    """Windows of `side` pixels that hold every span; neighbours share one."""
    groups: list[Span] = []
    for span in sorted(chain.from_iterable(_pieces(whole, side) for whole in spans)):
        joined = next((i for i, group in enumerate(groups) if _fits(_union(group, span), side)), None)
        if joined is None:
            groups.append(span)
        else:
            groups[joined] = _union(groups[joined], span)
    return tuple(_window(group, side, width, height) for group in groups)


def _pieces(span: Span, side: float) -> Iterable[Span]:
    """The span itself, or overlapping pieces of it that fit a window."""
    across, down = (_cuts(span[i], span[i + 2], side) for i in (0, 1))
    return [(left, top, right, bottom) for (left, right), (top, bottom) in product(across, down)]


def _cuts(start: float, end: float, side: float) -> list[tuple[float, float]]:
    if end - start <= side:
        return [(start, end)]
    count = ceil((end - start - side) / (0.7 * side)) + 1
    step = (end - start - side) / (count - 1)
    return [(start + i * step, start + i * step + side) for i in range(count)]


def _union(a: Span, b: Span) -> Span:
    return min(a[0], b[0]), min(a[1], b[1]), max(a[2], b[2]), max(a[3], b[3])


def _fits(span: Span, side: float) -> bool:
    # Half a pixel forgives what pieces lose in rounding.
    return span[2] - span[0] <= side + 0.5 and span[3] - span[1] <= side + 0.5


def _window(span: Span, side: float, width: int, height: int) -> Box:
    """A square of `side` around the span, pushed into the frame; as large as the frame where that is smaller."""
    (x1, x2), (y1, y2) = _around(span[0], span[2], side, width), _around(span[1], span[3], side, height)
    return Box(x1, y1, x2, y2)


def _around(start: float, end: float, side: float, limit: int) -> tuple[float, float]:
    length = min(max(side, end - start), limit)
    first = min(max((start + end - length) / 2, 0.0), limit - length)
    return first / limit, min(1.0, (first + length) / limit)
