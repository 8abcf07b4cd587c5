"""What is seen opens nothing outside hours, where it is permitted, or where the rule's own condition does not hold; and says so."""

from typing import Any

import pytest

from rules.assess import assess, sights_of
from rules.judge import judge
from rules.judgement import Judgement, Sight, Verdict
from tests.unit.rules.places import (
    BLUE,
    LANE,
    NEXT_SPOT,
    RED,
    SPOT,
    STATION,
    TOWN,
    bins,
    car,
    opened,
    play,
    rule,
    township,
    vehicles,
    verdicts,
)
from town.places import Zone
from town.rule_settings import Permit, RuleSettings
from town.township import Township

SPOT_CORNERS = [[0.2, 0.4], [0.38, 0.4], [0.38, 0.6], [0.2, 0.6]]


def permit(**changes: Any) -> Permit:
    return Permit.model_validate({"id": "market", "reason": "赶集", "zone": "gate-3/lane", **changes})


def permitted(asked: RuleSettings, zone: Zone, leave: Permit, *sights: Sight) -> list[Judgement]:
    memory, judgements = None, []
    for sight in sights:
        judgements.append(judge(asked, "gate-3", zone, TOWN, memory, sight, (leave,)))
        memory = judgements[-1].memory
    return judgements


# Nine o'clock of the first of May 2026 is a public holiday.
@pytest.mark.parametrize(("days", "opens"), [(["workdays"], False), (["fri"], True), (["holidays"], True), (["sat", "days_off"], True)])
def test_a_rule_keeps_its_days(days: list[str], opens: bool) -> None:
    parking = rule("illegal-parking", active=[{"hours": "08:00-20:00", "days": days}])
    looks = play(parking, LANE, vehicles(0, car()), vehicles(10, car()))
    assert verdicts(looks)[-1] == (Verdict.OPENED if opens else Verdict.OUTSIDE_HOURS)


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        ({}, Verdict.PERMIT),
        ({"from": "2026-05-01", "until": "2026-05-01"}, Verdict.PERMIT),
        ({"until": "2026-04-30"}, Verdict.OPENED),
        ({"from": "2026-05-02"}, Verdict.OPENED),
        ({"active": ["09:00-12:00"]}, Verdict.PERMIT),
        ({"active": ["10:00-12:00"]}, Verdict.OPENED),
        ({"rules": ["illegal-parking"]}, Verdict.PERMIT),
        ({"rules": ["fire-lane"]}, Verdict.OPENED),
        ({"place": SPOT_CORNERS}, Verdict.PERMIT),
        ({"place": [[0.7, 0.1], [0.9, 0.1], [0.9, 0.3]]}, Verdict.OPENED),
    ],
)
def test_a_permit_bears_on_its_days_hours_rules_and_place(changes: dict[str, Any], verdict: Verdict) -> None:
    looks = permitted(rule("illegal-parking"), LANE, permit(**changes), vehicles(0, car()), vehicles(10, car()))
    assert verdicts(looks)[-1] == verdict


def test_a_decision_names_the_permit() -> None:
    looks = permitted(rule("illegal-parking"), LANE, permit(), vehicles(0, car()), vehicles(10, car()))
    assert looks[-1].decisions[0].detail["permit"] == "market"


def test_a_permitted_place_leaves_the_car_beside_it_to_the_rule() -> None:
    both = (car(RED, SPOT), car(BLUE, NEXT_SPOT))
    looks = permitted(rule("illegal-parking"), LANE, permit(place=SPOT_CORNERS), vehicles(0, *both), vehicles(10, *both))
    assert sorted(verdicts(looks)[-2:]) == [Verdict.OPENED, Verdict.PERMIT]


def test_a_stay_goes_on_under_a_permit_and_opens_when_the_permit_ends() -> None:
    looks = permitted(rule("illegal-parking"), LANE, permit(active=["09:00-09:15"]), *(vehicles(at, car()) for at in (0, 10, 16)))
    assert verdicts(looks)[-2:] == [Verdict.PERMIT, Verdict.OPENED]
    assert looks[-1].changes[0].incident.certain_dwell_s == 16 * 60


def test_what_stands_on_a_permitted_place_is_not_counted() -> None:
    first_bin = permit(zone="gate-3/station", place=[[0.1, 0.5], [0.2, 0.5], [0.2, 0.8], [0.1, 0.8]])
    one = permitted(rule("bin-overflow"), STATION, first_bin, bins(0, 1), bins(1, 1))
    two = permitted(rule("bin-overflow"), STATION, first_bin, bins(0, 2), bins(1, 2))
    assert (verdicts(one)[-1], one[-1].decisions[0].detail["value"]) == (Verdict.NOTHING_SEEN, 0)
    assert (verdicts(two)[-1], two[-1].decisions[0].detail["value"]) == (Verdict.OPENED, 1)


