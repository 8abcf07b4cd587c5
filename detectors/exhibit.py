"""A kept picture as a person is shown it: cut to the zone and what is around it, the problem outlined, and when and where in print."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from detectors.drawing import GREEN, ORANGE, RED
from detectors.eye import crop
from town.evidence import Purpose
from town.geometry import Box, Polygon
from town.sight import Image

CONTEXT = 0.3
"""How much is shown around zone and problem, on every side, in sides of what holds both."""

LEAST_SHARE = 0.25
"""Of the picture's sides at least: nobody finds a place by its wall alone."""

LEAST_WIDTH_PX = 640
"""What is smaller is enlarged, so that the print fits."""

OUTLINES = {Purpose.OPENED: RED, Purpose.CLEARED: GREEN, Purpose.NOT_CLEARED: RED}
WHITE = (255, 255, 255)


@dataclass(frozen=True, slots=True)
class Caption:
    """A line of print. `plain` stands in, in ASCII, where there is no font for `text`: OpenCV brings one from version 5 on."""

    text: str
    plain: str


def exhibit(image: Image, box: Box, zone: Polygon | None, purpose: Purpose, captions: Sequence[Caption]) -> Image:
    """A copy of a kept picture around a zone and the box of a problem in it, with captions below. The box is red, green once it is gone."""
    part = shown_part(box, zone)
    cut = crop(image, part)
    scale = max(1.0, LEAST_WIDTH_PX / cut.shape[1])
    shown = np.asarray(cv2.resize(cut, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC), dtype=np.uint8)
    line = max(2, round(shown.shape[1] / 320))
    if zone is not None:
        cv2.polylines(shown, [_in_part(zone.corners, part, shown)], isClosed=True, color=ORANGE, thickness=max(1, line // 2))
    left_top, right_bottom = _in_part(((box.x1, box.y1), (box.x2, box.y2)), part, shown)
    cv2.rectangle(shown, left_top.tolist(), right_bottom.tolist(), OUTLINES[purpose], line)
    return np.vstack([shown, _printed(captions, shown.shape[1])]) if captions else shown


def captioned(image: Image, captions: Sequence[Caption]) -> Image:
    """A copy of a whole picture with captions below, for what no camera of ours took: no zone lies in it."""
    scale = max(1.0, LEAST_WIDTH_PX / image.shape[1])
    shown = np.asarray(cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC), dtype=np.uint8)
    return np.vstack([shown, _printed(captions, shown.shape[1])])


def shown_part(box: Box, zone: Polygon | None) -> Box:
    """What of a picture is shown of a problem: its zone and itself with context, within the picture."""
    held = box if zone is None else _together(box, zone.bounds)
    (x1, x2), (y1, y2) = _around(held.x1, held.x2), _around(held.y1, held.y2)
    return Box(x1, y1, x2, y2)


def _together(one: Box, other: Box) -> Box:
    return Box(min(one.x1, other.x1), min(one.y1, other.y1), max(one.x2, other.x2), max(one.y2, other.y2))


def _around(start: float, end: float) -> tuple[float, float]:
    length = min(1.0, max(LEAST_SHARE, (1 + 2 * CONTEXT) * (end - start)))
    first = min(max((start + end - length) / 2, 0.0), 1.0 - length)
    return first, min(1.0, first + length)


def _in_part(points: Sequence[tuple[float, float]], part: Box, shown: Image) -> "np.ndarray[tuple[int, int], np.dtype[np.int32]]":
    height, width = shown.shape[:2]
    return np.array(
        [(round((x - part.x1) / part.width * width), round((y - part.y1) / part.height * height)) for x, y in points], dtype=np.int32
    )


def _printed(captions: Sequence[Caption], width: int) -> Image:
    size = max(14, width // 40)
    band = np.zeros((size // 2 + len(captions) * size * 3 // 2, width, 3), dtype=np.uint8)
    for number, caption in enumerate(captions, start=1):
        _print(band, caption, (size // 2, number * size * 3 // 2 - size // 4), size)
    return band


def _print(band: Image, caption: Caption, at: tuple[int, int], size: int) -> None:
    if hasattr(cv2, "FontFace"):
        cv2.putText(band, caption.text, at, WHITE, cv2.FontFace("uni"), size)
    else:
        plain = caption.plain.encode("ascii", "replace").decode("ascii")
        cv2.putText(band, plain, at, cv2.FONT_HERSHEY_SIMPLEX, size / 32, WHITE, 1, cv2.LINE_AA)
