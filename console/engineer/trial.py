"""Rules that somebody writes, tried on the looks of the last days: the orders gained, lost and moved, each with what became of it."""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from patrol.backtest_report import comparison_records
from patrol.comparing import Comparison, compare
from patrol.replay import in_order
from patrol.stored import Span, judge_cameras, opened
from rules.builtin import BUILT_IN
from storage.database import Database
from town.reading import read_township
from town.rules_section import township_under
from town.work import Incident, OrderState, WorkOrder

NEAR = timedelta(minutes=5)
"""How far from a judged opening the order may have opened that really came of it: looks were in a different order of memory then."""

AT_MOST = 300
"""So many changes are shown; of the others the number is told."""


@dataclass(frozen=True, slots=True)
class Tally:
    """Of some orders: how many were verified as solved, were false alarms, ended otherwise or live, or never really opened."""

    closed: int = 0
    false_alarm: int = 0
    other: int = 0
    unknown: int = 0


def tried(file: Path, rules: str, since: datetime, until: datetime, camera_ids: Sequence[str]) -> Iterator[Mapping[str, Any]]:
    """Tell the progress camera by camera, then the result. Raises ConfigError, StorageError."""
    township = read_township(file, os.environ, BUILT_IN)
    other = township_under(file.read_text(encoding="utf-8"), rules, os.environ, BUILT_IN, file.resolve().parent)
    chosen = [camera.id for camera in township.cameras if not camera_ids or camera.id in camera_ids]
    judged, span = [], Span(township.storage.url, since, until)
    yield {"done": 0, "of": len(chosen)}
    for one in judge_cameras(span, [township, other], chosen, jobs=1):
        judged.append(one)
        yield {"done": len(judged), "of": len(chosen)}
    before, after = (in_order(incident for one in judged for incident in one.incidents[number]) for number in (0, 1))
    comparison = compare(before, after)
    with opened(township.storage.url) as database:
        told = _with_what_came(comparison, database, database.order_lists.opened_since(since - NEAR))
    counts = {"gained": len(comparison.gained), "lost": len(comparison.lost), "moved": len(comparison.moved), "same": comparison.same_count}
    looks = {name: sum(getattr(one, name) for one in judged) for name in ("looks", "unknown")}
    yield {
        "counts": counts,
        **looks,
        "before": len(before),
        "after": len(after),
        "changes": told[:AT_MOST],
        "left_out": len(told[AT_MOST:]),
    }


def order_near(incident: Incident, orders: Iterable[WorkOrder]) -> WorkOrder | None:
    """The order that really came of a problem that was judged again: of its incident, or the nearest of its place and rule in time."""
    alike = []
    for order in orders:
        if order.incident_id == incident.id:
            return order
        place = (order.rule_id, order.camera_id, order.zone_id)
        if place == (incident.key.rule_id, incident.key.camera_id, incident.key.zone_id):
            alike.append(order)
    near = [order for order in alike if abs(order.opened_at - incident.opened_at) <= NEAR]
    return min(near, key=lambda order: (abs(order.opened_at - incident.opened_at), order.id), default=None)


def tally(changes: Iterable[Mapping[str, Any]]) -> Tally:
    """What became of the orders of some changes."""
    counts = {"closed": 0, "false_alarm": 0, "other": 0, "unknown": 0}
    for change in changes:
        state = change["state"]
        counts[state if state in {OrderState.CLOSED, OrderState.FALSE_ALARM} else "other" if state else "unknown"] += 1
    return Tally(**counts)


def _with_what_came(comparison: Comparison, database: Database, orders: Sequence[WorkOrder]) -> list[dict[str, Any]]:
    """A record a change: the command's own, with the order that came of it and the nearest picture."""
    records = comparison_records(comparison, {})
    told = []
    for record, incident in zip(records, _incidents(comparison), strict=True):
        # What was gained has no order of its own: one of the place at the time would be another problem's.
        order = None if record["change"] == "gained" else order_near(incident, orders)
        came = {"order": order.id if order else "", "state": order.state if order else "", "picture": _picture(database, incident)}
        told.append({**record, **came})
    return told


def _incidents(comparison: Comparison) -> Iterator[Incident]:
    yield from comparison.gained
    yield from comparison.lost
    yield from (move.before for move in comparison.moved)


def _picture(database: Database, incident: Incident) -> str:
    """The id of the kept picture nearest to the opening while it lasted; empty where there is none."""
    began_at = incident.opened_at - timedelta(seconds=incident.certain_dwell_s)
    kept = database.evidence.kept_at(incident.key.camera_id, began_at, incident.closed_at or incident.opened_at)
    return min(kept, key=lambda one: abs(one[0] - incident.opened_at), default=(None, ""))[1]
