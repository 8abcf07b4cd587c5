"""How a camera stands, how its day looked, and how looks are counted."""

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from console.manager.camera_state import NOBODY_LOOKED, standing, worst_first
from console.manager.day_strip import bars, spans
from console.manager.look_counts import LookCounts
from console.manager.today_reading import CameraState
from tests.doubles.people import GATE, NOW, after, township
from town.looks import Look, LookOutcome
from town.notices import Notice, Trouble

CAMERA = township().camera_by_id[GATE]
MINUTE = timedelta(minutes=1)


def look(at: datetime = NOW, outcome: LookOutcome = LookOutcome.DONE, reason: str = "fit") -> Look:
    return Look(f"look-{at:%H%M%S}", GATE, at, at, at, outcome, reason)


def test_a_camera_that_was_never_looked_at_is_not_called_fine() -> None:
    assert standing(CAMERA, None, (), NOW).state is CameraState.NEVER


@pytest.mark.parametrize(
    ("outcome", "reason", "state"),
    [
        (LookOutcome.DONE, "fit", CameraState.FINE),
        (LookOutcome.UNKNOWN, "covered", CameraState.UNFIT),
        (LookOutcome.FAILED, "timed_out", CameraState.SILENT),
    ],
)
def test_the_last_look_says_how_it_stands(outcome: LookOutcome, reason: str, state: CameraState) -> None:
    found = standing(CAMERA, look(outcome=outcome, reason=reason), (), NOW)
    assert found.state is state
    assert found.reason == ("" if state is CameraState.FINE else reason)


def test_a_notice_knows_since_when() -> None:
    silent = Notice(GATE, Trouble.NO_PICTURE, "timed_out", after(hours=-2), told_at=after(hours=-1))
    assert standing(CAMERA, look(outcome=LookOutcome.FAILED, reason="timed_out"), [silent], NOW).since == silent.since
    assert standing(CAMERA, look(outcome=LookOutcome.UNKNOWN, reason="black"), [silent], NOW).since == NOW


def test_of_a_camera_that_nobody_looked_at_for_long_nothing_is_known_any_more() -> None:
    found = standing(CAMERA, look(), (), after(minutes=11))
    assert (found.state, found.reason, found.since) == (CameraState.SILENT, NOBODY_LOOKED, NOW)
    assert standing(CAMERA, look(), (), after(minutes=9)).state is CameraState.FINE
    assert standing(CAMERA.model_copy(update={"every": timedelta(hours=1)}), look(), (), after(hours=4)).state is CameraState.FINE


def test_the_worst_stand_first() -> None:
    fine, silent = standing(CAMERA, look(), (), NOW), standing(CAMERA, look(outcome=LookOutcome.FAILED), (), NOW)
    never = standing(CAMERA, None, (), NOW)
    assert worst_first([fine, never, silent]) == [silent, never, fine]


def test_looks_that_ended_the_same_are_one_span() -> None:
    seen = [look(after(minutes=n)) for n in range(3)]
    covered = [look(after(minutes=3), LookOutcome.UNKNOWN, "covered"), look(after(minutes=4), LookOutcome.UNKNOWN, "covered")]
    first, second = spans([*seen, *covered], MINUTE)
    assert (first.since, first.until, first.count) == (NOW, after(minutes=3), 3)
    assert (second.reason, second.until, second.count) == ("covered", after(minutes=7), 2)


def test_where_nobody_looked_nothing_is_drawn() -> None:
    first, second = spans([look(), look(after(hours=2))], MINUTE)
    assert first.until == after(minutes=3)
    assert second.since == after(hours=2)


def test_skipped_looks_say_nothing_and_measures_make_no_new_span() -> None:
    skipped = look(after(minutes=1), LookOutcome.SKIPPED, "still_looking")
    moved = [look(after(minutes=n), LookOutcome.UNKNOWN, f"shifted +0.0{n} -0.004") for n in (2, 3)]
    assert [(one.reason, one.count) for one in spans([look(), skipped, *moved], MINUTE)] == [("", 1), ("shifted", 2)]


def test_bars_lie_where_their_minutes_do_and_none_in_what_is_to_come() -> None:
    (bar,) = bars(spans([look(after(minutes=30))], MINUTE), NOW, after(minutes=31, seconds=30))
    assert (bar.x_px, bar.width_px) == (30.0, 1.5)
    (early,) = bars(spans([look(after(minutes=-1))], MINUTE), NOW, after(minutes=30))
    assert (early.x_px, early.width_px) == (0.0, 2.0)


class Kept:
    """Looks as the database holds them; `asked` are the spans that were counted."""

    def __init__(self) -> None:
        self.looks: list[Look] = []
        self.asked: list[tuple[datetime, datetime]] = []

    def outcomes_by_camera(self, since: datetime, until: datetime) -> dict[str, Counter[LookOutcome]]:
        self.asked.append((since, until))
        inside = [one for one in self.looks if since <= one.ended_at < until]
        return {GATE: Counter(one.outcome for one in inside)} if inside else {}


def test_what_was_counted_is_not_counted_again_and_late_looks_are() -> None:
    kept = Kept()
    counts = LookCounts(kept)  # type: ignore[arg-type]
    kept.looks = [look(), look(after(minutes=59))]
    assert counts.counts(NOW, after(hours=1))[GATE][LookOutcome.DONE] == 2
    kept.looks.append(look(after(minutes=59, seconds=1)))
    kept.asked.clear()
    assert counts.counts(NOW, after(hours=1))[GATE][LookOutcome.DONE] == 3
    assert counts.counts(NOW, after(hours=2))[GATE][LookOutcome.DONE] == 3
    assert all(since >= after(minutes=58) for since, _ in kept.asked)


def test_a_new_day_begins_with_nothing() -> None:
    kept = Kept()
    counts = LookCounts(kept)  # type: ignore[arg-type]
    kept.looks = [replace(look(), outcome=LookOutcome.FAILED)]
    assert counts.counts(NOW, after(hours=1))[GATE][LookOutcome.FAILED] == 1
    assert counts.counts(after(days=1), after(days=1, hours=1)) == {}
