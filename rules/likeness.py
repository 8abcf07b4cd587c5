"""Whether two looks at one place show one vehicle: whether its edges lie where they lay."""

import math
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from town.appearance import Appearance

SAME_VEHICLE = 0.54
"""From this likeness on, two looks at one place show one vehicle.

Chosen on three mornings of a car park (84 pairs of one car, 72 of two cars that stood in one slot), where 0.50 to 0.57 make no
mistake; `bench/appearance.py` tells how often it is wrong on a fourth, which it was not chosen on.
"""

REACH = 1
"""By how many cells a look may be moved to fit the other: a camera trembles, and a car is about 26 cells long."""

LEAST_SHARED = 3
"""Looks that share fewer rows or columns than this are not compared."""

Plane = NDArray[np.float32]


class Edges(NamedTuple):
    """The edges of a look (2 × rows × columns: across, down), where they lie on the frame's grid, and the sum of their squares."""

    octave: int
    left: int
    top: int
    planes: Plane
    energy: float


def likeness(one: bytes, other: bytes) -> float:
    """How alike two packed appearances are, -1 to 1: the correlation of their edges where both lie, best of small moves.

    What only one of them covers counts against them as far as it exceeds the smaller of both. 0 where they cannot be compared: one is
    far larger, or they hardly share a cell.
    """
    a, b = edges(one), edges(other)
    if one == other:  # a look that was reused
        return 1.0 if a.energy else 0.0
    if abs(a.octave - b.octave) > 1:
        return 0.0
    if a.octave != b.octave:
        a, b = (_coarse_edges(one), b) if a.octave < b.octave else (a, _coarse_edges(other))
    still = _correlation(a, b, 0, 0)
    if still >= SAME_VEHICLE:
        return still
    moves = range(-REACH, REACH + 1)
    return max(_correlation(a, b, right, down) for right in moves for down in moves)


@lru_cache(maxsize=4096)
def edges(packed: bytes) -> Edges:
    """Raises ValueError for what is no appearance."""
    return _edges(Appearance.unpacked(packed))


@lru_cache(maxsize=512)
def _coarse_edges(packed: bytes) -> Edges:
    return _edges(Appearance.unpacked(packed).coarser())


def _edges(look: Appearance) -> Edges:
    light = look.light.astype(np.float32)
    steps = np.zeros((2, *light.shape), dtype=np.float32)
    np.subtract(light[:, 2:], light[:, :-2], out=steps[0, :, 1:-1])
    np.subtract(light[2:], light[:-2], out=steps[1, 1:-1])
    # The root of a step, with its sign: one bright edge must not outweigh all others.
    planes = np.copysign(np.sqrt(np.abs(steps)), steps)
    return Edges(look.octave, look.left, look.top, planes, float(np.vdot(planes, planes)))


def _correlation(a: Edges, b: Edges, right: int, down: int) -> float:
    """How alike they are where `b`, moved by so many cells, lies over `a`."""
    across, under = b.left - a.left + right, b.top - a.top + down
    if not across and not under and a.planes.shape == b.planes.shape:  # the most frequent by far, and what they share is all of both
        whole = math.sqrt(a.energy * b.energy)
        return float(a.planes.ravel().dot(b.planes.ravel())) / whole if whole else 0.0
    rows, columns = a.planes.shape[1:]
    left, last_column = max(0, across), min(columns, across + b.planes.shape[2])
    top, last_row = max(0, under), min(rows, under + b.planes.shape[1])
    if last_column - left < LEAST_SHARED or last_row - top < LEAST_SHARED:
        return 0.0
    ours = a.planes[:, top:last_row, left:last_column].ravel()
    theirs = b.planes[:, top - under : last_row - under, left - across : last_column - across].ravel()
    shared = math.sqrt(float(ours.dot(ours)) * float(theirs.dot(theirs)))
    whole = max(shared, min(a.energy, b.energy))
    return float(ours.dot(theirs)) / whole if whole else 0.0
