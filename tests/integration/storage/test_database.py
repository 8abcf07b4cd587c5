import sqlite3
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

import storage.engines
from storage.database import Database
from storage.errors import Busy, Failed, Unopenable
from tests.doubles.order_samples import NOW, event, incident, message, moved, order
from town.work import OrderState


def rows(path: Path, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(query).fetchall()


@pytest.fixture
def second(path: Path, database: Database) -> Iterator[Database]:
    """The same file, as another process would open it."""
    opened = Database.open(f"sqlite:///{path}")
    yield opened
    opened.close()


def test_what_was_committed_is_there_after_opening_again(path: Path) -> None:
    first = Database.open(f"sqlite:///{path}")
    with first.transaction() as book:
        book.save_incident(incident())
    first.close()
    again = Database.open(f"sqlite:///{path}")
    with again.transaction() as book:
        assert book.incident("incident-1") == incident()
    again.close()


def test_a_relative_path_is_meant_from_the_working_directory_at_opening(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    database = Database.open("sqlite:///weisu.db")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert database.figures.live_orders() == []
    database.close()
    assert (tmp_path / "weisu.db").exists()
    assert not (tmp_path / "elsewhere" / "weisu.db").exists()


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("weisu.db", "not a database URL"),
        ("sqlite://", "name a file"),
        ("sqlite:///:memory:", "name a file"),
        ("sqlite:///file:weisu?mode=memory&uri=true", "name a file"),
        ("sqlite:////no/such/folder/weisu.db", "there is no folder /no/such/folder"),
        ("postgresql://weisu:sesame@db/weisu", "only SQLite"),
        ("nosuchbase:///weisu.db", "only SQLite"),
    ],
)
def test_what_cannot_be_opened_is_refused_with_the_reason(url: str, said: str) -> None:
    with pytest.raises(Unopenable, match=said):
        Database.open(url)


def test_a_password_in_a_refused_url_is_not_told() -> None:
    with pytest.raises(Unopenable) as refused:
        Database.open("postgresql://weisu:sesame@db/weisu")
    assert "sesame" not in str(refused.value)


def test_a_file_that_is_no_database_is_refused(path: Path) -> None:
    path.write_text("桶站满冒\n" * 1000)
    with pytest.raises(Unopenable, match="not a database"):
        Database.open(f"sqlite:///{path}")


def test_the_file_keeps_a_write_ahead_log_and_commits_are_synced(path: Path, database: Database) -> None:
    pragmas: dict[str, int | str] = {}
    with database.transaction() as book:
        for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout"):
            pragmas[name] = book._connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": storage.engines.BUSY_S * 1000}


def test_a_reader_cannot_write(database: Database) -> None:
    with pytest.raises(Failed, match="readonly"), database._engines.reading() as connection:
        connection.exec_driver_sql("DELETE FROM orders")


def test_readers_see_what_is_committed_while_a_writer_writes(database: Database) -> None:
    with database.transaction() as book:
        book.save_incident(incident())
        book.add(order(), event(order()))
        assert database.figures.live_orders() == []
    assert database.figures.live_orders() == [order()]


def test_two_processes_that_change_one_order_never_both_win(database: Database, second: Database) -> None:
    with database.transaction() as book:
        book.save_incident(incident())
        book.add(order(), event(order()))
    start = threading.Barrier(2)

    def contend(opened: Database) -> bool:
        start.wait(60)
        with opened.transaction() as book:
            return book.change(*moved(order(), state=OrderState.CLAIMED, holder="c01"))

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(contend, (database, second))) == [False, True]


def test_a_writer_that_waits_too_long_says_that_trying_again_may_help(
    path: Path, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storage.engines, "BUSY_S", 0)
    hasty = storage.engines.Engines(storage.engines.sqlite_url(f"sqlite:///{path}"))
    with database.transaction() as book:
        book.next_snapshot_rev("c01")
        with pytest.raises(Busy) as refused, hasty.writing():
            pytest.fail("two writers at once")
    hasty.close()
    assert refused.value.retryable


class RefusedTwice(sqlite3.Connection):
    """As SQLite answers one of two who switch a file to a write-ahead log at once."""

    refusals = 2

    def execute(self, *args: Any) -> sqlite3.Cursor:
        if self.refusals:
            self.refusals -= 1
            raise sqlite3.OperationalError("database is locked")
        return super().execute(*args)


def test_who_opens_a_file_at_the_same_time_as_another_waits_for_them(path: Path) -> None:
    with closing(sqlite3.connect(path, factory=RefusedTwice)) as connection:
        storage.engines.keep_log(connection)
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_the_database_itself_holds_one_open_incident_a_key(path: Path, database: Database) -> None:
    with database.transaction() as book:
        book.save_incident(incident())
    with closing(sqlite3.connect(path)) as connection, pytest.raises(sqlite3.IntegrityError, match="UNIQUE"):
        connection.execute(
            "INSERT INTO incidents SELECT 'rival', rule_id, camera_id, zone_id, object_id, opened_at, box, reason, severity_score,"
            " certain_dwell_s, possible_dwell_s, closed_at, closed_reason, rule_version FROM incidents"
        )


def test_secrets_of_a_payload_do_not_stand_in_errors(database: Database) -> None:
    with pytest.raises(Exception, match="UNIQUE") as refused, database.transaction() as book:
        book.remember_answer("event-1", "c01", NOW, [message(payload=b"sesame")])
        book.remember_answer("event-1", "c01", NOW, [])
    assert "c01" not in f"{refused.value} {refused.value.__cause__}"
