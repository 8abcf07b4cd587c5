"""Orders tell how often they were returned, until when they are deferred, into which they are merged, and of which they are the return."""

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
