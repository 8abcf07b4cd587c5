"""Wheelie bins of 240 litres as they stand in Chinese estates: tapered, rimmed, lidded, marked and a little dirty."""

import math
from random import Random
from typing import Any

from simulator.making.materials import Colour, plain, shade, worn
from simulator.making.shapes import Point, Thing, block, cylinder, group, loft, put, ring, words

GREEN: Colour = (0.012, 0.13, 0.035)
DARK_GREEN: Colour = (0.01, 0.065, 0.03)
BLUE: Colour = (0.012, 0.09, 0.36)
GREY: Colour = (0.05, 0.055, 0.06)
BLACK: Colour = (0.016, 0.017, 0.019)
RIM_M = 1.0


def wheelie(rng: Random, colour: Colour, at: Point, turn: float, lid_angle: float = 0.0, label: str = "") -> Thing:
    """A bin whose front looks towards -y before it is turned. The lid is shut at 0 and stands open at 1.8 radians."""
    skin = worn("bin", shade(colour, rng.uniform(0.85, 1.2)), 0.42, 0.55, rng.uniform(2.5, 4))
    dark, white = plain("rubber", (0.01, 0.01, 0.01), 0.8), plain("mark", (0.75, 0.77, 0.75), 0.6)
    parts = [_body(skin), _hollow(dark), _lid(skin, lid_angle), *_wheels(dark), *_ribs(skin), *_mark(white, label)]
    parts.append(cylinder("handle", 0.018, 0.46, (0, 0.375, 0.985), "x", skin, 12))
    return group("wheelie", parts, at, turn)


def _body(skin: Any) -> Thing:
    rings = [
        ring(0.205, -0.235, 0.19, 0.05, 0.05),
        ring(0.215, -0.245, 0.2, 0.12, 0.05),
        ring(0.262, -0.335, 0.295, 0.90, 0.055),
        ring(0.262, -0.335, 0.295, 0.915, 0.055),
        ring(0.29, -0.365, 0.325, 0.92, 0.06),
        ring(0.292, -0.37, 0.33, RIM_M, 0.06),
        ring(0.262, -0.335, 0.3, RIM_M, 0.05),
        ring(0.25, -0.32, 0.285, 0.78, 0.05),
    ]
    return loft("body", rings, skin)


def _hollow(dark: Any) -> Thing:
    return put("hollow", ring(0.262, -0.335, 0.3, 0.80, 0.05), [list(range(20))], dark)


def _lid(skin: Any, angle: float) -> Thing:
    """Points stand about the hinge, so that the lid turns there."""
    rings = [
        ring(0.305, -0.735, 0.02, -0.03, 0.06),
        ring(0.305, -0.735, 0.02, 0.02, 0.06),
        ring(0.29, -0.715, 0.005, 0.04, 0.06),
        ring(0.22, -0.62, -0.06, 0.05, 0.06),
        ring(0.20, -0.6, -0.08, 0.075, 0.06),
    ]
    lid = loft("lid", rings, skin)
    grip = block("grip", (-0.12, -0.775, -0.015), (0.12, -0.73, 0.012), skin)
    grip.parent = lid
    lid.location, lid.rotation_euler = (0, 0.355, RIM_M + 0.012), (-angle, 0, 0)
    return lid


def _wheels(dark: Any) -> list[Thing]:
    wheels = [cylinder("wheel", 0.1, 0.05, (side * 0.25, 0.22, 0.1), "x", dark) for side in (-1, 1)]
    return [*wheels, cylinder("axle", 0.015, 0.5, (0, 0.22, 0.1), "x", dark, 10)]


def _ribs(skin: Any) -> list[Thing]:
    """The flutes that stiffen the front, each a slat that follows its slope."""
    slope = math.atan2(0.09, 0.78)
    slats = [block("rib", (x - 0.012, -0.008, 0.0), (x + 0.012, 0.01, 0.2), skin) for x in (-0.17, -0.06, 0.06, 0.17)]
    for slat in slats:
        slat.location, slat.rotation_euler = (0, -0.248, 0.13), (slope, 0, 0)
    return slats


def _mark(white: Any, label: str) -> list[Thing]:
    slope = math.atan2(0.09, 0.78)
    circle = loft("mark", [_circle(radius) for radius in (0.072, 0.086)], white, capped=False)
    arrow = put("arrow", [(-0.04, 0, -0.03), (0.04, 0, -0.03), (0, 0, 0.045)], [[0, 1, 2]], white)
    for thing in (circle, arrow):
        thing.location, thing.rotation_euler = (0, -0.316, 0.66), (slope, 0, 0)
    text = [words(label, 0.1, (0, -0.302, 0.48), math.pi / 2 + slope, white)] if label else []
    return [circle, arrow, *text]


def _circle(radius: float) -> list[Point]:
    return [(radius * math.cos(a), 0.0, radius * math.sin(a)) for a in (math.tau * i / 24 for i in range(24))]
