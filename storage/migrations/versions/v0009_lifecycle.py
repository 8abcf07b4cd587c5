"""Orders tell of returns, deferral, merging and recurrence; the events of orders are a chain of hashes, old ones included; silences."""

import json
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("orders", sa.Column("returns", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("orders", sa.Column("deferred_until", sa.DateTime(timezone=True)))
    op.add_column("orders", sa.Column("parent_id", sa.Text(), nullable=False, server_default=""))
    op.add_column("orders", sa.Column("recurs_of", sa.Text(), nullable=False, server_default=""))
    op.create_index("orders_by_place", "orders", ["camera_id", "zone_id", "category", "ended_at"])
    merged: dict[str, Any] = {"sqlite_where": sa.text("parent_id <> ''"), "postgresql_where": sa.text("parent_id <> ''")}
    op.create_index("orders_by_parent", "orders", ["parent_id"], **merged)
    op.add_column("order_events", sa.Column("hash", sa.Text(), nullable=False, server_default=""))
    _chain()
    _make_silences()


def _make_silences() -> None:
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "silences",
        sa.Column("number", number, primary_key=True),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("begins_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("zones", sa.Text(), nullable=False),
        sa.Column("rules", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.Column("ended_by", sa.Text(), nullable=False),
    )
    op.create_index("silences_by_end", "silences", ["ends_at"])


BATCH = 1000
SAID = ("order_id", "rev", "happened_at", "action", "actor", "from_state", "to_state", "reason", "detail")
events = sa.table("order_events", sa.column("number"), sa.column("hash"), *map(sa.column, SAID))


def _chain() -> None:
    """Give every event of before its hash, in the order in which they were written."""
    connection, previous, done = op.get_bind(), "", 0
    chosen = sa.select(events).where(events.c.number > sa.bindparam("done")).order_by(events.c.number).limit(BATCH)
    chained = sa.update(events).where(events.c.number == sa.bindparam("b_number")).values(hash=sa.bindparam("b_hash"))
    while rows := connection.execute(chosen, {"done": done}).mappings().all():
        links = []
        for row in rows:
            previous, done = _link(previous, row), row["number"]
            links.append({"b_number": done, "b_hash": previous})
        connection.execute(chained, links)


def _link(previous: str, row: Any) -> str:
    """As `storage.chain.link` makes it, from the columns as they are stored."""
    at = row["happened_at"] if isinstance(row["happened_at"], datetime) else datetime.fromisoformat(row["happened_at"])
    utc = (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC).isoformat(timespec="microseconds")
    said = {**row, "happened_at": utc, "detail": json.loads(row["detail"])}
    text = json.dumps([previous, *(said[name] for name in SAID)], ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return sha256(text.encode()).hexdigest()