def test_a_permit_of_a_whole_station_opens_nothing() -> None:
    looks = permitted(rule("bin-overflow"), STATION, permit(zone="gate-3/station"), bins(0, 1), bins(1, 1))
    assert verdicts(looks) == [Verdict.PERMIT, Verdict.PERMIT]


def test_a_township_hands_each_zone_its_own_permits() -> None:
    town = Township(**{**dict(township(LANE)), "permits": (permit(),)})
    first = assess(town.cameras[0], town, {}, sights_of([vehicles(0, car())]))
    assert first.decisions[0].verdict is Verdict.PERMIT
    assert town.permits_for("gate-3", "station") == ()


def test_a_legal_stop_comes_before_the_limit() -> None:
    parking = rule("illegal-parking", legal_stop={"for": "5m"})
    looks = play(parking, LANE, *(vehicles(at, car()) for at in (0, 4, 6, 14, 15)))
    assert verdicts(looks) == [Verdict.LEGAL_STOP] * 2 + [Verdict.WAITING_FOR_LIMIT] * 2 + [Verdict.OPENED]
    assert looks[0].look_again_at == vehicles(15).seen_at


def test_a_legal_stop_may_have_hours_of_its_own() -> None:
    parking = rule("illegal-parking", legal_stop={"for": "5m", "active": ["06:00-08:00"]})
    assert verdicts(play(parking, LANE, vehicles(0, car()), vehicles(10, car())))[-1] is Verdict.OPENED


@pytest.mark.parametrize(
    ("when", "verdict"),
    [
        ("overflowing_share >= 0.5", Verdict.OPENED),
        ("overflowing_share > 0.7", Verdict.CONDITION_UNMET),
        ("bin_count == 3 && overflowing_count == 2", Verdict.OPENED),
        ("zone.id == 'station' && camera.id == 'gate-3' && zone.kind == 'bin_station'", Verdict.OPENED),
        ("local.hour == 9 && local.weekday == 5 && local.is_holiday && !local.is_workday", Verdict.OPENED),
        ("local.time < '09:00' || local.month != 5 || local.day != 1", Verdict.CONDITION_UNMET),
        ("overflowing_count / garbage_count > 1", Verdict.CONDITION_UNMET),
    ],
)
def test_a_condition_decides_which_looks_count(when: str, verdict: Verdict) -> None:
    looks = play(rule("bin-overflow", when=when), STATION, bins(0, 2), bins(0.5, 2))
    assert verdicts(looks)[-1] is verdict


def test_an_expression_without_an_answer_opens_nothing_and_says_why() -> None:
    look = play(rule("bin-overflow", when="overflowing_count / garbage_count > 1"), STATION, bins(0, 2))[0]
    assert "divide by zero" in look.decisions[0].detail["reason"]
    assert look.decisions[0].firing is False


def test_a_condition_has_no_say_in_what_clears() -> None:
    early = rule("bin-overflow", when="local.time < '09:02'")
    looks = play(early, STATION, bins(0, 1), bins(1, 1), bins(5, 1), bins(6, 0), bins(7, 0), bins(8, 1))
    assert verdicts(looks)[1:] == [
        Verdict.OPENED,
        Verdict.STILL_FIRING,
        Verdict.WAITING_TO_CLEAR,
        Verdict.CLEARED,
        Verdict.CONDITION_UNMET,
    ]


def test_a_stay_may_be_asked_for_its_own_dwell() -> None:
    patient = rule("illegal-parking", when="certain_dwell > duration('12m') && vehicle_count < 3")
    looks = play(patient, LANE, *(vehicles(at, car()) for at in (0, 5, 11, 13)))
    assert verdicts(looks) == [Verdict.WAITING_FOR_LIMIT, Verdict.WAITING_FOR_LIMIT, Verdict.CONDITION_UNMET, Verdict.OPENED]


def test_severity_is_what_the_rule_says_or_how_far_past_the_threshold() -> None:
    worst = play(rule("bin-overflow", severity="double(overflowing_count) / 2.0"), STATION, bins(0, 3), bins(1, 3))
    plain = play(rule("bin-overflow", severity=""), STATION, bins(0, 1), bins(1, 1))
    unanswered = play(rule("bin-overflow", severity="overflowing_count / garbage_count"), STATION, bins(0, 1), bins(1, 1))
    assert [len(opened(looks)) for looks in (worst, plain, unanswered)] == [1, 1, 1]
    assert [looks[-1].changes[0].incident.severity_score for looks in (worst, plain, unanswered)] == [1.0, 0.5, 0.5]
