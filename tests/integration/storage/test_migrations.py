import logging
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

from rules.judgement import Decision, Verdict
from storage.database import Database
from storage.errors import StorageError, TooNew
from storage.migrating import MIGRATIONS, migrate_aside
from storage.tables import metadata
from tests.doubles.order_samples import NOW, moved


def schema(path: Path) -> dict[str, str]:
    """What stands in the file: the SQL of every table and index, by name, blanks and quotes aside."""
    with closing(sqlite3.connect(path)) as connection:
        made = connection.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name <> 'alembic_version'").fetchall()
    return {name: " ".join(sql.replace('"', "").split()) for name, sql in made}


def test_the_migrations_lead_to_the_tables(path: Path, database: Database, tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'tables.db'}")
    metadata.create_all(engine)
    engine.dispose()
    assert schema(path) == schema(tmp_path / "tables.db")


def test_alembic_finds_nothing_left_to_migrate(path: Path, database: Database) -> None:
    engine = create_engine(f"sqlite:///{path}")
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "target_metadata": metadata})
        assert compare_metadata(context, metadata) == []
    engine.dispose()


def test_the_migrations_are_one_line_without_forks() -> None:
    assert len(ScriptDirectory(str(MIGRATIONS)).get_heads()) == 1


def test_every_migration_is_named_by_its_revision() -> None:
    revisions = {Path(one.path).stem[1:5]: one.revision for one in ScriptDirectory(str(MIGRATIONS)).walk_revisions()}
    assert all(stem == revision for stem, revision in revisions.items())
    assert ScriptDirectory(str(MIGRATIONS)).get_heads() == [max(revisions)]


def test_a_database_that_is_up_to_date_is_opened_without_what_migrating_needs(path: Path) -> None:
    migrate_aside(f"sqlite:///{path}")
    script = (
        f"import sys; from storage.database import Database; Database.open('sqlite:///{path}').close(); print('alembic' in sys.modules)"
    )
    ran = subprocess.run([sys.executable, "-c", script], cwd=MIGRATIONS.parents[1], timeout=120, check=True, capture_output=True, text=True)
    assert ran.stdout == "False\n"


def test_what_goes_wrong_aside_is_told_by_who_opens_the_database(path: Path) -> None:
    path.write_bytes(b"no database at all, but long enough to be looked at as one")
    migrate_aside(f"sqlite:///{path}")
    with pytest.raises(StorageError):
        Database.open(f"sqlite:///{path}")


def test_a_database_of_a_later_weisu_is_refused_and_left_as_it_was(path: Path, database: Database) -> None:
    database.close()
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    before = schema(path)
    with pytest.raises(TooNew, match="9999"):
        Database.open(f"sqlite:///{path}")
    assert schema(path) == before


def test_a_migration_that_fails_leaves_nothing_behind(path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("CREATE TABLE snapshot_revs (stranger TEXT)")
    with pytest.raises(Exception, match="already exists"):
        Database.open(f"sqlite:///{path}")
    assert list(schema(path)) == ["snapshot_revs"]


def test_opening_says_nothing(path: Path, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        Database.open(f"sqlite:///{path}").close()
    assert capfd.readouterr() == ("", "")
    assert caplog.records == []


def test_two_who_open_a_new_file_at_once_both_get_it(path: Path) -> None:
    script = f"from storage.database import Database; Database.open('sqlite:///{path}').close()"

    def open_it(_: int) -> int:
        return subprocess.run([sys.executable, "-c", script], cwd=MIGRATIONS.parents[1], timeout=120, check=False).returncode

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(open_it, range(2))) == [0, 0]


def test_a_path_with_a_percent_sign_opens(tmp_path: Path) -> None:
    Database.open(f"sqlite:///{tmp_path / '100%25.db'}").close()
    assert list(tmp_path.glob("100*"))


def test_looks_of_before_reuse_are_the_networks_where_they_were_done(path: Path) -> None:
    _upgrade(path, "0001")
    at = "2026-05-04 01:30:00.000000"
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for number, outcome in enumerate(("done", "failed")):
            connection.execute("INSERT INTO looks VALUES (?, 'gate-1', ?, ?, ?, ?, '', 'routine')", (number, at, at, at, outcome))
    _upgrade(path, "0002")
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT outcome, seen_by FROM looks ORDER BY id").fetchall() == [
            ("done", "network_always"),
            ("failed", "nobody"),
        ]


def test_decisions_of_before_there_were_runs_are_runs_of_one_look(path: Path) -> None:
    _upgrade(path, "0003")
    at = "2026-05-04 01:30:00.000000"
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        row = (7, "gate-1", "lane", "fire-lane", "car-1", "", at, "view_unknown", None, '{"reason":"black"}')
        connection.execute("INSERT INTO decisions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
    database = Database.open(f"sqlite:///{path}")
    (run,) = database.reasons.runs_on("gate-1", NOW, NOW)
    database.close()
    unknown = Verdict.VIEW_UNKNOWN
    assert run.decision == Decision("fire-lane", "gate-1", "lane", NOW, unknown, "car-1", detail={"reason": "black"})
    assert (run.began_at, run.look_count) == (NOW, 1)


def test_events_of_before_are_chained_as_the_service_goes_on(path: Path) -> None:
    _upgrade(path, "0008")
    at, text = "2026-05-04 01:30:00.123456", "'x'"
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute(f"INSERT INTO incidents VALUES ('i', 'r', 'g', 'z', '', '{at}', '[0,0,1,1]', '', 0, 0, 0, NULL, '', '')")
        columns = "id, incident_id, rule_id, camera_id, zone_id, grid_id, category, skill, summary"
        numbers = "priority, lat, lon, box, state, opened_at, claim_by, done_by, offered_to, rev, attempt, clear_looks, firing_looks"
        connection.execute(
            f"INSERT INTO orders ({columns}, {numbers}) VALUES ('o', 'i', {', '.join([text] * 7)}, "
            f"'high', 0, 0, '[0,0,1,1]', 'open', '{at}', '{at}', '{at}', '[]', 1100, 1, 0, 0)"
        )
        for rev in range(1, 1101):
            row = (
                "o",
                rev,
                at,
                "overdue",
                "service",
                None if rev == 1 else "open",
                "open",
                "迟了",
                '{"missed":"早","share":0.30000000000000004}',
            )
            connection.execute("INSERT INTO order_events VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
    database = Database.open(f"sqlite:///{path}")
    with database.transaction() as book:
        order = book.order("o")
        assert order
        assert (order.returns, order.deferred_until, order.parent_id, order.recurs_of) == (0, None, "", "")
        book.change(*moved(order))
    found = database.audit(lambda _: None)
    database.close()
    assert (found.broken, found.events, found.orders) == (None, 1101, 1)


def _upgrade(path: Path, revision: str) -> None:
    engine, config = create_engine(f"sqlite:///{path}"), Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
    engine.dispose()
