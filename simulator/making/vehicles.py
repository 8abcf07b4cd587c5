"""Cars from cross-sections: a painted hull, a glass house under a painted roof, wheels, lamps, bumpers and plates."""

import math
from dataclasses import dataclass
from typing import Any

import bpy

from simulator.making.materials import Colour, glass, glow, plain
from simulator.making.shapes import Point, Thing, block, cylinder, group, loft, put


@dataclass(frozen=True)
class Shape:
    """A car's outline in metres from its front: `hull` as (x, half width, sill, waist), `cabin` as (x, roof height)."""

    hull: tuple[tuple[float, float, float, float], ...]
    cabin: tuple[tuple[float, float], ...]
    half_roof: float
    axles: tuple[float, float]
    wheel_m: float
    pillars: tuple[float, ...]


SEDAN = Shape(
    hull=(
        (0.0, 0.68, 0.34, 0.66),
        (0.05, 0.78, 0.24, 0.76),
        (0.25, 0.86, 0.20, 0.82),
        (0.9, 0.90, 0.19, 0.89),
        (1.35, 0.91, 0.19, 0.94),
        (2.3, 0.90, 0.19, 0.95),
        (3.5, 0.90, 0.20, 0.97),
        (4.0, 0.88, 0.22, 1.00),
        (4.45, 0.84, 0.27, 0.98),
        (4.62, 0.76, 0.34, 0.90),
        (4.66, 0.68, 0.45, 0.80),
    ),
    cabin=((1.25, 0.92), (2.0, 1.38), (2.35, 1.455), (2.9, 1.46), (3.35, 1.38), (4.05, 1.0)),
    half_roof=0.66,
    axles=(0.92, 3.62),
    wheel_m=0.325,
    pillars=(2.62, 3.42),
)
HATCH = Shape(
    hull=(
        (0.0, 0.66, 0.34, 0.70),
        (0.05, 0.76, 0.25, 0.80),
        (0.25, 0.84, 0.21, 0.87),
        (0.85, 0.87, 0.2, 0.94),
        (1.2, 0.87, 0.2, 0.97),
        (2.3, 0.87, 0.2, 1.00),
        (3.3, 0.87, 0.21, 1.02),
        (3.8, 0.84, 0.26, 1.02),
        (3.95, 0.78, 0.33, 0.95),
        (3.98, 0.7, 0.45, 0.85),
    ),
    cabin=((1.1, 0.96), (1.75, 1.42), (2.1, 1.50), (2.8, 1.51), (3.55, 1.44), (3.9, 1.0)),
    half_roof=0.66,
    axles=(0.8, 3.2),
    wheel_m=0.31,
    pillars=(2.35, 3.1),
)
SUV = Shape(
    hull=(
        (0.0, 0.7, 0.5, 0.78),
        (0.06, 0.8, 0.34, 0.9),
        (0.3, 0.89, 0.26, 1.0),
        (0.9, 0.92, 0.25, 1.06),
        (1.3, 0.93, 0.25, 1.10),
        (2.4, 0.93, 0.25, 1.12),
        (3.8, 0.93, 0.26, 1.14),
        (4.4, 0.91, 0.3, 1.14),
        (4.58, 0.84, 0.38, 1.05),
        (4.62, 0.74, 0.5, 0.95),
    ),
    cabin=((1.2, 1.09), (1.95, 1.58), (2.3, 1.68), (3.3, 1.69), (4.0, 1.63), (4.5, 1.12)),
    half_roof=0.70,
    axles=(0.95, 3.62),
    wheel_m=0.37,
    pillars=(2.65, 3.6),
)
VAN = Shape(
    hull=(
        (0.0, 0.66, 0.42, 0.85),
        (0.05, 0.76, 0.3, 0.98),
        (0.25, 0.82, 0.24, 1.06),
        (0.6, 0.83, 0.23, 1.1),
        (1.5, 0.83, 0.23, 1.1),
        (3.6, 0.83, 0.23, 1.1),
        (4.3, 0.82, 0.26, 1.1),
        (4.42, 0.76, 0.36, 1.05),
        (4.44, 0.7, 0.5, 0.98),
    ),
    cabin=((0.28, 1.09), (0.95, 1.72), (1.3, 1.86), (3.6, 1.88), (4.2, 1.82), (4.38, 1.1)),
    half_roof=0.70,
    axles=(0.85, 3.55),
    wheel_m=0.3,
    pillars=(1.5, 2.5, 3.5),
)


