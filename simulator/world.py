"""How the simulated town goes on: stations fill until somebody empties them, cars come, pass, or stay until asked to leave,
squares see one trouble after another.

Pure: the state of a place is a function of the seed, the seconds since the beginning, and when it was put right.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from random import Random

from simulator.places import Place, PlaceKind

PASSING_S = 2.5
STARTS_ENGINE_S = 1.0
PATIENCE_S = 180.0
FILLING_FROM = 0.6


@dataclass(frozen=True, slots=True)
class Visit:
    """A car in a lane from one second to another."""

    state: str
    start_s: float
    end_s: float


def state_of(place: Place, seed: int, at_s: float, put_right_s: Sequence[float]) -> str:
    """Which of the place's states holds `at_s` seconds after the beginning. `put_right_s`, ascending: when somebody put it right."""
    done = [moment for moment in put_right_s if moment <= at_s]
    match place.kind:
        case PlaceKind.STATION:
            return _station_state(place, seed, at_s, done)
        case PlaceKind.LANE:
            return _lane_state(place, seed, at_s, done)
        case PlaceKind.SQUARE:
            return _square_state(place, seed, at_s, done)
    return next(iter(place.scenes))


def visits(place: Place, seed: int, put_right_s: Sequence[float]) -> Iterator[Visit]:
    """The cars of a lane in order, without end. Every second one only passes; one that stays goes soon after it is asked to."""
    moment_s, number = 0.0, 0
    staying = [state for state in place.scenes if state not in {"empty", "passing"}]
    while True:
        start_s = moment_s + _wait_s(place, seed, number)
        if number % 2 == 0:
            visit = Visit("passing", start_s, start_s + PASSING_S)
        else:
            asked = next((moment for moment in put_right_s if moment >= start_s), start_s + PATIENCE_S)
            end_s = min(asked, start_s + PATIENCE_S) + STARTS_ENGINE_S
            visit = Visit(staying[number // 2 % len(staying)], start_s, end_s)
        yield visit
        moment_s, number = visit.end_s, number + 1


def _station_state(place: Place, seed: int, at_s: float, emptied_s: Sequence[float]) -> str:
    age_s = at_s - (emptied_s[-1] if emptied_s else 0.0)
    share = age_s / _wait_s(place, seed, len(emptied_s))
    return "overflow" if share >= 1 else "filling" if share >= FILLING_FROM else "clean"


def _lane_state(place: Place, seed: int, at_s: float, asked_s: Sequence[float]) -> str:
    for visit in visits(place, seed, asked_s):
        if at_s < visit.start_s:
            return "empty"
        if at_s < visit.end_s:
            return visit.state
    raise AssertionError("visits never end")


def _square_state(place: Place, seed: int, at_s: float, tidied_s: Sequence[float]) -> str:
    in_order, *troubles = place.scenes
    age_s = at_s - (tidied_s[-1] if tidied_s else 0.0)
    return troubles[len(tidied_s) % len(troubles)] if age_s >= _wait_s(place, seed, len(tidied_s)) else in_order


def _wait_s(place: Place, seed: int, number: int) -> float:
    if number == 0 and place.first_s is not None:
        return place.first_s
    return _drawn_s(seed, place.camera_id, number, *place.pace_s)


@lru_cache(maxsize=65_536)
def _drawn_s(seed: int, camera_id: str, number: int, shortest_s: float, longest_s: float) -> float:
    return Random(f"{seed} {camera_id} {number}").uniform(shortest_s, longest_s)
