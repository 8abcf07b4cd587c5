"""Who is looked at now: by priority, within the budget, and nobody waits for ever."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patrol.cadence import NextLook
from patrol.planner import Planner, needs_of
from patrol.turn import Need
from rules.builtin import BUILT_IN
from town.looks import Cadence, Look, LookOutcome, PutOffReason
from town.reading import township_of

NOON = datetime(2026, 3, 1, 4, tzinfo=UTC)
RETRY = timedelta(seconds=10)


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def need(camera_id: str, every_s: float = 60, comes_first: bool = False, cost: float = 1) -> Need:
    return Need(camera_id, timedelta(seconds=every_s), comes_first, cost)


def planner(*needs: Need, budget: float | None = None, first_at: datetime = NOON) -> Planner:
    return Planner([(one, first_at) for one in needs], budget, RETRY)


def ids(plan: Planner, now: datetime) -> list[str]:
    return [due.camera_id for due in plan.go(now)]


def done(camera_id: str, now: datetime, following: NextLook | None = None) -> tuple[Look, NextLook | None]:
    return Look("look", camera_id, now, now, now, LookOutcome.DONE), following


def test_without_a_budget_whoever_is_due_is_looked_at_once_an_interval() -> None:
    plan = planner(need("a", 60), need("b", 90))
    looks = [(second, name) for second in range(0, 200, 10) for name in ids(plan, at(second))]
    assert looks == [(0, "a"), (0, "b"), (60, "a"), (90, "b"), (120, "a"), (180, "a"), (180, "b")]
    assert plan.take_put_off() == []


def test_a_budget_is_kept_to_the_look() -> None:
    plan = planner(*(need(f"c{number}", 10) for number in range(100)), budget=2)
    looks = sum(len(plan.go(at(beat / 10))) for beat in range(10_000))
    assert looks == pytest.approx(2 * 1000, abs=3)


def test_fire_lanes_go_first_then_suspicions_then_who_is_most_overdue() -> None:
    plan = planner(need("calm", 60), need("overdue", 20), need("suspected", 600), need("lane", 300, comes_first=True), budget=1)
    plan.go(at(0))
    for second in range(1, 10):
        plan.go(at(second))
    plan.ask("suspected", at(290), Cadence.CONFIRM)
    order = [name for second in range(300, 303) for name in ids(plan, at(second))]
    assert order == ["lane", "suspected", "overdue"]


def test_a_proving_look_begins_at_its_very_moment() -> None:
    plan = planner(need("a", 60))
    plan.go(NOON)
    plan.ended(*done("a", at(1), NextLook(Cadence.CONFIRM, at(42))))
    assert plan.go(at(41.99)) == []
    assert [due.cadence for due in plan.go(at(42))] == [Cadence.CONFIRM]


def test_where_more_was_found_before_is_looked_at_more_often() -> None:
    plan = planner(need("busy", 10), need("quiet", 10), budget=0.1)
    plan.weigh({"busy": 24})
    looks = Counter(name for second in range(10_000) for name in ids(plan, at(second)))
    assert looks["busy"] > 1.5 * looks["quiet"]


def test_a_dear_look_takes_as_much_of_the_budget_as_it_costs() -> None:
    plan = planner(need("rtsp", 1, cost=30), budget=1)
    assert sum(len(plan.go(at(second))) for second in range(3000)) == 100


@settings(deadline=None, max_examples=20, derandomize=True)
@given(
    st.lists(st.tuples(st.booleans(), st.integers(1, 120), st.integers(0, 50)), min_size=2, max_size=12),
    st.sampled_from([0.5, 1, 3]),
    st.randoms(use_true_random=False),
)
def test_nobody_waits_longer_than_twelve_rounds_whatever_the_others_want(
    cameras: list[tuple[bool, int, int]], budget: float, dice: Random
) -> None:
    needs = [need(f"c{number}", every, first) for number, (first, every, _) in enumerate(cameras)]
    plan = planner(*needs, budget=budget)
    plan.weigh({f"c{number}": problems for number, (_, _, problems) in enumerate(cameras)})
    looked_at = dict.fromkeys((one.camera_id for one in needs), NOON)
    longest = timedelta(seconds=12 * (len(needs) + 1) / budget)
    for second in range(500):
        for name in ids(plan, at(second)):
            every = next(one.every for one in needs if one.camera_id == name)
            assert at(second) - looked_at[name] <= every * 1.5 + longest
            looked_at[name] = at(second)
            wanted = NextLook(Cadence.WATCH, at(second + 1)) if dice.random() < 0.7 else None
            plan.ended(*done(name, at(second), wanted))
    assert all(at(500) - seen <= need_.every * 1.5 + longest for need_, seen in zip(needs, looked_at.values(), strict=True))


def test_a_quiet_camera_has_its_turn_though_the_fire_lanes_could_use_every_look() -> None:
    plan = planner(*(need(f"lane-{number}", 1, comes_first=True) for number in range(5)), need("quiet", 10), budget=1)
    quiet = [second for second in range(500) if "quiet" in ids(plan, at(second))]
    assert max(later - sooner for sooner, later in pairwise(quiet)) <= 10 + 8 * 6


def test_a_suspicion_has_its_turn_though_the_fire_lanes_could_use_every_look() -> None:
    plan = planner(*(need(f"lane-{number}", 1, comes_first=True) for number in range(5)), need("bins", 600), budget=1)
    for second in range(100):
        plan.go(at(second))
    plan.ask("bins", at(100), Cadence.CONFIRM)
    assert any("bins" in ids(plan, at(second)) for second in range(100, 109))


def test_what_the_budget_put_off_is_counted_by_the_hour_once_it_has_its_turn() -> None:
    plan = planner(need("a", 10), budget=0.01)
    assert [second for second in range(0, 1000, 10) if plan.go(at(second))] == [0, 10, 110, 210, 310, 410, 510, 610, 710, 810, 910]
    (late,) = plan.take_put_off()
    assert (late.reason, late.hour, late.late, late.dropped, late.longest_wait_s) == (PutOffReason.OVER_BUDGET, NOON, 9, 81, 90)
    assert plan.take_put_off() == []


def test_what_a_broken_camera_was_spared_is_counted_as_backing_off() -> None:
    plan = planner(need("a", 10))
    for beat in range(3000):
        for due in plan.go(at(beat / 10)):
            plan.ended(Look("look", due.camera_id, at(0), at(0), at(beat / 10), LookOutcome.FAILED), None)
    (spared,) = plan.take_put_off()
    assert (spared.reason, spared.late) == (PutOffReason.BACKING_OFF, 0)
    assert 15 <= spared.dropped <= 25


def test_a_service_that_was_held_up_says_so() -> None:
    plan = planner(need("a", 60))
    plan.go(at(130))
    (held_up,) = plan.take_put_off()
    assert (held_up.reason, held_up.late, held_up.dropped) == (PutOffReason.BEHIND, 1, 2)


def test_a_clock_that_was_set_back_blinds_nobody() -> None:
    plan = planner(need("a", 60), need("b", 60), budget=2)
    before = [name for second in (3600, 3601) for name in ids(plan, at(second))]
    after = [name for second in range(60) for name in ids(plan, at(second))]
    assert (sorted(before), sorted(after)) == (["a", "b"], ["a", "b"])


def test_new_rules_say_anew_who_comes_first() -> None:
    text = "town: {id: t, name: 镇}\ngrids: [{id: g1, name: 一, manager: m1}]\ncameras:\n" + "".join(
        f"  - {{id: {name}, name: 镜, grid: g1, position: {{lat: 39.8, lon: 116.5}}, "
        f"source: {{kind: http_snapshot, url: 'http://10.0.0.1/'}}, "
        f"zones: [{{id: z, kind: {kind}, polygon: [[0, 0], [1, 0], [1, 1]]}}]}}\n"
        for name, kind in (("road", "no_parking"), ("bins", "bin_station"))
    )
    plan = Planner.of(township_of(text, {}, BUILT_IN, Path()), NOON)
    plan.take_rules_of(township_of(text + "rules: [{id: bin-overflow, priority: top}]\n", {}, BUILT_IN, Path()))
    assert ids(plan, at(60)) == ["bins", "road"]


def test_fire_lanes_come_first_and_rtsp_costs_what_the_file_says() -> None:
    camera = (
        "{{id: {0}, name: 镜, grid: g1, position: {{lat: 39.8, lon: 116.5}}, source: {{kind: {1}}}, zones: [{{id: z, kind: {2}, {3}}}]}}"
    )
    whole = "polygon: [[0, 0], [1, 0], [1, 1]]"
    cameras = [
        camera.format("lane", 'rtsp, url: "rtsp://10.0.0.1/"', "fire_lane", whole),
        camera.format("gate", 'http_snapshot, url: "http://10.0.0.1/"', "bin_station", whole),
    ]
    town = "town: {id: t, name: 镇}\ngrids: [{id: g1, name: 一, manager: m1}]\nlooks: {rtsp_cost: 30}\n"
    text = f"{town}cameras: [{', '.join(cameras)}]\n"
    lane, gate = needs_of(township_of(text, {}, BUILT_IN, Path()))
    assert (lane.comes_first, lane.cost, gate.comes_first, gate.cost) == (True, 30, False, 1)
