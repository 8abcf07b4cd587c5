"""Where a picture shows what its camera usually shows: how far the view has moved, and what of it is hidden.

What is compared is relief: how much lighter or darker a place is than its surroundings, as a share of their light. Clouds,
exposure and the inside of a shadow leave it alone.
"""

from dataclasses import dataclass
from typing import Any, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from town.geometry import Shift
from town.sight import Image

WIDTH, HEIGHT = 96, 54
"""Of a relief. Registered to 6 px of 1280 on real frames at other times of day; at 128 × 72, twice the memory, to 5 px."""

SURROUNDINGS_PX = 7
DARKNESS, DARKEST = 0.16, 6.0
"""Added to the surroundings' light, as a share of the whole picture's and in grey levels at least: noise in the dark is no relief."""

STEEPEST = 0.236
"""A relief beyond this counts as this, so that a few lamps and lines do not outweigh the street."""

REACH = 0.1
"""How far a moved view is searched for, as a share of its sides."""

CELLS = (16, 9)
HIDDEN_BELOW = 0.3  # of the reference's relief: what is less is not the reference's
EMPTY_BELOW = 0.4
"""A cell shows less than this of the reference's relief, and has less than this of its energy: a soft thing before the lens. What
comes into the street hides the reference's relief too, but brings its own."""

BENT_BELOW = 0.85
"""From this agreement on nothing has turned. Of a car park: half of the day's frames 0.95 and more, turned by a degree 0.85 at most."""

TELLS_FROM = 0.4
"""The known share of a reference, or of a quarter of it, from which on it is measured against."""

QUARTER_FITS_FROM = 0.4
QUARTER_REACH_PX = 4

PLAIN_BELOW = 100.0
"""Cells whose reference has less energy tell nothing. In squared levels; the plainest tenth of a car park's measured 600."""

UNKNOWN = -128

Relief = NDArray[np.int8]
"""54 × 96; -127 is all dark in light surroundings, 0 like its surroundings, UNKNOWN (in a reference alone) never seen without what comes
and goes."""

Levels = NDArray[np.float32]
Part = tuple[slice, slice]


@dataclass(frozen=True, slots=True)
class Registration:
    """How a relief lies on a reference.

    `agreement` is their normalised correlation where they fit best, -1 to 1: other views measured at most 0.12, the same view at any
    hour of the day and months later at least 0.5. `hidden` is the share of the view that shows nothing of the reference, `empty` the
    share that shows nothing of it and nothing else. `bend_px` is how far the quarters of the view disagree about the shift, in pixels of
    the relief: a view that was turned or zoomed.
    """

    shift: Shift
    agreement: float
    hidden: float
    empty: float
    bend_px: float


def known_share(reference: Relief) -> float:
    return float((reference != UNKNOWN).mean())


def relief_of(copy: Image) -> Relief:
    """The relief of a picture in grey, best one of about 160 × 90: a larger one would lend it its noise."""
    light = cv2.resize(copy, (WIDTH, HEIGHT), interpolation=cv2.INTER_LINEAR).astype(np.float32)
    around = cv2.blur(light, (SURROUNDINGS_PX, SURROUNDINGS_PX))
    floor = max(DARKEST, DARKNESS * cv2.mean(light)[0])
    levels = cv2.divide(light - around, around + floor, scale=127 / STEEPEST)
    return cast(Relief, np.rint(np.clip(levels, -127, 127)).astype(np.int8))


def register(reference: Relief, relief: Relief) -> Registration:
    """Find the relief on the reference, and compare them where they overlap and the reference is known."""
    known = (reference != UNKNOWN).astype(np.float32)
    before, after = reference * known, relief.astype(np.float32)
    shift, agreement = _found_nearby(before, known, after) or _found_on(before, known, after)
    here, there = _overlap(round(shift.dx * WIDTH), round(shift.dy * HEIGHT))
    before, known, after = before[here], known[here], after[there]
    hidden, empty = _lost(before, after * known)
    return Registration(shift, agreement, hidden, empty, 0.0 if agreement >= BENT_BELOW else _bend_px(before, known, after))


def _found_on(before: Levels, known: Levels, after: Levels) -> tuple[Shift, float]:
    """Where the middle of `before` lies in `after`, as a shift of the view in shares of its sides, and how well it fits there."""
    x, y, fit = _best_fit(before, known, after, round(WIDTH * REACH), round(HEIGHT * REACH))
    return Shift(x / WIDTH, y / HEIGHT), fit


