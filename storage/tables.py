"""The tables, as they stand after the newest migration."""

from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, Date, Float, ForeignKey, Index, Integer, LargeBinary, MetaData, Table, Text, text
from sqlalchemy.types import TypeEngine

from alerts.dealings import Dealing
from cameras.view import Light
from rules.judgement import Verdict
from rules.limiter import Fate, PauseEnd
from storage.columns import Instant, Json, Rectangle, Word
from town.accounts import Kind, Opens, Role
from town.evidence import PictureKind, Purpose, Side, WhyNone
from town.looks import Cadence, LookOutcome, PutOffReason, SeenBy
from town.notices import Trouble
from town.recipients import Matter
from town.rule_settings import Priority
from town.work import IN_HAND, OrderState

metadata = MetaData()

OPEN_INCIDENT = "closed_at IS NULL"
GOES_ON = "goes_on"
STANDING = "ended_at IS NULL"
FOLLOWED = "fate IN ('held', 'discarded') AND closed_at IS NULL"
MERGED = "parent_id <> ''"
HELD = f"state IN ({', '.join(repr(state.value) for state in sorted(IN_HAND))}) AND holder IS NOT NULL"
WAITING = "due_at IS NOT NULL"
NOT_HEALED = "until IS NULL"
GIVEN_UP = "error <> '' AND due_at IS NULL"
UNHEALED = "healed_at IS NULL"


def _needed(name: str, kind: TypeEngine[Any] | type[TypeEngine[Any]]) -> Column[Any]:
    return Column(name, kind, nullable=False)


def _rule_version() -> Column[str]:
    return Column("rule_version", Text, nullable=False, server_default="")


def _number() -> Column[int]:
    """A running number, in order of creation. SQLite never gives one of these out twice while its row stands."""
    return Column("number", BigInteger().with_variant(Integer(), "sqlite"), primary_key=True)


looks = Table(
    "looks",
    metadata,
    Column("id", Text, primary_key=True),
    _needed("camera_id", Text),
    _needed("planned_at", Instant),
    _needed("started_at", Instant),
    _needed("ended_at", Instant),
    _needed("outcome", Word(LookOutcome)),
    _needed("reason", Text),
    _needed("cadence", Word(Cadence)),
    Column("seen_by", Word(SeenBy), nullable=False, server_default=SeenBy.NOBODY.value),
    Index("looks_by_time", "ended_at", "outcome", "seen_by"),
    Index("looks_by_camera", "camera_id", "ended_at"),
)

put_off_looks = Table(
    "put_off_looks",
    metadata,
    Column("hour", Instant, primary_key=True),
    Column("camera_id", Text, primary_key=True),
    Column("reason", Word(PutOffReason), primary_key=True),
    _needed("late", Integer),
    _needed("dropped", Integer),
    _needed("longest_wait_s", Float),
)

camera_states = Table(
    "camera_states",
    metadata,
    Column("camera_id", Text, primary_key=True),
    _needed("id", Text),
    _needed("planned_at", Instant),
    _needed("started_at", Instant),
    _needed("ended_at", Instant),
    _needed("outcome", Word(LookOutcome)),
    _needed("reason", Text),
    _needed("cadence", Word(Cadence)),
    Column("seen_by", Word(SeenBy), nullable=False, server_default=SeenBy.NOBODY.value),
)

observations = Table(
    "observations",
    metadata,
    _number(),
    _needed("camera_id", Text),
    _needed("zone_id", Text),
    _needed("kind", Text),
    _needed("seen_at", Instant),
    _needed("metrics", Json),
    _needed("objects", Json),
    Index("observations_by_camera", "camera_id", "seen_at"),
    Index("observations_by_time", "seen_at"),
)

reason_days = Table(
    "reason_days",
    metadata,
    Column("camera_id", Text, primary_key=True),
    Column("day", Date, primary_key=True),
    Column("looks", LargeBinary),
    Column("runs", LargeBinary),
    Index("reason_days_by_time", "day"),
    comment="old looks and runs of decisions: a row a camera and UTC day, see storage/reason_days.py",
)

