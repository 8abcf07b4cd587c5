"""One fault is one notice: told once it lasts, over once it has healed."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from town.looks import Look, LookOutcome
from town.notices import TELL_AFTER, Notice, Trouble, follow, says_something

NINE = datetime(2026, 5, 1, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def look(minute: float, outcome: LookOutcome, reason: str = "") -> Look:
    at = NINE + minute * MINUTE
    return Look(f"{minute}", "gate-3", at, at, at, outcome, reason)


def bad(minute: float, reason: str = "covered") -> Look:
    return look(minute, LookOutcome.UNKNOWN, reason)


def good(minute: float) -> Look:
    return look(minute, LookOutcome.DONE, "fit")


def after(*looks: Look) -> Notice | None:
    notice: Notice | None = Notice("gate-3", Trouble.UNFIT_VIEW, "covered", NINE)
    for one in looks:
        assert notice is not None
        notice = follow(notice, one, MINUTE)
    return notice


def test_a_fault_is_told_at_the_third_look_in_a_row() -> None:
    assert [getattr(after(*(bad(n) for n in range(1, count))), "told_at", None) for count in (2, 3)] == [None, NINE + 2 * MINUTE]


def test_a_bus_that_stands_before_the_camera_for_a_burst_of_looks_is_no_notice() -> None:
    notice = after(bad(0.2), bad(0.4), bad(0.6))
    assert notice is not None
    assert notice.told_at is None
    assert follow(notice, good(0.8), MINUTE) is None


def test_what_was_told_is_told_once_and_ends_after_good_looks_in_a_row() -> None:
    told = [bad(1), bad(2), bad(3), good(4), bad(5)]
    still = after(*told, *(good(6 + n) for n in range(TELL_AFTER - 1)))
    healed = after(*told, *(good(6 + n) for n in range(TELL_AFTER)))
    assert still is not None
    assert healed is not None
    assert (still.told_at, still.until) == (NINE + 2 * MINUTE, None)
    assert (healed.told_at, healed.until) == (NINE + 2 * MINUTE, NINE + 8 * MINUTE)


def test_a_notice_names_the_last_reason() -> None:
    notice = after(bad(1), bad(2, "moved"))
    assert notice is not None
    assert notice.reason == "moved"


def test_a_camera_that_gives_no_picture_says_nothing_of_its_view() -> None:
    notice = after(bad(1), bad(2))
    assert notice is not None
    assert follow(notice, look(3, LookOutcome.FAILED, "timed_out"), MINUTE) is notice


def test_a_picture_of_any_kind_heals_the_want_of_one() -> None:
    silent = Notice("gate-3", Trouble.NO_PICTURE, "timed_out", NINE, 3, 0, NINE + 2 * MINUTE)
    healed = silent
    for minute in range(3, 6):
        after_look = follow(healed, bad(minute, "black"), MINUTE)
        assert after_look is not None
        healed = after_look
    assert healed.until == NINE + 5 * MINUTE


def test_a_look_that_nobody_had_time_for_says_nothing_of_the_camera() -> None:
    assert not says_something(replace(bad(1), reason="overloaded"))
    assert not says_something(look(1, LookOutcome.SKIPPED, "still_looking"))