def _found_nearby(before: Levels, known: Levels, after: Levels) -> tuple[Shift, float] | None:
    """The same, far quicker, where the view has plainly not moved by a pixel: then it fits well, and no neighbouring place fits better."""
    middle = after[1:-1, 1:-1]

    def fit(x: int, y: int) -> float:
        there = (slice(1 + y, HEIGHT - 1 + y), slice(1 + x, WIDTH - 1 + x))
        shown = (middle * known[there]).ravel()
        there_before = before[there].ravel()
        return float(there_before.dot(shown)) / (cv2.norm(there_before) * cv2.norm(shown) + 1e-6)

    here = fit(0, 0)
    if here < BENT_BELOW:
        return None
    across, down = np.array([fit(-1, 0), here, fit(1, 0)]), np.array([fit(0, -1), here, fit(0, 1)])
    if here < max(across.max(), down.max()):
        return None
    return Shift(-_peak(across, 1) / WIDTH, -_peak(down, 1) / HEIGHT), here


def _best_fit(before: Levels, known: Levels, after: Levels, reach_x: int, reach_y: int) -> tuple[float, float, float]:
    """How far to the right and down what `before` shows stands in `after`, in pixels, and how well it fits there.

    That is the correlation normalised by what both show where `before` is known.
    """
    height, width = after.shape
    middle = (slice(reach_y, height - reach_y), slice(reach_x, width - reach_x))
    shared = cv2.matchTemplate(after, np.ascontiguousarray(before[middle]), cv2.TM_CCORR)
    shown = cv2.matchTemplate(after * after, np.ascontiguousarray(known[middle]), cv2.TM_CCORR)
    fits = shared / (cv2.norm(before[middle]) * np.sqrt(np.maximum(shown, 0)) + 1e-6)
    _, best, _, (x, y) = cv2.minMaxLoc(fits)
    return x + _peak(fits[y], x) - reach_x, y + _peak(fits[:, x], y) - reach_y, float(best)


def _peak(fits: NDArray[Any], at: int) -> float:
    """How far beside a whole pixel the peak of a parabola through it and its neighbours lies."""
    if not 0 < at < len(fits) - 1:
        return 0.0
    left, middle, right = (float(fit) for fit in fits[at - 1 : at + 2])
    bend = left - 2 * middle + right
    return 0.5 * (left - right) / bend if bend < 0 else 0.0


def _overlap(x: int, y: int) -> tuple[Part, Part]:
    """The parts of a reference and of a relief that show the same, where the view shows all x further right and y further down."""
    left, right, top, bottom = max(0, x), min(WIDTH, WIDTH + x), max(0, y), min(HEIGHT, HEIGHT + y)
    return (slice(top - y, bottom - y), slice(left - x, right - x)), (slice(top, bottom), slice(left, right))


def _bend_px(before: Levels, known: Levels, after: Levels) -> float:
    """The largest difference between the shifts of the quarters that can be told, in pixels."""
    height, width = after.shape[0] // 2, after.shape[1] // 2
    quarters = [(slice(y, y + height), slice(x, x + width)) for y in (0, height) for x in (0, width)]
    telling = [one for one in quarters if known[one].mean() >= TELLS_FROM]
    fits = [_best_fit(before[one], known[one], after[one], QUARTER_REACH_PX, QUARTER_REACH_PX) for one in telling]
    shifts = np.array([(x, y) for x, y, fit in fits if fit >= QUARTER_FITS_FROM])
    return float(np.ptp(shifts, axis=0).max()) if len(shifts) > 1 else 0.0


def _lost(before: Levels, after: Levels) -> tuple[float, float]:
    usual, shared, shown = (_in_cells(first * second) for first, second in ((before, before), (before, after), (after, after)))
    tells = usual >= PLAIN_BELOW
    count = int(tells.sum())
    if not count:
        return 0.0, 0.0
    hidden = tells & (shared < HIDDEN_BELOW * usual)
    empty = tells & (shared < EMPTY_BELOW * usual) & (shown < EMPTY_BELOW * usual)
    return float(hidden.sum() / count), float(empty.sum() / count)


def _in_cells(levels: Levels) -> Levels:
    """The mean of every cell and of those around it."""
    cells = cv2.resize(levels, CELLS, interpolation=cv2.INTER_AREA)
    return cast(Levels, cv2.blur(cells, (3, 3), borderType=cv2.BORDER_REFLECT))