decision_runs = Table(
    "decision_runs",
    metadata,
    _number(),
    _needed("camera_id", Text),
    _needed("zone_id", Text),
    _needed("rule_id", Text),
    _needed("rule_version", Text),
    _needed("object_id", Text),
    _needed("incident_id", Text),
    _needed("verdict", Word(Verdict)),
    Column("firing", Boolean),
    _needed("detail", Json),
    _needed("began_at", Instant),
    _needed("decided_at", Instant),
    _needed("look_count", Integer),
    _needed("goes_on", Boolean),
    Index("decision_runs_by_camera", "camera_id", "began_at"),
    Index("decision_runs_by_time", "began_at"),
    comment="looks in a row at which a rule decided the same; detail is the last one's",
)
Index("decision_runs_going_on", decision_runs.c.camera_id, sqlite_where=text(GOES_ON), postgresql_where=text(GOES_ON))

rule_memories = Table(
    "rule_memories",
    metadata,
    Column("camera_id", Text, primary_key=True),
    Column("zone_id", Text, primary_key=True),
    Column("rule_id", Text, primary_key=True),
    _needed("memory", Json),
)

rule_versions = Table(
    "rule_versions",
    metadata,
    Column("rule_id", Text, primary_key=True),
    Column("version", Text, primary_key=True),
    Column("first_at", Instant, key="since", nullable=False),  # named before a rule could come back to a version
    _needed("settings", Json),
)

incidents = Table(
    "incidents",
    metadata,
    Column("id", Text, primary_key=True),
    _needed("rule_id", Text),
    _needed("camera_id", Text),
    _needed("zone_id", Text),
    _needed("object_id", Text),
    _needed("opened_at", Instant),
    _needed("box", Rectangle),
    _needed("reason", Text),
    _needed("severity_score", Float),
    _needed("certain_dwell_s", Float),
    _needed("possible_dwell_s", Float),
    Column("closed_at", Instant),
    _needed("closed_reason", Text),
    _rule_version(),
    Index("incidents_by_time", "opened_at"),
)
Index(
    "one_open_incident_per_key",
    incidents.c.rule_id,
    incidents.c.camera_id,
    incidents.c.zone_id,
    incidents.c.object_id,
    unique=True,
    sqlite_where=text(OPEN_INCIDENT),
    postgresql_where=text(OPEN_INCIDENT),
)

limiter_pauses = Table(
    "limiter_pauses",
    metadata,
    _number(),
    _needed("rule_id", Text),
    _needed("paused_at", Instant),
    _needed("orders", Integer),
    _needed("within_s", Float),
    Column("ended_at", Instant),
    Column("ended", Word(PauseEnd)),
    _needed("ended_by", Text),
    Index("limiter_pauses_by_rule", "rule_id", "number"),
)
Index(
    "one_standing_pause_per_rule",
    limiter_pauses.c.rule_id,
    unique=True,
    sqlite_where=text(STANDING),
    postgresql_where=text(STANDING),
)

held_openings = Table(
    "held_openings",
    metadata,
    Column("id", Text, primary_key=True),
    Column("pause", BigInteger().with_variant(Integer(), "sqlite"), ForeignKey("limiter_pauses.number"), nullable=False),
    _needed("rule_id", Text),
    _needed("camera_id", Text),
    _needed("zone_id", Text),
    _needed("object_id", Text),
    _needed("opened_at", Instant),
    _needed("box", Rectangle),
    _needed("reason", Text),
    _needed("severity_score", Float),
    _needed("certain_dwell_s", Float),
    _needed("possible_dwell_s", Float),
    Column("closed_at", Instant),
    _needed("closed_reason", Text),
    Column("rule_version", Text, nullable=False, server_default=""),
    _needed("held_at", Instant),
    _needed("fate", Word(Fate)),
    _needed("picture_id", Text),
    Index("held_openings_by_pause", "pause", "held_at"),
    Index("held_openings_by_time", "held_at", "fate"),
    comment="incidents that a paused rule would have opened orders for",
)
Index("held_openings_followed", held_openings.c.camera_id, sqlite_where=text(FOLLOWED), postgresql_where=text(FOLLOWED))

