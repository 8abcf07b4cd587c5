"""The figures of a day, and when two days can be told apart."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from console.manager.day import Held, a_week_before, counts_held, day_of, looks_held, times_held, until_now
from console.manager.tiles import Tiles
from console.wording import words_in
from storage.cohorts import LookCount
from storage.figures import Spread
from tests.doubles.order_samples import NOW, after, order
from town.work import OrderState, WorkOrder

SHANGHAI = ZoneInfo("Asia/Shanghai")


def closed(number: int, minutes: float, **changed: Any) -> WorkOrder:
    return order(number, state=OrderState.CLOSED, ended_at=after(minutes=minutes), **changed)


def test_a_day_begins_at_midnight_of_the_town() -> None:
    span = until_now(datetime(2026, 5, 3, 17, 30, tzinfo=UTC), SHANGHAI)
    assert (span.since.isoformat(), span.until.isoformat()) == ("2026-05-04T00:00:00+08:00", "2026-05-03T17:30:00+00:00")


def test_a_week_before_is_the_same_hour_of_the_same_weekday_also_when_clocks_changed_between() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    span = a_week_before(until_now(datetime(2026, 3, 30, 8, 0, tzinfo=UTC), berlin), berlin)
    assert (span.since.isoformat(), span.until.isoformat()) == ("2026-03-23T00:00:00+01:00", "2026-03-23T10:00:00+01:00")


def test_figures_are_as_they_stood_at_the_hour() -> None:
    orders = [
        closed(1, 20),
        closed(2, 40),
        closed(3, 200),
        order(4, state=OrderState.SELF_CLEARED, ended_at=after(minutes=5)),
        order(5, state=OrderState.MERGED, ended_at=after(minutes=5), done_by=after(minutes=6)),
        order(6),
        order(7, opened_at=after(minutes=121)),
    ]
    day = day_of(orders, after(minutes=120))
    assert (day.opened, day.solved, day.self_cleared, day.late) == (6, 2, 1, 2)
    assert day.solving == Spread(2, 1200, 2400, 2400)


@pytest.mark.parametrize(
    ("today", "before", "of_before", "held"),
    [
        (5, 0, 0, Held.NOTHING),
        (9, 3, 9, Held.TOO_FEW),
        (0, 0, 40, Held.TOO_FEW),
        (12, 8, 20, Held.ALIKE),
        (40, 18, 20, Held.MORE),
        (18, 40, 50, Held.LESS),
    ],
)
def test_counts_differ_where_chance_would_hardly_make_it(today: int, before: int, of_before: int, held: Held) -> None:
    assert counts_held(today, before, of_before) is held


def test_times_differ_where_chance_would_hardly_make_it_and_need_ten_cases_each() -> None:
    some = [600.0 + 30 * n for n in range(20)]
    assert times_held(some, []) is Held.NOTHING
    assert times_held(some[:9], some) is Held.TOO_FEW
    assert times_held(some, some) is Held.ALIKE
    assert times_held([one + 60 for one in some], some) is Held.ALIKE
    assert times_held([one + 300 for one in some], some) is Held.MORE
    assert times_held([one - 300 for one in some], some) is Held.LESS


def test_shares_of_looks_need_a_hundred_each_and_a_hundredth_of_difference() -> None:
    assert looks_held(LookCount(90, 100), None) is Held.NOTHING
    assert looks_held(LookCount(9, 10), LookCount(900, 1000)) is Held.TOO_FEW
    assert looks_held(LookCount(905, 1000), LookCount(900, 1000)) is Held.ALIKE
    assert looks_held(LookCount(800, 1000), LookCount(900, 1000)) is Held.LESS


def test_a_tile_says_which_day_it_is_held_against_and_whether_that_is_good() -> None:
    today, before = day_of([closed(n, 20) for n in range(40)], after(hours=2)), day_of([closed(n, 40) for n in range(15)], after(hours=2))
    tiles = {tile["id"]: (tile["value"], tile["beside"], tile["tone"]) for tile in Tiles(words_in("zh"), NOW).of(today, before)}
    assert tiles["solved"] == ("40", "比上周一同时段多 25", "good")
    assert tiles["median"] == ("20 分钟", "比上周一同时段快 20 分钟", "good")
    assert tiles["late"] == ("0", "数太少，不作比较", "")


@pytest.mark.parametrize(
    ("span_s", "said"), [(59, "不到 1 分钟"), (60, "1 分钟"), (3599, "59 分钟"), (3720, "1 小时 2 分"), (180000, "2 天 2 小时")]
)
def test_how_long_is_told_to_the_minute(span_s: float, said: str) -> None:
    assert Tiles(words_in("zh"), NOW).lasting(span_s) == said
