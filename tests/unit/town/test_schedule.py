"""When a schedule holds: over midnight, over a change of the clock, over holidays."""

from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from tests.unit.rules.places import UNHURRIED
from town.schedule import DayWord, Schedule, Spell, holds
from town.working_days import WorkingDays

SHANGHAI, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")
CHINA = WorkingDays()
SCHEDULE: TypeAdapter[tuple[Spell, ...]] = TypeAdapter(Schedule)


def is_on(schedule: list[Any], local: str, zone: ZoneInfo = SHANGHAI) -> bool:
    return holds(SCHEDULE.validate_python(schedule), datetime.fromisoformat(local).replace(tzinfo=zone), zone, CHINA)


@pytest.mark.parametrize(
    ("days", "local", "expected"),
    [
        (["workdays"], "2026-10-09T10:00", True),
        (["workdays"], "2026-10-10T10:00", True),  # a Saturday that makes up for the National Day
        (["workdays"], "2026-10-07T10:00", False),  # a Wednesday of the National Day's week
        (["sat", "sun"], "2026-10-10T10:00", True),  # worked, and a Saturday all the same
        (["days_off"], "2026-10-10T10:00", False),
        (["days_off"], "2026-10-17T10:00", True),
        (["holidays"], "2026-10-17T10:00", False),
        (["holidays"], "2026-10-04T10:00", True),
        (["wed", "holidays"], "2026-10-14T10:00", True),
    ],
)
def test_days_are_told_by_the_calendar(days: list[str], local: str, expected: bool) -> None:
    assert is_on([{"hours": "08:00-18:00", "days": days}], local) is expected


def test_a_night_belongs_to_the_day_on_which_it_began() -> None:
    friday_night = [{"hours": "22:00-06:00", "days": ["fri"]}]
    assert is_on(friday_night, "2026-05-08T23:00")
    assert is_on(friday_night, "2026-05-09T05:59")
    assert not is_on(friday_night, "2026-05-08T05:00")
    assert not is_on(friday_night, "2026-05-09T23:00")


def test_one_spell_of_several_is_enough_and_none_is_always() -> None:
    assert is_on(["06:00-07:00", {"hours": "20:00-21:00", "days": ["mon"]}], "2026-05-05T06:30")
    assert is_on([], "2026-05-05T03:00")
    assert is_on([{"days": ["tue"]}], "2026-05-05T00:00")


instants = st.integers(0, 3 * 365 * 24 * 60).map(lambda minutes: datetime(2025, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes))
clocks = st.times().map(lambda at: at.replace(second=0, microsecond=0))
zones = st.sampled_from([SHANGHAI, BERLIN])


def hours(start: time, end: time) -> Spell:
    return Spell.model_validate({"hours": f"{start:%H:%M}-{end:%H:%M}"})


@UNHURRIED
@given(instants, clocks, clocks, zones)
def test_a_window_and_its_complement_share_the_day_whatever_the_clock_does(at: datetime, start: time, end: time, zone: ZoneInfo) -> None:
    inside, outside = (one.day_at(at, zone, CHINA) is not None for one in (hours(start, end), hours(end, start)))
    assert (inside and outside) if start == end else inside is not outside


@UNHURRIED
@given(instants, clocks, clocks, zones)
def test_an_instant_belongs_to_today_or_to_the_night_that_began_yesterday(at: datetime, start: time, end: time, zone: ZoneInfo) -> None:
    day, local = hours(start, end).day_at(at, zone, CHINA), at.astimezone(zone)
    if day is not None:
        assert day == (local.date() if local.time() >= start else local.date() - timedelta(days=1))


@UNHURRIED
@given(instants, clocks, clocks, zones)
def test_workdays_and_days_off_share_out_every_window(at: datetime, start: time, end: time, zone: ZoneInfo) -> None:
    whole = hours(start, end)
    parts = [whole.model_copy(update={"days": frozenset({word})}) for word in (DayWord.WORKDAYS, DayWord.DAYS_OFF)]
    held = [part.day_at(at, zone, CHINA) for part in parts]
    assert [day for day in held if day] == [day for day in [whole.day_at(at, zone, CHINA)] if day]


def test_an_hour_that_the_clock_skips_or_repeats_is_read_off_the_clock() -> None:
    skipped = [Spell.model_validate({"hours": "02:00-03:00"})]
    night = datetime(2026, 3, 28, 23, tzinfo=UTC)
    assert not any(holds(skipped, night + timedelta(minutes=15 * n), BERLIN, CHINA) for n in range(24))
    repeated = datetime(2026, 10, 24, 22, tzinfo=UTC)
    assert sum(holds(skipped, repeated + timedelta(minutes=15 * n), BERLIN, CHINA) for n in range(24)) == 8
