"""`weisu backup`, `weisu restore` and `weisu drill` on a township's database."""

import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from storage.database import Database
from tests.doubles.evidence_samples import picture
from tests.doubles.people import NEAR, NOW, after, incident
from tests.doubles.town_file import TownFile
from town.work import OrderState


@pytest.fixture
def town(tmp_path: Path) -> Iterator[TownFile]:
    (tmp_path / "town").mkdir()
    made = TownFile(tmp_path / "town")
    made.opens(incident(1, object_id="car-1"))
    yield made
    made.store.close()


@pytest.fixture
def backup(town: TownFile, tmp_path: Path) -> Path:
    """One live order, backed up."""
    file = tmp_path / "backup.db"
    assert town.weisu("backup", "--to", str(file)).exit_code == 0
    return file


def go_on(town: TownFile) -> str:
    """What the backup lacks."""
    order = town.opens(incident(2, object_id="car-2"))
    town.hears(NEAR, "claim", order_id=order.id)
    return order.id


def stored(town: TownFile) -> list[tuple[str, OrderState]]:
    with closing(Database.open(town.url)) as database:
        return [(order.incident_id, order.state) for order in database.figures.live_orders()]


def test_a_backup_is_made_beside_the_service_looked_through_and_told(town: TownFile, tmp_path: Path) -> None:
    with town.store.transaction():
        result = town.weisu("backup", "--to", str(tmp_path / "backup.db"))
    assert result.exit_code == 0, result.output
    assert "whole: 1 orders (1 live), 2 events" in result.output
    assert town.store.audit(lambda _: None).head in result.output


def test_in_a_folder_a_backup_is_named_by_its_time(town: TownFile, tmp_path: Path) -> None:
    before = datetime.now(UTC).replace(microsecond=0)
    told = json.loads(town.weisu("backup", "--to", str(tmp_path), "--format", "json").output)
    named = datetime.strptime(Path(told["file"]).name, "weisu-%Y%m%dT%H%M%SZ.db").replace(tzinfo=UTC)
    assert before <= named <= datetime.now(UTC)
    assert (told["whole"], told["orders"], told["live"], told["events"]) == (True, 1, 1, 2)


def test_a_folder_that_is_not_there_is_not_taken_for_a_file(town: TownFile, tmp_path: Path) -> None:
    result = town.weisu("backup", "--to", str(tmp_path / "backups"))
    assert (result.exit_code, "make it first" in result.output) == (1, True)
    assert not (tmp_path / "backups").exists()


def test_the_last_copy_of_a_picture_that_the_database_knows_is_not_removed(town: TownFile, tmp_path: Path) -> None:
    """The disk of the pictures is not mounted, or the machine is new."""
    with town.store.transaction() as book:
        book.keep_picture(picture())
    mirrored = tmp_path / "yizhuang-pictures"
    for path in (picture().path, "gate/forgotten.jpg"):
        (mirrored / path).parent.mkdir(parents=True, exist_ok=True)
        (mirrored / path).write_bytes(b"kept")
    assert town.weisu("backup", "--to", str(tmp_path / "1.db"), "--pictures").exit_code == 0
    assert [file.relative_to(mirrored).as_posix() for file in mirrored.rglob("*.jpg")] == [picture().path]


def test_a_file_of_any_name_is_the_one_that_is_looked_through(town: TownFile, tmp_path: Path) -> None:
    (tmp_path / "a?b").mkdir()
    told = json.loads(town.weisu("backup", "--to", str(tmp_path / "a?b" / "1.db"), "--format", "json").stdout)
    assert told["orders"] == 1
    assert sorted(file.name for file in tmp_path.iterdir() if file.name.startswith("a")) == ["a?b"]


def test_pictures_are_mirrored_and_brought_back(town: TownFile, tmp_path: Path) -> None:
    pictures, mirrored = tmp_path / "town" / "weisu-pictures" / "gate", tmp_path / "yizhuang-pictures" / "gate"
    pictures.mkdir(parents=True)
    (pictures / "old.jpg").write_bytes(b"old")
    town.weisu("backup", "--to", str(tmp_path / "1.db"), "--pictures")
    (pictures / "old.jpg").rename(pictures / "new.jpg")
    assert "1 pictures copied" in town.weisu("backup", "--to", str(tmp_path / "2.db"), "--pictures").output
    assert [file.name for file in mirrored.iterdir()] == ["new.jpg"]
    (pictures / "new.jpg").unlink()
    town.store.close()
    assert "1 pictures brought back" in town.weisu("restore", str(tmp_path / "2.db")).output
    assert (pictures / "new.jpg").read_bytes() == b"old"


