"""What overflows: tied bags, cartons, bottles, take-away boxes and loose paper, heaped in a bin or on the ground."""

import math
from random import Random
from typing import Any

from simulator.making.materials import Colour, film, plain, worn
from simulator.making.shapes import Point, Thing, block, cylinder, group, lump, put

BAGS: tuple[Colour, ...] = (
    (0.82, 0.82, 0.80),
    (0.72, 0.74, 0.76),
    (0.86, 0.84, 0.80),
    (0.012, 0.012, 0.014),
    (0.02, 0.02, 0.022),
    (0.62, 0.03, 0.03),
    (0.05, 0.22, 0.55),
    (0.75, 0.5, 0.05),
    (0.75, 0.25, 0.3),
)


def bag(rng: Random, at: Point, size_m: float, colour: Colour | None = None) -> list[Thing]:
    """A tied bag lying about `at`, with its ears."""
    skin = film("bag", colour or rng.choice(BAGS), rng.uniform(0.2, 0.4), rng.uniform(9, 16))
    flat = rng.uniform(0.62, 0.85)
    body = lump("bag", rng, (size_m * rng.uniform(0.8, 1.1), size_m * rng.uniform(0.8, 1.1), size_m * flat), at, skin, 0.24)
    knot_at = (at[0] + rng.uniform(-0.2, 0.2) * size_m, at[1] + rng.uniform(-0.3, 0.1) * size_m, at[2] + size_m * flat * 0.95)
    knot = lump("knot", rng, (size_m * 0.22, size_m * 0.3, size_m * 0.36), knot_at, skin, 0.5, detail=3)
    return [body, knot]


def carton(rng: Random, at: Point, size: Point, tilt: float = 0.3) -> Thing:
    """A brown box with its flaps open."""
    brown = worn("carton", (0.36, 0.21, 0.10), 0.85, 0.25, 4)
    x, y, z = size
    parts = [block("carton", (-x / 2, -y / 2, -z / 2), (x / 2, y / 2, z / 2), brown)]
    for side in (-1, 1):
        lift = z / 2 + 0.35 * x
        flap = [
            (side * x / 2, -y / 2, z / 2),
            (side * x / 2, y / 2, z / 2),
            (side * 0.85 * x, y / 2, lift),
            (side * 0.85 * x, -y / 2, lift),
        ]
        parts.append(put("flap", flap, [[0, 1, 2, 3]], brown))
    parts.append(block("tape", (-0.03, -y / 2 - 0.002, -z / 2), (0.03, y / 2 + 0.002, z / 2 + 0.002), plain("tape", (0.6, 0.5, 0.3), 0.3)))
    root = group("carton", parts, at, rng.uniform(0, math.tau))
    root.rotation_euler = (rng.uniform(-tilt, tilt), rng.uniform(-tilt, tilt), rng.uniform(0, math.tau))
    return root


def oddment(rng: Random, at: Point) -> Thing:
    """A bottle, a take-away box or a sheet of paper."""
    choice = rng.randrange(3)
    if choice == 0:
        thing = cylinder("bottle", 0.035, 0.22, (0, 0, 0), "x", plain("pet", rng.choice([(0.3, 0.5, 0.35), (0.6, 0.7, 0.75)]), 0.1), 14)
    elif choice == 1:
        thing = block("box", (-0.09, -0.06, -0.03), (0.09, 0.06, 0.03), plain("foam", (0.85, 0.84, 0.8), 0.5))
    else:
        thing = lump("paper", rng, (0.1, 0.07, 0.02), (0, 0, 0), plain("paper", (0.8, 0.78, 0.74), 0.8), 0.5, detail=2)
    thing.location = at
    thing.rotation_euler = (rng.uniform(-0.6, 0.6), rng.uniform(-0.6, 0.6), rng.uniform(0, math.tau))
    return thing


def heap_in_bin(rng: Random, height_m: float, cartons: int = 1) -> list[Any]:
    """A heap that rises `height_m` above the rim of a bin at the origin, and hangs over its front."""
    parts: list[Any] = []
    for layer, count in ((0.0, 6), (0.45, 5), (0.9, 3)):
        reach = 1 - 0.45 * layer
        for number in range(count):
            angle = math.tau * (number + rng.random() * 0.6) / count
            at = (0.19 * reach * math.cos(angle), -0.03 + 0.23 * reach * math.sin(angle), 0.98 + height_m * layer * 0.75)
            parts += bag(rng, at, rng.uniform(0.13, 0.19))
    for _ in range(2):
        parts += bag(rng, (rng.uniform(-0.18, 0.18), -0.34, 1.0 + rng.uniform(0, 0.06)), rng.uniform(0.1, 0.14))
    for _ in range(cartons):
        size = (rng.uniform(0.25, 0.36), rng.uniform(0.18, 0.26), rng.uniform(0.12, 0.2))
        parts.append(carton(rng, (rng.uniform(-0.1, 0.1), rng.uniform(-0.1, 0.1), 1.08 + height_m * 0.6), size, 0.6))
    parts += [oddment(rng, (rng.uniform(-0.2, 0.2), rng.uniform(-0.3, 0.1), 1.1 + height_m * rng.uniform(0.3, 0.8))) for _ in range(5)]
    return parts


def heap_on_ground(rng: Random, at: Point, spread_m: float, bags: int, cartons: int = 1) -> list[Any]:
    """Bags, cartons and litter strewn around a point of the ground."""

    def around(reach: float, height: float) -> Point:
        angle, distance = rng.uniform(0, math.tau), spread_m * reach * math.sqrt(rng.random())
        return (at[0] + distance * math.cos(angle), at[1] + 0.6 * distance * math.sin(angle), height)

    parts: list[Any] = []
    for number in range(bags):
        size = rng.uniform(0.15, 0.26)
        parts += bag(rng, around(0.8, size * 0.6 + (0.2 if number % 3 == 2 else 0)), size)
    for _ in range(cartons):
        z = rng.uniform(0.15, 0.3)
        parts.append(carton(rng, around(1.0, z / 2), (rng.uniform(0.3, 0.45), rng.uniform(0.25, 0.35), z), 0.08))
    return parts + [oddment(rng, around(1.6, 0.03)) for _ in range(bags * 2)]