silences = Table(
    "silences",
    metadata,
    _number(),
    _needed("author", Text),
    _needed("reason", Text),
    _needed("begins_at", Instant),
    _needed("ends_at", Instant),
    _needed("zones", Text),
    _needed("rules", Text),
    Column("ended_at", Instant),
    _needed("ended_by", Text),
    Index("silences_by_end", "ends_at"),
)

orders = Table(
    "orders",
    metadata,
    Column("id", Text, primary_key=True),
    Column("incident_id", Text, ForeignKey("incidents.id"), nullable=False, unique=True),
    _needed("rule_id", Text),
    _needed("camera_id", Text),
    _needed("zone_id", Text),
    _needed("grid_id", Text),
    _needed("category", Text),
    _needed("skill", Text),
    _needed("priority", Word(Priority)),
    _needed("summary", Text),
    _needed("lat", Float),
    _needed("lon", Float),
    _needed("box", Rectangle),
    _needed("state", Word(OrderState)),
    _needed("opened_at", Instant),
    _needed("claim_by", Instant),
    _needed("done_by", Instant),
    Column("verify_by", Instant),
    Column("due_at", Instant),
    Column("holder", Text),
    _needed("offered_to", Json),
    _needed("rev", Integer),
    _needed("attempt", Integer),
    Column("done_at", Instant),
    Column("ended_at", Instant),
    _needed("clear_looks", Integer),
    _needed("firing_looks", Integer),
    Column("returns", Integer, nullable=False, server_default="0"),
    Column("deferred_until", Instant),
    Column("parent_id", Text, nullable=False, server_default=""),
    Column("recurs_of", Text, nullable=False, server_default=""),
    Index("orders_by_state", "state"),
    Index("orders_by_camera", "camera_id", "state"),
    Index("orders_by_time", "opened_at", "state"),
    Index("orders_by_due", "due_at"),
    Index("orders_by_place", "camera_id", "zone_id", "category", "ended_at"),
)
Index("orders_by_parent", orders.c.parent_id, sqlite_where=text(MERGED), postgresql_where=text(MERGED))
Index("orders_in_hand", orders.c.holder, sqlite_where=text(HELD), postgresql_where=text(HELD))

order_cleaners = Table(
    "order_cleaners",
    metadata,
    Column("cleaner_id", Text, primary_key=True),
    Column("order_id", Text, ForeignKey("orders.id"), primary_key=True),
    comment="whom a live order is offered to or held by",
)

cleaner_positions = Table(
    "cleaner_positions",
    metadata,
    Column("cleaner_id", Text, primary_key=True),
    _needed("lat", Float),
    _needed("lon", Float),
    _needed("said_at", Instant),
)

dealings = Table(
    "dealings",
    metadata,
    Column("cleaner_id", Text, primary_key=True),
    Column("kind", Word(Dealing), primary_key=True),
    Column("dealt_at", Instant, primary_key=True),
    Column("order_id", Text, primary_key=True),
    comment="what fell to each cleaner within a day: offers and orders",
)

order_events = Table(
    "order_events",
    metadata,
    _number(),
    Column("order_id", Text, ForeignKey("orders.id"), nullable=False),
    _needed("rev", Integer),
    _needed("happened_at", Instant),
    _needed("action", Text),
    _needed("actor", Text),
    Column("from_state", Word(OrderState)),
    _needed("to_state", Word(OrderState)),
    _needed("reason", Text),
    _needed("detail", Json),
    Column("hash", Text, nullable=False, server_default=""),
    Index("order_events_by_order", "order_id", "number"),
)

