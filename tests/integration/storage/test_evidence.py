"""Pictures are kept as long as somebody needs them and the disk has room; judgements are kept with them."""

import os
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

import storage.evidence
from storage.database import Database
from storage.picture_folder import PictureFolder
from storage.picture_kinds import TIMED
from tests.doubles.evidence_samples import disagreement, picture
from tests.doubles.order_samples import NOW, after, event, incident, order
from town.evidence import Kept, MissingPicture, PictureKind, Purpose, Side, Tally, WhyNone
from town.work import OrderState

MUCH = 10_000_000
LATER = after(days=31)
MONTH = dict.fromkeys(TIMED, timedelta(days=30))


@pytest.fixture
def folder(tmp_path: Path) -> PictureFolder:
    return PictureFolder(tmp_path / "pictures")


def keep(database: Database, folder: PictureFolder, number: int, taken_at: datetime = NOW) -> None:
    path = folder.write("gate-1", taken_at, f"look-{number}", b"\xff\xd8")
    with database.transaction() as book:
        book.keep_picture(picture(number, taken_at=taken_at, path=path))


def keep_for_order(database: Database, folder: PictureFolder, number: int, state: OrderState) -> None:
    keep(database, folder, number)
    with database.transaction() as book:
        book.save_incident(incident(number))
        book.add(order(number, state=state), event(order(number)))
        book.show_order(f"look-{number}", f"order-{number}", Purpose.OPENED)


def forget(database: Database, folder: PictureFolder, now: datetime = LATER, at_most_bytes: int = MUCH, **times: timedelta) -> int:
    account = database.forget_pictures(folder, MONTH | {PictureKind(kind): span for kind, span in times.items()}, at_most_bytes, now)
    return sum(one.forgotten + one.crowded_out for one in account)


def told(database: Database, day: datetime = LATER) -> dict[PictureKind, tuple[int, int, int, int]]:
    days = database.evidence.picture_days(day.date())
    return {one.kind: (one.forgotten, one.crowded_out, one.left, one.overdue) for one in days if one.day == day.date()}


def kept_ids(database: Database) -> list[str]:
    return [kept.picture.id for kept in database.evidence.kept()]


def files(folder: PictureFolder) -> set[str]:
    return {file.stem for file in folder.root.rglob("*.jpg")}


def test_a_picture_comes_back_with_its_order_and_disagreement(database: Database, folder: PictureFolder) -> None:
    keep_for_order(database, folder, 1, OrderState.CLOSED)
    with database.transaction() as book:
        book.record_disagreement(disagreement(picture=picture(1)))
    (kept,) = database.evidence.kept()
    assert kept == Kept(picture(1), ((Purpose.OPENED, order(1, state=OrderState.CLOSED)),), replace(disagreement(), number=1))


