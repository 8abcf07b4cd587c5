"""The limiter lets a burst just below its limit pass whole, and holds back what is above it."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from rules.judgement import Decision, Verdict
from rules.limiter import Pause, Room, limited, sift
from tests.unit.rules.places import NINE, UNHURRIED, minutes
from town.geometry import Box
from town.work import Incident, IncidentKey

BINS, LANE = "bin-overflow", "fire-lane"


def opening(number: int, rule_id: str = BINS) -> Incident:
    return Incident(f"{rule_id}-{number}", IncidentKey(rule_id, f"gate-{number}", "station"), NINE, Box(0, 0, 1, 1), "2 of 3 looks")


def room(orders: int, opened: int = 0, paused: bool = False) -> Room:
    return Room(orders, minutes(10), opened, paused)


def test_as_many_as_the_limit_pass() -> None:
    sifted = sift([opening(1), opening(2)], lambda _: room(3, opened=1))
    assert (len(sifted.passed), sifted.held, sifted.paused) == (2, (), ())


def test_the_first_above_the_limit_is_held_and_pauses_its_rule() -> None:
    sifted = sift([opening(1), opening(2), opening(3)], lambda _: room(3, opened=2))
    assert [one.id for one in sifted.passed] == ["bin-overflow-1"]
    assert [one.id for one in sifted.held] == ["bin-overflow-2", "bin-overflow-3"]
    assert sifted.paused == (BINS,)


def test_a_paused_rule_opens_nothing_and_is_not_paused_again() -> None:
    sifted = sift([opening(1)], lambda _: room(20, paused=True))
    assert (sifted.passed, len(sifted.held), sifted.paused) == ((), 1, ())


def test_each_rule_has_room_of_its_own() -> None:
    rooms = {BINS: room(1, paused=True), LANE: room(1)}
    sifted = sift([opening(1), opening(1, LANE), opening(2, LANE)], rooms.__getitem__)
    assert [one.id for one in sifted.passed] == ["fire-lane-1"]
    assert [one.id for one in sifted.held] == ["bin-overflow-1", "fire-lane-2"]
    assert sifted.paused == (LANE,)


def test_a_lowered_limit_never_counts_below_nothing() -> None:
    assert len(sift([opening(1)], lambda _: room(1, opened=5)).held) == 1


def test_what_fires_but_is_held_is_said_to_be_limited_and_still_fires() -> None:
    pause = Pause(BINS, NINE, 20, timedelta(minutes=10))
    made = [Decision(BINS, "gate-1", "station", NINE, verdict, "", "held", True) for verdict in (Verdict.OPENED, Verdict.WAITING_TO_CLEAR)]
    other = Decision(BINS, "gate-1", "station", NINE, Verdict.STILL_FIRING, "", "ordered", True)
    opened, clearing, firing = limited([*made, other], {"held"}, {BINS: pause})
    assert (opened.verdict, opened.firing, opened.detail) == (Verdict.LIMITED, True, {"limit_orders": 20, "limit_within_s": 600.0})
    assert (clearing, firing) == (made[1], other)


@UNHURRIED
@given(st.lists(st.sampled_from([BINS, LANE]), max_size=30), st.integers(1, 10), st.integers(0, 12), st.booleans())
def test_nothing_is_lost_and_never_more_than_the_limit_passes(rules: list[str], orders: int, opened: int, paused: bool) -> None:
    openings = [opening(number, rule_id) for number, rule_id in enumerate(rules)]
    sifted = sift(openings, lambda _: room(orders, opened, paused))
    assert sorted(one.id for one in (*sifted.passed, *sifted.held)) == sorted(one.id for one in openings)
    for rule_id in (BINS, LANE):
        passed = sum(one.key.rule_id == rule_id for one in sifted.passed)
        assert passed <= max(orders - opened, 0)
        assert (rule_id in sifted.paused) == (not paused and any(one.key.rule_id == rule_id for one in sifted.held))
