"""The schema and the statements that differ between dialects are SQL that PostgreSQL knows."""

import pytest
from sqlalchemy import Table
from sqlalchemy.dialects.postgresql.base import PGDialect
from sqlalchemy.schema import CreateIndex, CreateTable

from storage.outbox import _CLAIM
from storage.tables import metadata

DIALECT = PGDialect()  # type: ignore[no-untyped-call]  # SQLAlchemy leaves it unannotated


@pytest.mark.parametrize("table", metadata.sorted_tables, ids=str)
def test_every_table_can_be_written_for_postgresql(table: Table) -> None:
    assert str(CreateTable(table).compile(dialect=DIALECT)).strip().startswith(f"CREATE TABLE {table.name}")
    assert all("INDEX" in str(CreateIndex(index).compile(dialect=DIALECT)) for index in table.indexes)


def test_one_statement_claims_messages_in_postgresql_too() -> None:
    text = str(_CLAIM.compile(dialect=DIALECT))
    assert text.startswith("UPDATE outbox SET")
    assert "RETURNING" in text
