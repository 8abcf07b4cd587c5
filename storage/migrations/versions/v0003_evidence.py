"""Which network looked when, pictures of orders, and what a candidate saw otherwise."""

from functools import partial

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

TEXT = sa.Text()
INSTANT = sa.DateTime(timezone=True)
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
needed = partial(sa.Column, nullable=False)


def upgrade() -> None:
    _make_version_changes()
    _make_pictures()
    _make_order_pictures()
    _make_disagreements()
    _make_shadow_tallies()


def _make_version_changes() -> None:
    op.create_table(
        "version_changes",
        sa.Column("number", NUMBER, primary_key=True),
        needed("changed_at", INSTANT),
        needed("before", TEXT),
        needed("after", TEXT),
    )


def _make_pictures() -> None:
    op.create_table(
        "pictures",
        sa.Column("id", TEXT, primary_key=True),
        needed("camera_id", TEXT),
        needed("taken_at", INSTANT),
        needed("path", TEXT),
        needed("size_bytes", sa.Integer()),
        needed("version", TEXT),
        needed("detections", TEXT),
    )
    op.create_index("pictures_by_time", "pictures", ["taken_at"])


def _make_order_pictures() -> None:
    op.create_table(
        "order_pictures",
        sa.Column("picture_id", TEXT, sa.ForeignKey("pictures.id"), primary_key=True),
        sa.Column("order_id", TEXT, sa.ForeignKey("orders.id"), primary_key=True),
        sa.Column("purpose", TEXT, primary_key=True),
    )
    op.create_index("order_pictures_by_order", "order_pictures", ["order_id"])


def _make_disagreements() -> None:
    op.create_table(
        "disagreements",
        sa.Column("number", NUMBER, primary_key=True),
        needed("picture_id", TEXT, sa.ForeignKey("pictures.id"), unique=True),
        needed("candidate", TEXT),
        needed("seen_by_candidate", TEXT),
        needed("differences", TEXT),
        sa.Column("judged", TEXT),
        needed("judged_by", TEXT),
        sa.Column("judged_at", INSTANT),
    )
    op.create_index("disagreements_by_candidate", "disagreements", ["candidate", "judged"])


def _make_shadow_tallies() -> None:
    op.create_table(
        "shadow_tallies",
        sa.Column("candidate", TEXT, primary_key=True),
        needed("looks", sa.Integer()),
        needed("failed", sa.Integer()),
        needed("disagreements", sa.Integer()),
    )
