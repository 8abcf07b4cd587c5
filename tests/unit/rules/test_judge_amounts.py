"""An amount rule opens once for a problem that lasts, follows it, and clears it when looks say so."""

from dataclasses import replace

import pytest

from rules.assess import assess
from rules.judgement import Verdict
from tests.unit.rules.places import LANE, NINE, SPOT, STATION, WHOLE, bins, minutes, opened, play, rule, township, unknown, verdicts
from town.places import Zone
from town.sight import Observation, SeenObject

OVERFLOW = rule("bin-overflow")


def test_an_overflowing_bin_opens_one_incident_once_it_is_seen_twice() -> None:
    looks = play(OVERFLOW, STATION, bins(0, 0), bins(1, 1), bins(2, 1), bins(3, 2))
    assert verdicts(looks) == [Verdict.NOTHING_SEEN, Verdict.WAITING_FOR_LOOKS, Verdict.OPENED, Verdict.STILL_FIRING]
    assert list(opened(looks).values()) == [NINE + minutes(2)]


def test_the_incident_shows_the_surest_bin_and_how_many_overflow() -> None:
    seen = bins(1, 2)
    surer = replace(seen, objects=(seen.objects[0], replace(seen.objects[1], confidence=0.95), seen.objects[2]))
    incident = play(OVERFLOW, STATION, bins(0, 2), surer)[-1].changes[0].incident
    assert incident.box.as_list() == surer.objects[1].box.as_list()
    assert incident.severity_score == 0.667
    assert incident.reason == "overflowing_count 2, at least 1 in 2 of 3 looks"


def test_emptied_bins_clear_the_incident_after_two_looks_with_honest_bounds() -> None:
    looks = play(OVERFLOW, STATION, bins(0, 0), bins(1, 1), bins(2, 1), bins(5, 0), bins(6, 0))
    closed = looks[-1].changes[0].incident
    assert verdicts(looks)[-2:] == [Verdict.WAITING_TO_CLEAR, Verdict.CLEARED]
    assert (closed.opened_at, closed.closed_at) == (NINE + minutes(2), NINE + minutes(6))
    assert (closed.certain_dwell_s, closed.possible_dwell_s) == (60.0, 300.0)


def test_the_opening_the_following_and_the_clearing_name_the_same_incident() -> None:
    looks = play(OVERFLOW, STATION, bins(1, 1), bins(2, 1), bins(3, 1), bins(5, 0), bins(6, 0))
    assert len({look.decisions[0].incident_id for look in looks[1:]}) == 1


def test_every_decision_says_whether_the_problem_was_seen_in_this_very_look() -> None:
    looks = play(OVERFLOW, STATION, bins(1, 1), bins(2, 1), unknown(3), bins(4, 0), bins(5, 1), bins(6, 0), bins(7, 0))
    assert [look.decisions[0].firing for look in looks] == [True, True, None, False, True, False, False]


def test_a_wait_says_how_far_it_has_come_and_what_it_takes() -> None:
    details = [look.decisions[0].detail for look in play(OVERFLOW, STATION, bins(1, 1), bins(2, 0), bins(3, 1), bins(4, 0))]
    first, calm, _, clearing = details
    assert (first["looks"], first["needs_looks"], first["of"], first["within_s"]) == (1, 2, 3, 600.0)
    assert "looks" not in calm
    assert (clearing["clear_looks"], clearing["needs_clear_looks"], clearing["keep_firing_s"]) == (1, 2, 60.0)


def test_an_amount_that_must_last_is_looked_at_when_that_can_be_proven() -> None:
    lasting = rule("bin-overflow", **{"for": {"looks": 2, "of": 3, "lasting": "15m"}})
    looks = play(lasting, STATION, bins(0, 0), bins(5, 1), bins(6, 1), bins(10, 1), bins(15, 0), bins(20, 1))
    assert verdicts(looks)[1:] == [
        Verdict.WAITING_FOR_LOOKS,
        Verdict.WAITING_FOR_LIMIT,
        Verdict.WAITING_FOR_LIMIT,
        Verdict.NOTHING_SEEN,
        Verdict.OPENED,
    ]
    assert [look.look_again_at for look in looks[1:]] == [None, *[NINE + minutes(20)] * 3, None]
    waiting = looks[2].decisions[0].detail
    assert (waiting["certain_dwell_s"], waiting["possible_dwell_s"], waiting["limit_s"]) == (60.0, 360.0, 900.0)
    incident = looks[-1].changes[0].incident
    assert (incident.certain_dwell_s, incident.reason) == (900.0, "overflowing_count 1, at least 1 in 2 of 3 looks for 15m")


