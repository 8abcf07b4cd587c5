"""Noise is held back in wall time: lists of numbers go in, openings and closings come out."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from rules.sustain import Needs, Sustained
from tests.unit.rules.places import UNHURRIED

START = datetime(2026, 5, 1, 9, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def needs(
    looks: int = 2, of: int = 3, clear_below: float = 1.0, keep: timedelta = timedelta(0), clear_looks: int = 2, lasting: int = 0
) -> Needs:
    return Needs(1.0, clear_below, looks, of, 10 * MINUTE, keep, clear_looks, lasting * MINUTE)


def played(values: Sequence[float | None], asked: Needs, every: timedelta = MINUTE) -> list[Sustained]:
    state, states = Sustained(), []
    for number, value in enumerate(values):
        state = state.after(START + number * every, value, asked)
        states.append(state)
    return states


def opens(values: Sequence[float | None], asked: Needs, every: timedelta = MINUTE) -> list[int]:
    """A 1 for every look after which it is open."""
    return [int(state.is_open) for state in played(values, asked, every)]


def test_one_look_opens_nothing() -> None:
    assert opens([0, 1, 0, 0, 0], needs()) == [0, 0, 0, 0, 0]


def test_two_of_three_looks_open_across_a_miss() -> None:
    assert opens([0, 1, 0, 1], needs()) == [0, 0, 0, 1]


def test_two_looks_too_far_apart_in_time_do_not_open() -> None:
    assert opens([1, 1, 1], needs(), every=11 * MINUTE) == [0, 0, 0]


def test_clear_looks_in_a_row_close() -> None:
    assert opens([1, 1, 0, 1, 0, 0], needs()) == [0, 1, 1, 1, 1, 0]


def test_what_closed_must_be_sustained_anew() -> None:
    assert opens([1, 1, 0, 0, 1, 1], needs(of=6)) == [0, 1, 1, 0, 0, 1]


def test_between_the_two_thresholds_nothing_flips() -> None:
    assert opens([0.7, 0.7, 1, 1, 0.7, 0.7, 0.7, 0.2, 0.2], needs(clear_below=0.5)) == [0, 0, 0, 1, 1, 1, 1, 1, 0]


def test_it_keeps_firing_for_a_while_after_the_last_sight() -> None:
    assert opens([1, 1, 0, 0, 0, 0], needs(keep=4 * MINUTE)) == [0, 1, 1, 1, 1, 0]


def test_unknown_looks_neither_count_nor_reset() -> None:
    assert opens([1, None, None, 1, None, 0, None, 0], needs()) == [0, 0, 0, 1, 1, 1, 1, 0]


def test_outside_hours_it_is_sustained_but_does_not_open() -> None:
    state = played([1], needs())[0].after(START + MINUTE, 1, needs(), may_open=False)
    assert not state.is_open
    assert state.after(START + 2 * MINUTE, 1, needs()).is_open


def test_what_must_last_opens_at_the_look_that_proves_it() -> None:
    assert opens([1] * 7, needs(lasting=5)) == [0, 0, 0, 0, 0, 1, 1]


def test_a_miss_that_the_looks_allow_does_not_begin_it_anew() -> None:
    assert opens([1, 1, 0, 1, 1, 0, 1], needs(lasting=5)) == [0, 0, 0, 0, 0, 0, 1]


def test_what_went_and_came_back_must_last_anew() -> None:
    assert opens([1, 1, 0, 0, 1, 1, 1, 1, 1, 1], needs(lasting=5)) == [0, 0, 0, 0, 0, 0, 0, 0, 0, 1]


def test_while_it_lasts_looks_may_be_as_far_apart_as_it_must_last() -> None:
    wanted = needs(lasting=30)
    state = played([1, 1], wanted)[-1]
    assert not state.is_open
    assert state.after(START + 30 * MINUTE, 1, wanted).is_open
    assert not state.after(START + 32 * MINUTE, 1, wanted).is_open, "nobody knows what was there for more than half an hour"


def test_one_look_that_is_enough_does_not_bridge_a_gap_either() -> None:
    """Nobody saw what was there in between, whether it must last or was kept from opening by the hour."""
    wanted = needs(looks=1, of=1, lasting=30)
    seen = Sustained().after(START, 1, wanted)
    assert seen.after(START + 30 * MINUTE, 1, wanted).is_open
    assert not seen.after(START + 600 * MINUTE, 1, wanted).is_open
    shut = Sustained().after(START, 1, needs(looks=1, of=1), may_open=False)
    opened = shut.after(START + 600 * MINUTE, 1, needs(looks=1, of=1))
    assert opened.dwell is not None
    assert (opened.is_open, opened.dwell.certain) == (True, timedelta(0))


def test_how_long_it_lasted_is_told_from_the_first_of_all_sights() -> None:
    state = played([0, 1, 1, 1, 1, 1, 1], needs(lasting=5))[-1]
    assert state.dwell is not None
    assert (state.is_open, state.dwell.certain, state.dwell.possible) == (True, 5 * MINUTE, 6 * MINUTE)


def test_its_dwell_is_bounded_by_the_looks_without_it() -> None:
    dwell = played([0, 1, 1, 1, 0, 0], needs())[-1].dwell
    assert dwell is not None
    assert (dwell.certain, dwell.possible) == (2 * MINUTE, 4 * MINUTE)


values = st.lists(st.one_of(st.none(), st.floats(0, 2)), max_size=40)
asked = st.builds(
    lambda of, looks, low, keep, clear, lasting: needs(min(looks, of), of, low, keep * MINUTE, clear, lasting),
    *(st.integers(1, 5), st.integers(1, 5), st.floats(0.1, 1), st.integers(0, 6), st.integers(1, 4), st.sampled_from([0, 0, 3, 15])),
)


@UNHURRIED
@given(values, asked)
def test_unknown_looks_leave_no_trace(numbers: list[float | None], wanted: Needs) -> None:
    known = [(START + n * MINUTE, value) for n, value in enumerate(numbers) if value is not None]
    state = Sustained()
    for at, value in known:
        state = state.after(at, value, wanted)
    assert played(numbers, wanted)[-1:] == ([state] if numbers else [])


@UNHURRIED
@given(values, asked)
def test_the_certain_dwell_never_exceeds_the_possible(numbers: list[float | None], wanted: Needs) -> None:
    dwells = [state.dwell for state in played(numbers, wanted) if state.dwell]
    assert all(timedelta(0) <= dwell.certain <= dwell.possible for dwell in dwells)


@UNHURRIED
@given(values, asked)
def test_a_memory_that_went_through_json_is_the_same(numbers: list[float | None], wanted: Needs) -> None:
    states = played(numbers, wanted)
    assert [Sustained.from_json(state.as_json()) for state in states] == states


@UNHURRIED
@given(values, asked)
def test_it_opens_only_once_it_has_certainly_lasted(numbers: list[float | None], wanted: Needs) -> None:
    states = [Sustained(), *played(numbers, wanted)]
    for before, after in pairwise(states):
        if after.is_open and not before.is_open:
            assert after.dwell is not None and after.dwell.certain >= wanted.lasting


@UNHURRIED
@given(values, asked)
def test_it_opens_only_at_a_look_that_saw_it_and_closes_only_at_one_that_did_not(numbers: list[float | None], wanted: Needs) -> None:
    states = [Sustained(), *played(numbers, wanted)]
    for before, after, value in zip(states, states[1:], numbers, strict=False):
        if after.is_open and not before.is_open:
            assert value is not None and value >= wanted.at_least
        if before.is_open and not after.is_open:
            assert value is not None and value < wanted.clear_below
