"""Whatever is judged: a look judged twice changes nothing, an unknown one neither, and a memory is plain JSON that may be damaged."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.judge import judge
from rules.judgement import ChangeKind, Sight, Verdict
from rules.memory import VERSION
from tests.unit.rules.places import (
    BLUE,
    LANE,
    NEXT_SPOT,
    NINE,
    RED,
    SPOT,
    STATION,
    TOWN,
    UNHURRIED,
    WHITE,
    bins,
    car,
    look_of,
    minutes,
    opened,
    play,
    rule,
    unknown,
    vehicles,
    verdicts,
)
from town.geometry import Box
from town.places import Zone
from town.rule_settings import RuleSettings

OVERFLOW, PARKING = rule("bin-overflow"), rule("illegal-parking")
FAR_SPOT = Box(0.7, 0.1, 0.9, 0.3)

PARKED = [vehicles(0, car()), vehicles(5, car(), car(WHITE, NEXT_SPOT)), vehicles(10, car()), vehicles(12)]
FULL = [bins(0, 0), bins(1, 1), bins(2, 2), bins(3, 0)]
STORIES = pytest.mark.parametrize(("settings", "zone", "sights"), [(PARKING, LANE, PARKED), (OVERFLOW, STATION, FULL)])


@STORIES
def test_a_look_judged_twice_changes_nothing(settings: RuleSettings, zone: Zone, sights: list[Sight]) -> None:
    memory = play(settings, zone, *sights)[-1].memory
    for sight in sights:
        again = judge(settings, "gate-3", zone, TOWN, memory, sight)
        assert (again.memory, again.changes, verdicts([again])) == (memory, (), [Verdict.REPEATED_LOOK])


@STORIES
def test_a_look_judged_anew_after_a_crash_opens_the_same_incident(settings: RuleSettings, zone: Zone, sights: list[Sight]) -> None:
    before = play(settings, zone, *sights[:2])[-1].memory
    assert judge(settings, "gate-3", zone, TOWN, before, sights[2]) == judge(settings, "gate-3", zone, TOWN, before, sights[2])


@STORIES
def test_an_unknown_look_leaves_the_memory_as_it_was_and_tells_its_reason(settings: RuleSettings, zone: Zone, sights: list[Sight]) -> None:
    memory = play(settings, zone, *sights)[-1].memory
    look = judge(settings, "gate-3", zone, TOWN, memory, unknown(60, "blurred"))
    assert (look.memory, look.changes) == (memory, ())
    assert (look.decisions[0].verdict, look.decisions[0].firing, look.decisions[0].detail["reason"]) == (
        Verdict.VIEW_UNKNOWN,
        None,
        "blurred",
    )


def damaged(memory: dict[str, Any]) -> list[Any]:
    naive = json.loads(json.dumps(memory).replace("+00:00", ""))
    halves = [{key: value for key, value in memory.items() if key != left_out} for left_out in memory]
    return [naive, *halves, {**memory, "v": VERSION + 1}, {**memory, "judges": "dreams"}, {}, [], "memory", 7]


@STORIES
def test_a_memory_that_cannot_be_read_is_started_afresh_and_said_so(settings: RuleSettings, zone: Zone, sights: list[Sight]) -> None:
    memory = play(settings, zone, *sights[:3])[-1].memory
    for broken in damaged(memory):
        look = judge(settings, "gate-3", zone, TOWN, broken, sights[3])
        assert look.decisions[0].detail["memory"].startswith("started afresh")
        assert look.memory == judge(settings, "gate-3", zone, TOWN, None, sights[3]).memory


def test_a_rule_that_became_another_starts_afresh() -> None:
    memory = play(PARKING, LANE, *PARKED)[-1].memory
    counting = rule("illegal-parking", metric="vehicle_count")
    assert "memory" in play(counting, LANE, vehicles(20, car()), memory=memory)[0].decisions[0].detail


HALF_SPOT, BUS_SPOT = Box(0.2, 0.4, 0.31, 0.6), Box(0.1, 0.2, 0.9, 0.95)
boxes = st.sampled_from([SPOT, NEXT_SPOT, FAR_SPOT, HALF_SPOT, BUS_SPOT])
colours = st.sampled_from([RED, WHITE, BLUE, look_of(1, light=0.3), b""])
cars = st.lists(st.builds(car, colours, boxes, st.sampled_from([0.2, 0.3, 0.5, 0.9])), max_size=4)
gaps = st.floats(-3, 9)


@st.composite
def parking_days(draw: st.DrawFn) -> list[Sight]:
    """Looks at a lane, most of them in order of time, some unknown."""
    sights: list[Sight] = []
    at = 0.0
    for _ in range(draw(st.integers(0, 14))):
        at = max(0.0, at + draw(gaps))
        sights.append(draw(st.one_of(st.just(unknown(at)), cars.map(lambda seen, at=at: vehicles(at, *seen)))))  # type: ignore[misc]
    return sights


@st.composite
def bin_days(draw: st.DrawFn) -> list[Sight]:
    sights: list[Sight] = []
    at = 0.0
    for _ in range(draw(st.integers(0, 20))):
        at = max(0.0, at + draw(gaps))
        sights.append(unknown(at) if draw(st.booleans()) and draw(st.booleans()) else bins(at, draw(st.integers(0, 3))))
    return sights


days = st.one_of(st.tuples(st.just(PARKING), st.just(LANE), parking_days()), st.tuples(st.just(OVERFLOW), st.just(STATION), bin_days()))
Day = tuple[RuleSettings, Zone, list[Sight]]


@UNHURRIED
@given(days)
def test_no_key_ever_has_two_open_incidents(day: Day) -> None:
    settings, zone, sights = day
    open_by_key: dict[object, str] = {}
    for change in (change for look in play(settings, zone, *sights) for change in look.changes):
        if change.kind is ChangeKind.OPENED:
            assert change.incident.key not in open_by_key
            open_by_key[change.incident.key] = change.incident.id
        else:
            assert open_by_key.pop(change.incident.key) == change.incident.id


@UNHURRIED
@given(days)
def test_a_repeated_frame_changes_nothing(day: Day) -> None:
    settings, zone, sights = day
    twice = [sight for sight in sights for _ in range(2)]
    once, doubled = play(settings, zone, *sights), play(settings, zone, *twice)
    assert [change for look in once for change in look.changes] == [change for look in doubled for change in look.changes]
    assert [look.memory for look in once] == [look.memory for look in doubled[1::2]]


@UNHURRIED
@given(days)
def test_unknown_looks_open_close_and_reset_nothing(day: Day) -> None:
    settings, zone, sights = day
    known = [sight for sight in sights if hasattr(sight, "metrics")]
    with_unknown, without = play(settings, zone, *sights), play(settings, zone, *known)
    assert [change for look in with_unknown for change in look.changes] == [change for look in without for change in look.changes]
    assert not without or with_unknown[-1].memory == without[-1].memory


@UNHURRIED
@given(days)
def test_the_certain_dwell_never_exceeds_the_possible_one(day: Day) -> None:
    settings, zone, sights = day
    looks = play(settings, zone, *sights)
    assert all(0 <= c.incident.certain_dwell_s <= c.incident.possible_dwell_s for look in looks for c in look.changes)
    details = [one.detail for look in looks for one in look.decisions if "certain_dwell_s" in one.detail]
    assert all(0 <= detail["certain_dwell_s"] <= detail["possible_dwell_s"] for detail in details)


@UNHURRIED
@given(days)
def test_a_stay_opens_only_when_its_certain_dwell_reached_the_limit(day: Day) -> None:
    settings, zone, sights = day
    incidents = [c.incident for look in play(settings, zone, *sights) for c in look.changes if c.kind is ChangeKind.OPENED]
    assert not settings.judges_stays or all(incident.certain_dwell_s >= 600 for incident in incidents)


@UNHURRIED
@given(days)
def test_time_moves_forward_only(day: Day) -> None:
    settings, zone, sights = day
    newest = None
    for sight, look in zip(sights, play(settings, zone, *sights), strict=True):
        if newest and sight.seen_at <= newest:
            assert look.changes == ()
        assert all(change.incident.opened_at <= sight.seen_at for change in look.changes)
        assert look.look_again_at is None or look.look_again_at > sight.seen_at
        newest = max(newest or NINE, sight.seen_at) if hasattr(sight, "metrics") else newest


@UNHURRIED
@given(parking_days())
def test_a_stay_lasts_longer_with_every_look_and_no_two_share_a_name(sights: list[Sight]) -> None:
    lasted: dict[str, float] = {}
    for look in play(PARKING, LANE, *sights):
        told = [one for one in look.decisions if "certain_dwell_s" in one.detail]
        assert len({one.object_id for one in told}) == len(told)
        for one in told:
            assert one.detail["certain_dwell_s"] >= lasted.get(one.object_id, 0.0)
            lasted[one.object_id] = one.detail["certain_dwell_s"]


@UNHURRIED
@given(days)
def test_a_memory_that_went_through_json_judges_the_same(day: Day) -> None:
    settings, zone, sights = day
    memory: dict[str, Any] | None = None
    for sight, straight in zip(sights, play(settings, zone, *sights), strict=True):
        look = judge(settings, "gate-3", zone, TOWN, json.loads(json.dumps(memory, allow_nan=False)), sight)
        assert look == straight
        memory = look.memory


def test_two_rules_of_one_zone_open_incidents_of_their_own() -> None:
    lane_too = rule("fire-lane")
    ids = [opened(play(settings, LANE, vehicles(0, car()), vehicles(10, car()))) for settings in (PARKING, lane_too)]
    assert ids[0].keys().isdisjoint(ids[1])
    assert minutes(10) == next(iter(ids[0].values())) - NINE
