"""Two-wheelers as they stand in Chinese streets: shared bicycles with a basket, and electric mopeds."""

import math
from typing import Any

from simulator.making.materials import Colour, glow, plain
from simulator.making.shapes import Point, Thing, block, cylinder, group, loft, put, ring, tube

YELLOW: Colour = (0.72, 0.42, 0.01)
CYAN: Colour = (0.01, 0.38, 0.45)
RED: Colour = (0.45, 0.012, 0.015)
NAVY: Colour = (0.012, 0.03, 0.16)
BLACK: Colour = (0.014, 0.014, 0.016)
LEAN = 0.1
"""On its stand, in radians."""


def bicycle(colour: Colour, at: Point, turn: float) -> Thing:
    """A step-through bicycle with basket and mudguards. Its front looks towards -y before it is turned."""
    paint, dark = plain("paint", colour, 0.35, 0.1, 0.6), plain("dark", BLACK, 0.6)
    steel = plain("steel", (0.5, 0.51, 0.52), 0.3, 0.9)
    parts = [*_frame(paint), *_basket(dark), *_steering(dark, steel), *_seat(dark, steel), *_drive(dark, steel)]
    for y in (-0.56, 0.52):
        parts += _spoked_wheel(y, steel)
        parts.append(_mudguard(y, 0.375, 0.045, (25, 160) if y < 0 else (20, 165), paint))
    return _on_its_stand("bicycle", parts, at, turn)


def _on_its_stand(name: str, parts: list[Thing], at: Point, turn: float) -> Thing:
    root = group(name, parts, at)
    root.rotation_euler = (0, LEAN, turn)
    return root


def _spoked_wheel(y: float, steel: Any, radius: float = 0.33) -> list[Thing]:
    rubber = plain("tyre", (0.012, 0.012, 0.012), 0.85)
    parts = [tube("tyre", _round(y, radius, radius - 0.022), 0.024, rubber, closed=True)]
    parts.append(tube("rim", _round(y, radius, radius - 0.055), 0.012, steel, closed=True))
    parts.append(cylinder("hub", 0.035, 0.09, (0, y, radius), "x", steel, 12))
    return parts + [tube("spoke", [(0.02, y, radius), rim], 0.0028, steel) for rim in _round(y, radius, radius - 0.055, 20)]


def _round(y: float, z: float, radius: float, steps: int = 36) -> list[Point]:
    return [(0, y + radius * math.cos(a), z + radius * math.sin(a)) for a in (math.tau * i / steps for i in range(steps))]


def _mudguard(y: float, reach: float, half: float, degrees: tuple[int, int], paint: Any, z: float = 0.33) -> Thing:
    points: list[Point] = []
    for step in range(17):
        angle = math.radians(degrees[0] + (degrees[1] - degrees[0]) * step / 16)
        for x, inner in ((-half, 0.03), (0, 0.0), (half, 0.03)):
            points.append((x, y + (reach - inner) * math.cos(angle), z + (reach - inner) * math.sin(angle)))
    faces = [[3 * r + c, 3 * r + c + 1, 3 * r + c + 4, 3 * r + c + 3] for r in range(16) for c in range(2)]
    return put("mudguard", points, faces, paint, smooth=True)


def _frame(paint: Any) -> list[Thing]:
    head, pedals, seat = (0.0, -0.37, 0.8), (0.0, 0.06, 0.29), (0.0, 0.2, 0.72)
    tubes: list[tuple[list[Point], float]] = [
        ([(0, -0.40, 0.62), (0, -0.35, 0.94)], 0.026),
        ([head, (0, -0.24, 0.48), (0, -0.08, 0.34), pedals], 0.03),
        ([(0, -0.38, 0.7), (0, -0.16, 0.5), (0, 0.12, 0.48)], 0.022),
        ([pedals, seat], 0.024),
    ]
    for side in (-1, 1):
        tubes += [([(side * 0.03, 0.06, 0.29), (side * 0.06, 0.52, 0.33)], 0.014), ([seat, (side * 0.06, 0.52, 0.33)], 0.012)]
        tubes.append(([(side * 0.03, -0.40, 0.62), (side * 0.05, -0.44, 0.55), (side * 0.055, -0.56, 0.33)], 0.016))
    return [tube("frame", points, radius, paint) for points, radius in tubes]


