"""A detector without a network: things are rectangles painted in the colour of their label."""

from collections.abc import Sequence

import cv2
import numpy as np

from town.geometry import Box
from town.sight import Detection, Image

COLOURS = {
    "bin": (0, 200, 0),
    "overflowing_bin": (0, 0, 200),
    "garbage": (200, 0, 0),
    "car": (0, 200, 200),
    "truck": (200, 200, 0),
    "bicycle": (200, 0, 200),
}


class ColourDetector:
    """Sees a painted rectangle as long as its shorter side measures 8 pixels in the square; larger ones are surer."""

    labels = tuple(COLOURS)
    least_px = 8.0

    def __init__(self, side_px: int = 128) -> None:
        self.side_px = side_px

    def detect(self, images: Sequence[Image], min_confidence: float = 0.05) -> list[list[Detection]]:
        return [self._see(image, min_confidence) for image in images]

    def _see(self, image: Image, min_confidence: float) -> list[Detection]:
        scale = self.side_px / max(image.shape[:2])
        found = [
            Detection(label, min(0.99, 0.5 + min(w, h) * scale / 200), _normalised(x, y, w, h, image))
            for label, colour in COLOURS.items()
            for x, y, w, h in _rectangles(image, colour)
            if min(w, h) * scale >= self.least_px
        ]
        return sorted((d for d in found if d.confidence >= min_confidence), key=lambda d: -d.confidence)


def painted(width: int, height: int, things: Sequence[tuple[str, Box]]) -> Image:
    """A grey picture with things in it."""
    image = np.full((height, width, 3), 90, dtype=np.uint8)
    for label, box in things:
        left, right = round(box.x1 * width), round(box.x2 * width)
        top, bottom = round(box.y1 * height), round(box.y2 * height)
        image[top:bottom, left:right] = COLOURS[label]
    return image


def _rectangles(image: Image, colour: tuple[int, int, int]) -> list[tuple[int, int, int, int]]:
    _, _, stats, _ = cv2.connectedComponentsWithStats(cv2.inRange(image, colour, colour))
    return [(int(x), int(y), int(w), int(h)) for x, y, w, h, _ in stats[1:]]


def _normalised(x: int, y: int, width: int, height: int, image: Image) -> Box:
    rows, columns = image.shape[:2]
    return Box(x / columns, y / rows, (x + width) / columns, (y + height) / rows)