outbox = Table(
    "outbox",
    metadata,
    _number(),
    Column("id", Text, nullable=False, unique=True),
    _needed("topic", Text),
    _needed("payload", LargeBinary),
    _needed("created_at", Instant),
    Column("expires_at", Instant),
    _needed("retain", Boolean),
    _needed("qos", Integer),
    _needed("order_id", Text),
    _needed("kind", Text),
    _needed("cleaner_id", Text),
    Column("due_at", Instant),
    Column("leased_until", Instant),
    _needed("tries", Integer),
    Column("sent_at", Instant),
    Column("received_at", Instant),
    _needed("error", Text),
    Index("outbox_by_order", "order_id", "kind"),
    Index("outbox_by_kind", "kind", "created_at", "sent_at", "received_at"),
    Index("outbox_by_time", "created_at"),
)
Index("outbox_waiting", outbox.c.number, sqlite_where=text(WAITING), postgresql_where=text(WAITING))
Index("outbox_waiting_by_topic", outbox.c.topic, outbox.c.number, sqlite_where=text(WAITING), postgresql_where=text(WAITING))
Index("outbox_given_up", outbox.c.number, sqlite_where=text(GIVEN_UP), postgresql_where=text(GIVEN_UP))

answers = Table(
    "answers",
    metadata,
    Column("event_id", Text, primary_key=True),
    _needed("cleaner_id", Text),
    _needed("received_at", Instant),
    _needed("messages", Json),
    Index("answers_by_time", "received_at"),
)

snapshot_revs = Table("snapshot_revs", metadata, Column("cleaner_id", Text, primary_key=True), _needed("rev", Integer))

copies = Table(
    "copies",
    metadata,
    _number(),
    _needed("copied_at", Instant),
    Column("taken_up_at", Instant),
    comment="when this database was copied from another, and when a service went on with it",
)

version_changes = Table(
    "version_changes",
    metadata,
    _number(),
    _needed("changed_at", Instant),
    _needed("before", Text),
    _needed("after", Text),
)

pictures = Table(
    "pictures",
    metadata,
    Column("id", Text, primary_key=True),
    _needed("camera_id", Text),
    _needed("taken_at", Instant),
    _needed("path", Text),
    _needed("size_bytes", Integer),
    _needed("version", Text),
    _needed("detections", Json),
    Index("pictures_by_time", "taken_at"),
)

order_pictures = Table(
    "order_pictures",
    metadata,
    Column("picture_id", Text, ForeignKey("pictures.id"), primary_key=True),
    Column("order_id", Text, ForeignKey("orders.id"), primary_key=True),
    Column("purpose", Word(Purpose), primary_key=True),
    Index("order_pictures_by_order", "order_id"),
)

missing_pictures = Table(
    "missing_pictures",
    metadata,
    Column("look_id", Text, primary_key=True),
    _needed("camera_id", Text),
    _needed("taken_at", Instant),
    _needed("why", Word(WhyNone)),
    _needed("detail", Text),
    _needed("order_ids", Json),
    Index("missing_pictures_by_time", "taken_at"),
    comment="looks whose picture could not be kept, and the orders that go without",
)

picture_days = Table(
    "picture_days",
    metadata,
    Column("day", Date, primary_key=True),
    Column("kind", Word(PictureKind), primary_key=True),
    _needed("forgotten", Integer),
    _needed("crowded_out", Integer),
    _needed("left", Integer),
    _needed("overdue", Integer),
    Column("oldest_at", Instant),
    _needed("checked_at", Instant),
    comment="how many pictures were deleted on a day of the town, and what was left of each kind",
)

picture_views = Table(
    "picture_views",
    metadata,
    _number(),
    _needed("viewed_at", Instant),
    _needed("person", Text),
    _needed("order_id", Text),
    _needed("picture_id", Text),
    _needed("network", Text),
    Index("picture_views_by_time", "viewed_at"),
    comment="who was shown which picture when, and from which network: a row a view",
)

disagreements = Table(
    "disagreements",
    metadata,
    _number(),
    Column("picture_id", Text, ForeignKey("pictures.id"), nullable=False, unique=True),
    _needed("candidate", Text),
    _needed("seen_by_candidate", Json),
    _needed("differences", Json),
    Column("judged", Word(Side)),
    _needed("judged_by", Text),
    Column("judged_at", Instant),
    Index("disagreements_by_candidate", "candidate", "judged"),
)

shadow_tallies = Table(
    "shadow_tallies",
    metadata,
    Column("candidate", Text, primary_key=True),
    _needed("looks", Integer),
    _needed("failed", Integer),
    _needed("disagreements", Integer),
)