def test_objects_the_rule_is_not_sure_of_do_not_count() -> None:
    assert opened(play(OVERFLOW, STATION, bins(1, 1, 0.29), bins(2, 1, 0.29), bins(3, 1, 0.29))) == {}
    assert len(opened(play(OVERFLOW, STATION, bins(1, 1, 0.3), bins(2, 1, 0.3)))) == 1


def test_the_share_is_counted_anew_too() -> None:
    half = rule("bin-overflow", metric="overflowing_share", at_least=0.5)
    assert opened(play(half, STATION, bins(1, 1), bins(2, 1))) == {}
    assert len(opened(play(half, STATION, bins(1, 2), bins(2, 2)))) == 1


def test_without_objects_the_observations_own_number_counts() -> None:
    bare = [replace(bins(at, 2), objects=()) for at in (1, 2)]
    incident = play(OVERFLOW, STATION, *bare)[-1].changes[0].incident
    assert incident.box == STATION.polygon.bounds


def test_an_observation_without_the_metric_cannot_tell() -> None:
    strange = replace(bins(1, 2), objects=(), metrics={})
    look = play(OVERFLOW, STATION, strange)[0]
    assert (look.decisions[0].verdict, look.decisions[0].detail["reason"]) == (Verdict.VIEW_UNKNOWN, "metric_missing")


def test_outside_its_hours_a_rule_opens_nothing_and_follows_what_is_open() -> None:
    mornings = rule("bin-overflow", active=["06:00-09:03"])
    looks = play(mornings, STATION, bins(1, 1), bins(2, 1), bins(4, 1), bins(5, 0), bins(6, 0), bins(7, 1), bins(8, 1))
    assert verdicts(looks)[1:] == [
        Verdict.OPENED,
        Verdict.STILL_FIRING,
        Verdict.WAITING_TO_CLEAR,
        Verdict.CLEARED,
        Verdict.OUTSIDE_HOURS,
        Verdict.OUTSIDE_HOURS,
    ]


def bay(capacity: int | None) -> Zone:
    return Zone.model_validate({"id": "bay", "kind": "bike_bay", "polygon": WHOLE, "capacity": capacity})


def bikes(at: float, count: int) -> Observation:
    seen = tuple(SeenObject("bicycle", 0.8, SPOT) for _ in range(count))
    return Observation("gate-3", "bay", "bikes", NINE + minutes(at), {"bike_count": float(count)}, seen)


@pytest.mark.parametrize(("count", "opens"), [(4, 0), (5, 1)])
def test_a_bike_bay_fires_past_its_capacity(count: int, opens: int) -> None:
    looks = play(rule("messy-bikes"), bay(4), *(bikes(at, count) for at in range(3)))
    assert len(opened(looks)) == opens


def test_a_bike_bay_of_unknown_capacity_is_not_judged() -> None:
    town = township(bay(None), LANE)
    assessment = assess(town.cameras[0], town, {}, {("bay", "bikes"): bikes(0, 50)})
    assert {decision.zone_id for decision in assessment.decisions} == {"lane"}


def test_a_problem_is_suspected_while_any_remembered_look_saw_it_and_until_it_has_cleared() -> None:
    looks = play(OVERFLOW, STATION, bins(0, 0), bins(1, 1), bins(2, 0), bins(3, 1), bins(4, 0), bins(5, 0), bins(6, 0))
    assert verdicts(looks)[3:6] == [Verdict.OPENED, Verdict.WAITING_TO_CLEAR, Verdict.CLEARED]
    assert [look.suspects for look in looks] == [False, True, True, True, True, False, False]


def test_a_camera_is_suspected_when_any_of_its_rules_is() -> None:
    town = township(LANE, STATION)
    calm, full = ({("station", "bins"): bins(1, count)} for count in (0, 1))
    assert [assess(town.cameras[0], town, {}, sights).suspects for sights in (calm, full)] == [False, True]
