"""When a camera is looked at again."""

from datetime import UTC, datetime, timedelta

import pytest

from patrol.cadence import next_look
from rules.judgement import Decision, Verdict
from town.looks import Cadence
from town.places import Camera

NOON = datetime(2026, 3, 1, 4, tzinfo=UTC)
SECONDS_10 = timedelta(seconds=10)


def camera(every: str = "60s") -> Camera:
    source = {"kind": "http_snapshot", "url": "http://10.0.0.1/"}
    return Camera.model_validate(
        {"id": "a", "name": "甲", "grid": "g1", "position": {"lat": 39.8, "lon": 116.5}, "source": source, "every": every}
    )


def decided(verdict: Verdict) -> list[Decision]:
    return [Decision("bin-overflow", "a", "z", NOON, verdict)]


@pytest.mark.parametrize("verdict", [Verdict.NOTHING_SEEN, Verdict.BELOW_THRESHOLD, Verdict.STILL_FIRING, Verdict.VIEW_UNKNOWN])
def test_nothing_new_needs_no_extra_look(verdict: Verdict) -> None:
    plan = next_look(camera(), decided(verdict), None, False, NOON, SECONDS_10)
    assert (plan.cadence, plan.extra_at) == (Cadence.ROUTINE, None)


def test_a_suspicion_is_confirmed_soon() -> None:
    plan = next_look(camera(), decided(Verdict.WAITING_FOR_LOOKS), None, False, NOON, SECONDS_10)
    assert (plan.cadence, plan.extra_at) == (Cadence.CONFIRM, NOON + SECONDS_10)


def test_work_that_waits_for_proof_is_watched() -> None:
    plan = next_look(camera(), decided(Verdict.STILL_FIRING), None, True, NOON, SECONDS_10)
    assert (plan.cadence, plan.extra_at) == (Cadence.WATCH, NOON + SECONDS_10)


def test_a_look_is_planned_for_the_very_moment_at_which_a_limit_can_be_proven() -> None:
    moment = NOON + timedelta(seconds=42)
    plan = next_look(camera(), decided(Verdict.WAITING_FOR_LIMIT), moment, False, NOON, SECONDS_10)
    assert (plan.cadence, plan.extra_at) == (Cadence.CONFIRM, moment)


def test_a_moment_after_the_next_routine_look_is_wanted_all_the_same() -> None:
    moment = NOON + timedelta(minutes=5)
    assert next_look(camera(), decided(Verdict.WAITING_FOR_LIMIT), moment, False, NOON, SECONDS_10).extra_at == moment


def test_of_two_moments_the_sooner_is_looked_at_first() -> None:
    moment = NOON + timedelta(seconds=4)
    assert next_look(camera(), decided(Verdict.WAITING_FOR_LOOKS), moment, False, NOON, SECONDS_10).extra_at == moment
    assert next_look(camera(), [], NOON + timedelta(seconds=14), True, NOON, SECONDS_10).extra_at == NOON + SECONDS_10


def test_a_camera_of_fast_routine_is_confirmed_no_slower() -> None:
    plan = next_look(camera("5s"), decided(Verdict.WAITING_FOR_LOOKS), None, False, NOON, SECONDS_10)
    assert plan.extra_at == NOON + timedelta(seconds=5)


def test_a_moment_that_has_passed_means_now() -> None:
    plan = next_look(camera(), decided(Verdict.WAITING_FOR_LIMIT), NOON - timedelta(seconds=1), False, NOON, SECONDS_10)
    assert plan.extra_at == NOON
