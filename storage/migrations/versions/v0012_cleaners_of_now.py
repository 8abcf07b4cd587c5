"""Where cleaners last stood, and what fell to each of them lately: offers and orders."""

from functools import partial

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

needed = partial(sa.Column, nullable=False)


def upgrade() -> None:
    op.create_table(
        "cleaner_positions",
        sa.Column("cleaner_id", sa.Text(), primary_key=True),
        needed("lat", sa.Float()),
        needed("lon", sa.Float()),
        needed("said_at", sa.DateTime(timezone=True)),
    )
    op.create_table(
        "dealings",
        sa.Column("cleaner_id", sa.Text(), primary_key=True),
        sa.Column("kind", sa.Text(), primary_key=True),
        sa.Column("dealt_at", sa.DateTime(timezone=True), primary_key=True),
        sa.Column("order_id", sa.Text(), primary_key=True),
    )
