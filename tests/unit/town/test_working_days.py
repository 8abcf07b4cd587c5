"""What the State Council announced, and what a town knows better."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from town.working_days import WorkingDays

CHINA = WorkingDays()
MAKE_UP_DAYS = ["2025-01-26", "2025-02-08", "2025-09-28", "2026-02-14", "2026-10-10"]
days = st.dates(date(2024, 1, 1), date(2027, 12, 31))


@pytest.mark.parametrize("day", MAKE_UP_DAYS)
def test_a_weekend_day_that_makes_up_for_a_holiday_is_worked(day: str) -> None:
    made_up = date.fromisoformat(day)
    assert made_up.isoweekday() > 5
    assert (CHINA.is_workday(made_up), CHINA.is_holiday(made_up)) == (True, False)


@pytest.mark.parametrize("day", ["2025-01-28", "2025-02-04", "2026-10-01", "2026-10-07", "2027-02-06"])
def test_a_public_holiday_is_not_worked(day: str) -> None:
    holiday = date.fromisoformat(day)
    assert (CHINA.is_workday(holiday), CHINA.is_holiday(holiday)) == (False, True)


@pytest.mark.parametrize("day", ["2026-10-04", "2026-02-15", "2026-02-22", "2026-09-27"])
def test_the_weekend_beside_a_holiday_belongs_to_it(day: str) -> None:
    assert CHINA.is_holiday(date.fromisoformat(day))


def test_a_plain_weekend_is_free_but_no_holiday() -> None:
    saturday = date(2026, 11, 28)
    assert (CHINA.is_workday(saturday), CHINA.is_holiday(saturday)) == (False, False)


def test_a_town_adds_a_day_off_and_a_make_up_day_of_its_own() -> None:
    town = WorkingDays(frozenset({date(2027, 3, 3)}), frozenset({date(2027, 3, 6), date(2027, 10, 1)}))
    assert (town.is_workday(date(2027, 3, 3)), town.is_holiday(date(2027, 3, 3))) == (False, True)
    assert (town.is_workday(date(2027, 3, 6)), town.is_workday(date(2027, 10, 1))) == (True, True)


@given(days)
def test_no_day_is_both_worked_and_a_holiday(day: date) -> None:
    assert not (CHINA.is_workday(day) and CHINA.is_holiday(day))
