"""What a picture by itself tells of its view: too dark, too bright, without detail, or out of focus.

The thresholds stand between real frames (day, dusk, wet, from above and from the kerb, and the same in grey with the noise of
infra-red) and those frames damaged by degrees. Beside each: what the real frames measured.
"""

from bisect import bisect_left
from dataclasses import dataclass
from itertools import accumulate
from typing import cast

import cv2

from town.sight import Image

COPY_WIDTH_PX = 320
BLACK_BELOW = 40  # the brightest 2 % of the picture; real frames 103 and more
WASHED_OUT_FROM = 170  # the darkest 2 %; real frames 94 at most
GLARE_FROM, GLARE_WITHOUT = 250, 50  # half of the picture glares and less than 2 % is dark; real frames 139 at most
COVERED_BELOW = 2.75  # the strongest middle-sized detail, in grey levels; real frames 13 and more, in infra-red 3.1 and more
BLURRED_BELOW = 0.36  # sharpness; real frames 0.43 and more
PLAIN_BELOW = 3.0  # middle-sized detail beyond noise, in grey levels: in less of it nothing can be out of focus
NOISE_SPREAD = 3.3  # of noise alone, what one place in a hundred exceeds is so many times the middle one (3.8 where nothing is rounded)


@dataclass(frozen=True, eq=False, slots=True)
class Copies:
    """A picture in grey at most 320 px wide, where noise and the camera's size no longer matter, and the same at half its size."""

    fine: Image
    coarse: Image


def copies_of(grey: Image) -> Copies:
    """The copies of a picture in grey, height × width."""
    while grey.shape[1] >= 2 * COPY_WIDTH_PX:
        grey = _halved(grey)
    if grey.shape[1] > COPY_WIDTH_PX:
        height = max(2, round(grey.shape[0] * COPY_WIDTH_PX / grey.shape[1]))
        grey = cast(Image, cv2.resize(grey, (COPY_WIDTH_PX, height), interpolation=cv2.INTER_AREA))
    return Copies(grey, _halved(grey))


@dataclass(frozen=True, slots=True)
class Clarity:
    """`flaw` is black, washed_out, covered, blurred or empty. `light` is the grey level that the brightest tenth reaches.

    `sharpness` is the finest detail beside the middle-sized, each where it is strongest: what a lens out of focus loses first and last.
    Nothing is said of it (0) where there is no detail to be sharp.
    """

    flaw: str
    light: float
    sharpness: float


def clarity_of(copies: Copies) -> Clarity:
    """Measure and judge a picture by itself."""
    dark, middle, light, bright = _reached(copies.coarse, (0.02, 0.5, 0.9, 0.98))
    light_flaw = _light_flaw(dark, middle, bright)
    if light_flaw:
        return Clarity(light_flaw, light, 0.0)
    fine_noise, fine = _detail(copies.fine, 5)
    coarse_noise, coarse = _detail(copies.coarse, 7)
    if coarse < COVERED_BELOW:
        return Clarity("covered", light, 0.0)
    if coarse - NOISE_SPREAD * coarse_noise < PLAIN_BELOW:
        return Clarity("", light, 0.0)
    sharpness = max(0.0, fine - NOISE_SPREAD * fine_noise) / coarse
    return Clarity("blurred" if sharpness < BLURRED_BELOW else "", light, sharpness)


def _light_flaw(dark: float, middle: float, bright: float) -> str:
    if bright < BLACK_BELOW:
        return "black"
    if dark >= WASHED_OUT_FROM or (middle >= GLARE_FROM and dark >= GLARE_WITHOUT):
        return "washed_out"
    return ""


def _detail(copy: Image, surroundings_px: int) -> list[float]:
    """How far places differ from their surroundings: the middle one, and what one in a hundred exceeds."""
    around = cv2.blur(copy, (surroundings_px, surroundings_px))
    return _reached(cast(Image, cv2.absdiff(copy, around)), (0.5, 0.99))


def _reached(levels: Image, shares: tuple[float, ...]) -> list[float]:
    """The levels that shares of the places do not pass, finer than whole levels."""
    counts = cv2.calcHist([levels], [0], None, [256], [0, 256]).ravel().tolist()
    below = list(accumulate(counts))
    return [_level_at(counts, below, share * below[-1]) for share in shares]


def _level_at(counts: list[float], below: list[float], wanted: float) -> float:
    level = bisect_left(below, wanted)
    return max(0.0, level + 0.5 - (below[level] - wanted) / counts[level])


def _halved(grey: Image) -> Image:
    height, width = (max(1, side // 2) for side in grey.shape[:2])
    # An odd row or column is left out: only exact halves are quick.
    return cast(Image, cv2.resize(grey[: 2 * height, : 2 * width], (width, height), interpolation=cv2.INTER_AREA))
