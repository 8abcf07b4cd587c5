"""The simulated town goes on by itself, the same way every time, and changes with what people do."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.places import PLACES, PlaceKind
from simulator.world import PASSING_S, STARTS_ENGINE_S, state_of, visits

STATION = PLACES["north-gate"]
LANE = PLACES["fire-lane-3"]
moments = st.floats(0, 2000)


@given(st.sampled_from(sorted(PLACES)), st.integers(0, 99), moments, st.lists(moments, max_size=5))
def test_every_place_is_always_in_a_state_that_has_a_scene(camera_id: str, seed: int, at_s: float, put_right: list[float]) -> None:
    assert state_of(PLACES[camera_id], seed, at_s, sorted(put_right)) in PLACES[camera_id].scenes


@given(st.sampled_from(sorted(PLACES)), moments, st.lists(moments, max_size=5))
def test_what_people_will_do_later_does_not_change_the_present(camera_id: str, at_s: float, later: list[float]) -> None:
    future = sorted(at_s + 1 + moment for moment in later)
    assert state_of(PLACES[camera_id], 7, at_s, future) == state_of(PLACES[camera_id], 7, at_s, [])


def test_a_station_fills_overflows_and_stays_so_until_it_is_emptied() -> None:
    states = [state_of(STATION, 7, at_s, [40.0]) for at_s in (0.0, 5.0, 7.0, 39.0, 41.0)]
    assert states == ["clean", "filling", "overflow", "overflow", "clean"]


def test_an_emptied_station_fills_again() -> None:
    shortest_s, longest_s = STATION.pace_s
    assert state_of(STATION, 7, 40.0 + 0.5 * shortest_s, [40.0]) == "clean"
    assert state_of(STATION, 7, 40.0 + longest_s, [40.0]) == "overflow"


def test_a_square_sees_one_trouble_after_another_each_until_it_is_tidied() -> None:
    square = PLACES["plaza"]
    longest_s = square.pace_s[1]
    states = [state_of(square, 7, at_s, [40.0, 90.0]) for at_s in (0.0, 11.0, 39.0, 41.0, 40.0 + longest_s, 90.0 + longest_s)]
    assert states == ["tidy", "crowded", "crowded", "tidy", "dumped", "outside"]


def test_another_seed_is_another_day() -> None:
    def day(seed: int) -> list[str]:
        return [state_of(STATION, seed, float(at_s), [10.0]) for at_s in range(10, 100)]

    assert day(1) == day(1)
    assert len({tuple(day(seed)) for seed in range(5)}) > 1


@pytest.mark.parametrize("camera_id", [place.camera_id for place in PLACES.values() if place.kind is PlaceKind.LANE])
def test_cars_that_pass_are_gone_within_seconds_and_others_wait_to_be_asked(camera_id: str) -> None:
    coming = visits(PLACES[camera_id], 7, [])
    first, second = next(coming), next(coming)
    assert (first.state, first.end_s - first.start_s) == ("passing", PASSING_S)
    assert second.state != "passing"
    assert second.end_s - second.start_s > 60


def test_a_driver_who_is_asked_leaves_at_once() -> None:
    _, staying = (visit for visit, _ in zip(visits(LANE, 7, []), range(2), strict=False))
    asked_s = staying.start_s + 20
    assert state_of(LANE, 7, asked_s, [asked_s]) == staying.state
    assert state_of(LANE, 7, asked_s + STARTS_ENGINE_S + 0.1, [asked_s]) == "empty"


def test_asking_nobody_drives_nobody_away_later() -> None:
    _, staying = (visit for visit, _ in zip(visits(LANE, 7, []), range(2), strict=False))
    assert state_of(LANE, 7, staying.start_s + 30, [staying.start_s - 1]) == staying.state
