"""What cameras usually show, and what is wrong with them."""

from functools import partial

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

TEXT = sa.Text()
INSTANT = sa.DateTime(timezone=True)
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
needed = partial(sa.Column, nullable=False)


def upgrade() -> None:
    _make_views()
    _make_view_references()
    _make_notices()


def _make_views() -> None:
    op.create_table(
        "views",
        sa.Column("camera_id", TEXT, primary_key=True),
        needed("zones", TEXT),
        needed("moved", sa.Boolean()),
        needed("shift_x", sa.Float()),
        needed("shift_y", sa.Float()),
        sa.Column("accepted_at", INSTANT),
    )


def _make_view_references() -> None:
    op.create_table(
        "view_references",
        sa.Column("camera_id", TEXT, primary_key=True),
        sa.Column("light", TEXT, primary_key=True),
        needed("relief", sa.LargeBinary()),
        needed("sharpness", sa.Float()),
        needed("looks", sa.Integer()),
        needed("since", INSTANT),
        needed("learnt_at", INSTANT),
    )


def _make_notices() -> None:
    op.create_table(
        "notices",
        sa.Column("number", NUMBER, primary_key=True),
        needed("camera_id", TEXT),
        needed("trouble", TEXT),
        needed("reason", TEXT),
        needed("since", INSTANT),
        needed("bad_looks", sa.Integer()),
        needed("good_looks", sa.Integer()),
        sa.Column("told_at", INSTANT),
        sa.Column("until", INSTANT),
    )
    still = sa.text("until IS NULL")
    op.create_index(
        "one_open_notice_per_trouble", "notices", ["camera_id", "trouble"], unique=True, sqlite_where=still, postgresql_where=still
    )
    op.create_index("notices_by_time", "notices", ["since"])
