"""Looks whose picture could not be kept, and the orders that go without."""

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
