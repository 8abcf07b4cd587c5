"""Which figures an address asks for, and where the orders behind a number are."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from console.manager.figures_asked import Asked, Days, asked_of, chosen
from patrol.manager_figures import Figures, Measure, Rate, Share
from patrol.reporting import By, Group
from town.work import OrderState

TODAY = date(2026, 5, 20)
SHANGHAI = ZoneInfo("Asia/Shanghai")


def group(key: str) -> Group:
    return Group(key, key, Figures(1, dict.fromkeys(Share, Rate()), dict.fromkeys(Measure, Rate()), {}))


@pytest.mark.parametrize(
    ("days", "first"), [("today", TODAY), ("7d", date(2026, 5, 14)), ("30d", date(2026, 4, 21)), ("month", date(2026, 5, 1))]
)
def test_a_span_ends_today_and_counts_its_days(days: str, first: date) -> None:
    asked = asked_of({"days": days, "by": "day"}, TODAY)
    assert (asked.first, asked.last, asked.by) == (first, TODAY, By.DAY)


def test_an_address_that_makes_no_sense_asks_for_seven_days_by_grid() -> None:
    assert (
        asked_of({"days": "for ever", "by": "shoe size"}, TODAY)
        == asked_of({}, TODAY)
        == Asked(Days.WEEK, date(2026, 5, 14), TODAY, By.GRID)
    )


@pytest.mark.parametrize("days", list(Days))
def test_an_address_reads_back_as_what_it_was_written_from(days: Days) -> None:
    asked = asked_of({"days": days, "by": "rule", "from": "2026-05-02", "to": "2026-05-03"}, TODAY)
    query = dict(part.split("=") for part in asked.query.split("&"))
    assert asked_of(query, TODAY) == asked


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        (date(2026, 5, 9), date(2026, 5, 2), (date(2026, 5, 2), date(2026, 5, 9))),
        (date(2026, 5, 9), date(2030, 1, 1), (date(2026, 5, 9), TODAY)),
        (date(2031, 5, 9), date(2030, 1, 1), (TODAY, TODAY)),
        (date(1, 1, 1), TODAY, (date(2025, 5, 19), TODAY)),
        (date(1, 1, 1), date(1, 1, 2), (date(2000, 1, 1), date(2000, 1, 1))),
    ],
)
def test_a_span_that_somebody_picks_is_put_right(first: date, last: date, expected: tuple[date, date]) -> None:
    asked = chosen(first, last, By.GRID, TODAY)
    assert (asked.first, asked.last) == expected


def test_a_span_begins_at_the_town_s_midnight_and_ends_now_or_with_its_last_day() -> None:
    now = datetime(2026, 5, 20, 2, tzinfo=UTC)
    span = asked_of({"days": "today"}, TODAY).span(SHANGHAI, now)
    assert (span.since, span.until) == (datetime(2026, 5, 19, 16, tzinfo=UTC), now)
    past = chosen(date(2026, 5, 1), date(2026, 5, 1), By.GRID, TODAY).span(SHANGHAI, now)
    assert (past.since, past.until) == (datetime(2026, 4, 30, 16, tzinfo=UTC), datetime(2026, 5, 1, 16, tzinfo=UTC))


@pytest.mark.parametrize(
    ("by", "key", "said"),
    [
        (By.GRID, "g1", "&grid=g1"),
        (By.CLEANER, "c01", "&cleaner=c01"),
        (By.CAMERA, "gate", "&camera=gate"),
        (By.CATEGORY, "0102", "&category=0102"),
        (By.RULE, "bin-overflow a1b2c3", "&rule=bin-overflow"),
        (By.GRID, "a&b=c", "&grid=a%26b%3Dc"),
    ],
)
def test_a_group_s_orders_are_listed_by_what_makes_the_group(by: By, key: str, said: str) -> None:
    asked = Asked(Days.WEEK, date(2026, 5, 14), TODAY, by)
    assert asked.orders(group=group(key)) == f"/town/orders?from=2026-05-14&to=2026-05-20{said}"


def test_a_day_s_orders_are_those_of_that_day_and_nobody_s_are_not_listed() -> None:
    asked = Asked(Days.WEEK, date(2026, 5, 14), TODAY, By.DAY)
    assert asked.orders(OrderState.MERGED, group=group("2026-05-15")) == "/town/orders?from=2026-05-15&to=2026-05-15&state=merged"
    assert asked.orders(group=group("")) == ""
    assert asked.orders() == "/town/orders?from=2026-05-14&to=2026-05-20"
    assert asked.orders(OrderState.CLOSED, OrderState.FALSE_ALARM).endswith("&state=closed%2Cfalse_alarm")
