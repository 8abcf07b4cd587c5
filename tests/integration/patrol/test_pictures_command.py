"""`weisu pictures` tells what was deleted each day, and fails where a picture is kept beyond its time."""

import json
import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import patrol.pictures_command
from storage.picture_folder import PictureFolder
from storage.picture_kinds import TIMED
from tests.doubles.evidence_samples import picture
from tests.doubles.town_file import TownFile
from town.evidence import MissingPicture, WhyNone

MONTH = dict.fromkeys(TIMED, timedelta(days=30))


@pytest.fixture
def town(tmp_path: Path) -> Iterator[TownFile]:
    made = TownFile(tmp_path)
    yield made
    made.store.close()


def checked(town: TownFile, folder: Path) -> datetime:
    """The service's hourly check, with one picture that is too old."""
    now = datetime.now(UTC)
    with town.store.transaction() as book:
        book.keep_picture(replace(picture(), taken_at=now - timedelta(days=31)))
    town.store.forget_pictures(PictureFolder(folder), MONTH, 1_000_000, now.astimezone(town.township.town.zone))
    return now


def test_what_was_deleted_is_told_by_kind_in_chinese(town: TownFile, tmp_path: Path) -> None:
    checked(town, tmp_path / "pictures")
    result = town.weisu("pictures")
    assert result.exit_code == 0, result.output
    assert "限流扣下：到期删除 1，因空间不足删除 0，现存 0" in result.stdout
    assert "核对通过：没有逾期未删的照片" in result.stdout


def test_a_picture_beyond_its_time_is_told_and_the_status_is_1(town: TownFile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stray = tmp_path / "pictures" / "gate" / "left.jpg"
    stray.parent.mkdir(parents=True)
    stray.write_bytes(b"")
    os.utime(stray, (0, 0))
    monkeypatch.setattr(PictureFolder, "remove", _refuse)
    checked(town, tmp_path / "pictures")
    result = town.weisu("pictures", "--lang", "en")
    assert (result.exit_code, "files without a row: 0 deleted" in result.stdout, "1 OVERDUE" in result.stdout) == (1, True, True)
    assert "BROKEN" in result.stdout


def test_where_nobody_has_checked_for_hours_nothing_is_proven(town: TownFile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = checked(town, tmp_path / "pictures")
    for later, days, status in ((2, "7", 0), (4, "7", 1), (10 * 24, "1", 1)):
        monkeypatch.setattr(patrol.pictures_command, "datetime", clock_at(now + timedelta(hours=later)))
        result = town.weisu("pictures", "--lang", "en", "--days", days)
        assert (result.exit_code, "UNCHECKED since" in result.stdout) == (status, bool(status))


def clock_at(at: datetime) -> type[datetime]:
    class Clock(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:  # type: ignore[override]
            return at.astimezone(tz)

    return Clock


def _refuse(*_: object) -> None:
    raise PermissionError("not yours")


def test_looks_without_a_picture_are_counted_by_reason(town: TownFile, tmp_path: Path) -> None:
    now = checked(town, tmp_path / "pictures")
    with town.store.transaction() as book:
        book.note_missing_picture(MissingPicture("look-9", "gate", now, WhyNone.NOT_BLURRED, "no memory"))
    assert "另有 1 次巡查没有留下照片：人脸和车牌没能模糊" in town.weisu("pictures").stdout
    told = json.loads(town.weisu("pictures", "--format", "json").stdout)
    assert [one["why"] for one in told["missing"]] == ["not_blurred"]
    assert {one["kind"]: one["forgotten"] for one in told["days"]}["held"] == 1


def test_before_the_first_check_there_is_nothing_to_tell(town: TownFile) -> None:
    result = town.weisu("pictures")
    assert (result.exit_code, result.stdout) == (0, "还没有删除记录：服务每小时核对一次\n")
