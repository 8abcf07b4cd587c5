"""Why there was an order at a camera at a moment, or none: gathered from what is stored, without a word of it."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from rules.judgement import Verdict
from rules.limiter import HeldOpening
from rules.reasons import LONGEST_RUN, Run
from storage.database import Database
from town.looks import Look
from town.places import Camera, Zone
from town.work import OrderEvent, WorkOrder

_STAY_ID = re.compile(r"(\d{8}T\d{6})\d*Z-\d+")
_GROWING = frozenset({Verdict.WAITING_FOR_LIMIT, Verdict.STILL_FIRING, Verdict.LIMITED, Verdict.OUTSIDE_HOURS, Verdict.BELOW_THRESHOLD})
"""Verdicts of what is there: its certain stay grows from look to look of a run."""


@dataclass(frozen=True, slots=True)
class OrderStory:
    """An order, and what happened to it so far."""

    order: WorkOrder
    events: tuple[OrderEvent, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """What one rule said at the clear look about a zone, or about one vehicle in it.

    `decided_at` is when, as near as the kept run tells; `detail` what was known then: numbers that the run no longer tells are left
    out. `run_until` is when the rule last said the same, `followed_by` the next thing that it said.
    """

    run: Run
    run_until: datetime
    decided_at: datetime
    detail: Mapping[str, Any]
    followed_by: Run | None = None
    held: HeldOpening | None = None
    orders: tuple[OrderStory, ...] = ()

    @property
    def certain_s(self) -> float | None:
        certain = self.detail.get("certain_dwell_s")
        return None if certain is None else float(certain)

    @property
    def provable_at(self) -> datetime | None:
        """When the limit of a stay that is there, and has not passed it, can first be proven."""
        limit, waits = self.detail.get("limit_s"), self.run.decision.verdict is Verdict.WAITING_FOR_LIMIT
        if not waits or limit is None or self.certain_s is None or "missing_looks" in self.detail:
            return None
        return self.decided_at + timedelta(seconds=limit - self.certain_s)

    @property
    def object_since(self) -> datetime | None:
        """When the vehicle was first seen, where its id says so."""
        match = _STAY_ID.fullmatch(self.run.decision.object_id)
        return datetime.strptime(match[1], "%Y%m%dT%H%M%S").replace(tzinfo=UTC) if match else None


@dataclass(frozen=True, slots=True)
class ZoneAnswers:
    """What was seen in a zone at the clear look (None where that is no longer kept), and what each rule made of it."""

    zone: Zone
    seen: Mapping[str, float] | None
    answers: tuple[Answer, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """What is known of a camera at a moment: the looks around it, and what was decided at the last clear one before it."""

    camera: Camera
    at: datetime
    look: Look | None
    clear_look: Look | None
    next_look: Look | None
    zones: tuple[ZoneAnswers, ...]


def explain(database: Database, camera: Camera, zones: Sequence[Zone], at: datetime) -> Explanation:
    """All that is stored about a camera's zones at a moment. The look that counts is the last that had ended by then."""
    reasons = database.reasons
    look, following = reasons.last_look(camera.id, at), reasons.next_look(camera.id, at)
    clear = reasons.last_look(camera.id, at, clear_only=True)
    answers = tuple(_zone(database, camera, zone, clear, at) for zone in zones) if clear else ()
    return Explanation(camera, at, look, clear, following, answers)


def _zone(database: Database, camera: Camera, zone: Zone, look: Look, at: datetime) -> ZoneAnswers:
    reasons = database.reasons
    runs = _newest(run for run in reasons.runs_on(camera.id, look.started_at, look.ended_at) if run.decision.zone_id == zone.id)
    later = reasons.runs_on(camera.id, look.ended_at, look.ended_at + LONGEST_RUN)
    seen = [metrics for zone_id, _, metrics in reasons.seen_at(camera.id, look.started_at, look.ended_at) if zone_id == zone.id]
    measured = {name: value for metrics in seen for name, value in metrics.items()} if seen else None
    return ZoneAnswers(zone, measured, tuple(_answer(database, run, later, look, at) for run in runs))


def _newest(runs: Iterable[Run]) -> list[Run]:
    """The last begun of each rule and object: an instant that was rounded may touch the run before, too."""
    return sorted({run.key: run for run in runs}.values(), key=lambda run: run.key[1:])


def _answer(database: Database, run: Run, later: Sequence[Run], look: Look, at: datetime) -> Answer:
    decision = run.decision
    is_last = decision.decided_at <= look.ended_at
    decided_at = decision.decided_at if is_last else max(look.started_at, run.began_at)
    followed_by = next((one for one in later if _speaks_of(one, run) and one.began_at > decision.decided_at), None)
    held = database.pauses.opening(decision.incident_id) if decision.incident_id else None
    detail = decision.detail if is_last else _earlier(run, decided_at)
    stories = [OrderStory(order, tuple(database.figures.events(order.id))) for order in database.reasons.orders_about(decision, at)]
    return Answer(run, decision.decided_at, decided_at, detail, followed_by, held, tuple(stories))


def _speaks_of(later: Run, run: Run) -> bool:
    """Whether a later run is about the same: the same rule, and the same vehicle, or any where there was none."""
    return later.key[:2] == run.key[:2] and run.decision.object_id in {"", later.decision.object_id}


def _earlier(run: Run, at: datetime) -> Mapping[str, Any]:
    """What a run's detail was at an earlier look: stays were shorter then, and what was measured is no longer known."""
    detail = {name: value for name, value in run.decision.detail.items() if name != "value"}
    certain = detail.pop("certain_dwell_s", None)
    possible = detail.pop("possible_dwell_s", None)
    since_s = (run.decision.decided_at - at).total_seconds()
    if certain is None or run.decision.verdict not in _GROWING or "missing_looks" in detail:
        return detail
    return {**detail, "certain_dwell_s": max(certain - since_s, 0.0), "possible_dwell_s": max((possible or certain) - since_s, 0.0)}
