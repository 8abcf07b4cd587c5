"""How a vehicle looks: its light, in cells of a grid that lies still over the frame, however the detector drew its box."""

import math

import cv2
import numpy as np

from town.appearance import Appearance
from town.geometry import Box
from town.sight import Image

CELLS = 26
"""About so many cells (18 to 37) lie along a box's longer side: cells are powers of two, or two looks could not be compared."""


def appearance(image: Image, box: Box) -> bytes:
    """The packed `town.appearance.Appearance` of what lies in the box; empty where the box holds no pixel."""
    height, width = image.shape[:2]
    box = box.clipped()
    longer_px = max(box.width * width, box.height * height)
    if min(box.width * width, box.height * height) <= 0:
        return b""
    octave = max(0, round(math.log2(longer_px / CELLS)))
    cell_px = 2**octave
    left, right = _cells(box.x1 * width, box.x2 * width, cell_px, width)
    top, bottom = _cells(box.y1 * height, box.y2 * height, cell_px, height)
    crop = image[top * cell_px : bottom * cell_px, left * cell_px : right * cell_px]
    if not crop.size:
        return b""
    small = cv2.resize(crop, (right - left, bottom - top), interpolation=cv2.INTER_AREA)
    grey = np.asarray(cv2.cvtColor(small, cv2.COLOR_BGR2GRAY), dtype=np.uint8)
    return Appearance.of(octave - round(math.log2(width)), left, top, grey).packed()


def _cells(start_px: float, end_px: float, cell_px: int, limit_px: int) -> tuple[int, int]:
    """The cells that hold a stretch of pixels, from and to even ones."""
    pair_px = 2 * cell_px
    return 2 * math.floor(start_px / pair_px), 2 * min(math.ceil(end_px / pair_px), limit_px // pair_px)
