"""Looks in a row at which a rule decided the same are one run, and nothing that was decided is lost."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.judgement import Decision, Verdict
from rules.reasons import LONGEST_RUN, Run, beyond_the_look, follow
from tests.unit.rules.places import NINE, UNHURRIED, minutes


def decided(at: float, verdict: Verdict = Verdict.NOTHING_SEEN, object_id: str = "", **detail: Any) -> Decision:
    return Decision("illegal-parking", "gate-3", "lane", NINE + minutes(at), verdict, object_id, firing=False, detail=detail)


def kept(*looks: list[Decision]) -> list[Run]:
    """The runs that looks leave, as a store keeps them."""
    stored: dict[int, Run] = {}
    going_on: set[int] = set()
    for made in looks:
        runs = follow([stored[number] for number in sorted(going_on)], made)
        going_on -= {run.number for run in runs.ended}
        stored |= {run.number: run for run in runs.extended}
        for run in runs.begun:
            number = len(stored) + 1
            stored[number] = replace(run, number=number)
            going_on.add(number)
    return list(stored.values())


def test_an_unchanged_answer_lengthens_its_run() -> None:
    (run,) = kept([decided(0, certain_dwell_s=0.0)], [decided(5, certain_dwell_s=300.0)])
    assert (run.began_at, run.look_count, run.decision) == (NINE, 2, decided(5, certain_dwell_s=300.0))


@pytest.mark.parametrize(
    "other",
    [
        decided(5, Verdict.BELOW_THRESHOLD),
        decided(5, reason="occluded"),
        decided(5, looks=2),
        replace(decided(5), incident_id="incident-1"),
        replace(decided(5), firing=None),
    ],
)
def test_another_answer_begins_another_run(other: Decision) -> None:
    assert [run.look_count for run in kept([decided(0)], [other])] == [1, 1]


def test_vehicles_have_runs_of_their_own() -> None:
    waits = Verdict.WAITING_FOR_LIMIT
    runs = kept([decided(0, waits, "a")], [decided(5, waits, "a"), decided(5, waits, "b")], [decided(10, waits, "b")])
    assert [(run.decision.object_id, run.look_count) for run in runs] == [("a", 2), ("b", 2)]


def test_a_look_without_a_word_ends_nothing() -> None:
    assert [run.look_count for run in kept([decided(0)], [], [decided(10)])] == [2]


def test_a_run_is_a_day_long_at_most() -> None:
    day = LONGEST_RUN / timedelta(minutes=1)
    assert [run.look_count for run in kept([decided(0)], [decided(day - 1)], [decided(day)])] == [2, 1]


def test_a_look_that_is_not_later_lengthens_nothing() -> None:
    assert [run.look_count for run in kept([decided(5)], [decided(5)])] == [1, 1]


def test_what_the_look_says_itself_is_not_said_for_every_rule() -> None:
    black, hidden = decided(0, Verdict.VIEW_UNKNOWN, reason="black"), decided(0, Verdict.VIEW_UNKNOWN, reason="occluded")
    noted = decided(0, Verdict.VIEW_UNKNOWN, reason="black", memory="started afresh")
    assert beyond_the_look([black, hidden, noted], "black") == (hidden, noted)
    assert beyond_the_look([black, hidden], "") == (black, hidden)


@UNHURRIED
@given(
    st.lists(st.lists(st.tuples(st.sampled_from(list(Verdict)), st.sampled_from(["", "a", "b"])), max_size=3, unique_by=lambda one: one[1]))
)
def test_every_decision_stands_in_exactly_one_run(looks: list[list[tuple[Verdict, str]]]) -> None:
    made = [[decided(5 * number, verdict, car) for verdict, car in look] for number, look in enumerate(looks)]
    runs = kept(*made)
    assert sum(run.look_count for run in runs) == sum(map(len, made))
    for one in (one for look in made for one in look):
        covering = [run for run in runs if run.key == ("lane", "illegal-parking", one.object_id) and run.began_at <= one.decided_at]
        last = max((run for run in covering if run.decision.decided_at >= one.decided_at), key=lambda run: run.began_at)
        assert last.decision.verdict is one.verdict