def car(shape: Shape, colour: Colour, at: Point, turn: float, lights_on: bool = False) -> Thing:
    """A car about its middle; its nose points towards -x before it is turned."""
    paint = plain("paint", colour, 0.28, 0.25, 1.0)
    black, rubber = plain("trim", (0.012, 0.012, 0.013), 0.45), plain("tyre", (0.018, 0.018, 0.018), 0.85)
    parts = [_hull(shape, paint, black, lights_on), _glass_house(shape), _roof(shape, paint), *_pillars(shape, paint)]
    parts += [*_wheels(shape, rubber, black), *_ends(shape, black), *_sides(shape, black, paint)]
    root = group("car", parts, at, turn)
    middle = shape.hull[-1][0] / 2
    for part in parts:
        part.location.x -= middle
    return root


def _section(x: float, half: float, low: float, high: float, round_m: float) -> list[Point]:
    """A cross-section of the hull, its shoulders rounded and its belly drawn in."""
    belly, shoulder = half * 0.9, min(round_m, (high - low) / 2)
    right = [
        (belly, low),
        (half, low + shoulder * 0.8),
        (half, (low + high) / 2),
        (half * 0.985, high - shoulder),
        (half * 0.93, high - 0.3 * shoulder),
    ]
    right.append((half * 0.8, high))
    outline = [*right, *[(-y, z) for y, z in reversed(right)]]
    return [(x, y, z) for y, z in outline]


def _hull(shape: Shape, paint: Any, black: Any, lights_on: bool) -> Thing:
    """The body, rounded by subdivision; lamps, grille and bumpers are painted on, so that they follow its curves."""
    rough = loft("hull", [_section(x, half, low, high, 0.14) for x, half, low, high in shape.hull], paint, smooth=True)
    soft = rough.modifiers.new("soft", "SUBSURF")
    soft.levels = soft.render_levels = 4
    mesh = bpy.data.meshes.new_from_object(rough.evaluated_get(bpy.context.evaluated_depsgraph_get()))
    rough.modifiers.clear()
    rough.data = mesh
    for material in (
        black,
        _lamp("headlamp", (0.8, 0.83, 0.86), (1, 0.95, 0.85), 15 * lights_on),
        _lamp("rearlamp", (0.3, 0.005, 0.005), (1, 0.04, 0.02), 4 * lights_on),
    ):
        mesh.materials.append(material)
    for face in mesh.polygons:
        face.material_index = _painted(shape, *face.center)
    return rough


PAINT, BLACK, HEADLAMP, REARLAMP = range(4)


def _painted(shape: Shape, x: float, y: float, z: float) -> int:
    """Which material a spot of the hull has."""
    side, length = abs(y), shape.hull[-1][0]
    nose, tail = shape.hull[2][3], shape.hull[-2][3]
    if z < shape.hull[3][2] + 0.09:
        return BLACK
    if x < 0.42 and nose - 0.24 < z < nose - 0.03 and side > 0.46 + 0.35 * x:
        return HEADLAMP if x < 0.34 and nose - 0.2 < z < nose - 0.06 and side > 0.51 + 0.35 * x else BLACK
    if x < 0.1 and side < 0.43 and nose - 0.26 < z < nose - 0.1:
        return PAINT if nose - 0.185 < z < nose - 0.165 else BLACK
    if x < 0.15 and side < 0.62 and nose - 0.5 < z < nose - 0.38:
        return BLACK
    if x > length - 0.3 and side > 0.42 and tail - 0.22 < z < tail - 0.03:
        return REARLAMP
    return BLACK if x > length - 0.12 and side < 0.55 and tail - 0.58 < z < tail - 0.45 else PAINT


