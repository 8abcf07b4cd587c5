"""The places and their states: what stands where in every scene."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from simulator.making import bins, rubbish, squares, vehicles
from simulator.making.materials import Colour, bricks, ground, worn
from simulator.making.shapes import Thing, words
from simulator.making.surroundings import (
    board,
    camera,
    fence,
    hedge,
    house,
    kerb,
    lamp,
    marking,
    puddle,
    strip,
    tree,
)

SILVER: Colour = (0.55, 0.56, 0.58)
WHITE: Colour = (0.8, 0.8, 0.79)
RED: Colour = (0.38, 0.012, 0.015)
NAVY: Colour = (0.015, 0.03, 0.11)
Setting = Callable[[Random, bool], None]
Filling = Callable[[Random, str, bool], None]


@dataclass(frozen=True)
class Layout:
    """A place: its fixed `setting`, and what a state adds to it. `region` is where states may differ, in the picture."""

    setting: Setting
    state: Filling
    states: tuple[str, ...]
    region: tuple[float, float, float, float]
    dusk: bool = False
    sun_from: float = 200.0


@dataclass(frozen=True)
class Bin:
    x: float
    y: float
    colour: Colour
    label: str = ""
    turn: float = 0.0


def station(stand: tuple[Bin, ...], full: tuple[int, ...], heap_at: tuple[float, float, float], bags: int) -> Filling:
    """Bins of which `full` ones overflow; heaps on the ground lie at (x, y) within a spread."""

    def fill(rng: Random, state: str, _dusk: bool) -> None:
        for number, one in enumerate(stand):
            own, wild = Random(rng.random()), Random(rng.random())
            overflows = state == "overflow" and number in full
            lid = wild.uniform(1.75, 1.95) if overflows else 0.1 * (state == "filling" and number == full[0])
            root = bins.wheelie(own, one.colour, (one.x, one.y, 0), one.turn + own.uniform(-0.06, 0.06), lid, one.label)
            if overflows:
                _inside(root, rubbish.heap_in_bin(wild, wild.uniform(0.22, 0.34), cartons=number % 2))
        if state == "overflow":
            rubbish.heap_on_ground(Random(rng.random()), (heap_at[0], heap_at[1], 0), heap_at[2], bags)

    return fill


def _inside(root: Thing, parts: list[Thing]) -> None:
    for part in parts:
        if part.parent is None:
            part.parent = root


def north_gate(rng: Random, dusk: bool) -> None:
    """Paving before a hedge and a house; five bins in a row."""
    stones = bricks("stones", (0.25, 0.20, 0.18), (0.31, 0.28, 0.26), (0.12, 0.11, 0.10), 3.3)
    strip("pavement", -14, 14, -12, 3.2, 0, stones)
    strip("soil", -14, 14, 3.2, 9, -0.02, ground("soil", (0.12, 0.09, 0.06), (0.06, 0.045, 0.03), 20))
    hedge(rng, -8, 8, 3.7, 0.8)
    house(-11, 11, 7.5, worn("render", (0.48, 0.40, 0.29), 0.9, 0.5, 0.8))
    tree(rng, -4.3, 4.5)
    tree(rng, 5.0, 4.6)
    board(-3.5, 2.9, (0.02, 0.22, 0.09), "垃圾分类 从我做起")
    puddle(rng, 0.3, 0.7, 0.7)
    lamp(3.6, 3.2, 4.6, 700 if dusk else 0)
    camera((-1.5, -5.0, 3.0), (0.0, 1.5, 0.72), 36)


NORTH_GATE_BINS = (
    Bin(-1.6, 1.9, bins.GREEN, "厨余垃圾"),
    Bin(-0.85, 1.9, bins.GREEN, "厨余垃圾"),
    Bin(-0.1, 1.92, bins.GREY, "其他垃圾"),
    Bin(0.65, 1.88, bins.GREY, "其他垃圾"),
    Bin(1.4, 1.9, bins.BLUE, "可回收物"),
)


def building_seven(rng: Random, dusk: bool) -> None:
    """Asphalt before a brick wall; four green bins seen from the right."""
    strip("yard", -14, 14, -14, 3.0, 0, ground("asphalt", (0.11, 0.11, 0.115), (0.06, 0.06, 0.062), 70))
    wall = bricks("wall", (0.33, 0.12, 0.075), (0.24, 0.085, 0.055), (0.30, 0.28, 0.25), 4.2, upright=True)
    house(-12, 12, 3.0, wall, floors=2, first_window=1.9, every=3.4)
    strip("apron", -3.2, 3.4, 1.2, 3.0, 0.012, ground("concrete", (0.38, 0.37, 0.35), (0.26, 0.25, 0.24), 40))
    board(3.7, 2.7, (0.02, 0.10, 0.32), "生活垃圾投放点")
    puddle(rng, -0.6, 1.0, 0.55)
    lamp(-3.2, 2.6, 4.4, 700 if dusk else 0)
    camera((2.6, -4.6, 3.1), (-0.1, 2.1, 0.68), 36)


BUILDING_SEVEN_BINS = (
    Bin(-1.5, 2.3, bins.DARK_GREEN, "厨余垃圾"),
    Bin(-0.7, 2.3, bins.GREEN, "其他垃圾"),
    Bin(0.1, 2.32, bins.GREEN, "其他垃圾"),
    Bin(0.9, 2.28, bins.DARK_GREEN, "厨余垃圾"),
)


def market(rng: Random, dusk: bool) -> None:
    """A pavement by a fence, the road before it; six bins in a row that runs away from the camera."""
    strip("road", -16, 16, -16, -1.4, -0.12, ground("asphalt", (0.13, 0.13, 0.135), (0.07, 0.07, 0.072), 70))
    kerb(-14, 14, -1.4)
    tiles = bricks("tiles", (0.36, 0.30, 0.22), (0.40, 0.22, 0.17), (0.2, 0.19, 0.17), 4.0)
    strip("pavement", -16, 16, -1.26, 4.2, 0, tiles)
    strip("lawn", -16, 16, 4.2, 16, -0.02, ground("lawn", (0.07, 0.13, 0.03), (0.035, 0.07, 0.018), 25))
    fence(-9, 9, 3.3)
    hedge(rng, -9, 9, 3.95, 1.05)
    house(-18, 24, 11.0, worn("render", (0.42, 0.33, 0.24), 0.9, 0.5, 0.7))
    for x in (-5.5, -1.0, 4.2):
        tree(rng, x, 5.2, 5.6)
    puddle(rng, 0.8, 0.6, 0.5)
    lamp(5.2, 2.9, 5.0, 700 if dusk else 0)
    camera((-3.4, -4.4, 3.2), (0.1, 1.6, 0.62), 34)


MARKET_BINS = tuple(
    Bin(-2.0 + 0.78 * n, 1.75 + 0.04 * (n % 2), colour, "", -0.12)
    for n, colour in enumerate((bins.GREEN, bins.DARK_GREEN, bins.GREEN, bins.BLUE, bins.DARK_GREEN, bins.BLACK))
)


def school(rng: Random, dusk: bool) -> None:
    """Grey paving before a painted wall; three bins near the camera."""
    stones = bricks("slabs", (0.33, 0.33, 0.32), (0.27, 0.27, 0.26), (0.15, 0.15, 0.15), 2.2)
    strip("pavement", -14, 14, -12, 2.9, 0, stones)
    wall = worn("plaster", (0.55, 0.53, 0.47), 0.9, 0.55, 0.9)
    house(-12, 12, 2.9, wall, floors=2, first_window=2.2, every=3.0)
    strip("plinth", -12, 12, 2.84, 2.88, 0.3, wall)
    board(-3.0, 2.5, (0.30, 0.03, 0.03))
    hedge(rng, 2.6, 7.5, 2.3, 0.75)
    puddle(rng, 0.2, 0.9, 0.45)
    lamp(2.4, 2.5, 4.4, 700 if dusk else 0)
    camera((-0.9, -4.4, 2.9), (0.1, 1.8, 0.75), 36)


SCHOOL_BINS = (Bin(-1.0, 2.05, bins.BLUE), Bin(-0.15, 2.05, bins.GREEN), Bin(0.7, 2.07, bins.GREY), Bin(1.5, 2.05, bins.GREEN))


def fire_lane(rng: Random, dusk: bool) -> None:
    """A lane along a house, marked to be kept free for fire engines."""
    strip("lane", -20, 20, -0.6, 4.6, 0, ground("asphalt", (0.12, 0.12, 0.125), (0.065, 0.065, 0.068), 70))
    stones = bricks("stones", (0.28, 0.24, 0.22), (0.33, 0.30, 0.28), (0.14, 0.13, 0.12), 3.3)
    strip("path", -20, 20, -16, -0.6, 0.0, stones)
    strip("pavement", -20, 20, 4.74, 7.2, 0.06, stones)
    kerb(-18, 18, 4.6)
    yellow = worn("yellow", (0.62, 0.42, 0.03), 0.8, 0.5, 4)
    marking(yellow, -5.2, 5.2, -0.4, 3.9)
    words("消防通道", 1.15, (-1.2, 0.45, 0.012), 0, yellow)
    words("禁止停车", 1.15, (2.2, 2.6, 0.012), 0, yellow)
    hedge(rng, -10, 10, 6.6, 0.75)
    for x in (-7.0, -1.5, 4.2, 9.0):
        tree(rng, x, 6.3, 4.6)
    house(-16, 16, 8.2, worn("render", (0.50, 0.42, 0.31), 0.9, 0.5, 0.7), floors=4)
    lamp(2.4, 5.4, 5.2, 900 if dusk else 0)
    camera((-3.8, -7.6, 4.0), (0.1, 2.2, 0.5), 32)


def stays(cars: dict[str, tuple[vehicles.Shape, Colour, tuple[float, float], float]]) -> Filling:
    """A state for each car: its shape, colour, place and heading."""

    def fill(_rng: Random, state: str, dusk: bool) -> None:
        if state in cars:
            shape, colour, (x, y), turn = cars[state]
            vehicles.car(shape, colour, (x, y, 0), turn, lights_on=dusk and state == "passing")

    return fill


FIRE_LANE_CARS = {
    "silver": (vehicles.SUV, SILVER, (-0.4, 1.7), 0.12),
    "red": (vehicles.HATCH, RED, (1.2, 2.0), math.pi - 0.1),
    "passing": (vehicles.SEDAN, WHITE, (-2.3, 2.8), math.pi),
}


def alley_mouth(rng: Random, dusk: bool) -> None:
    """Where an alley opens on a street: two corner walls, and ground that must stay free."""
    strip("street", -20, 20, -16, 1.0, -0.10, ground("asphalt", (0.13, 0.13, 0.135), (0.07, 0.07, 0.072), 70))
    strip("alley", -20, 20, 1.0, 40, 0, ground("concrete", (0.32, 0.31, 0.29), (0.2, 0.195, 0.19), 45))
    kerb(-18, 18, 0.86)
    white = worn("white", (0.6, 0.6, 0.58), 0.8, 0.5, 4)
    marking(white, -2.6, 2.6, 1.6, 6.2)
    words("禁停", 1.3, (0, 2.8, 0.012), 0, white)
    bricked = bricks("wall", (0.33, 0.13, 0.085), (0.25, 0.09, 0.06), (0.3, 0.28, 0.25), 4.2, upright=True)
    house(-16, -3.6, 4.0, bricked, floors=3, first_window=1.5)
    house(3.6, 16, 4.0, worn("render", (0.5, 0.45, 0.36), 0.9, 0.5, 0.8), floors=3)
    house(-16, 16, 22, worn("far", (0.4, 0.36, 0.32), 0.9, 0.5, 0.6), floors=5)
    tree(rng, -6.4, 2.4, 4.6)
    tree(rng, 7.4, 2.3, 4.6)
    lamp(4.4, 3.4, 5.0, 900 if dusk else 0)
    camera((-2.2, -9.0, 4.4), (0.1, 3.2, 0.7), 34)


ALLEY_CARS = {
    "blue": (vehicles.HATCH, NAVY, (0.1, 4.2), 0.05),
    "van": (vehicles.VAN, WHITE, (-0.3, 3.9), math.pi - 0.12),
    "passing": (vehicles.SEDAN, SILVER, (1.5, 3.2), 0.3),
}


STATION = ("clean", "filling", "overflow")
LAYOUTS: dict[str, Layout] = {
    "north-gate-day": Layout(north_gate, station(NORTH_GATE_BINS, (1, 2, 3), (0.2, 0.85, 0.8), 6), STATION, (0.18, 0.1, 0.8, 0.86)),
    "building-7-day": Layout(
        building_seven, station(BUILDING_SEVEN_BINS, (0, 1, 2), (-0.4, 1.3, 0.7), 5), STATION, (0.22, 0.12, 0.76, 0.84), sun_from=150
    ),
    "market-day": Layout(market, station(MARKET_BINS, (0, 1, 3, 4), (0.3, 0.6, 0.9), 7), STATION, (0.12, 0.1, 0.8, 0.88), sun_from=230),
    "school-day": Layout(school, station(SCHOOL_BINS, (1, 2), (0.2, 1.0, 0.6), 4), STATION, (0.2, 0.1, 0.78, 0.88), sun_from=170),
    "north-gate-dusk": Layout(
        north_gate, station(NORTH_GATE_BINS, (1, 2, 3), (0.2, 0.85, 0.8), 6), STATION, (0.18, 0.1, 0.8, 0.86), dusk=True
    ),
    "building-7-dusk": Layout(
        building_seven, station(BUILDING_SEVEN_BINS, (0, 1, 2), (-0.4, 1.3, 0.7), 5), STATION, (0.22, 0.12, 0.76, 0.84), dusk=True
    ),
    "fire-lane-day": Layout(fire_lane, stays(FIRE_LANE_CARS), ("empty", *FIRE_LANE_CARS), (0.03, 0.26, 0.82, 0.8), sun_from=150),
    "fire-lane-dusk": Layout(fire_lane, stays(FIRE_LANE_CARS), ("empty", *FIRE_LANE_CARS), (0.03, 0.26, 0.82, 0.8), dusk=True),
    "alley-mouth-day": Layout(alley_mouth, stays(ALLEY_CARS), ("empty", *ALLEY_CARS), (0.15, 0.25, 0.9, 0.78), sun_from=200),
    "garden-day": Layout(squares.garden, squares.left, ("quiet",), squares.REGION, sun_from=210),
    "plaza-day": Layout(squares.plaza, squares.left, squares.STATES, squares.REGION, sun_from=210),
}
