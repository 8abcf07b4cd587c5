"""Whether a view is fit to judge: by the picture itself, by whether it still moves, and by what its camera usually shows."""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import cast

import cv2

from cameras.clarity import Copies, clarity_of, copies_of
from cameras.registration import relief_of
from cameras.view import EMPTY_VIEW, Lesson, Seen, View, ViewJudgement, judge_view, light_of
from town.geometry import Box, Shift
from town.sight import Frame, Image

FROZEN_LOOKS = 3
FROZEN_FOR = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class FitnessMemory:
    """What a camera showed last: a fingerprint of it, since when it has not changed, when it was last seen and in how many looks."""

    fingerprint: int
    since: datetime
    last_at: datetime
    looks: int


@dataclass(frozen=True, slots=True)
class Fitness:
    """`reason` is fit, black, washed_out, covered, blurred, frozen or moved. `memory` goes into the camera's next judgement, and so does
    `view`, or what it has learnt.

    `grey` is the frame in grey at half its size, height × width: made on the way, for whoever looks on.
    """

    fit: bool
    reason: str
    memory: FitnessMemory
    view: View = field(compare=False)
    grey: Image = field(compare=False)
    lesson: Lesson | None = field(compare=False)

    @property
    def shift(self) -> Shift:
        """How far a fit view has moved since the camera's zones were drawn."""
        return self.view.shift if self.fit else Shift()

    def learnt(self, passing: Sequence[Box]) -> View:
        """The view after it has learnt from a fit look, but for what comes and goes: the boxes of it in the frame."""
        return self.lesson.taught(self.view, passing) if self.lesson else self.view


def judge_fitness(frame: Frame, memory: FitnessMemory | None, view: View = EMPTY_VIEW) -> Fitness:
    """Judge one frame by itself, by whether the camera still moves, and by what it usually shows, once that is learnt.

    `memory` and `view` are what the camera's last judgement left. Real cameras never give the same noise twice.
    """
    grey = grey_half(frame.image)
    copies = copies_of(grey)
    memory = _remembered(copies, frame.taken_at, memory)
    clarity = clarity_of(copies)
    flaw = clarity.flaw or ("frozen" if _is_frozen(memory) else "")
    judged = ViewJudgement(flaw, view)
    if not flaw:
        seen = Seen(light_of(frame.image, clarity), relief_of(copies.coarse), clarity.sharpness)
        judged = judge_view(view, seen, frame.taken_at)
    return Fitness(not judged.flaw, judged.flaw or "fit", memory, judged.view, grey, judged.lesson)


def grey_half(image: Image) -> Image:
    """A picture in grey at half its size. An odd row or column is left out: only exact halves are quick."""
    height, width = (max(1, side // 2) for side in image.shape[:2])
    half = cv2.resize(image[: 2 * height, : 2 * width], (width, height), interpolation=cv2.INTER_AREA)
    return cast(Image, cv2.cvtColor(half, cv2.COLOR_BGR2GRAY))


def _remembered(copies: Copies, at: datetime, memory: FitnessMemory | None) -> FitnessMemory:
    # A quarter of the rows holds noise enough.
    fingerprint = zlib.crc32(copies.fine[::4].tobytes())
    if memory is None or memory.fingerprint != fingerprint:
        return FitnessMemory(fingerprint, at, at, 1)
    if at <= memory.last_at:
        return memory
    return replace(memory, last_at=at, looks=memory.looks + 1)


def _is_frozen(memory: FitnessMemory) -> bool:
    return memory.looks >= FROZEN_LOOKS and memory.last_at - memory.since >= FROZEN_FOR
