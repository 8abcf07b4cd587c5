"""Nouns to rows and back: pure, one pair of functions a noun."""

from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from datetime import datetime, timedelta
from typing import Any

from alerts.notifications import Notification
from alerts.stores import Delivery
from rules.judgement import Decision
from rules.limiter import HeldOpening, Pause
from rules.reasons import Run
from storage.reason_days import unpack_looks, unpack_runs
from town.geometry import Box, Position
from town.keeping import CONFIDENCE_DIGITS
from town.looks import Look, PutOff
from town.notices import Notice
from town.sight import Observation, SeenObject
from town.silence import Silence
from town.work import Incident, IncidentKey, Message, OrderEvent, WorkOrder

Row = Mapping[Any, Any]

_KEY = tuple(field.name for field in fields(IncidentKey))
_INCIDENT = tuple(field.name for field in fields(Incident) if field.name != "key")
_ORDER = tuple(field.name for field in fields(WorkOrder) if field.name not in {"position", "offered_to"})
_EVENT = tuple(field.name for field in fields(OrderEvent) if field.name != "detail")
_MESSAGE = tuple(field.name for field in fields(Message))
_PUT_OFF = tuple(field.name for field in fields(PutOff))
_SILENCE = tuple(field.name for field in fields(Silence))
_LOOK = tuple(field.name for field in fields(Look))
_NOTICE = tuple(field.name for field in fields(Notice))
_NOTIFICATION = tuple(field.name for field in fields(Notification) if field.name not in {"number", "detail"})
_DECISION = tuple(field.name for field in fields(Decision) if field.name != "detail")


def _picked(noun: object, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: getattr(noun, name) for name in names}


def incident_row(incident: Incident) -> Row:
    return _picked(incident, _INCIDENT) | _picked(incident.key, _KEY)


def incident_of(row: Row) -> Incident:
    return Incident(key=IncidentKey(**{name: row[name] for name in _KEY}), **{name: row[name] for name in _INCIDENT})


def order_row(order: WorkOrder) -> Row:
    at = order.position
    return _picked(order, _ORDER) | {"lat": at.lat, "lon": at.lon, "offered_to": order.offered_to, "due_at": order.due_at}


def order_of(row: Row) -> WorkOrder:
    plain = {name: row[name] for name in _ORDER}
    return WorkOrder(position=Position(row["lat"], row["lon"]), offered_to=tuple(row["offered_to"]), **plain)


def event_row(event: OrderEvent) -> Row:
    return _picked(event, _EVENT) | {"detail": dict(event.detail)}


def event_of(row: Row) -> OrderEvent:
    return OrderEvent(detail=row["detail"], **{name: row[name] for name in _EVENT})


def message_row(message: Message) -> Row:
    return _picked(message, _MESSAGE) | {"due_at": message.created_at, "tries": 0, "error": ""}


def message_of(row: Row) -> Message:
    return Message(**{name: row[name] for name in _MESSAGE})


def delivery_of(row: Row) -> Delivery:
    return Delivery(message_of(row), tries=row["tries"], sent_at=row["sent_at"])


def message_to_json(message: Message) -> dict[str, Any]:
    """The whole message as plain JSON, its payload in base64: it may be any bytes."""
    instants = {name: at and at.isoformat() for name, at in (("created_at", message.created_at), ("expires_at", message.expires_at))}
    return _picked(message, _MESSAGE) | instants | {"payload": b64encode(message.payload).decode()}


def message_from_json(plain: Row) -> Message:
    instants = {name: plain[name] and datetime.fromisoformat(plain[name]) for name in ("created_at", "expires_at")}
    return Message(**{**plain, **instants, "payload": b64decode(plain["payload"])})


def look_row(look: Look) -> Row:
    return _picked(look, _LOOK)


def look_of(row: Row) -> Look:
    return Look(**{name: row[name] for name in _LOOK})


def looks_of_days(rows: Iterable[Row]) -> list[Look]:
    """The looks of packed days, in the order of the rows."""
    return [look for row in rows if row["looks"] for look in unpack_looks(row["camera_id"], row["day"], row["looks"])]


def runs_of_days(rows: Iterable[Row]) -> list[Run]:
    """The runs of packed days, in the order of the rows."""
    return [run for row in rows if row["runs"] for run in unpack_runs(row["camera_id"], row["day"], row["runs"])]


def put_off_row(one: PutOff) -> Row:
    return _picked(one, _PUT_OFF)


def put_off_of(row: Row) -> PutOff:
    return PutOff(**{name: row[name] for name in _PUT_OFF})


def observation_row(observation: Observation) -> Row:
    """All of it: a backtest judges what is stored."""
    plain = _picked(observation, ("camera_id", "zone_id", "kind", "seen_at"))
    return plain | {"metrics": dict(observation.metrics), "objects": [_object_as_json(seen) for seen in observation.objects]}


def _object_as_json(seen: SeenObject) -> list[Any]:
    """A list of three, or of four where it has an appearance."""
    plain = [seen.label, round(seen.confidence, CONFIDENCE_DIGITS), seen.box.as_list()]
    return [*plain, b64encode(seen.appearance).decode()] if seen.appearance else plain


def object_of(raw: Sequence[Any]) -> SeenObject:
    return SeenObject(raw[0], raw[1], Box(*raw[2]), b64decode(raw[3]) if len(raw) > 3 else b"")


def run_row(run: Run) -> Row:
    """A run as it stands after its last look."""
    decision = run.decision
    told = _picked(decision, _DECISION) | {"detail": dict(decision.detail)}
    return told | {"began_at": run.began_at, "look_count": run.look_count, "goes_on": True}


def run_of(row: Row) -> Run:
    decision = Decision(detail=row["detail"], **{name: row[name] for name in _DECISION})
    return Run(decision, row["began_at"], row["look_count"], row["number"])


def pause_row(pause: Pause) -> Row:
    plain = _picked(pause, tuple(field.name for field in fields(Pause) if field.name not in {"number", "within"}))
    return plain | {"within_s": pause.within.total_seconds()}


def pause_of(row: Row) -> Pause:
    plain = {field.name: row[field.name] for field in fields(Pause) if field.name != "within"}
    return Pause(within=timedelta(seconds=row["within_s"]), **plain)


def silence_row(silence: Silence) -> Row:
    return _picked(silence, tuple(name for name in _SILENCE if name != "number"))


def silence_of(row: Row) -> Silence:
    return Silence(**{name: row[name] for name in _SILENCE})


def held_row(held: HeldOpening) -> Row:
    return {**incident_row(held.incident), **_picked(held, ("pause", "held_at", "fate", "picture_id"))}


def held_of(row: Row) -> HeldOpening:
    return HeldOpening(incident_of(row), row["pause"], row["held_at"], row["fate"], row["picture_id"])


def notice_row(notice: Notice) -> Row:
    return _picked(notice, _NOTICE)


def notice_of(row: Row) -> Notice:
    return Notice(**{name: row[name] for name in _NOTICE})


def notification_row(one: Notification) -> Row:
    return _picked(one, _NOTIFICATION) | {"detail": dict(one.detail)}


def notification_of(row: Row) -> Notification:
    return Notification(number=row["number"], detail=row["detail"], **{name: row[name] for name in _NOTIFICATION})
