"""The first tables: looks and what was seen, incidents and orders, messages."""

from functools import partial
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TEXT = sa.Text()
INSTANT = sa.DateTime(timezone=True)
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
needed = partial(sa.Column, nullable=False)


def where(condition: str) -> dict[str, Any]:
    return {"sqlite_where": sa.text(condition), "postgresql_where": sa.text(condition)}


def upgrade() -> None:
    _make_looks()
    _make_camera_states()
    _make_observations()
    _make_decisions()
    _make_rule_memories()
    _make_incidents()
    _make_orders()
    _make_order_cleaners()
    _make_order_events()
    _make_outbox()
    _make_answers()
    _make_snapshot_revs()


def _make_looks() -> None:
    op.create_table(
        "looks",
        sa.Column("id", TEXT, primary_key=True),
        needed("camera_id", TEXT),
        needed("planned_at", INSTANT),
        needed("started_at", INSTANT),
        needed("ended_at", INSTANT),
        needed("outcome", TEXT),
        needed("reason", TEXT),
        needed("cadence", TEXT),
    )
    op.create_index("looks_by_camera", "looks", ["camera_id", "ended_at"])
    op.create_index("looks_by_time", "looks", ["ended_at", "outcome"])


def _make_camera_states() -> None:
    op.create_table(
        "camera_states",
        sa.Column("camera_id", TEXT, primary_key=True),
        needed("id", TEXT),
        needed("planned_at", INSTANT),
        needed("started_at", INSTANT),
        needed("ended_at", INSTANT),
        needed("outcome", TEXT),
        needed("reason", TEXT),
        needed("cadence", TEXT),
    )


def _make_observations() -> None:
    op.create_table(
        "observations",
        sa.Column("number", NUMBER, primary_key=True),
        needed("camera_id", TEXT),
        needed("zone_id", TEXT),
        needed("kind", TEXT),
        needed("seen_at", INSTANT),
        needed("metrics", TEXT),
        needed("objects", TEXT),
    )
    op.create_index("observations_by_camera", "observations", ["camera_id", "seen_at"])
    op.create_index("observations_by_time", "observations", ["seen_at"])


def _make_decisions() -> None:
    op.create_table(
        "decisions",
        sa.Column("number", NUMBER, primary_key=True),
        needed("camera_id", TEXT),
        needed("zone_id", TEXT),
        needed("rule_id", TEXT),
        needed("object_id", TEXT),
        needed("incident_id", TEXT),
        needed("decided_at", INSTANT),
        needed("verdict", TEXT),
        sa.Column("firing", sa.Boolean()),
        needed("detail", TEXT),
    )
    op.create_index("decisions_by_camera", "decisions", ["camera_id", "decided_at"])
    op.create_index("decisions_by_time", "decisions", ["decided_at"])


def _make_rule_memories() -> None:
    op.create_table(
        "rule_memories",
        sa.Column("camera_id", TEXT, primary_key=True),
        sa.Column("zone_id", TEXT, primary_key=True),
        sa.Column("rule_id", TEXT, primary_key=True),
        needed("memory", TEXT),
    )


def _make_incidents() -> None:
    op.create_table(
        "incidents",
        sa.Column("id", TEXT, primary_key=True),
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
    )
    op.create_index("incidents_by_time", "incidents", ["opened_at"])
    op.create_index(
        "one_open_incident_per_key",
        "incidents",
        ["rule_id", "camera_id", "zone_id", "object_id"],
        unique=True,
        **where("closed_at IS NULL"),
    )


def _make_orders() -> None:
    op.create_table(
        "orders",
        sa.Column("id", TEXT, primary_key=True),
        needed("incident_id", TEXT, sa.ForeignKey("incidents.id"), unique=True),
        needed("rule_id", TEXT),
        needed("camera_id", TEXT),
        needed("zone_id", TEXT),
        needed("grid_id", TEXT),
        needed("category", TEXT),
        needed("skill", TEXT),
        needed("priority", TEXT),
        needed("summary", TEXT),
        needed("lat", sa.Float()),
        needed("lon", sa.Float()),
        needed("box", TEXT),
        needed("state", TEXT),
        needed("opened_at", INSTANT),
        needed("claim_by", INSTANT),
        needed("done_by", INSTANT),
        sa.Column("verify_by", INSTANT),
        sa.Column("due_at", INSTANT),
        sa.Column("holder", TEXT),
        needed("offered_to", TEXT),
        needed("rev", sa.Integer()),
        needed("attempt", sa.Integer()),
        sa.Column("done_at", INSTANT),
        sa.Column("ended_at", INSTANT),
        needed("clear_looks", sa.Integer()),
        needed("firing_looks", sa.Integer()),
    )
    op.create_index("orders_by_camera", "orders", ["camera_id", "state"])
    op.create_index("orders_by_due", "orders", ["due_at"])
    op.create_index("orders_by_state", "orders", ["state"])
    op.create_index("orders_by_time", "orders", ["opened_at", "state"])


def _make_order_cleaners() -> None:
    op.create_table(
        "order_cleaners",
        sa.Column("cleaner_id", TEXT, primary_key=True),
        sa.Column("order_id", TEXT, sa.ForeignKey("orders.id"), primary_key=True),
        comment="whom a live order is offered to or held by",
    )


def _make_order_events() -> None:
    op.create_table(
        "order_events",
        sa.Column("number", NUMBER, primary_key=True),
        needed("order_id", TEXT, sa.ForeignKey("orders.id")),
        needed("rev", sa.Integer()),
        needed("happened_at", INSTANT),
        needed("action", TEXT),
        needed("actor", TEXT),
        sa.Column("from_state", TEXT),
        needed("to_state", TEXT),
        needed("reason", TEXT),
        needed("detail", TEXT),
    )
    op.create_index("order_events_by_order", "order_events", ["order_id", "number"])


def _make_outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("number", NUMBER, primary_key=True),
        needed("id", TEXT, unique=True),
        needed("topic", TEXT),
        needed("payload", sa.LargeBinary()),
        needed("created_at", INSTANT),
        sa.Column("expires_at", INSTANT),
        needed("retain", sa.Boolean()),
        needed("qos", sa.Integer()),
        needed("order_id", TEXT),
        needed("kind", TEXT),
        needed("cleaner_id", TEXT),
        sa.Column("due_at", INSTANT),
        sa.Column("leased_until", INSTANT),
        needed("tries", sa.Integer()),
        sa.Column("sent_at", INSTANT),
        sa.Column("received_at", INSTANT),
        needed("error", TEXT),
    )
    op.create_index("outbox_by_kind", "outbox", ["kind", "created_at", "sent_at", "received_at"])
    op.create_index("outbox_by_order", "outbox", ["order_id", "kind"])
    op.create_index("outbox_by_time", "outbox", ["created_at"])
    op.create_index("outbox_given_up", "outbox", ["number"], **where("error <> '' AND due_at IS NULL"))
    op.create_index("outbox_waiting", "outbox", ["number"], **where("due_at IS NOT NULL"))
    op.create_index("outbox_waiting_by_topic", "outbox", ["topic", "number"], **where("due_at IS NOT NULL"))


def _make_answers() -> None:
    op.create_table(
        "answers",
        sa.Column("event_id", TEXT, primary_key=True),
        needed("cleaner_id", TEXT),
        needed("received_at", INSTANT),
        needed("messages", TEXT),
    )
    op.create_index("answers_by_time", "answers", ["received_at"])


def _make_snapshot_revs() -> None:
    op.create_table(
        "snapshot_revs",
        sa.Column("cleaner_id", TEXT, primary_key=True),
        needed("rev", sa.Integer()),
    )
