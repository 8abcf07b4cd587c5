"""Positions as base maps made in China show them: GCJ-02, which moves WGS-84 by some hundred metres.

The law asks for it of every map published there, and its formula was never published officially. This is the one that all open
implementations share (eviltransform, https://github.com/googollee/eviltransform; the terms of the series are those of its `delta`).
"""

import math
from enum import StrEnum

from town.geometry import Position

_AXIS_M = 6378245.0
"""The semi-major axis of the Krasovsky 1940 ellipsoid."""
_ECCENTRICITY_2 = 0.00669342162296594323
_CENTRE = Position(35.0, 105.0)
_SOUTH, _NORTH, _WEST, _EAST = 0.8293, 55.8271, 72.004, 137.8347


class Datum(StrEnum):
    """What the coordinates of a map mean."""

    WGS84 = "wgs84"
    GCJ02 = "gcj02"


def shown_in(datum: Datum, at: Position) -> Position:
    """Where a WGS-84 position lies on a map of a datum."""
    return gcj02_of(at) if datum is Datum.GCJ02 else at


def gcj02_of(at: Position) -> Position:
    """A WGS-84 position in GCJ-02. Outside of China's rectangle nothing is moved."""
    if not (_SOUTH <= at.lat <= _NORTH and _WEST <= at.lon <= _EAST):
        return at
    north, east = _shift_m(at.lon - _CENTRE.lon, at.lat - _CENTRE.lat)
    lat = math.radians(at.lat)
    magic = 1 - _ECCENTRICITY_2 * math.sin(lat) ** 2
    along_meridian_m = _AXIS_M * (1 - _ECCENTRICITY_2) / (magic * math.sqrt(magic))
    along_parallel_m = _AXIS_M / math.sqrt(magic) * math.cos(lat)
    return Position(at.lat + math.degrees(north / along_meridian_m), at.lon + math.degrees(east / along_parallel_m))


def _shift_m(x: float, y: float) -> tuple[float, float]:
    """How far a place is moved north and east, in metres; `x` and `y` are degrees east and north of the centre."""
    shared = 20 * _sine(6 * x) + 20 * _sine(2 * x)
    root, product = math.sqrt(abs(x)), x * y
    north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * product + 0.2 * root
    north += (shared + 20 * _sine(y) + 40 * _sine(y / 3) + 160 * _sine(y / 12) + 320 * _sine(y / 30)) * 2 / 3
    east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * product + 0.1 * root
    east += (shared + 20 * _sine(x) + 40 * _sine(x / 3) + 150 * _sine(x / 12) + 300 * _sine(x / 30)) * 2 / 3
    return north, east


def _sine(half_turns: float) -> float:
    return math.sin(half_turns * math.pi)
