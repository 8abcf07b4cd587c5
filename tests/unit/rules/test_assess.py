"""One look at a camera is judged by every rule of every zone, and each says something."""

from datetime import timedelta

from rules.assess import assess, blind, sights_of
from rules.judgement import Verdict
from tests.unit.rules.places import LANE, NINE, STATION, bins, car, minutes, township, vehicles
from town.township import Township

TOWNSHIP = township(STATION, LANE)
CAMERA = TOWNSHIP.cameras[0]


def test_every_rule_of_every_zone_judges() -> None:
    assessment = assess(CAMERA, TOWNSHIP, {}, sights_of([bins(0, 1), vehicles(0, car())]))
    assert list(assessment.memories) == [("station", "bin-overflow"), ("station", "exposed-garbage"), ("lane", "illegal-parking")]
    assert [decision.verdict for decision in assessment.decisions] == [
        Verdict.WAITING_FOR_LOOKS,
        Verdict.NOTHING_SEEN,
        Verdict.WAITING_FOR_LIMIT,
    ]


def test_the_next_look_is_wanted_when_the_first_rule_could_know_more() -> None:
    lane_2m = LANE.model_copy(update={"id": "mouth", "limit": timedelta(minutes=2)})
    town = township(LANE, lane_2m)
    seen = vehicles(0, car())
    assessment = assess(town.cameras[0], town, {}, {("lane", "vehicles"): seen, ("mouth", "vehicles"): seen})
    assert assessment.look_again_at == NINE + minutes(2)


def test_a_view_that_is_unfit_is_unknown_to_every_rule() -> None:
    first = assess(CAMERA, TOWNSHIP, {}, sights_of([bins(0, 1), vehicles(0, car())]))
    unfit = assess(CAMERA, TOWNSHIP, first.memories, blind(CAMERA, ("bins", "vehicles"), NINE + minutes(1), "black"))
    assert [decision.detail["reason"] for decision in unfit.decisions] == ["black"] * 3
    assert (unfit.memories, unfit.changes) == (first.memories, ())


def test_a_rule_that_is_shown_nothing_of_its_kind_is_told_so() -> None:
    assessment = assess(CAMERA, TOWNSHIP, {}, sights_of([bins(0, 1)]))
    assert [decision.detail["reason"] for decision in assessment.decisions if decision.zone_id == "lane"] == ["not_observed"]


def test_a_rule_that_is_off_says_nothing() -> None:
    rules = tuple(rule.model_copy(update={"enabled": rule.observes == "vehicles"}) for rule in TOWNSHIP.rules)
    town: Township = TOWNSHIP.model_copy(update={"rules": rules})
    assert list(assess(CAMERA, town, {}, sights_of([bins(0, 1)])).memories) == [("lane", "illegal-parking")]


def test_no_sights_change_nothing() -> None:
    assessment = assess(CAMERA, TOWNSHIP, {}, {})
    assert (assessment.memories, assessment.changes, assessment.decisions) == ({}, (), ())


def test_what_a_rule_had_opened_is_cleared_once_when_the_rule_is_withdrawn() -> None:
    memories, opened = {}, []
    for at in (0, 10):
        look = assess(CAMERA, TOWNSHIP, memories, sights_of([bins(at, 1), vehicles(at, car())]))
        memories, opened = memories | look.memories, [*opened, *look.changes]
    off = TOWNSHIP.model_copy(update={"rules": tuple(one for one in TOWNSHIP.rules if one.id == "exposed-garbage")})
    withdrawn = assess(CAMERA, off, memories, sights_of([bins(11, 1)]))
    assert [change.incident.id for change in withdrawn.changes] == [change.incident.id for change in opened]
    assert {change.incident.closed_reason for change in withdrawn.changes} == {"rule_withdrawn"}
    assert assess(CAMERA, off, memories | withdrawn.memories, sights_of([bins(12, 1)])).changes == ()


def test_a_rule_that_comes_back_begins_anew() -> None:
    first = assess(CAMERA, TOWNSHIP, {}, sights_of([vehicles(0, car())]))
    second = assess(CAMERA, TOWNSHIP, first.memories, sights_of([vehicles(10, car())]))
    off = TOWNSHIP.model_copy(update={"rules": ()})
    withdrawn = assess(CAMERA, off, second.memories, sights_of([vehicles(11, car())]))
    back = assess(CAMERA, TOWNSHIP, withdrawn.memories, sights_of([vehicles(12, car())]))
    assert [one.verdict for one in back.decisions if one.zone_id == "lane"] == [Verdict.WAITING_FOR_LIMIT]


def test_the_memory_of_nobody_is_left_alone() -> None:
    look = assess(CAMERA, TOWNSHIP, {("lane", "gone"): {"judges": "dreams"}, ("lane", "old"): {}}, sights_of([bins(0, 0)]))
    assert look.changes == ()
