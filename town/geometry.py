"""Places in a picture (normalised 0 to 1) and on the ground (degrees), as values that cannot be wrong."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import shapely
import shapely.affinity

EARTH_RADIUS_M = 6_371_008.8


@dataclass(frozen=True, slots=True)
class Box:
    """An axis-aligned rectangle in a picture, `x1 <= x2` and `y1 <= y2`, normalised 0 to 1.

    Raises ValueError for corners in the wrong order or not finite.
    """

    x1: float
    y1: float
    x2: float
    y2: float

    def __post_init__(self) -> None:
        if not (self.x1 <= self.x2 and self.y1 <= self.y2 and math.isfinite((self.x2 - self.x1) * (self.y2 - self.y1))):
            raise ValueError(f"not a box: {self.x1}, {self.y1}, {self.x2}, {self.y2}")

    @classmethod
    def around(cls, cx: float, cy: float, width: float, height: float) -> Self:
        return cls(cx - width / 2, cy - height / 2, cx + width / 2, cy + height / 2)

    @property
    def width(self) -> float:
        return self.x2 - self.x1

    @property
    def height(self) -> float:
        return self.y2 - self.y1

    @property
    def area(self) -> float:
        return (self.x2 - self.x1) * (self.y2 - self.y1)

    @property
    def center(self) -> tuple[float, float]:
        return (self.x1 + self.x2) / 2, (self.y1 + self.y2) / 2

    def shared_area(self, other: "Box") -> float:
        x1, y1, x2, y2 = self.x1, self.y1, self.x2, self.y2
        left, top, right, bottom = other.x1, other.y1, other.x2, other.y2
        # Asked of every pair of boxes: calls of min and max would take half as long again.
        width = (x2 if x2 < right else right) - (x1 if x1 > left else left)  # noqa: FURB136
        height = (y2 if y2 < bottom else bottom) - (y1 if y1 > top else top)  # noqa: FURB136
        return width * height if width > 0 and height > 0 else 0.0

    def overlap(self, other: "Box") -> float:
        """Intersection over union, 0 to 1."""
        shared = self.shared_area(other)
        return shared / (self.area + other.area - shared) if shared else 0.0

    def clipped(self) -> "Box":
        """The part of the box that lies in the picture."""
        return Box(*(min(max(value, 0.0), 1.0) for value in (self.x1, self.y1, self.x2, self.y2)))

    def as_list(self, digits: int = 4) -> list[float]:
        return [round(value, digits) for value in (self.x1, self.y1, self.x2, self.y2)]


@dataclass(frozen=True, slots=True)
class Shift:
    """How far what a picture shows has moved, in shares of its sides: to the right and down."""

    dx: float = 0.0
    dy: float = 0.0

    def __bool__(self) -> bool:
        return bool(self.dx or self.dy)

    def differs(self, other: "Shift", by: float) -> bool:
        return abs(self.dx - other.dx) > by or abs(self.dy - other.dy) > by


@dataclass(frozen=True)
class Polygon:
    """A simple polygon in a picture, clockwise or not, normalised 0 to 1.

    Raises ValueError for fewer than three corners, a corner outside the picture, no area, or crossing sides.
    """

    corners: tuple[tuple[float, float], ...]

    def __post_init__(self) -> None:
        if len(self.corners) < 3:
            raise ValueError(f"a polygon needs at least 3 corners, this one has {len(self.corners)}")
        if not all(0 <= x <= 1 and 0 <= y <= 1 for x, y in self.corners):
            raise ValueError("every corner must lie in the picture: x and y from 0 to 1")
        if not self._shape.is_valid:
            raise ValueError("the sides of the polygon cross each other")
        if self._shape.area < 1e-6:
            raise ValueError("the polygon has no area")

    @classmethod
    def of(cls, corners: Iterable[Iterable[float]]) -> Self:
        pairs = [tuple(corner) for corner in corners]
        if any(len(pair) != 2 for pair in pairs):
            raise ValueError("every corner needs two numbers, x and y")
        return cls(tuple((pair[0], pair[1]) for pair in pairs))

    @cached_property
    def _shape(self) -> shapely.Polygon:
        return shapely.Polygon(self.corners)

    @cached_property
    def bounds(self) -> Box:
        return Box(*self._shape.bounds)

    def shifted(self, shift: Shift) -> "Polygon":
        """The polygon moved, as far as it then lies in the picture; its largest piece there. Raises ValueError where none is left."""
        moved = shapely.affinity.translate(self._shape, shift.dx, shift.dy).intersection(shapely.box(0, 0, 1, 1))
        largest = max(shapely.get_parts(moved), key=lambda piece: piece.area, default=shapely.Polygon())
        corners = shapely.get_coordinates(largest)[:-1].clip(0, 1).tolist()
        return Polygon.of(corners)

    @cached_property
    def area(self) -> float:
        return float(self._shape.area)

    def contains(self, x: float, y: float) -> bool:
        return bool(shapely.contains_xy(self._shape, x, y))

    def covers(self, box: Box) -> float:
        """The share of the box that lies in the polygon, 0 to 1."""
        if not box.area or not self.bounds.shared_area(box):
            return 0.0
        return float(self._shape.intersection(shapely.box(box.x1, box.y1, box.x2, box.y2)).area / box.area)


@dataclass(frozen=True, slots=True)
class Position:
    """A place on the ground in degrees (WGS-84)."""

    lat: float
    lon: float

    def __post_init__(self) -> None:
        if not (-90 <= self.lat <= 90 and -180 <= self.lon <= 180):
            raise ValueError("lat from -90 to 90 and lon from -180 to 180")

    def distance_m(self, other: "Position") -> float:
        """Great-circle distance in metres (haversine)."""
        lat_a, lat_b = math.radians(self.lat), math.radians(other.lat)
        lat_half, lon_half = (lat_b - lat_a) / 2, math.radians(other.lon - self.lon) / 2
        chord = math.sin(lat_half) ** 2 + math.cos(lat_a) * math.cos(lat_b) * math.sin(lon_half) ** 2
        return 2 * EARTH_RADIUS_M * math.asin(math.sqrt(min(1.0, chord)))


def is_simple(corners: Sequence[Position]) -> bool:
    """Whether positions are the corners of one area whose sides do not cross."""
    shape = shapely.Polygon([(at.lon, at.lat) for at in corners]) if len(corners) >= 3 else shapely.Polygon()
    return bool(shape.is_valid and shape.area > 0)
