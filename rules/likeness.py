"""Whether two looks at one place show one vehicle: whether its edges lie where they lay."""

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from town.appearance import Appearance, Fields, fields_of
from town.value_object import value_object

SAME_VEHICLE = 0.54
"""From this likeness on, two looks at one place show one vehicle.

Chosen on three mornings of a car park (84 pairs of one car, 72 of two cars that stood in one slot), where 0.50 to 0.57 make no
mistake; `bench/appearance.py` tells how often it is wrong on a fourth, which it was not chosen on.
"""

REACH = 1
"""By how many cells a look may be moved to fit the other: a camera trembles, and a car is about 26 cells long."""

LEAST_SHARED = 3
"""Looks that share fewer rows or columns than this are not compared."""

Steps = NDArray[np.float32]
Indices = NDArray[np.intp]

ROOTS: Steps = np.concatenate([np.sqrt(np.arange(256)), -np.sqrt(np.arange(255, 0, -1))]).astype(np.float32)
"""The root of each step of light, with its sign (a negative step counts from the end): one bright edge must not outweigh all others."""


@value_object
class Edges:
    """The edges of a look: where it lies on the frame's grid, its rows and columns, their steps of light, and the sum of their squares.

    `steps` are those across of all cells, then those down of all cells.
    """

    octave: int
    left: int
    top: int
    shape: tuple[int, int]
    steps: Steps
    energy: float

    @property
    def planes(self) -> Steps:
        """2 × rows × columns."""
        return self.steps.reshape(2, *self.shape)


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
    still = _correlation(a, b)
    if still >= SAME_VEHICLE:
        return still
    moves = range(-REACH, REACH + 1)
    return max(_correlation(a, b, right, down) for right in moves for down in moves)


@lru_cache(maxsize=256)
def edges(packed: bytes) -> Edges:
    """Raises ValueError for what is no appearance."""
    return _edges(fields_of(packed))


@lru_cache(maxsize=256)
def _coarse_edges(packed: bytes) -> Edges:
    return _edges(Appearance.unpacked(packed).coarser())


def _edges(look: Fields) -> Edges:
    octave, left, top, columns, cells = look
    shape, light = (len(cells) // columns, columns), cells.astype(np.intp)
    after, before = _neighbours(shape)
    # Few calls on short arrays: what a look costs is the calls, and it is asked of every vehicle at every look.
    steps = ROOTS[light[after] - light[before]]
    return Edges(octave, left, top, shape, steps, float(steps.dot(steps)))


@lru_cache(maxsize=128)
def _neighbours(shape: tuple[int, int]) -> tuple[Indices, Indices]:
    """Of every cell, the next and the last one across, and then down. A cell at the border is its own: no edge is known there."""
    rows, columns = shape
    cells = np.arange(rows * columns).reshape(rows, columns)
    after, before = np.stack([cells, cells]), np.stack([cells, cells])
    after[0, :, 1:-1], before[0, :, 1:-1] = cells[:, 2:], cells[:, :-2]
    after[1, 1:-1], before[1, 1:-1] = cells[2:], cells[:-2]
    return after.ravel(), before.ravel()


def _correlation(a: Edges, b: Edges, right: int = 0, down: int = 0) -> float:
    """How alike they are where `b`, moved by so many cells, lies over `a`."""
    across, under = b.left - a.left + right, b.top - a.top + down
    if not across and not under and a.shape == b.shape:  # the most frequent by far, and what they share is all of both
        whole = math.sqrt(a.energy * b.energy)
        return float(a.steps.dot(b.steps)) / whole if whole else 0.0
    left, last_column = max(0, across), min(a.shape[1], across + b.shape[1])
    top, last_row = max(0, under), min(a.shape[0], under + b.shape[0])
    if last_column - left < LEAST_SHARED or last_row - top < LEAST_SHARED:
        return 0.0
    ours = a.planes[:, top:last_row, left:last_column].ravel()
    theirs = b.planes[:, top - under : last_row - under, left - across : last_column - across].ravel()
    shared = math.sqrt(float(ours.dot(ours)) * float(theirs.dot(theirs)))
    whole = max(shared, min(a.energy, b.energy))
    return float(ours.dot(theirs)) / whole if whole else 0.0
