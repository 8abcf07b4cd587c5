"""Looks that were put off, a row an hour, camera and reason."""

from functools import partial

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

needed = partial(sa.Column, nullable=False)


def upgrade() -> None:
    op.create_table(
        "put_off_looks",
        sa.Column("hour", sa.DateTime(timezone=True), primary_key=True),
        sa.Column("camera_id", sa.Text(), primary_key=True),
        sa.Column("reason", sa.Text(), primary_key=True),
        needed("late", sa.Integer()),
        needed("dropped", sa.Integer()),
        needed("longest_wait_s", sa.Float()),
    )
