"""What a camera usually shows, learnt from its fit looks and apart for each light, and whether a look still shows it.

A view is learnt at ever longer intervals, at most an hour apart and then by the smallest steps, so that seasons are learnt and a
day's shadows are not. An unfit look teaches nothing, and no look teaches what comes and goes: a parked car is not the street. What is
learnt lies where the zones were drawn: a moved look is moved back first.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import cast

import cv2
import numpy as np

from cameras.clarity import Clarity
from cameras.registration import HEIGHT, SURROUNDINGS_PX, TELLS_FROM, UNKNOWN, WIDTH, Levels, Registration, Relief, known_share, register
from town.geometry import Box, Shift
from town.sight import Image

TRUSTED_FROM = 8
"""Looks that a reference has learnt from before anything is measured against it."""

YOUNG_FOR = timedelta(days=1)
GIVES_WAY_AFTER = timedelta(hours=1)
"""A young reference may have learnt what the network did not name. It gives way to a view that it took for covered for so long, an older
one does not."""

LEARN_EVERY = timedelta(hours=1)
LEARN_AFTER = 8  # a reference that is eight minutes old learns after another one
SLOWEST = 96  # looks that a look is weighed against at most: twelve hours change an eighth of what they could, five days most of it

INFRARED_BELOW = 1.5  # difference of the colours in levels; real frames 4 and more, dim ones 3
NIGHT_BELOW = 60.0  # the brightest tenth; real frames by day 90 and more: what hides most of a view must not make it another light

AGREES_FROM = 0.25
MOSTLY_EMPTY = 0.5  # a view that agrees with nothing is covered from here on, and has moved below

FARTHEST = 0.06
"""By how much of its width or height a view may have moved for its zones to move along."""

BENT_FROM_PX = 1.0  # real frames 0.8 at most; turned by 1.5 degrees, 0.9 and more

STILL_WITHIN = 0.006
"""What registration may err by: a smaller shift is none."""

COVERED_FROM = 0.3
"""The hidden share, and twice the empty one, since what is hidden and empty is no passing bus. Real frames 0.18 at most; a third of the
view behind a leaf, a bag or paint 0.35 and more."""

SHARP_FROM = 0.65  # of the camera's usual sharpness; real frames 0.80 and more


class Light(StrEnum):
    DAY = "day"
    NIGHT = "night"
    """In colour, and dark: what shows is what lamps show."""
    INFRARED = "infrared"


@dataclass(frozen=True, eq=False, slots=True)
class Seen:
    """What a frame shows, as far as its view is concerned."""

    light: Light
    relief: Relief
    sharpness: float


@dataclass(frozen=True, eq=False, slots=True)
class Reference:
    """What a camera usually shows in one light: 5 kB. `looks` is how many it has learnt from."""

    relief: Relief
    sharpness: float
    looks: int
    since: datetime
    learnt_at: datetime

    @property
    def trusted(self) -> bool:
        return self.looks >= TRUSTED_FROM and known_share(self.relief) >= TELLS_FROM


@dataclass(frozen=True, eq=False, slots=True)
class View:
    """A camera's view. `shift` is how far it has moved since its zones were drawn; `moved` says that it has moved too far.

    `covered_since` is the first of the looks in a row that were covered.
    """

    references: Mapping[Light, Reference] = field(default_factory=dict)
    shift: Shift = field(default_factory=Shift)
    moved: bool = False
    covered_since: datetime | None = None


EMPTY_VIEW = View()


def light_of(image: Image, clarity: Clarity) -> Light:
    """In which light a picture (blue-green-red) was taken: one without colour is infra-red."""
    few = cv2.resize(image, (48, 27), interpolation=cv2.INTER_NEAREST)
    blue, green, red = cv2.split(few)
    colour = cv2.mean(cv2.absdiff(blue, green))[0] + cv2.mean(cv2.absdiff(green, red))[0]
    if colour < INFRARED_BELOW:
        return Light.INFRARED
    return Light.NIGHT if clarity.light < NIGHT_BELOW else Light.DAY


@dataclass(frozen=True, eq=False, slots=True)
class Lesson:
    """What a fit look can teach its view, whose `reference` it is to change; without one it begins anew. `shift` is the look's own."""

    seen: Seen
    reference: Reference | None
    shift: Shift
    at: datetime

    def taught(self, view: View, passing: Sequence[Box]) -> View:
        """The view after the lesson. `passing` are the boxes, in the look, of what comes and goes."""
        shown = _moved_back(_without(self.seen.relief, passing), self.shift)
        learnt = _begun(self, shown) if self.reference is None else _taught(self.reference, self, shown)
        return replace(view, references={**view.references, self.seen.light: learnt})


@dataclass(frozen=True, eq=False, slots=True)
class ViewJudgement:
    """`flaw` is what is wrong with a look by what its camera usually shows: moved, covered, blurred, or nothing."""

    flaw: str
    view: View
    lesson: Lesson | None = None


