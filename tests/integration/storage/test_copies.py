"""Copies of a database are whole, made beside its users, and put in its place only where nobody uses it."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from storage.copies import Replaced, alone_with, beyond, copying, put_in_place
from storage.database import Database
from storage.errors import Failed, InUse
from tests.doubles.order_samples import event, incident, order


def note(database: Database, *numbers: int) -> None:
    with database.transaction() as book:
        for number in numbers:
            book.save_incident(incident(number))
            book.add(order(number), event(order(number)))


def copy(source: Path, target: Path) -> Path:
    with copying(source, target):
        pass
    return target


def incidents(file: Path) -> list[str]:
    with closing(sqlite3.connect(file)) as connection:
        return [name for (name,) in connection.execute("SELECT id FROM incidents ORDER BY id")]


def test_a_copy_holds_what_is_committed_and_is_one_file(path: Path, database: Database, tmp_path: Path) -> None:
    note(database, 1)
    with database.transaction() as book:
        book.save_incident(incident(2))
        copy(path, tmp_path / "copy.db")
    assert incidents(tmp_path / "copy.db") == ["incident-1"]
    assert [entry.name for entry in sorted(tmp_path.glob("copy*"))] == ["copy.db"]


def test_a_copy_never_replaces_a_file(path: Path, database: Database, tmp_path: Path) -> None:
    (tmp_path / "precious.txt").write_text("kept")
    with pytest.raises(Failed, match="already"), copying(path, tmp_path / "precious.txt"):
        pass
    assert (tmp_path / "precious.txt").read_text() == "kept"


def test_a_copy_that_cannot_be_written_or_read_says_so(path: Path, database: Database, tmp_path: Path) -> None:
    (tmp_path / "no.db").write_text("no database at all, but long enough to be taken for one\n" * 100)
    for source, target in ((path, tmp_path / "missing" / "copy.db"), (tmp_path / "no.db", tmp_path / "copy.db")):
        with pytest.raises(Failed, match="no copy of"), copying(source, target):
            pass


def test_nothing_is_left_of_a_copy_that_is_found_wanting(path: Path, database: Database, tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), copying(path, tmp_path / "copy.db") as part:
        Database.open(f"sqlite:///{part}")  # left open, with its logs
        raise RuntimeError
    assert list(tmp_path.glob("copy*")) == []


def test_nobody_is_alone_with_a_database_that_another_has_open(path: Path, database: Database) -> None:
    with pytest.raises(InUse, match="stop the service"), alone_with(path):
        pass
    database.close()
    with alone_with(path):
        assert [entry.name for entry in path.parent.glob("weisu*")] == ["weisu.db"]
    with closing(Database.open(f"sqlite:///{path}")) as again:
        assert again.event_count() == 0


def test_where_it_cannot_be_told_whether_a_database_is_in_use_nothing_is_done(tmp_path: Path) -> None:
    with pytest.raises(Failed, match="move it away by hand"), alone_with(tmp_path):
        pass


def test_what_is_replaced_is_counted_from_the_copys_last_event_on(path: Path, database: Database) -> None:
    note(database, 1, 2)
    head = database.audit(lambda _: None).head
    note(database, 3)
    database.close()
    with alone_with(path) as connection:
        assert beyond(connection, head) == Replaced(True, events=3, beyond=1)
        assert beyond(connection, "another history") == Replaced(True, events=3, beyond=3)


def crashed(path: Path, database: Database, tmp_path: Path) -> None:
    """Leave the file and its logs as a kill would, with what was committed last in the log alone."""
    kept = [tmp_path / f"crashed{suffix}" for suffix in ("", "-wal", "-shm")]
    for file in kept:
        shutil.copy(f"{path}{file.name.removeprefix('crashed')}", file)
    database.close()
    for file in kept:
        file.replace(f"{path}{file.name.removeprefix('crashed')}")


def test_a_copy_takes_the_place_of_a_database_that_is_kept_whole_aside(path: Path, database: Database, tmp_path: Path) -> None:
    note(database, 1)
    part = copy(path, tmp_path / "part.db")
    note(database, 2)
    crashed(path, database, tmp_path)
    with alone_with(path) as connection:
        assert beyond(connection, "").is_readable
        put_in_place(part, path, tmp_path / "aside.db")
    assert (incidents(path), incidents(tmp_path / "aside.db")) == (["incident-1"], ["incident-1", "incident-2"])
    assert not part.exists()


def test_a_database_that_cannot_be_read_is_replaced_too(path: Path, database: Database, tmp_path: Path) -> None:
    part = copy(path, tmp_path / "part.db")
    database.close()
    path.write_bytes(b"\0" * 5000)
    with alone_with(path) as connection:
        assert beyond(connection, "") == Replaced(is_readable=False)
        put_in_place(part, path, tmp_path / "aside.db")
    assert incidents(path) == []
    assert (tmp_path / "aside.db").read_bytes() == b"\0" * 5000


def test_a_log_that_is_left_over_is_not_played_into_what_takes_the_place(path: Path, database: Database, tmp_path: Path) -> None:
    note(database, 1)
    part = copy(path, tmp_path / "part.db")
    note(database, 2)
    crashed(path, database, tmp_path)
    put_in_place(part, path, tmp_path / "aside.db")
    assert (incidents(path), incidents(tmp_path / "aside.db")) == (["incident-1"], ["incident-1", "incident-2"])
