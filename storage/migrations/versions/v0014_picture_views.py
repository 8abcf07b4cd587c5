"""Who was shown which picture of an order, a row a view."""

from functools import partial

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

needed = partial(sa.Column, nullable=False)


def upgrade() -> None:
    op.create_table(
        "picture_views",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True),
        needed("viewed_at", sa.DateTime(timezone=True)),
        needed("person", sa.Text()),
        needed("order_id", sa.Text()),
        needed("picture_id", sa.Text()),
        needed("network", sa.Text()),
    )
    op.create_index("picture_views_by_time", "picture_views", ["viewed_at"])
