"""Looks say who found what they show: the network, and why, or the detections of its last run."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("looks", "camera_states"):
        # Made anew, for a column that SQLite adds by itself would stand behind the table's constraints.
        with op.batch_alter_table(table, recreate="always") as batch:
            batch.add_column(sa.Column("seen_by", sa.Text(), nullable=False, server_default="nobody"))
        op.execute(f"UPDATE {table} SET seen_by = 'network_always' WHERE outcome = 'done'")  # noqa: S608
    op.drop_index("looks_by_time", "looks")
    op.create_index("looks_by_time", "looks", ["ended_at", "outcome", "seen_by"])
