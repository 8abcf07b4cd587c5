"""Durations and parts of the day as people write them."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from town.durations import DayWindow, parse_duration, show_duration

SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize(("text", "seconds"), [("90s", 90), ("10m", 600), ("1h30m", 5400), ("7d", 604800), ("500ms", 0.5), ("1.5h", 5400)])
def test_a_duration_reads_as_written(text: str, seconds: float) -> None:
    assert parse_duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize("value", [60, "60", "s", "-5s", "5 m", "1h and a bit", None, ""])
def test_what_has_no_unit_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="unit"):
        parse_duration(value)


@given(st.integers(0, 10_000_000))
def test_a_shown_duration_reads_back(seconds: int) -> None:
    span = timedelta(seconds=seconds)
    assert parse_duration(show_duration(span)) == span


def at(hour_utc: int, minute: int = 0) -> datetime:
    return datetime(2026, 3, 1, hour_utc, minute, tzinfo=UTC)


def test_a_shift_is_read_in_the_towns_time_zone() -> None:
    morning = DayWindow.parse("06:00-14:00")
    assert morning.holds(at(22), SHANGHAI)  # 06:00 the next day in Shanghai
    assert not morning.holds(at(6), SHANGHAI)  # 14:00: the end is not in it


def test_a_night_shift_goes_past_midnight() -> None:
    night = DayWindow.parse("22:00-06:00")
    assert night.holds(at(15), SHANGHAI)  # 23:00
    assert night.holds(at(20), SHANGHAI)  # 04:00
    assert not night.holds(at(4), SHANGHAI)  # 12:00


def test_a_whole_day_ends_at_24() -> None:
    assert DayWindow.parse("00:00-24:00").holds(at(15, 59), SHANGHAI)


@pytest.mark.parametrize("value", ["6-14", "06:00", "25:00-26:00", "00:00-24:30", 6])
def test_what_is_no_part_of_a_day_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="HH:MM"):
        DayWindow.parse(value)
