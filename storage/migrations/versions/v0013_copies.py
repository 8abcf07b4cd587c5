"""A copy of a database knows that it is one; who has how much in hand is read from an index."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

IN_HAND = "state IN ('claimed', 'on_site') AND holder IS NOT NULL"


def upgrade() -> None:
    op.create_table(
        "copies",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True),
        sa.Column("copied_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken_up_at", sa.DateTime(timezone=True)),
    )
    op.create_index("orders_in_hand", "orders", ["holder"], sqlite_where=sa.text(IN_HAND), postgresql_where=sa.text(IN_HAND))
