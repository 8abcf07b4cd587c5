"""The notices' outbox: what managers and engineers are to hear, a row a fault, recipient and channel."""

from functools import partial

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

needed = partial(sa.Column, nullable=False)
Instant = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "notifications",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True),
        *(needed(name, sa.Text()) for name in ("recipient", "channel", "matter", "subject", "fault")),
        needed("happened_at", Instant),
        needed("detail", sa.Text()),
        needed("urgent", sa.Boolean()),
        sa.Column("due_at", Instant),
        sa.Column("leased_until", Instant),
        needed("tries", sa.Integer()),
        *(sa.Column(f"{name}_at", Instant) for name in ("first_tried", "told", "healed", "healing_told", "given_up")),
        needed("error", sa.Text()),
    )
    op.create_index("notifications_by_time", "notifications", ["happened_at"])
    _index("notifications_waiting", ["due_at"], "due_at IS NOT NULL")
    _index("notifications_unhealed", ["subject"], "healed_at IS NULL")
    _index("one_unhealed_notification_per_fault", ["recipient", "channel", "fault"], "healed_at IS NULL", unique=True)


def _index(name: str, columns: list[str], where: str, unique: bool = False) -> None:
    op.create_index(name, "notifications", columns, unique=unique, sqlite_where=sa.text(where), postgresql_where=sa.text(where))
