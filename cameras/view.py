"""What a camera usually shows, learnt from its fit looks and apart for each light, and whether a look still shows it.

A view is learnt at ever longer intervals, at most an hour apart and then by the smallest steps, so that seasons are learnt and a
day's shadows are not. An unfit look teaches nothing. What is learnt lies where the zones were drawn: a moved look is moved back first.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import cast

import cv2
import numpy as np

from cameras.clarity import Clarity
from cameras.registration import HEIGHT, WIDTH, Registration, Relief, register
from town.geometry import Shift
from town.sight import Image

TRUSTED_FROM = 8
"""Looks that a reference has learnt from before anything is measured against it."""

YOUNG_FOR = timedelta(days=1)
GIVES_WAY_AFTER = timedelta(hours=1)
"""A young reference may have learnt a parked car. It gives way to a view that it took for covered for so long, an older one does not."""

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
        return self.looks >= TRUSTED_FROM


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


def judge_view(view: View, seen: Seen, at: datetime) -> tuple[str, View]:
    """What is wrong with a look by what its camera usually shows (moved, covered, blurred, or nothing), and the view after it."""
    reference = view.references.get(seen.light)
    if reference is None or not reference.trusted:
        return _judge_unlearnt(view, reference, seen, at)
    found = register(reference.relief, seen.relief)
    flaw = _flaw(found) or ("blurred" if seen.sharpness < SHARP_FROM * reference.sharpness else "")
    if flaw == "covered":
        return _judge_covered(view, reference, seen, at)
    if flaw:
        return flaw, replace(view, moved=True) if flaw == "moved" and not view.moved else view
    return "", _taught(_settled(view, found.shift), reference, seen, found.shift, at)


def _judge_covered(view: View, reference: Reference, seen: Seen, at: datetime) -> tuple[str, View]:
    since = view.covered_since or at
    if at - since >= GIVES_WAY_AFTER and since - reference.since < YOUNG_FOR:
        return "", _begun(replace(view, covered_since=None), seen, at)
    return "covered", view if view.covered_since else replace(view, covered_since=at)


def _judge_unlearnt(view: View, reference: Reference | None, seen: Seen, at: datetime) -> tuple[str, View]:
    """A view that is known to have moved in another light is not learnt anew in this one."""
    if view.moved:
        return "moved", view
    if reference is None:
        return "", _begun(view, seen, at)
    found = register(reference.relief, seen.relief)
    if _flaw(found):
        return "", _begun(view, seen, at)
    return "", _taught(_settled(view, found.shift), reference, seen, found.shift, at)


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


def _begun(view: View, seen: Seen, at: datetime) -> View:
    relief = _moved_back(seen.relief, view.shift, np.zeros_like(seen.relief))
    return _with(view, seen.light, Reference(relief, seen.sharpness, 1, at, at))


def _taught(view: View, reference: Reference, seen: Seen, shift: Shift, at: datetime) -> View:
    if not _is_due(reference, at):
        return view
    looks = min(reference.looks + 1, SLOWEST)
    known, shown = reference.relief.astype(np.float32), _moved_back(seen.relief, shift, reference.relief).astype(np.float32)
    step = (shown - known) / looks
    # Never less than a level: what is learnt slowly must not be lost in rounding.
    step = np.where(np.abs(step) < 1, np.sign(step), step)
    sharpness = reference.sharpness + (seen.sharpness - reference.sharpness) / looks
    learnt = Reference(np.rint(known + step).astype(np.int8), sharpness, looks, reference.since, at)
    return _with(view, seen.light, learnt)


def _is_due(reference: Reference, at: datetime) -> bool:
    if at <= reference.learnt_at:
        return at < reference.since  # a clock that was set back must not end all learning
    age = reference.learnt_at - reference.since
    return not reference.trusted or at - reference.learnt_at >= min(LEARN_EVERY, age / LEARN_AFTER)


def _moved_back(relief: Relief, shift: Shift, elsewhere: Relief) -> Relief:
    """The relief as it would be in an unmoved view; what it does not show is taken from `elsewhere`."""
    if not shift:
        return relief
    back = np.array([[1, 0, shift.dx * WIDTH], [0, 1, shift.dy * HEIGHT]], np.float32)
    how = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    moved = cv2.warpAffine(relief.astype(np.float32), back, (WIDTH, HEIGHT), flags=how, borderMode=cv2.BORDER_REPLICATE)
    rows, columns = np.mgrid[:HEIGHT, :WIDTH].astype(np.float32)
    x, y = columns + shift.dx * WIDTH, rows + shift.dy * HEIGHT
    shown = (x >= 0) & (x <= WIDTH - 1) & (y >= 0) & (y <= HEIGHT - 1)
    return cast(Relief, np.where(shown, np.clip(np.rint(moved), -127, 127), elsewhere).astype(np.int8))


def _with(view: View, light: Light, reference: Reference) -> View:
    return replace(view, references={**view.references, light: reference})
