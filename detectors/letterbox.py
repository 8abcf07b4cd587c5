"""The geometry between a picture and the square a network sees: scaled to fit, centred, padded with grey."""

from dataclasses import dataclass

import cv2
import numpy as np

from town.geometry import Box
from town.sight import Image

GREY = 114
"""What YOLO was trained to see beside a picture that is no square."""


@dataclass(frozen=True, slots=True)
class Letterbox:
    """How a picture of `width` × `height` pixels lies in a square of `side` pixels."""

    width: int
    height: int
    side: int

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the picture inside the square, in pixels."""
        scale = self.side / max(self.width, self.height)
        return max(1, round(self.width * scale)), max(1, round(self.height * scale))

    @property
    def corner(self) -> tuple[int, int]:
        """Left and top of the picture inside the square, in pixels."""
        width, height = self.size
        return (self.side - width) // 2, (self.side - height) // 2

    def fit(self, image: Image) -> Image:
        """The square, `side` × `side` × 3."""
        square = np.empty((self.side, self.side, 3), dtype=np.uint8)
        self.fit_into(square, image)
        return square

    def fit_into(self, square: Image, image: Image) -> None:
        """Write the picture, and the grey beside it, over a square that is there already."""
        (left, top), (width, height) = self.corner, self.size
        square[:top] = square[top + height :] = GREY
        square[:, :left] = square[:, left + width :] = GREY
        # Plain sampling skips pixels below half size. Halving first keeps them, at a tenth of the cost of cv2.INTER_AREA.
        while image.shape[1] >= 2 * width and image.shape[0] >= 2 * height:
            image = cv2.resize(image, (image.shape[1] // 2, image.shape[0] // 2), interpolation=cv2.INTER_AREA)  # type: ignore[assignment]
        cv2.resize(image, (width, height), dst=square[top : top + height, left : left + width], interpolation=cv2.INTER_LINEAR)

    def box_in_picture(self, cx: float, cy: float, width: float, height: float) -> Box:
        """A box of the square (centre and size in pixels) as a box of the picture, normalised and cut to it."""
        (left, top), (fitted_width, fitted_height) = self.corner, self.size
        box = Box.around((cx - left) / fitted_width, (cy - top) / fitted_height, width / fitted_width, height / fitted_height)
        return box.clipped()
