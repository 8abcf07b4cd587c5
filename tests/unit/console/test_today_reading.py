"""Looks are counted once, cameras judged by their last look, and one answer is shared."""

from collections.abc import Mapping
from datetime import datetime, timedelta

import pytest

from console.manager.today_reading import CameraState, LookTally, state_of
from storage.cohorts import LookCount
from tests.doubles.look_samples import look
from tests.doubles.people import GATE, NOW, after, township
from town.looks import LookOutcome

DAY = NOW - timedelta(hours=10)


def test_whole_hours_are_counted_once_and_every_minute_in_the_end() -> None:
    asked: list[tuple[datetime, datetime]] = []

    def count(since: datetime, until: datetime) -> Mapping[str, LookCount]:
        asked.append((since, until))
        minutes = round((until - since).total_seconds() / 60)
        return {"a": LookCount(minutes, minutes)}

    tally = LookTally(DAY, count)
    for at in (after(minutes=20), after(minutes=21), after(hours=1, seconds=10), after(hours=1, minutes=2)):
        assert tally.until(at)["a"].done == round((at - DAY).total_seconds() / 60)
    assert asked == [
        (DAY, NOW),
        (NOW, after(minutes=20)),
        (NOW, after(minutes=21)),
        (NOW, after(hours=1, seconds=10)),  # what ended in the last second of an hour may not be stored yet
        (NOW, after(hours=1)),
        (after(hours=1), after(hours=1, minutes=2)),
    ]


@pytest.mark.parametrize(
    ("outcome", "age", "state"),
    [
        (LookOutcome.DONE, timedelta(minutes=9), CameraState.FINE),
        (LookOutcome.UNKNOWN, timedelta(minutes=9), CameraState.UNFIT),
        (LookOutcome.FAILED, timedelta(0), CameraState.SILENT),
        (LookOutcome.DONE, timedelta(minutes=11), CameraState.SILENT),
    ],
)
def test_a_camera_stands_as_its_last_look_while_that_is_not_old(outcome: LookOutcome, age: timedelta, state: CameraState) -> None:
    camera = township().camera_by_id[GATE]
    assert state_of(camera, look(outcome=outcome, ended_at=NOW - age), NOW) is state
    assert state_of(camera, None, NOW) is CameraState.NEVER