def _steering(dark: Any, steel: Any) -> list[Thing]:
    bar: list[Point] = [(-0.29, -0.14, 1.02), (-0.22, -0.26, 1.04), (0, -0.34, 1.02), (0.22, -0.26, 1.04), (0.29, -0.14, 1.02)]
    grips = [tube("grip", [(side * 0.25, -0.21, 1.03), (side * 0.3, -0.12, 1.02)], 0.02, dark) for side in (-1, 1)]
    return [tube("bar", bar, 0.013, steel), tube("stem", [(0, -0.35, 0.92), (0, -0.34, 1.03)], 0.016, steel), *grips]


def _basket(dark: Any) -> list[Thing]:
    parts = []
    for z, grow in ((0.74, 0.0), (0.82, 0.015), (0.9, 0.03), (0.98, 0.045)):
        x, y1, y2 = 0.14 + grow, -0.62 - grow, -0.4
        parts.append(tube("wire", [(-x, y1, z), (x, y1, z), (x, y2, z), (-x, y2, z)], 0.007, dark, closed=True))
    parts += [
        tube("wire", [(x, -0.4, 0.98), (x, -0.4, 0.74), (x, -0.62, 0.74), (x * 1.3, -0.665, 0.98)], 0.006, dark)
        for x in (-0.14, -0.07, 0.0, 0.07, 0.14)
    ]
    parts.append(block("floor", (-0.14, -0.62, 0.735), (0.14, -0.4, 0.742), dark))
    return parts


def _seat(dark: Any, steel: Any) -> list[Thing]:
    rings = [
        _saddle(0.05, 0.11, 0.30, 0.845),
        _saddle(0.1, 0.04, 0.35, 0.87),
        _saddle(0.11, 0.02, 0.36, 0.9),
        _saddle(0.08, 0.06, 0.34, 0.925),
    ]
    return [loft("saddle", rings, dark, smooth=True), tube("post", [(0, 0.2, 0.7), (0, 0.235, 0.86)], 0.015, steel)]


def _saddle(half: float, y1: float, y2: float, z: float) -> list[Point]:
    """A pear: narrow in front."""
    return [
        (0, y1, z),
        (half * 0.35, y1 + 0.06, z),
        (half, y2 - 0.08, z),
        (half * 0.8, y2, z),
        (-half * 0.8, y2, z),
        (-half, y2 - 0.08, z),
        (-half * 0.35, y1 + 0.06, z),
    ]


def _drive(dark: Any, steel: Any) -> list[Thing]:
    guard = block("guard", (0.035, 0.02, 0.25), (0.055, 0.54, 0.4), dark)
    parts = [
        guard,
        cylinder("chainring", 0.1, 0.012, (0.05, 0.06, 0.29), "x", steel, 24),
        cylinder("lock", 0.06, 0.06, (0, 0.3, 0.62), "x", dark),
    ]
    for side in (-1, 1):
        parts.append(tube("crank", [(side * 0.07, 0.06, 0.29), (side * 0.08, 0.06 + side * 0.12, 0.29 - side * 0.1)], 0.011, steel))
        y, z = 0.06 + side * 0.12, 0.29 - side * 0.1
        parts.append(block("pedal", (side * 0.13 - 0.045, y - 0.04, z - 0.012), (side * 0.13 + 0.045, y + 0.04, z + 0.012), dark))
    parts.append(tube("stand", [(-0.04, 0.36, 0.32), (-0.15, 0.38, 0.02)], 0.011, steel))
    return parts


def moped(colour: Colour, at: Point, turn: float) -> Thing:
    """An electric moped. Its front looks towards -y before it is turned."""
    paint, dark = plain("paint", colour, 0.25, 0.15, 1.0), plain("dark", BLACK, 0.55)
    steel = plain("steel", (0.5, 0.51, 0.52), 0.3, 0.9)
    parts = [*_body(paint, dark), *_cockpit(paint, dark, steel), *_lights()]
    for y in (-0.64, 0.6):
        parts += _small_wheel(y, steel)
    parts.append(_mudguard(-0.64, 0.275, 0.07, (35, 170), paint, 0.22))
    for side in (-1, 1):
        parts.append(tube("fork", [(side * 0.085, -0.64, 0.22), (side * 0.08, -0.5, 0.6)], 0.022, dark))
        parts.append(tube("shock", [(side * 0.1, 0.6, 0.22), (side * 0.1, 0.66, 0.5)], 0.028, steel))
    parts.append(tube("stand", [(-0.08, 0.1, 0.3), (-0.22, 0.16, 0.02)], 0.014, dark))
    return _on_its_stand("moped", parts, at, turn)