def judge_view(view: View, seen: Seen, at: datetime) -> ViewJudgement:
    """Measure a look against what its camera usually shows. `view` becomes what is known of it now, but for what the look teaches."""
    reference = view.references.get(seen.light)
    if reference is None or not reference.trusted:
        return _judge_unlearnt(view, reference, seen, at)
    found = register(reference.relief, seen.relief)
    flaw = _flaw(found) or ("blurred" if seen.sharpness < SHARP_FROM * reference.sharpness else "")
    if flaw == "covered":
        return _judge_covered(view, reference, seen, at)
    if flaw:
        return ViewJudgement(flaw, replace(view, moved=True) if flaw == "moved" and not view.moved else view)
    return _fit(view, reference, seen, found.shift, at)


def _fit(view: View, reference: Reference, seen: Seen, shift: Shift, at: datetime) -> ViewJudgement:
    return ViewJudgement("", _settled(view, shift), Lesson(seen, reference, shift, at) if _is_due(reference, at) else None)


def _judge_covered(view: View, reference: Reference, seen: Seen, at: datetime) -> ViewJudgement:
    since = view.covered_since or at
    if at - since >= GIVES_WAY_AFTER and since - reference.since < YOUNG_FOR:
        return ViewJudgement("", replace(view, covered_since=None), Lesson(seen, None, view.shift, at))
    return ViewJudgement("covered", view if view.covered_since else replace(view, covered_since=at))


def _judge_unlearnt(view: View, reference: Reference | None, seen: Seen, at: datetime) -> ViewJudgement:
    """A view that is known to have moved in another light is not learnt anew in this one."""
    if view.moved:
        return ViewJudgement("moved", view)
    anew = ViewJudgement("", view, Lesson(seen, None, view.shift, at))
    if reference is None:
        return anew
    found = register(reference.relief, seen.relief)
    return anew if _flaw(found) else _fit(view, reference, seen, found.shift, at)


def _flaw(found: Registration) -> str:
    if found.agreement < AGREES_FROM:
        return "covered" if found.empty >= MOSTLY_EMPTY else "moved"
    if max(abs(found.shift.dx), abs(found.shift.dy)) > FARTHEST or found.bend_px >= BENT_FROM_PX:
        return "moved"
    return "covered" if found.hidden + 2 * found.empty >= COVERED_FROM else ""


def _settled(view: View, found: Shift) -> View:
    """The view with the shift to judge by: it stays until it has certainly changed, so that zones do not tremble."""
    shift = view.shift
    if found.differs(shift, STILL_WITHIN):
        shift = Shift(round(found.dx, 3), round(found.dy, 3)) if found.differs(Shift(), STILL_WITHIN) else Shift()
    if shift == view.shift and not view.moved and view.covered_since is None:
        return view
    return replace(view, shift=shift, moved=False, covered_since=None)


def _begun(lesson: Lesson, shown: Levels) -> Reference:
    return Reference(_packed(shown), lesson.seen.sharpness, 1, lesson.at, lesson.at)


def _taught(reference: Reference, lesson: Lesson, shown: Levels) -> Reference:
    """What is known changes by steps; what was unknown is taken as it shows."""
    looks = min(reference.looks + 1, SLOWEST)
    known = np.where(reference.relief == UNKNOWN, np.float32(np.nan), reference.relief)
    step = (shown - known) / looks
    # Never less than a level: what is learnt slowly must not be lost in rounding.
    learnt = known + np.where(np.abs(step) < 1, np.sign(step), step)
    learnt = np.where(np.isnan(shown), known, np.where(np.isnan(known), shown, learnt))
    sharpness = reference.sharpness + (lesson.seen.sharpness - reference.sharpness) / looks
    return Reference(_packed(learnt), sharpness, looks, reference.since, lesson.at)


def _is_due(reference: Reference, at: datetime) -> bool:
    if at <= reference.learnt_at:
        return at < reference.since  # a clock that was set back must not end all learning
    age = reference.learnt_at - reference.since
    return not reference.trusted or at - reference.learnt_at >= min(LEARN_EVERY, age / LEARN_AFTER)


def _without(relief: Relief, passing: Sequence[Box]) -> Levels:
    """The relief without what comes and goes, nor what it lends its surroundings; nothing (NaN) is known there."""
    shown, reach = relief.astype(np.float32), SURROUNDINGS_PX // 2
    for box in passing:
        left, top = max(0, int(box.x1 * WIDTH) - reach), max(0, int(box.y1 * HEIGHT) - reach)
        shown[top : int(box.y2 * HEIGHT) + 1 + reach, left : int(box.x2 * WIDTH) + 1 + reach] = np.nan
    return shown


def _moved_back(shown: Levels, shift: Shift) -> Levels:
    """What a look shows as it would be in an unmoved view. Nothing (NaN) is known of what it does not show."""
    if not shift:
        return shown
    back = np.array([[1, 0, shift.dx * WIDTH], [0, 1, shift.dy * HEIGHT]], np.float32)
    how = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    return cast(Levels, cv2.warpAffine(shown, back, (WIDTH, HEIGHT), flags=how, borderMode=cv2.BORDER_CONSTANT, borderValue=np.nan))


def _packed(levels: Levels) -> Relief:
    return cast(Relief, np.where(np.isnan(levels), UNKNOWN, np.clip(np.rint(levels), -127, 127)).astype(np.int8))
