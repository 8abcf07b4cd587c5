"""A packed day tells of every look and run what its rows did, to the second."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from rules.judgement import Verdict
from rules.reasons import Run
from storage.reason_days import day_of, pack_looks, pack_runs, unpack_looks, unpack_runs
from tests.doubles.look_samples import decision, look
from town.looks import Cadence, Look, LookOutcome, SeenBy

DAY = date(2026, 5, 4)
MIDNIGHT = datetime(2026, 5, 4, tzinfo=UTC)
SECOND = timedelta(seconds=1)

_spans = st.timedeltas(timedelta(0), timedelta(seconds=30))
_looks = st.builds(
    lambda ended, took, late, outcome, reason, cadence, seen_by: Look(
        "", "gate-1", MIDNIGHT + ended - took - late, MIDNIGHT + ended - took, MIDNIGHT + ended, outcome, reason, cadence, seen_by
    ),
    st.timedeltas(timedelta(0), timedelta(hours=23)),
    _spans,
    _spans,
    st.sampled_from(LookOutcome),
    st.sampled_from(["fit", "black", "timed_out", "桶"]),
    st.sampled_from(Cadence),
    st.sampled_from(SeenBy),
)


@settings(deadline=None, derandomize=True)
@given(st.lists(_looks, max_size=20))
def test_a_packed_look_lasts_from_no_later_to_no_earlier_than_it_did(looks: list[Look]) -> None:
    packed = unpack_looks("gate-1", DAY, pack_looks(DAY, looks))
    assert len(packed) == len(looks)
    for before, after in zip(sorted(looks, key=lambda one: (one.ended_at, one.started_at)), packed, strict=True):
        assert replace(before, planned_at=after.planned_at, started_at=after.started_at, ended_at=after.ended_at) == after
        assert timedelta(0) <= after.ended_at - before.ended_at < SECOND
        assert timedelta(0) <= before.started_at - after.started_at < SECOND


def test_packing_again_changes_nothing() -> None:
    page = pack_looks(DAY, [look(ended_at=MIDNIGHT + timedelta(seconds=5.5))])
    assert pack_looks(DAY, unpack_looks("gate-1", DAY, page)) == page


def test_runs_come_back_with_their_details() -> None:
    told = decision(verdict=Verdict.WAITING_FOR_LIMIT, object_id="car-1", detail={"certain_dwell_s": 12.345, "reason": "桶"})
    runs = [
        Run(told, told.decided_at, 1),
        Run(replace(told, firing=None, decided_at=told.decided_at + timedelta(days=1)), told.decided_at, 9),
    ]
    assert unpack_runs("gate-1", day_of(told.decided_at), pack_runs(day_of(told.decided_at), runs)) == runs


def test_a_day_of_looks_is_under_a_kilobyte() -> None:
    looks = [look(number, ended_at=MIDNIGHT + timedelta(minutes=5 * number, seconds=number % 3)) for number in range(288)]
    assert len(pack_looks(DAY, looks)) < 1000
