"""Pictures are kept as long as somebody needs them and the disk has room; judgements are kept with them."""

import os
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

import storage.evidence
from storage.database import Database
from storage.picture_folder import PictureFolder
from tests.doubles.evidence_samples import disagreement, picture
from tests.doubles.order_samples import NOW, after, event, incident, order
from town.evidence import Kept, Purpose, Side, Tally
from town.work import OrderState

MUCH = 10_000_000
LATER = after(days=31)


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


def forget(database: Database, folder: PictureFolder, before: datetime = LATER, at_most_bytes: int = MUCH) -> int:
    return database.forget_pictures(folder, before, at_most_bytes, before)


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


def test_old_pictures_go_unless_they_belong_to_a_judged_or_live_case(database: Database, folder: PictureFolder) -> None:
    states = [OrderState.CLOSED, OrderState.FALSE_ALARM, OrderState.VERIFYING, OrderState.SELF_CLEARED, OrderState.CANCELLED]
    for number, state in enumerate(states, start=1):
        keep_for_order(database, folder, number, state)
    for number in (6, 7):
        keep(database, folder, number)
        with database.transaction() as book:
            book.record_disagreement(disagreement(number, picture=picture(number)))
    assert database.evidence.disagreements()[0].number == 1
    with database.transaction() as book:
        assert book.judge(2, Side.CANDIDATE, "wang", NOW)
    assert forget(database, folder) == 3
    assert kept_ids(database) == ["look-1", "look-2", "look-3", "look-7"]
    assert files(folder) == {"look-1", "look-2", "look-3", "look-7"}


def test_young_pictures_stay(database: Database, folder: PictureFolder) -> None:
    keep(database, folder, 1)
    assert forget(database, folder, before=NOW) == 0


def test_above_the_disks_share_the_oldest_unjudged_go_first_and_then_the_oldest(database: Database, folder: PictureFolder) -> None:
    keep_for_order(database, folder, 1, OrderState.CLOSED)
    for number in (2, 3, 4):
        keep(database, folder, number, after(minutes=number))
    assert forget(database, folder, NOW - timedelta(days=1), at_most_bytes=2000) == 2
    assert kept_ids(database) == ["look-1", "look-4"]
    assert forget(database, folder, NOW - timedelta(days=1), at_most_bytes=0) == 2
    assert files(folder) == set()


def test_a_file_without_a_row_is_cleared_away_once_it_is_surely_left_over(database: Database, folder: PictureFolder) -> None:
    keep(database, folder, 1)
    left = folder.root / folder.write("gate-1", NOW, "look-2", b"\xff\xd8")
    young = folder.root / folder.write("gate-1", NOW, "look-3", b"\xff\xd8")
    os.utime(left, (0, 0))
    database.forget_pictures(folder, NOW, MUCH, datetime.now(NOW.tzinfo))
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