def test_a_backup_of_what_was_tampered_with_is_kept_and_the_status_is_1(town: TownFile, tmp_path: Path) -> None:
    tamper(tmp_path / "town" / "weisu.db")
    result = town.weisu("backup", "--to", str(tmp_path / "backup.db"))
    assert (result.exit_code, (tmp_path / "backup.db").exists()) == (1, True)
    assert "NOT WHOLE" in result.output
    town.store.close()
    refused = town.weisu("restore", str(tmp_path / "backup.db"))
    assert "is not whole (the chain of events is broken" in refused.output
    assert town.weisu("restore", str(tmp_path / "backup.db"), "--force").exit_code == 0


def tamper(file: Path) -> None:
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("UPDATE order_events SET actor = 'somebody' WHERE number = 1")


def test_nothing_is_restored_over_a_database_in_use(town: TownFile, backup: Path) -> None:
    result = town.weisu("restore", str(backup), "--force")
    assert (result.exit_code, "stop the service" in result.output) == (1, True)
    assert len(list(backup.parent.glob("town/weisu.db*"))) == 3


def test_what_the_backup_lacks_is_lost_only_by_force_and_kept_aside(town: TownFile, backup: Path) -> None:
    go_on(town)
    town.store.close()
    refused = town.weisu("restore", str(backup))
    assert "has 3 of 5 events that the backup lacks" in refused.output
    assert len(stored(town)) == 2
    told = json.loads(town.weisu("restore", str(backup), "--force", "--format", "json").output)
    assert told["replaced"] == {"is_readable": True, "events": 5, "beyond": 3}
    assert stored(town) == [("incident-1", OrderState.OFFERED)]
    with closing(Database.open(f"sqlite:///{told['kept_as']}")) as aside:
        assert aside.event_count() == 5


@pytest.mark.parametrize("lost", ["gone", "damaged"])
def test_a_lost_database_is_restored_and_what_comes_of_it_is_told(town: TownFile, backup: Path, lost: str) -> None:
    town.store.close()
    file = backup.parent / "town" / "weisu.db"
    file.unlink() if lost == "gone" else file.write_bytes(b"\0" * 5000)
    result = town.weisu("restore", str(backup))
    assert result.exit_code == 0, result.output
    assert ("no database" if lost == "gone" else "cannot be read") in result.output
    assert "whole: 1 orders (1 live), 2 events" in result.output
    assert "sends 5 messages that had not been sent, and drops 3 whose time is over" in result.output
    assert stored(town) == [("incident-1", OrderState.OFFERED)]


def test_a_restored_database_knows_when_it_was_copied_made_by_whatever_means(town: TownFile, backup: Path, tmp_path: Path) -> None:
    town.hears(NEAR, "claim", after(minutes=1), order_id=town.live()[0].id)
    town.store.close()
    shutil.copy(tmp_path / "town" / "weisu.db", tmp_path / "by-hand.db")
    town.weisu("restore", str(tmp_path / "by-hand.db"))
    with closing(Database.open(town.url)) as database, database.transaction() as book:
        assert book.copied_at() == after(minutes=1)
    town.weisu("restore", str(backup), "--force")
    with closing(Database.open(town.url)) as database, database.transaction() as book:
        copied_at = book.copied_at()
        assert copied_at
        assert copied_at > NOW


@pytest.mark.parametrize("what", ["missing.db", "town/weisu.db", "town/town.yaml"])
def test_what_is_no_backup_is_refused_and_nothing_is_changed(town: TownFile, tmp_path: Path, what: str) -> None:
    town.store.close()
    assert town.weisu("restore", str(tmp_path / what)).exit_code == 1
    assert sorted(file.name for file in (tmp_path / "town").iterdir()) == ["town.yaml", "weisu.db"]
    assert len(stored(town)) == 1


def test_a_drill_proves_that_a_live_database_can_be_restored(town: TownFile) -> None:
    before = town.store.event_count()
    with town.store.transaction():
        result = town.weisu("drill")
    assert result.exit_code == 0, result.output
    assert "all as it must be" in result.output
    assert all(step in result.output for step in ("backup", "restore", "going on", "check"))
    assert town.store.event_count() == before


def test_a_drill_of_a_backup_that_is_broken_says_what_and_the_status_is_1(town: TownFile, backup: Path) -> None:
    tamper(backup)
    told = json.loads((result := town.weisu("drill", str(backup), "--format", "json")).output)
    assert result.exit_code == 1
    assert told["problems"][0].startswith("the chain of events is broken")
