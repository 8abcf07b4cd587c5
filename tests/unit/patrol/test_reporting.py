"""Ranks, shifts and days of a report."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from patrol.manager_figures import Figures, Measure, Rate, Share
from patrol.reporting import Group, Span, days_of, fairness, hours_on_shift, ranked
from storage.cohorts import Case
from tests.doubles.order_samples import event, order
from tests.doubles.people import NEAR, SECOND, THIRD, township
from town.places import Cleaner

SHANGHAI = ZoneInfo("Asia/Shanghai")
MIDNIGHT = datetime(2026, 5, 4, tzinfo=SHANGHAI)


def on(*shifts: str) -> Cleaner:
    return Cleaner.model_validate(
        {"id": "c1", "name": "c1", "grid": "g1", "position": {"lat": 39.8, "lon": 116.5}, "shifts": list(shifts), "skills": []}
    )


def hours(cleaner: Cleaner, **span: float) -> float:
    return hours_on_shift(cleaner, Span(MIDNIGHT, MIDNIGHT + timedelta(**span)), SHANGHAI)


def group(key: str, hits: int, of: int) -> Group:
    rates = dict.fromkeys(Measure, Rate()) | {Measure.RESOLUTION: Rate(hits, of)}
    return Group(key, key, Figures(of, dict.fromkeys(Share, Rate()), rates, {}))


@pytest.mark.parametrize(
    ("shifts", "span", "expected"),
    [
        (["06:00-14:00"], {"days": 1}, 8),
        (["06:00-14:00"], {"hours": 7.5}, 1.5),
        (["22:00-06:00"], {"days": 1}, 8),
        (["00:00-24:00"], {"days": 2}, 48),
        (["06:00-14:00", "12:00-16:00"], {"days": 1}, 10),
        (["06:00-14:00", "08:00-09:00"], {"days": 1}, 8),
        ([], {"days": 1}, 0),
    ],
)
def test_hours_on_shift_are_those_of_the_span_and_count_once(shifts: list[str], span: dict[str, float], expected: float) -> None:
    assert hours(on(*shifts), **span) == pytest.approx(expected)


def test_the_hour_that_summer_time_skips_is_not_worked() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    day = Span(datetime(2026, 3, 29, tzinfo=berlin), datetime(2026, 3, 30, tzinfo=berlin))
    assert hours_on_shift(on("00:00-24:00"), Span(day.since.astimezone(UTC), day.until.astimezone(UTC)), berlin) == pytest.approx(23)


def test_groups_of_fewer_than_thirty_orders_and_what_nobody_took_are_not_ranked() -> None:
    placed = ranked([group("a", 20, 40), group("b", 29, 29), group("c", 30, 30), group("d", 15, 30), group("", 0, 50)])
    assert [(one.key, one.rank) for one in placed] == [("c", 1), ("a", 2), ("d", 2), ("b", None), ("", None)]


def test_days_are_the_towns_own() -> None:
    span = Span(MIDNIGHT + timedelta(hours=20), MIDNIGHT + timedelta(days=2, hours=1))
    assert [day.since for day in days_of(span, SHANGHAI)] == [span.since, MIDNIGHT + timedelta(days=1), MIDNIGHT + timedelta(days=2)]
    assert [day.until for day in days_of(span, SHANGHAI)][-1] == span.until


def test_fairness_is_over_cleaners_who_were_on_shift_and_their_hours() -> None:
    town = township()

    def taken(number: int, by: str) -> Case:
        of: Any = order(number)
        return Case(of, [event(of, "claim", actor=by)])

    cleaners = [town.cleaner_by_id[name] for name in (NEAR, SECOND, THIRD)]
    morning, first_hour = Span(MIDNIGHT, MIDNIGHT + timedelta(hours=12)), Span(MIDNIGHT, MIDNIGHT + timedelta(hours=1))
    assert fairness([taken(1, NEAR), taken(2, NEAR), taken(3, NEAR)], cleaners, morning, SHANGHAI) == pytest.approx(2 / 3)
    assert fairness([taken(1, NEAR), taken(2, SECOND), taken(3, THIRD)], cleaners, morning, SHANGHAI) == pytest.approx(0)
    assert fairness([taken(1, NEAR)], cleaners, first_hour, SHANGHAI) is None
