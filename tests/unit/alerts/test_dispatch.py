"""Who is offered an order: near, on shift, able; ring by ring; and a reason where there is nobody."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

import pytest

from alerts.dealings import Tally
from alerts.dispatch import Lately, Plan, plan, ring_at
from alerts.whereabouts import LastPosition
from tests.doubles.order_samples import order
from tests.doubles.people import FAR, FARTHEST, NEAR, NOW, OFF_SHIFT, SECOND, THIRD, after, township
from town.geometry import Position
from town.rule_settings import Priority
from town.settings import DispatchSettings
from town.township import Township
from town.work import WorkOrder

TOWN = township()
WORK = order(position=Position(39.79, 116.5), offered_to=())
NOBODY_BUSY: Mapping[str, int] = MappingProxyType({})
FULL = Tally(offers=12)
"""The hour's offers of one who may get no more."""


def names(
    work: WorkOrder = WORK,
    town: Township = TOWN,
    loads: Mapping[str, int] = NOBODY_BUSY,
    refusers: Collection[str] = (),
    now: datetime = NOW,
    **lately: Any,
) -> list[str]:
    return [candidate.cleaner_id for candidate in planned(work, town, loads, refusers, now, **lately).new]


def planned(
    work: WorkOrder = WORK,
    town: Township = TOWN,
    loads: Mapping[str, int] = NOBODY_BUSY,
    refusers: Collection[str] = (),
    now: datetime = NOW,
    **lately: Any,
) -> Plan:
    return plan(work, town, Lately(loads, **lately), refusers, NOW, now)


def within(nearest: int = 3, within_m: float = 1500.0) -> Township:
    return TOWN.model_copy(update={"dispatch": DispatchSettings(nearest=nearest, within_m=within_m)})


def only(*cleaner_ids: str) -> Township:
    return township().model_copy(update={"cleaners": tuple(TOWN.cleaner_by_id[name] for name in cleaner_ids)})


def test_the_nearest_on_shift_with_the_skill_come_first() -> None:
    assert names() == [NEAR, SECOND, THIRD]


def test_no_more_than_the_nearest_few_are_disturbed() -> None:
    assert names(town=within(nearest=2)) == [NEAR, SECOND]


def test_each_is_chosen_with_a_reason() -> None:
    first = planned(tallies={NEAR: Tally(offers=4, taken=1)}).new[0]
    assert first.why == "第1圈，离驻地100米，手上0单，本班已接1单，近一小时派过4次（上限12次）"
    assert first.facts == {
        "ring": 1,
        "distance_m": 100,
        "position_age_s": None,
        "stray_m": 0,
        "load": 0,
        "taken": 1,
        "offers": 4,
        "cap": 12,
    }


def test_distance_is_from_where_somebody_last_said_they_were() -> None:
    here = {FAR: LastPosition(WORK.position, after(minutes=-3))}
    first = planned(positions=here).new[0]
    assert (first.cleaner_id, first.why[:17]) == (FAR, "第1圈，离3分钟前的位置0米，手上")
    assert first.facts["position_age_s"] == 180


def test_a_position_that_grows_old_counts_for_less_and_at_last_for_nothing() -> None:
    def distance_m(minutes: int) -> int:
        here = {NEAR: LastPosition(WORK.position, after(minutes=-minutes))}
        return next(one.facts["distance_m"] for one in planned(positions=here).new if one.cleaner_id == NEAR)

    assert [distance_m(minutes) for minutes in (0, 5, 6, 15, 30)] == [0, 0, 50, 500, 100]
    assert "另计可能走开的250米" in planned(positions={NEAR: LastPosition(WORK.position, after(minutes=-10))}).new[0].why


def test_of_two_who_stand_alike_the_one_who_took_fewer_orders_comes_first() -> None:
    assert names(town=within(nearest=1), tallies={NEAR: Tally(taken=2)}) == [NEAR]
    assert names(town=within(nearest=1), tallies={NEAR: Tally(taken=3)}) == [SECOND]
    alike = {NEAR: Tally(taken=9), SECOND: Tally(taken=7), THIRD: Tally(taken=7)}
    assert names(town=within(nearest=1), tallies=alike) == [NEAR]


def test_fairness_sends_nobody_much_further() -> None:
    busy = {NEAR: Tally(taken=40), SECOND: Tally(taken=40)}
    assert names(tallies=busy) == [NEAR, THIRD, SECOND]


