"""Looks whose picture could not be kept, with the orders that go without; and how many pictures were deleted, a row a day and kind."""

from functools import partial

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0009"
branch_labels = None
depends_on = None

needed = partial(sa.Column, nullable=False)


def upgrade() -> None:
    op.create_table(
        "missing_pictures",
        sa.Column("look_id", sa.Text(), primary_key=True),
        needed("camera_id", sa.Text()),
        needed("taken_at", sa.DateTime(timezone=True)),
        needed("why", sa.Text()),
        needed("detail", sa.Text()),
        needed("order_ids", sa.Text()),
    )
    op.create_index("missing_pictures_by_time", "missing_pictures", ["taken_at"])
    op.create_table(
        "picture_days",
        sa.Column("day", sa.Date(), primary_key=True),
        sa.Column("kind", sa.Text(), primary_key=True),
        needed("forgotten", sa.Integer()),
        needed("crowded_out", sa.Integer()),
        needed("left", sa.Integer()),
        needed("overdue", sa.Integer()),
        sa.Column("oldest_at", sa.DateTime(timezone=True)),
        needed("checked_at", sa.DateTime(timezone=True)),
    )
