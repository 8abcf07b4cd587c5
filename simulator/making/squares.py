"""The square with its bay for bicycles: tidy, with bikes left on the path for the blind, with more than fit, with rubbish dumped."""

from dataclasses import dataclass
from random import Random

from simulator.making import bikes, rubbish
from simulator.making.materials import Colour, bricks, worn
from simulator.making.surroundings import bench, camera, hedge, house, marking, strip, tree

STATES = ("tidy", "outside", "crowded", "dumped")
REGION = (0.05, 0.15, 0.95, 0.98)


@dataclass(frozen=True)
class Bike:
    x: float
    y: float
    turn: float
    colour: Colour
    moped: bool = False


IN_ORDER = (
    Bike(-2.4, 2.2, 0.45, bikes.YELLOW),
    Bike(0.1, 2.2, 0.5, bikes.RED, moped=True),
    Bike(2.5, 2.2, 0.45, bikes.CYAN),
)
OUTSIDE = (
    Bike(-2.6, -0.6, 1.3, bikes.CYAN),
    Bike(-0.5, -0.9, -1.0, bikes.YELLOW),
    Bike(1.5, -0.4, 0.9, bikes.NAVY, moped=True),
    Bike(3.2, -0.7, 0.8, bikes.YELLOW),
)
TOO_MANY = (
    Bike(-3.5, 2.1, 0.5, bikes.CYAN),
    Bike(-1.2, 2.1, 0.45, bikes.CYAN),
    Bike(1.3, 2.3, 0.4, bikes.YELLOW),
    Bike(3.6, 2.1, 0.45, bikes.YELLOW),
)
STANDING: dict[str, tuple[Bike, ...]] = {
    "tidy": IN_ORDER,
    "outside": (*IN_ORDER, *OUTSIDE),
    "crowded": (*IN_ORDER, *TOO_MANY),
    "dumped": IN_ORDER,
}


def plaza(rng: Random, _dusk: bool) -> None:
    """The square from above, so that bikes hide each other little."""
    _square(rng)
    camera((-0.6, -7.2, 5.2), (0.1, 1.0, 0.3), 32)


def garden(rng: Random, _dusk: bool) -> None:
    """The square as one sees it who walks into it."""
    _square(rng)
    camera((-1.6, -6.4, 3.8), (0.1, 3.0, 0.5), 28)


def _square(rng: Random) -> None:
    """Slabs with a marked bay, a path for the blind before it, benches and trees behind."""
    stones = bricks("slabs", (0.36, 0.34, 0.31), (0.42, 0.40, 0.37), (0.2, 0.19, 0.18), 1.4)
    strip("plaza", -20, 20, -12, 12, 0, stones)
    white = worn("white", (0.6, 0.6, 0.58), 0.8, 0.5, 4)
    marking(white, -4.3, 4.3, 1.3, 3.3)
    strip("blind-path", -20, 20, -0.8, -0.35, 0.008, bricks("tactile", (0.5, 0.33, 0.04), (0.44, 0.28, 0.03), (0.25, 0.17, 0.03), 5.0))
    hedge(rng, -10, 10, 8.2, 0.7)
    for x in (-6.5, -2.2, 2.4, 6.8):
        tree(rng, x, 7.0, 4.8)
    for x in (-3.6, 3.6):
        bench(x, 5.6)
    house(-16, 16, 15, worn("render", (0.48, 0.42, 0.34), 0.9, 0.5, 0.7), floors=4)


def left(rng: Random, state: str, _dusk: bool) -> None:
    """What people left on the square."""
    for one in STANDING.get(state, ()):
        make = bikes.moped if one.moped else bikes.bicycle
        make(one.colour, (one.x, one.y, 0.0), one.turn)
    if state == "dumped":
        rubbish.heap_on_ground(rng, (0.3, -0.4, 0), 0.9, 7, cartons=2)