def test_pictures_are_read_in_batches_each_once_in_order_of_time(
    database: Database, folder: PictureFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storage.evidence, "BATCH", 2)
    for number in range(5):
        keep(database, folder, number, after(minutes=number // 2))
    assert kept_ids(database) == [f"look-{number}" for number in range(5)]
    assert [kept.picture.id for kept in database.evidence.kept(after(minutes=1))] == ["look-2", "look-3", "look-4"]
    assert (database.evidence.kept_count(), database.evidence.kept_count(after(minutes=1))) == (5, 3)


def test_a_picture_that_is_kept_twice_is_one(database: Database, folder: PictureFolder) -> None:
    keep(database, folder, 1)
    keep(database, folder, 1)
    assert kept_ids(database) == ["look-1"]


def test_pictures_go_after_the_time_of_their_kind_but_for_those_of_a_live_order(database: Database, folder: PictureFolder) -> None:
    states = [OrderState.CLOSED, OrderState.FALSE_ALARM, OrderState.VERIFYING, OrderState.SELF_CLEARED, OrderState.CANCELLED]
    for number, state in enumerate(states, start=1):
        keep_for_order(database, folder, number, state)
    for number in (6, 7, 8):
        keep(database, folder, number)
    with database.transaction() as book:
        for number in (6, 7):
            book.record_disagreement(disagreement(number, picture=picture(number)))
        assert book.judge(2, Side.CANDIDATE, "wang", NOW)
    assert forget(database, folder, after(days=29)) == 0
    assert forget(database, folder, judged=timedelta(days=60), held=timedelta(days=40)) == 3
    assert kept_ids(database) == ["look-1", "look-2", "look-3", "look-7", "look-8"]
    assert files(folder) == {"look-1", "look-2", "look-3", "look-7", "look-8"}
    assert forget(database, folder, after(days=41), judged=timedelta(days=60)) == 1
    assert forget(database, folder, after(days=61)) == 3
    assert files(folder) == {"look-3"}


def test_the_days_account_tells_what_was_deleted_and_what_is_left(database: Database, folder: PictureFolder) -> None:
    keep_for_order(database, folder, 1, OrderState.CLOSED)
    keep_for_order(database, folder, 2, OrderState.VERIFYING)
    keep(database, folder, 3)
    keep(database, folder, 4, after(days=30))
    forget(database, folder)
    keep(database, folder, 5)
    forget(database, folder, after(days=31, hours=1))
    assert told(database) == {
        PictureKind.LIVE: (0, 0, 1, 0),
        PictureKind.JUDGED: (1, 0, 0, 0),
        PictureKind.ORDER: (0, 0, 0, 0),
        PictureKind.DISAGREEMENT: (0, 0, 0, 0),
        PictureKind.HELD: (2, 0, 1, 0),
        PictureKind.STRAY: (0, 0, 0, 0),
    }
    (held,) = [one for one in database.evidence.picture_days(LATER.date()) if one.kind is PictureKind.HELD]
    assert (held.oldest_at, held.checked_at) == (after(days=30), after(days=31, hours=1))
    forget(database, folder, after(days=32))
    assert told(database, after(days=32))[PictureKind.HELD] == (0, 0, 1, 0)


def test_a_file_that_cannot_be_deleted_is_told_as_overdue_until_it_is_gone(
    database: Database, folder: PictureFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(database, folder, 1)
    os.utime(folder.root / picture(1).path, (NOW.timestamp(), NOW.timestamp()))
    with monkeypatch.context() as patched:

        def refuse(*_: object, **__: object) -> None:
            raise PermissionError("not yours")

        patched.setattr(Path, "unlink", refuse)
        forget(database, folder)
    assert told(database)[PictureKind.STRAY] == (0, 0, 1, 1)
    forget(database, folder)
    assert (told(database)[PictureKind.STRAY], files(folder)) == ((1, 0, 0, 0), set())


def test_why_a_picture_is_missing_is_forgotten_in_time_too(database: Database, folder: PictureFolder) -> None:
    missing = MissingPicture("look-1", "gate-1", NOW, WhyNone.NOT_BLURRED, "no memory", ("order-1",))
    with database.transaction() as book:
        book.note_missing_picture(missing)
        book.note_missing_picture(missing)
    assert database.evidence.missing_pictures(NOW) == [missing]
    assert database.evidence.missing_pictures(after(minutes=1)) == []
    forget(database, folder)
    assert database.evidence.missing_pictures() == []


def test_young_pictures_stay(database: Database, folder: PictureFolder) -> None:
    keep(database, folder, 1)
    assert forget(database, folder, now=NOW) == 0


def test_above_the_disks_share_the_oldest_unjudged_go_first_and_then_the_oldest(database: Database, folder: PictureFolder) -> None:
    keep_for_order(database, folder, 1, OrderState.CLOSED)
    for number in (2, 3, 4):
        keep(database, folder, number, after(minutes=number))
    assert forget(database, folder, NOW, at_most_bytes=2000) == 2
    assert kept_ids(database) == ["look-1", "look-4"]
    assert forget(database, folder, NOW, at_most_bytes=0) == 4  # the day's
    assert files(folder) == set()


def test_a_file_without_a_row_is_cleared_away_once_it_is_surely_left_over(database: Database, folder: PictureFolder) -> None:
    keep(database, folder, 1)
    left = folder.root / folder.write("gate-1", NOW, "look-2", b"\xff\xd8")
    young = folder.root / folder.write("gate-1", NOW, "look-3", b"\xff\xd8")
    os.utime(left, (0, 0))
    database.forget_pictures(folder, {}, MUCH, datetime.now(NOW.tzinfo))
    assert (left.exists(), young.exists()) == (False, True)
    assert "look-1" in files(folder)


def test_pictures_are_for_the_services_user_alone(folder: PictureFolder) -> None:
    folder.write("gate-1", NOW, "look-1", b"\xff\xd8")
    assert folder.root.stat().st_mode & 0o077 == 0


def test_no_unfinished_picture_has_a_pictures_name(folder: PictureFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    def power_cut(*_: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(Path, "replace", power_cut)
    with pytest.raises(OSError, match="no space"):
        folder.write("gate-1", NOW, "look-1", b"\xff\xd8")
    assert files(folder) == set()


def test_a_disagreement_is_judged_and_judged_anew(database: Database, folder: PictureFolder) -> None:
    keep(database, folder, 1)
    with database.transaction() as book:
        book.record_disagreement(disagreement())
        assert book.unjudged_count("v2") == 1
        assert not book.judge(99, Side.PROMOTED, "wang", NOW)
        assert book.judge(1, Side.PROMOTED, "wang", NOW)
        assert book.judge(1, Side.NEITHER, "li", NOW)
        assert book.unjudged_count("v2") == 0
    assert database.evidence.disagreements() == []
    (judged,) = database.evidence.disagreements(unjudged_only=False)
    assert (judged.judged, judged.judged_by, judged.judged_at) == (Side.NEITHER, "li", NOW)


def test_a_candidates_tally_counts_looks_failures_and_judgements(database: Database, folder: PictureFolder) -> None:
    for number in (1, 2):
        keep(database, folder, number)
    with database.transaction() as book:
        for number in (1, 2):
            book.record_disagreement(disagreement(number))
            book.count_shadow_look("v2", failed=False, disagreed=True)
        book.count_shadow_look("v2", failed=True, disagreed=False)
        book.judge(1, Side.CANDIDATE, "wang", NOW)
    assert database.evidence.tally("v2") == Tally(looks=3, failed=1, disagreements=2, kept=2, candidate=1)
    assert database.evidence.tally("v3") == Tally()


def test_the_changes_of_versions_are_facts(database: Database) -> None:
    with database.transaction() as book:
        book.note_version("", "shipped", NOW)
        book.note_version("shipped", "v2", after(minutes=1))
    assert database.evidence.version_changes() == [(after(minutes=1), "shipped", "v2"), (NOW, "", "shipped")]