def test_who_had_enough_offers_this_hour_is_left_in_peace() -> None:
    made = planned(tallies={NEAR: FULL, SECOND: Tally(offers=11)})
    assert ([one.cleaner_id for one in made.new], made.capped) == ([SECOND, THIRD], (NEAR,))


def test_the_ring_widens_past_those_who_had_enough() -> None:
    assert names(tallies=dict.fromkeys((NEAR, SECOND, THIRD), FULL)) == [FAR]


def test_where_all_had_enough_they_are_named() -> None:
    made = planned(tallies=dict.fromkeys((NEAR, SECOND, THIRD, FAR, FARTHEST), FULL))
    assert (made.new, made.reason, made.capped) == ((), "nobody_rested", (FAR, FARTHEST, NEAR, SECOND, THIRD))


def test_top_priority_knows_no_cap_nor_does_a_town_without_one() -> None:
    full = dict.fromkeys((NEAR, SECOND, THIRD), FULL)
    assert names(replace(WORK, priority=Priority.TOP), tallies=full) == [NEAR, SECOND, THIRD]
    uncapped = TOWN.model_copy(update={"dispatch": DispatchSettings(offers_an_hour=None)})
    assert names(town=uncapped, tallies=full) == [NEAR, SECOND, THIRD]
    assert planned(town=uncapped).new[0].why.endswith("近一小时派过0次（不限）")


def test_who_keeps_an_offer_keeps_it_however_many_others_there_were() -> None:
    made = planned(replace(WORK, offered_to=(NEAR,)), tallies={NEAR: FULL})
    assert (made.kept, dict(made.gone)) == ((NEAR,), {})


def test_who_has_their_hands_full_stands_further_away() -> None:
    assert names(town=within(nearest=2), loads={NEAR: 2}) == [SECOND, THIRD]


def test_the_second_ring_reaches_twice_as_far() -> None:
    later = after(minutes=3)
    assert names(replace(WORK, offered_to=(NEAR, SECOND, THIRD)), now=later) == [FAR]


def test_the_third_ring_is_the_whole_grid() -> None:
    assert names(replace(WORK, offered_to=(NEAR, SECOND, THIRD)), now=after(minutes=6)) == [FAR, FARTHEST]


def test_one_who_declines_is_replaced_by_the_next() -> None:
    assert names(replace(WORK, offered_to=(SECOND,)), within(nearest=2), refusers=[NEAR]) == [THIRD]


def test_where_nobody_is_near_the_ring_widens_at_once() -> None:
    assert names(town=within(within_m=60)) == [NEAR]
    assert names(town=within(within_m=10)) == [NEAR, SECOND, THIRD, FAR, FARTHEST]


def test_one_whose_shift_ended_loses_the_offer() -> None:
    made = planned(replace(WORK, offered_to=(NEAR, OFF_SHIFT)))
    assert (made.kept, made.gone) == ((NEAR,), {OFF_SHIFT: "off_shift"})


@pytest.mark.parametrize(
    ("town", "skill", "refusers", "reason"),
    [
        (TOWN, "diving", (), "nobody_with_skill"),
        (TOWN, "paint", ("unskilled",), "nobody_left"),
        (only(OFF_SHIFT), "bins", (), "nobody_on_shift"),
        (only(OFF_SHIFT, "unskilled"), "bins", (), "nobody_skilled_on_shift"),
    ],
)
def test_where_there_is_nobody_the_reason_is_told(town: Township, skill: str, refusers: tuple[str, ...], reason: str) -> None:
    made = planned(replace(WORK, skill=skill), town, refusers=refusers)
    assert (made.offered_to, made.reason) == ((), reason)


def test_cleaners_of_another_grid_far_away_are_left_in_peace() -> None:
    made = planned(replace(WORK, grid_id="g2", position=Position(39.2, 116.5)))
    assert (made.offered_to, made.reason) == ((), "nobody_near")


@pytest.mark.parametrize(("minutes", "ring"), [(-1, 1), (0, 1), (2.9, 1), (3, 2), (5.9, 2), (6, 3), (600, 3)])
def test_a_ring_is_a_matter_of_time(minutes: float, ring: int) -> None:
    assert ring_at(after(minutes=minutes), NOW, timedelta(minutes=3)) == ring
