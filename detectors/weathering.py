"""Photographs as a street camera would give them: far away, at dusk, in infra-red, in rain. To train on and to score on.

Shapes stay where they are, so labels stay true. Pictures are height × width × 3, BGR, 0 to 255; `rng` decides how strongly.
"""

from collections.abc import Callable
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from town.sight import Image

Weather = Callable[[Image, np.random.Generator], Image]

FAR_SIDE_PX = (96, 240)
"""What is left of a picture's longer side when a camera sees it from afar."""


def far(image: Image, rng: np.random.Generator) -> Image:
    """As a small part of a wide view: shrunk, and enlarged again."""
    height, width = image.shape[:2]
    scale = rng.uniform(*FAR_SIDE_PX) / max(height, width)
    small = cv2.resize(image, (max(8, round(width * scale)), max(8, round(height * scale))), interpolation=cv2.INTER_AREA)
    enlarge = int(rng.choice([cv2.INTER_LINEAR, cv2.INTER_CUBIC]))
    return cast(Image, cv2.resize(small, (width, height), interpolation=enlarge))


def dusk(image: Image, rng: np.random.Generator) -> Image:
    """Dark, pale and noisy."""
    curve = 255 * (np.arange(256) / 255) ** rng.uniform(1.2, 2.2) * rng.uniform(0.28, 0.7)
    dark = cv2.LUT(image, np.clip(curve, 0, 255).astype(np.uint8))
    grey = cv2.cvtColor(cv2.cvtColor(dark, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR)
    colour = rng.uniform(0.2, 0.8)
    return _noisy(cv2.addWeighted(dark, colour, grey, 1 - colour, 0), rng.uniform(2, 10), rng)


def infrared(image: Image, rng: np.random.Generator) -> Image:
    """Grey, soft, flat and noisy: the night view of a camera with its own lamps."""
    grey = cv2.GaussianBlur(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), (0, 0), rng.uniform(0.4, 1.4))
    flat = (grey.astype(np.float32) - float(grey.mean())) * rng.uniform(0.5, 1.0) + rng.uniform(70, 140)
    return _noisy(cv2.cvtColor(_picture(flat), cv2.COLOR_GRAY2BGR), rng.uniform(2, 7), rng)


def wet(image: Image, rng: np.random.Generator) -> Image:
    """Smeared by motion or by drops on the glass, and packed hard by a slow line."""
    length, angle = int(rng.integers(3, 10)), rng.uniform(0, np.pi)
    kernel = np.zeros((length, length), np.float32)
    middle = (length - 1) / 2
    for step in np.linspace(-middle, middle, 2 * length):
        kernel[round(middle + step * np.sin(angle)), round(middle + step * np.cos(angle))] = 1
    smeared = cv2.filter2D(image, -1, kernel / kernel.sum())
    return packed(cast(Image, smeared), int(rng.integers(12, 45)))


def packed(image: Image, quality: int) -> Image:
    """As JPEG of that quality gives it back."""
    _, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return cast(Image, cv2.imdecode(data, cv2.IMREAD_COLOR))


WEATHERS: dict[str, Weather] = {"far": far, "dusk": dusk, "infrared": infrared, "wet": wet}


def weathered(image: Image, rng: np.random.Generator, share: float) -> Image:
    """The picture itself, or for `share` of all calls in one of the weathers."""
    if rng.random() >= share:
        return image
    return WEATHERS[str(rng.choice(list(WEATHERS)))](image, rng)


def _noisy(image: NDArray[np.uint8] | cv2.typing.MatLike, strength: float, rng: np.random.Generator) -> Image:
    return _picture(image + strength * rng.standard_normal(image.shape, dtype=np.float32))


def _picture(values: NDArray[np.generic] | cv2.typing.MatLike) -> Image:
    return np.clip(values, 0, 255).astype(np.uint8)