def _lamp(name: str, colour: Colour, light: Colour, strength: float) -> Any:
    return glow(name, light, strength) if strength else plain(name, colour, 0.08, 0.1, 1)


def _waist(shape: Shape, x: float) -> tuple[float, float]:
    """Half width and height of the hull at a distance from the front, interpolated."""
    for (x1, half1, _, high1), (x2, half2, _, high2) in zip(shape.hull, shape.hull[1:], strict=False):
        if x1 <= x <= x2:
            part = (x - x1) / (x2 - x1)
            return half1 + part * (half2 - half1), high1 + part * (high2 - high1)
    return shape.hull[-1][1], shape.hull[-1][3]


def _glass_house(shape: Shape) -> Thing:
    rings = []
    for x, top in shape.cabin:
        half, waist = _waist(shape, x)
        top_half = half * 0.86 + (shape.half_roof - half * 0.86) * min(1.0, max(0.0, (top - waist) / 0.4))
        rings.append([(x, half * 0.88, waist - 0.06), (x, top_half, top), (x, -top_half, top), (x, -half * 0.88, waist - 0.06)])
    return loft("glass", rings, glass())


def _roof(shape: Shape, paint: Any) -> Thing:
    """A painted plate on the upper sections of the glass, hanging over their edges a little."""
    rows = shape.cabin[1:-1]
    edge = shape.half_roof + 0.012
    points: list[Point] = []
    for x, top in rows:
        points += [
            (x, edge, top - 0.05),
            (x, edge - 0.05, top + 0.008),
            (x, 0, top + 0.03),
            (x, 0.05 - edge, top + 0.008),
            (x, -edge, top - 0.05),
        ]
    faces = [[5 * r + c, 5 * r + c + 1, 5 * r + c + 6, 5 * r + c + 5] for r in range(len(rows) - 1) for c in range(4)]
    return put("roof", points, faces, paint, smooth=True)


def _pillars(shape: Shape, paint: Any) -> list[Thing]:
    """The painted posts between the windows, at the screens' corners too."""
    posts = []
    front, rear = (shape.cabin[0], shape.cabin[1]), (shape.cabin[-1], shape.cabin[-2])
    uprights = [((x, _waist(shape, x)[1]), (x + 0.03, _roof_at(shape, x))) for x in shape.pillars]
    for (x1, z1), (x2, z2) in [front, rear, *uprights]:
        half = _waist(shape, x1)[0]
        for side in (-1, 1):
            low, high = (half * 0.885) * side, (shape.half_roof + 0.014) * side
            wide = 0.05
            points = [(x1 - wide, low, z1 - 0.05), (x1 + wide, low, z1 - 0.05), (x2 + wide, high, z2 - 0.01), (x2 - wide, high, z2 - 0.01)]
            inner = [(x, y * 0.97, z + 0.01) for x, y, z in points]
            posts.append(
                put(
                    "pillar", [*points, *inner], [[0, 1, 2, 3], [4, 5, 6, 7], [0, 1, 5, 4], [1, 2, 6, 5], [2, 3, 7, 6], [3, 0, 4, 7]], paint
                )
            )
    return posts


def _roof_at(shape: Shape, x: float) -> float:
    for (x1, z1), (x2, z2) in zip(shape.cabin, shape.cabin[1:], strict=False):
        if x1 <= x <= x2:
            return z1 + (z2 - z1) * (x - x1) / (x2 - x1)
    return shape.cabin[-1][1]


