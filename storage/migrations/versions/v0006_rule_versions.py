"""Incidents name, as decisions do, the version of the rule that made them, and every version's settings are kept."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("incidents", sa.Column("rule_version", sa.Text(), nullable=False, server_default=""))
    op.create_table(
        "rule_versions",
        sa.Column("rule_id", sa.Text(), primary_key=True),
        sa.Column("version", sa.Text(), primary_key=True),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settings", sa.Text(), nullable=False),
    )
