"""Whether a view is fit to judge: black, washed out, covered, blurred and frozen pictures tell nothing about the street.

The thresholds stand between real frames (day, dusk, wet, from above and from the kerb) and the same frames damaged by degrees.
Beside each: what the real frames measured.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from town.sight import Frame, Image

COPY_WIDTH_PX = 480
BLACK_BELOW = 40  # the brightest 2 % of the picture; real frames 103 and more
WASHED_OUT_FROM = 170  # the darkest 2 %; real frames 94 at most
GLARE_FROM, GLARE_WITHOUT = 250, 50  # half of the picture glares and less than 2 % is dark; real frames 139 at most
COVERED_BELOW = 3.0  # the strongest middle-sized detail, in grey levels; real frames 9 and more
BLURRED_BELOW = 0.6  # fine detail beside middle-sized detail; real frames 0.80 and more
FROZEN_LOOKS = 10
FROZEN_FOR = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class FitnessMemory:
    """What a camera showed last: a fingerprint of it, since when it has not changed, when it was last seen and in how many looks."""

    fingerprint: str
    since: datetime
    last_at: datetime
    looks: int


@dataclass(frozen=True, slots=True)
class Fitness:
    """`reason` is fit, black, washed_out, covered, blurred or frozen. `memory` goes into the camera's next judgement.

    `grey` is the frame in grey at half its size, height × width: made on the way, for whoever looks on.
    """

    fit: bool
    reason: str
    memory: FitnessMemory
    grey: Image = field(compare=False)


def judge_fitness(frame: Frame, memory: FitnessMemory | None) -> Fitness:
    """Judge one frame by itself, and by whether the camera still moves: real cameras never give the same noise twice."""
    grey = grey_half(frame.image)
    copy = _copy(frame.image, grey)
    memory = _remembered(copy, frame.taken_at, memory)
    reason = _flaw(copy) or ("frozen" if _is_frozen(memory) else "fit")
    return Fitness(reason == "fit", reason, memory, grey)


def grey_half(image: Image) -> Image:
    """A picture in grey at half its size. An odd row or column is left out: only exact halves are quick."""
    height, width = (max(1, side // 2) for side in image.shape[:2])
    half = cv2.resize(image[: 2 * height, : 2 * width], (width, height), interpolation=cv2.INTER_AREA)
    return cast(Image, cv2.cvtColor(half, cv2.COLOR_BGR2GRAY))


def _copy(image: Image, grey: Image) -> Image:
    """The picture in grey, at most so wide that noise and the camera's size no longer matter."""
    height, width = image.shape[:2]
    size = (min(width, COPY_WIDTH_PX), max(1, round(height * min(1.0, COPY_WIDTH_PX / width))))
    if grey.shape[1] < size[0]:
        grey = cast(Image, cv2.cvtColor(image, cv2.COLOR_BGR2GRAY))
    while grey.shape[1] >= 2 * size[0] and grey.shape[0] >= 2 * size[1]:
        even = grey[: grey.shape[0] // 2 * 2, : grey.shape[1] // 2 * 2]
        grey = cast(Image, cv2.resize(even, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA))
    return cast(Image, cv2.resize(grey, size, interpolation=cv2.INTER_LINEAR))


def _flaw(copy: Image) -> str:
    """What is wrong with the picture itself; empty when nothing is."""
    dark, middle, bright = _levels(copy)
    if bright < BLACK_BELOW:
        return "black"
    if dark >= WASHED_OUT_FROM or (middle >= GLARE_FROM and dark >= GLARE_WITHOUT):
        return "washed_out"
    fine, coarse = _detail(copy)
    if coarse < COVERED_BELOW:
        return "covered"
    return "blurred" if fine < BLURRED_BELOW * coarse else ""


def _levels(copy: Image) -> tuple[int, int, int]:
    """The grey levels that 2, 50 and 98 % of the pixels do not pass."""
    counts = cv2.calcHist([copy], [0], None, [256], [0, 256]).ravel().cumsum()
    dark, middle, bright = np.searchsorted(counts, np.array([0.02, 0.5, 0.98]) * counts[-1])
    return int(dark), int(middle), int(bright)


def _detail(copy: Image) -> tuple[float, float]:
    """How strong the finest and the middle-sized detail is where it is strongest: what a lens out of focus loses first and last."""
    sharp = copy.astype(np.float32)
    soft = cv2.GaussianBlur(sharp, (13, 13), 2)[::2, ::2]
    # What is soft already loses nothing at half size, where a blur by 6 px of the copy is a further one by sqrt(6² - 2²) / 2.
    softer = cv2.GaussianBlur(soft, (17, 17), 2.83)
    return _strongest(sharp[::2, ::2] - soft), _strongest(soft - softer)


def _strongest(detail: NDArray[np.float32]) -> float:
    """What one place in a hundred exceeds."""
    sizes = np.abs(detail).ravel()
    rank = int(0.99 * (sizes.size - 1))
    return float(np.partition(sizes, rank)[rank])


def _remembered(copy: Image, at: datetime, memory: FitnessMemory | None) -> FitnessMemory:
    # A quarter of the rows holds noise enough.
    fingerprint = blake2b(copy[::4].tobytes(), digest_size=16).hexdigest()
    if memory is None or memory.fingerprint != fingerprint:
        return FitnessMemory(fingerprint, at, at, 1)
    if at <= memory.last_at:
        return memory
    return replace(memory, last_at=at, looks=memory.looks + 1)


def _is_frozen(memory: FitnessMemory) -> bool:
    return memory.looks >= FROZEN_LOOKS and memory.last_at - memory.since >= FROZEN_FOR
