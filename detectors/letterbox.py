"""The geometry between a picture and the canvas a network sees: scaled to fit, centred, padded with grey."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

import cv2
import numpy as np

from town.geometry import Box
from town.sight import Image

GREY = 114
"""What YOLO was trained to see beside a picture that has another shape."""

STRIDE = 32
"""The sides of what YOLO takes are multiples of this."""

Size = tuple[int, int]
"""Width and height in pixels."""


def canvases(side_px: int) -> tuple[Size, ...]:
    """What a network of any size is run at, smallest first: a camera's 16:9 wastes two fifths of a square on padding."""
    flat = (side_px, ceil(side_px * 9 / 16 / STRIDE) * STRIDE)
    return tuple(sorted({flat, (side_px, side_px)}))


def canvas_for(image: Image, sizes: Sequence[Size]) -> Size:
    """The smallest of `sizes` (all equally wide, the last a square) in which a picture is as large as in the square."""
    height, width = image.shape[:2]
    return next((size for size in sizes if Letterbox(width, height, sizes[-1]).size[1] <= size[1]), sizes[-1])


@dataclass(frozen=True, slots=True)
class Letterbox:
    """How a picture of `width` × `height` pixels lies in a canvas."""

    width: int
    height: int
    canvas: Size

    @property
    def size(self) -> Size:
        """Width and height of the picture inside the canvas, in pixels."""
        scale = min(self.canvas[0] / self.width, self.canvas[1] / self.height)
        return max(1, round(self.width * scale)), max(1, round(self.height * scale))

    @property
    def corner(self) -> tuple[int, int]:
        """Left and top of the picture inside the canvas, in pixels."""
        width, height = self.size
        return (self.canvas[0] - width) // 2, (self.canvas[1] - height) // 2

    def fit(self, image: Image) -> Image:
        """The canvas, height × width × 3."""
        width, height = self.canvas
        canvas = np.empty((height, width, 3), dtype=np.uint8)
        self.fit_into(canvas, image)
        return canvas

    def fit_into(self, canvas: Image, image: Image) -> None:
        """Write the picture, and the grey beside it, over a canvas that is there already."""
        (left, top), (width, height) = self.corner, self.size
        canvas[:top] = canvas[top + height :] = GREY
        canvas[:, :left] = canvas[:, left + width :] = GREY
        # Plain sampling skips pixels below half size. Halving first keeps them, at a tenth of the cost of cv2.INTER_AREA.
        while image.shape[1] >= 2 * width and image.shape[0] >= 2 * height:
            image = cv2.resize(image, (image.shape[1] // 2, image.shape[0] // 2), interpolation=cv2.INTER_AREA)  # type: ignore[assignment]
        cv2.resize(image, (width, height), dst=canvas[top : top + height, left : left + width], interpolation=cv2.INTER_LINEAR)

    def box_in_picture(self, cx: float, cy: float, width: float, height: float) -> Box:
        """A box of the canvas (centre and size in pixels) as a box of the picture, normalised and cut to it."""
        (left, top), (fitted_width, fitted_height) = self.corner, self.size
        box = Box.around((cx - left) / fitted_width, (cy - top) / fitted_height, width / fitted_width, height / fitted_height)
        return box.clipped()
