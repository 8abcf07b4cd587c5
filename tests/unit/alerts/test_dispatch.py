"""Who is offered an order: near, on shift, able; ring by ring; and a reason where there is nobody."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from types import MappingProxyType

import pytest

from alerts.dispatch import Plan, plan, ring_at
from tests.doubles.order_samples import order
from tests.doubles.people import FAR, FARTHEST, NEAR, NOW, OFF_SHIFT, SECOND, THIRD, after, township
from town.geometry import Position
from town.township import DispatchSettings, Township
from town.work import WorkOrder

TOWN = township()
WORK = order(position=Position(39.79, 116.5), offered_to=())
NOBODY_BUSY: Mapping[str, int] = MappingProxyType({})


def names(
    work: WorkOrder = WORK,
    town: Township = TOWN,
    loads: Mapping[str, int] = NOBODY_BUSY,
    refusers: Collection[str] = (),
    now: datetime = NOW,
) -> list[str]:
    return [candidate.cleaner_id for candidate in planned(work, town, loads, refusers, now).new]


def planned(
    work: WorkOrder = WORK,
    town: Township = TOWN,
    loads: Mapping[str, int] = NOBODY_BUSY,
    refusers: Collection[str] = (),
    now: datetime = NOW,
) -> Plan:
    return plan(work, town, loads, refusers, NOW, now)


def within(nearest: int = 3, within_m: float = 1500.0) -> Township:
    return TOWN.model_copy(update={"dispatch": DispatchSettings(nearest=nearest, within_m=within_m)})


def only(*cleaner_ids: str) -> Township:
    return township().model_copy(update={"cleaners": tuple(TOWN.cleaner_by_id[name] for name in cleaner_ids)})


def test_the_nearest_on_shift_with_the_skill_come_first() -> None:
    assert names() == [NEAR, SECOND, THIRD]


def test_no_more_than_the_nearest_few_are_disturbed() -> None:
    assert names(town=within(nearest=2)) == [NEAR, SECOND]


def test_each_is_chosen_with_a_reason() -> None:
    assert planned().new[0].reason == "ring 1, 100 m, 0 in hand"


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
    assert (made.kept, made.gone) == ((NEAR,), (OFF_SHIFT,))


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
