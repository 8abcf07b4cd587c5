"""Decisions are kept as runs and what is old as pages of a day; paused rules, and what they hold."""

from functools import partial
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0003"
branch_labels = None
depends_on = None

TEXT = sa.Text()
INSTANT = sa.DateTime(timezone=True)
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
needed = partial(sa.Column, nullable=False)


def where(condition: str) -> dict[str, Any]:
    return {"sqlite_where": sa.text(condition), "postgresql_where": sa.text(condition)}


def upgrade() -> None:
    _make_reason_days()
    _make_decision_runs()
    _keep_old_decisions()
    _make_limiter_pauses()
    _make_held_openings()


def _make_reason_days() -> None:
    op.create_table(
        "reason_days",
        sa.Column("camera_id", TEXT, primary_key=True),
        sa.Column("day", sa.Date(), primary_key=True),
        sa.Column("looks", sa.LargeBinary()),
        sa.Column("runs", sa.LargeBinary()),
        comment="old looks and runs of decisions: a row a camera and UTC day, see storage/reason_days.py",
    )
    op.create_index("reason_days_by_time", "reason_days", ["day"])


def _make_decision_runs() -> None:
    op.create_table(
        "decision_runs",
        sa.Column("number", NUMBER, primary_key=True),
        needed("camera_id", TEXT),
        needed("zone_id", TEXT),
        needed("rule_id", TEXT),
        needed("rule_version", TEXT),
        needed("object_id", TEXT),
        needed("incident_id", TEXT),
        needed("verdict", TEXT),
        sa.Column("firing", sa.Boolean()),
        needed("detail", TEXT),
        needed("began_at", INSTANT),
        needed("decided_at", INSTANT),
        needed("look_count", sa.Integer()),
        needed("goes_on", sa.Boolean()),
        comment="looks in a row at which a rule decided the same; detail is the last one's",
    )
    op.create_index("decision_runs_by_camera", "decision_runs", ["camera_id", "began_at"])
    op.create_index("decision_runs_by_time", "decision_runs", ["began_at"])
    op.create_index("decision_runs_going_on", "decision_runs", ["camera_id"], **where("goes_on"))


def _keep_old_decisions() -> None:
    """Each becomes a run of one look, in the old order."""
    op.execute(
        "INSERT INTO decision_runs (camera_id, zone_id, rule_id, rule_version, object_id, incident_id, verdict, firing, detail, "
        "began_at, decided_at, look_count, goes_on) SELECT camera_id, zone_id, rule_id, '', object_id, incident_id, verdict, firing, "
        "detail, decided_at, decided_at, 1, false FROM decisions ORDER BY number"
    )
    op.drop_table("decisions")


def _make_limiter_pauses() -> None:
    op.create_table(
        "limiter_pauses",
        sa.Column("number", NUMBER, primary_key=True),
        needed("rule_id", TEXT),
        needed("paused_at", INSTANT),
        needed("orders", sa.Integer()),
        needed("within_s", sa.Float()),
        sa.Column("ended_at", INSTANT),
        sa.Column("ended", TEXT),
        needed("ended_by", TEXT),
    )
    op.create_index("limiter_pauses_by_rule", "limiter_pauses", ["rule_id", "number"])
    op.create_index("one_standing_pause_per_rule", "limiter_pauses", ["rule_id"], unique=True, **where("ended_at IS NULL"))


def _make_held_openings() -> None:
    op.create_table(
        "held_openings",
        sa.Column("id", TEXT, primary_key=True),
        needed("pause", NUMBER, sa.ForeignKey("limiter_pauses.number")),
        needed("rule_id", TEXT),
        needed("camera_id", TEXT),
        needed("zone_id", TEXT),
        needed("object_id", TEXT),
        needed("opened_at", INSTANT),
        needed("box", TEXT),
        needed("reason", TEXT),
        needed("severity_score", sa.Float()),
        needed("certain_dwell_s", sa.Float()),
        needed("possible_dwell_s", sa.Float()),
        sa.Column("closed_at", INSTANT),
        needed("closed_reason", TEXT),
        needed("rule_version", TEXT, server_default=""),
        needed("held_at", INSTANT),
        needed("fate", TEXT),
        needed("picture_id", TEXT),
        comment="incidents that a paused rule would have opened orders for",
    )
    op.create_index("held_openings_by_pause", "held_openings", ["pause", "held_at"])
    op.create_index("held_openings_by_time", "held_openings", ["held_at", "fate"])
    op.create_index(
        "held_openings_followed", "held_openings", ["camera_id"], **where("fate IN ('held', 'discarded') AND closed_at IS NULL")
    )
