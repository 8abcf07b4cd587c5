"""A moment is read as people write it, in the town's own time."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from town.moments import parse_moment

TOWN = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 3, 2, 2, 30, tzinfo=UTC)
"""Half past ten in the town."""


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("9:10", "2026-03-02T01:10:00+00:00"),
        ("09:10:30", "2026-03-02T01:10:30+00:00"),
        ("10:30", "2026-03-02T02:30:00+00:00"),
        ("23:10", "2026-03-01T15:10:00+00:00"),
        ("03-01 9:10", "2026-03-01T01:10:00+00:00"),
        ("12-31 9:10", "2025-12-31T01:10:00+00:00"),
        ("2026-03-05 9:10", "2026-03-05T01:10:00+00:00"),
        ("2026-02-27T09:10:30", "2026-02-27T01:10:30+00:00"),
        ("2026-03-01T01:10:00Z", "2026-03-01T01:10:00+00:00"),
        ("2026-03-01T01:10:00+01:00", "2026-03-01T00:10:00+00:00"),
        (" now ", "2026-03-02T02:30:00+00:00"),
    ],
)
def test_a_moment_is_the_last_one_that_it_can_mean(text: str, instant: str) -> None:
    assert parse_moment(text, TOWN, NOW) == datetime.fromisoformat(instant)


@pytest.mark.parametrize("text", ["noon", "", "25:00", "9:75", "02-30 9:10", "9"])
def test_what_is_no_moment_is_told_with_how_to_write_one(text: str) -> None:
    with pytest.raises(ValueError, match="write 9:10"):
        parse_moment(text, TOWN, NOW)
