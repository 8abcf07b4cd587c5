"""The one way in and out of SQLite: a single writer that begins at once, readers beside it, and errors in our words."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, exc
from sqlalchemy.engine import URL, make_url

from storage.errors import Busy, Contradiction, Failed, StorageError, Unopenable

BUSY_S: float = 30
READERS = 4
_AGAIN_AFTER_S = 0.02


def sqlite_url(text: str) -> URL:
    """The URL with an absolute path: a relative one is meant from the working directory of this moment. Raises Unopenable."""
    try:
        url = make_url(text)
    except exc.ArgumentError as error:
        raise Unopenable(f"not a database URL; write it as sqlite:///weisu.db ({error})") from error
    shown = url.render_as_string(hide_password=True)
    if url.get_backend_name() != "sqlite" or url.get_driver_name() != "pysqlite":
        raise Unopenable(f"{shown}: only SQLite is supported so far, such as sqlite:///weisu.db")
    if not url.database or url.database == ":memory:" or url.database.startswith("file:"):
        raise Unopenable(f"{shown}: name a file, such as sqlite:///weisu.db; what is only in memory is lost with the process")
    path = Path(url.database).absolute()
    if not path.parent.is_dir():
        raise Unopenable(f"{shown}: there is no folder {path.parent}")
    return url.set(database=str(path))


class Engines:
    """Connections to one SQLite file. Writers queue for one connection in this process, and for SQLite's lock between processes."""

    def __init__(self, url: URL) -> None:
        # One write connection: threads of this process wait fairly for it, and not in SQLite's busy handler, which polls.
        self.writer = _engine(url, begin="BEGIN IMMEDIATE", pool_size=1, max_overflow=0, pool_timeout=BUSY_S)
        self.reader = _engine(url, begin="BEGIN", pool_size=READERS, max_overflow=READERS, pool_timeout=BUSY_S, read_only=True)

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A write transaction, alone from its first statement. Leaving with an exception undoes it. Raises StorageError."""
        with _in_our_words(), self.writer.begin() as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One unchanging view of what is committed; never waits for a writer. Raises StorageError."""
        with _in_our_words(), self.reader.begin() as connection:
            yield connection

    def close(self) -> None:
        self.reader.dispose()
        self.writer.dispose()


def database_file(text: str) -> Path:
    """The file that a URL names. Raises Unopenable."""
    return Path(str(sqlite_url(text).database))


def _engine(url: URL, begin: str, read_only: bool = False, **pool: Any) -> Engine:
    engine = create_engine(url, connect_args={"timeout": BUSY_S}, hide_parameters=True, **pool)

    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _record: object) -> None:
        # The driver begins a transaction only before DML, which loses read-then-write updates: it is told to begin none, and we do.
        connection.isolation_level = None
        keep_log(connection)
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute(f"PRAGMA query_only={'ON' if read_only else 'OFF'}")

    @event.listens_for(engine, "begin")
    def begin_at_once(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


def keep_log(connection: sqlite3.Connection) -> None:
    """Let a database be written ahead. Two who ask for that of a new or restored file at once: SQLite refuses one without waiting."""
    give_up_at = time.monotonic() + BUSY_S
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL").fetchall()  # to its end: it writes, and no transaction ends before it has
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > give_up_at:
                raise
            time.sleep(_AGAIN_AFTER_S)
        else:
            return


@contextmanager
def _in_our_words() -> Iterator[None]:
    try:
        yield
    except exc.IntegrityError as error:
        raise Contradiction(str(error.orig)) from error
    except exc.TimeoutError as error:
        raise Busy(f"no connection became free within {BUSY_S} s") from error
    except exc.DBAPIError as error:
        raise _failure(error) from error
    except exc.StatementError as error:
        # A value that a column refused, such as a naive instant: the programme's error, in its own words.
        raise error.orig or error from error


def _failure(error: exc.DBAPIError) -> StorageError:
    text = str(error.orig)
    return Busy(text) if "locked" in text or "busy" in text else Failed(text)