def _small_wheel(y: float, steel: Any) -> list[Thing]:
    rubber = plain("tyre", (0.012, 0.012, 0.012), 0.85)
    parts = [tube("tyre", _round(y, 0.22, 0.165), 0.056, rubber, closed=True), cylinder("hub", 0.05, 0.12, (0, y, 0.22), "x", steel)]
    parts.append(tube("rim", _round(y, 0.22, 0.115), 0.016, steel, closed=True))
    parts += [tube("spoke", [(0, y, 0.22), spot], 0.014, steel) for spot in _round(y, 0.22, 0.12, 5)]
    return parts


def _body(paint: Any, dark: Any) -> list[Thing]:
    shield = [
        ring(0.13, -0.40, -0.30, 0.27, 0.03),
        ring(0.19, -0.47, -0.36, 0.42, 0.04),
        ring(0.225, -0.53, -0.42, 0.62, 0.04),
        ring(0.2, -0.53, -0.40, 0.80, 0.04),
        ring(0.13, -0.47, -0.33, 0.97, 0.04),
    ]
    rear = [
        ring(0.10, 0.20, 0.50, 0.30, 0.04),
        ring(0.16, 0.06, 0.72, 0.42, 0.06),
        ring(0.19, 0.06, 0.92, 0.56, 0.08),
        ring(0.17, 0.08, 0.98, 0.68, 0.08),
        ring(0.14, 0.1, 0.98, 0.72, 0.08),
    ]
    saddle = [
        ring(0.14, 0.02, 0.86, 0.71, 0.06),
        ring(0.165, 0.0, 0.88, 0.76, 0.07),
        ring(0.15, 0.03, 0.86, 0.81, 0.07),
        ring(0.09, 0.1, 0.8, 0.83, 0.05),
    ]
    parts = [loft("shield", shield, paint, smooth=True), loft("rear", rear, paint, smooth=True), loft("saddle", saddle, dark, smooth=True)]
    parts.append(block("floor", (-0.17, -0.42, 0.27), (0.17, 0.2, 0.31), dark))
    parts += [block("skirt", (side * 0.165 - 0.012, -0.4, 0.2), (side * 0.165 + 0.012, 0.3, 0.29), paint) for side in (-1, 1)]
    parts.append(block("motor", (-0.07, 0.3, 0.17), (0.07, 0.6, 0.3), dark))
    parts.append(_mudguard(0.6, 0.30, 0.08, (-10, 60), dark, 0.22))
    parts.append(tube("rail", [(-0.12, 0.7, 0.76), (-0.13, 1.02, 0.84), (0.13, 1.02, 0.84), (0.12, 0.7, 0.76)], 0.014, dark))
    return parts


def _cockpit(paint: Any, dark: Any, steel: Any) -> list[Thing]:
    cowl = [ring(0.1, -0.46, -0.3, 0.96, 0.04), ring(0.15, -0.5, -0.24, 1.03, 0.06), ring(0.13, -0.46, -0.22, 1.1, 0.05)]
    parts = [loft("cowl", cowl, paint, smooth=True)]
    for side in (-1, 1):
        parts.append(tube("bar", [(0, -0.33, 1.05), (side * 0.2, -0.3, 1.08), (side * 0.36, -0.2, 1.06)], 0.014, steel))
        parts.append(tube("grip", [(side * 0.24, -0.28, 1.075), (side * 0.37, -0.195, 1.06)], 0.021, dark))
        parts.append(tube("arm", [(side * 0.2, -0.3, 1.08), (side * 0.3, -0.34, 1.24)], 0.008, dark))
        parts.append(cylinder("mirror", 0.06, 0.02, (side * 0.32, -0.34, 1.29), "y", dark, 16))
    return parts


def _lights() -> list[Thing]:
    lens, red = plain("lens", (0.75, 0.77, 0.8), 0.08, 0.1, 1), glow("rearlamp", (0.5, 0.01, 0.01), 0.15)
    plate = plain("plate", (0.02, 0.25, 0.1), 0.5)
    return [
        cylinder("headlamp", 0.075, 0.03, (0, -0.5, 1.03), "y", lens),
        block("indicator", (-0.16, -0.548, 0.7), (-0.08, -0.52, 0.75), lens),
        block("indicator", (0.08, -0.548, 0.7), (0.16, -0.52, 0.75), lens),
        block("rearlamp", (-0.1, 0.96, 0.6), (0.1, 0.995, 0.67), red),
        block("plate", (-0.11, 0.9, 0.4), (0.11, 0.915, 0.52), plate),
    ]
