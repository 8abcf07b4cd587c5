"""Who may use the console: accounts, sessions, passes, and a log of who was let in and what they did."""

from functools import partial

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

needed = partial(sa.Column, nullable=False)
Instant = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "accounts",
        sa.Column("id", sa.Text(), primary_key=True),
        *(needed(name, sa.Text()) for name in ("role", "person", "password_hash")),
        needed("made_at", Instant),
        needed("made_by", sa.Text()),
        sa.Column("closed_at", Instant),
    )
    op.create_table(
        "sessions",
        sa.Column("key_hash", sa.Text(), primary_key=True),
        *(needed(name, sa.Text()) for name in ("kind", "role", "account_id", "person", "label")),
        needed("begun_at", Instant),
        needed("until", Instant),
        sa.Column("ended_at", Instant),
    )
    op.create_index("sessions_by_time", "sessions", ["until"])
    op.create_table(
        "passes",
        sa.Column("key_hash", sa.Text(), primary_key=True),
        *(needed(name, sa.Text()) for name in ("opens", "person")),
        needed("made_at", Instant),
        needed("made_by", sa.Text()),
        needed("until", Instant),
        *(sa.Column(name, Instant) for name in ("used_at", "ended_at")),
    )
    op.create_index("passes_by_time", "passes", ["until"])
    op.create_table(
        "console_log",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True),
        needed("happened_at", Instant),
        *(needed(name, sa.Text()) for name in ("who", "action", "subject", "network")),
    )
    op.create_index("console_log_by_time", "console_log", ["happened_at"])
    op.create_index("console_log_by_action", "console_log", ["action", "happened_at"])