def _wheels(shape: Shape, rubber: Any, black: Any) -> list[Thing]:
    alloy = plain("alloy", (0.5, 0.51, 0.53), 0.3, 0.9)
    parts = []
    for x in shape.axles:
        half = _waist(shape, x)[0]
        for side in (-1, 1):
            parts.append(cylinder("arch", shape.wheel_m + 0.035, 0.04, (x, side * (half - 0.012), shape.wheel_m + 0.045), "y", black, 32))
            parts.append(cylinder("tyre", shape.wheel_m, 0.2, (x, side * (half - 0.08), shape.wheel_m), "y", rubber, 32))
            parts.append(cylinder("rim", shape.wheel_m * 0.68, 0.02, (x, side * (half + 0.02), shape.wheel_m), "y", alloy, 24))
            for spoke in range(5):
                bar = block("gap", (-0.03, -0.014, 0.08), (0.03, 0.014, shape.wheel_m * 0.6), black)
                bar.location, bar.rotation_euler = (x, side * (half + 0.024), shape.wheel_m), (0, math.tau * spoke / 5, 0)
                parts.append(bar)
    return parts


def _ends(shape: Shape, black: Any) -> list[Thing]:
    """Plates, and the gaps of the bonnet and the boot lid."""
    length, tail = shape.hull[-1][0], shape.hull[-2][3]
    x, half, high = shape.cabin[0][0], *_waist(shape, shape.cabin[0][0])
    cowl = block("cowl", (x - 0.07, -half * 0.74, high - 0.02), (x + 0.1, half * 0.74, high + 0.012), black)
    boot = _seams(shape, black, shape.cabin[-1][0] + 0.02, length - 0.15) if length - shape.cabin[-1][0] > 0.3 else []
    return [cowl, *_seams(shape, black, 0.35, x), *boot, _plate(0.0, shape.hull[2][3] - 0.34), _plate(length - 0.01, tail - 0.33)]


def _seams(shape: Shape, black: Any, x1: float, x2: float) -> list[Thing]:
    """The gaps along both sides of a bonnet or a boot lid."""
    parts = []
    for side in (-1, 1):
        spots = [(x, *_waist(shape, x)) for x in (x1 + (x2 - x1) * n / 4 for n in range(5))]
        points = [(x, side * (half * 0.74 + d), high + 0.004) for x, half, high in spots for d in (0, 0.014)]
        parts.append(put("seam", points, [[2 * n, 2 * n + 1, 2 * n + 3, 2 * n + 2] for n in range(4)], black))
    return parts


def _plate(x: float, z: float) -> Thing:
    """A blue plate without a number."""
    return block("plate", (x - 0.012, -0.22, z - 0.07), (x + 0.012, 0.22, z + 0.07), plain("plate", (0.01, 0.06, 0.42), 0.4))


def _sides(shape: Shape, black: Any, paint: Any) -> list[Thing]:
    """Sills, door gaps, handles and mirrors."""
    parts = []
    for side in (-1, 1):
        half = _waist(shape, 2.2)[0]
        y1, y2 = sorted((side * half * 0.9, side * (half + 0.004)))
        parts.append(
            block("sill", (shape.axles[0] + 0.45, y1, shape.hull[4][2] - 0.02), (shape.axles[1] - 0.45, y2, shape.hull[4][2] + 0.07), black)
        )
        waist = _waist(shape, 2.2)[1]
        for x in (shape.cabin[0][0] + 0.12, *shape.pillars[:2]):
            g1, g2 = sorted((side * (half - 0.03), side * (half + 0.003)))
            parts.append(block("gap", (x - 0.006, g1, 0.32), (x + 0.006, g2, waist - 0.1), black))
        for x in shape.pillars[:2]:
            h1, h2 = sorted((side * (half - 0.01), side * (half + 0.03)))
            parts.append(block("handle", (x - 0.26, h1, waist - 0.2), (x - 0.08, h2, waist - 0.17), black))
        m1, m2 = sorted((side * (half - 0.12), side * (half + 0.11)))
        mirror = shape.cabin[0][0] + 0.38
        parts.append(block("mirror", (mirror - 0.05, m1, waist - 0.01), (mirror + 0.06, m2, waist + 0.13), paint))
    return parts
