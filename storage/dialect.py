"""The few words in which SQLite and PostgreSQL agree, but SQLAlchemy keeps apart: inserting what may be there already."""

from functools import cache
from typing import Any

from sqlalchemy import Connection, Insert, Table
from sqlalchemy.dialects import postgresql, sqlite

_INSERT: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


def insert_new(connection: Connection, table: Table) -> Insert:
    """Insert a row unless a unique constraint stands against it: `rowcount` is 0 then."""
    return _insert_new(connection.dialect.name, table)


def upsert(connection: Connection, table: Table, changed: tuple[str, ...], on: str = "", newest_by: str = "") -> Insert:
    """Insert a row, or where its primary key (or the column `on`) is there, give the columns in `changed` their new values.

    With `newest_by`, only where the stored value of that column is not later.
    """
    return _upsert(connection.dialect.name, table, changed, on, newest_by)


@cache
def _insert_new(dialect: str, table: Table) -> Insert:
    statement: Insert = _INSERT[dialect](table).on_conflict_do_nothing()
    return statement


@cache
def _upsert(dialect: str, table: Table, changed: tuple[str, ...], on: str, newest_by: str) -> Insert:
    new = _INSERT[dialect](table)
    statement: Insert = new.on_conflict_do_update(
        index_elements=[on] if on else list(table.primary_key.columns),
        set_={name: new.excluded[name] for name in changed},
        where=(table.c[newest_by] <= new.excluded[newest_by]) if newest_by else None,
    )
    return statement
