"""What happens to cameras: something before the lens, a knock, a lens out of focus, the night. Pure, on pictures of any size."""

from typing import Any, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from town.sight import Image

LEAF, BAG, PAINT = (40, 70, 45), (200, 205, 205), (22, 20, 20)
"""Colours of what gets before a lens, blue-green-red."""


def covered(image: Image, share: float, colour: tuple[int, int, int] = LEAF, seed: int = 0, seen_through: float = 0.0) -> Image:
    """A soft thing over a share of the picture, from a side that the seed chooses."""
    height, width = image.shape[:2]
    rng = np.random.default_rng(seed)
    angle = rng.uniform(0, 2 * np.pi)
    rows, columns = np.mgrid[:height, :width].astype(np.float32)
    reach = np.cos(angle) * columns / width + np.sin(angle) * rows / height + 0.06 * _waves(height, width, (5, 7), rng)
    edge = cv2.GaussianBlur((reach >= np.quantile(reach, 1 - share)).astype(np.float32), (0, 0), width / 80)[..., None]
    thing = np.array(colour) + 10 * _waves(height, width, (6, 8), rng)[..., None]
    return noisy(image * (1 - edge) + (image * seen_through + thing * (1 - seen_through)) * edge, 1.5, seed)


def shifted(image: Image, dx: float, dy: float, turned: float = 0.0) -> Image:
    """What the camera shows once it was knocked: moved by shares of its sides, and turned by degrees. New borders mirror the old ones."""
    height, width = image.shape[:2]
    move = cv2.getRotationMatrix2D((width / 2, height / 2), turned, 1.0)
    move[:, 2] += (dx * width, dy * height)
    return cast(Image, cv2.warpAffine(image, move, (width, height), borderMode=cv2.BORDER_REFLECT))


def blurred(image: Image, radius_px: float) -> Image:
    """Out of focus by a radius at 1280 pixels of width; the sensor's noise stays sharp."""
    return noisy(cv2.GaussianBlur(image, (0, 0), radius_px * image.shape[1] / 1280), 2.0)


def infrared(image: Image, seed: int = 0, lamp: float = 0.6) -> Image:
    """The picture by the camera's own lamp: grey, bright in the middle, noisy."""
    height, width = image.shape[:2]
    rows, columns = np.mgrid[:height, :width].astype(np.float32)
    away = ((columns - width / 2) / width) ** 2 + ((rows - height * 0.55) / height) ** 2
    grey = np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY) * (lamp * np.exp(-away / 0.25)) + 12, np.float32)
    # What a picture of 1280 pixels would keep of its noise when it is made smaller.
    return cast(Image, cv2.cvtColor(noisy(grey, 5.0 * min(1.0, width / 1280), seed), cv2.COLOR_GRAY2BGR))


def noisy(levels: NDArray[Any], level: float, seed: int = 0) -> Image:
    noise = np.random.default_rng(seed).normal(0, level, levels.shape)
    return np.clip(levels + noise, 0, 255).astype(np.uint8)


def _waves(height: int, width: int, grid: tuple[int, int], rng: np.random.Generator) -> NDArray[np.float32]:
    return cast(NDArray[np.float32], cv2.resize(rng.normal(0, 1, grid).astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC))