views = Table(
    "views",
    metadata,
    Column("camera_id", Text, primary_key=True),
    _needed("zones", Text),
    _needed("moved", Boolean),
    _needed("shift_x", Float),
    _needed("shift_y", Float),
    Column("accepted_at", Instant),
)

view_references = Table(
    "view_references",
    metadata,
    Column("camera_id", Text, primary_key=True),
    Column("light", Word(Light), primary_key=True),
    _needed("relief", LargeBinary),
    _needed("sharpness", Float),
    _needed("looks", Integer),
    _needed("since", Instant),
    _needed("learnt_at", Instant),
)

notices = Table(
    "notices",
    metadata,
    _number(),
    _needed("camera_id", Text),
    _needed("trouble", Word(Trouble)),
    _needed("reason", Text),
    _needed("since", Instant),
    _needed("bad_looks", Integer),
    _needed("good_looks", Integer),
    Column("told_at", Instant),
    Column("until", Instant),
    Index("notices_by_time", "since"),
)
Index(
    "one_open_notice_per_trouble",
    notices.c.camera_id,
    notices.c.trouble,
    unique=True,
    sqlite_where=text(NOT_HEALED),
    postgresql_where=text(NOT_HEALED),
)

notifications = Table(
    "notifications",
    metadata,
    _number(),
    _needed("recipient", Text),
    _needed("channel", Text),
    _needed("matter", Word(Matter)),
    _needed("subject", Text),
    _needed("fault", Text),
    _needed("happened_at", Instant),
    _needed("detail", Json),
    _needed("urgent", Boolean),
    Column("due_at", Instant),
    Column("leased_until", Instant),
    _needed("tries", Integer),
    Column("first_tried_at", Instant),
    Column("told_at", Instant),
    Column("healed_at", Instant),
    Column("healing_told_at", Instant),
    Column("given_up_at", Instant),
    _needed("error", Text),
    Index("notifications_by_time", "happened_at"),
    comment="what each recipient is to hear, or has heard, over each channel; see alerts/notifications.py",
)
Index("notifications_waiting", notifications.c.due_at, sqlite_where=text(WAITING), postgresql_where=text(WAITING))
Index("notifications_unhealed", notifications.c.subject, sqlite_where=text(UNHEALED), postgresql_where=text(UNHEALED))
Index(
    "one_unhealed_notification_per_fault",
    notifications.c.recipient,
    notifications.c.channel,
    notifications.c.fault,
    unique=True,
    sqlite_where=text(UNHEALED),
    postgresql_where=text(UNHEALED),
)

accounts = Table(
    "accounts",
    metadata,
    Column("id", Text, primary_key=True),
    _needed("role", Word(Role)),
    _needed("person", Text),
    _needed("password_hash", Text),
    _needed("made_at", Instant),
    _needed("made_by", Text),
    Column("closed_at", Instant),
)

sessions = Table(
    "sessions",
    metadata,
    Column("key_hash", Text, primary_key=True),
    _needed("kind", Word(Kind)),
    _needed("role", Word(Role)),
    _needed("account_id", Text),
    _needed("person", Text),
    _needed("label", Text),
    _needed("begun_at", Instant),
    _needed("until", Instant),
    Column("ended_at", Instant),
    Index("sessions_by_time", "until"),
)

passes = Table(
    "passes",
    metadata,
    Column("key_hash", Text, primary_key=True),
    _needed("opens", Word(Opens)),
    _needed("person", Text),
    _needed("made_at", Instant),
    _needed("made_by", Text),
    _needed("until", Instant),
    Column("used_at", Instant),
    Column("ended_at", Instant),
    Index("passes_by_time", "until"),
)

console_log = Table(
    "console_log",
    metadata,
    _number(),
    _needed("happened_at", Instant),
    _needed("who", Text),
    _needed("action", Text),
    _needed("subject", Text),
    _needed("network", Text),
    Index("console_log_by_time", "happened_at"),
    Index("console_log_by_action", "action", "happened_at"),
    comment="who was let in or refused, and what was done that is no event of an order; see console/doorkeeper.py",
)
