"""A recording, run through the very functions of the live service: what would have been opened, and when."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from patrol.look import LookMemory, Sees, examine
from rules.assess import Assessment, MemoryKey, assess
from town.sight import Frame
from town.township import Camera, Township
from town.work import Incident


@dataclass(frozen=True, slots=True)
class IncidentLine:
    """One incident of a recording. Dwells are those at its close, or at the last look that told of it."""

    incident: Incident

    def as_json(self) -> dict[str, Any]:
        incident = self.incident
        return {
            "rule": incident.key.rule_id,
            "camera": incident.key.camera_id,
            "zone": incident.key.zone_id,
            "opened_at": _written(incident.opened_at),
            "closed_at": _written(incident.closed_at) if incident.closed_at else None,
            "box": incident.box.as_list(),
            "certain_dwell_s": round(incident.certain_dwell_s, 3),
            "possible_dwell_s": round(incident.possible_dwell_s, 3),
            "reason": incident.reason,
        }

    def __str__(self) -> str:
        return json.dumps(self.as_json(), ensure_ascii=False)


def run_backtest(frames: Iterable[Frame], camera: Camera, township: Township, eye: Sees) -> Iterator[IncidentLine]:
    """The incidents that a camera's frames would have opened, ordered by (opened_at, rule, camera, zone), then by stay.

    Time is the frames' own. Nothing is yielded before the last frame, since an incident may change until then. The same
    frames and settings give the same lines, byte by byte.
    """
    incidents: dict[str, Incident] = {}
    for assessment in assessments(frames, camera, township, eye):
        _follow(incidents, assessment)
    for incident in sorted(incidents.values(), key=lambda one: (one.opened_at, one.key)):
        yield IncidentLine(incident)


def assessments(frames: Iterable[Frame], camera: Camera, township: Township, eye: Sees) -> Iterator[Assessment]:
    """Every look of a recording, judged with what was remembered of those before it."""
    memory = LookMemory()
    memories: dict[MemoryKey, dict[str, Any]] = {}
    for frame in frames:
        examination = examine(frame, camera, memory, eye, township.looks.refresh_every)
        assessment = assess(camera, township, memories, examination.sights)
        memory = replace(examination.memory, suspects=assessment.suspects)
        memories.update(assessment.memories)
        yield assessment


def _follow(incidents: dict[str, Incident], assessment: Assessment) -> None:
    """Note what opened and cleared, and how long what is open has lasted by now."""
    for decision in assessment.decisions:
        known = incidents.get(decision.incident_id)
        if known and "certain_dwell_s" in decision.detail:
            certain, possible = decision.detail["certain_dwell_s"], decision.detail["possible_dwell_s"]
            incidents[known.id] = replace(known, certain_dwell_s=certain, possible_dwell_s=possible)
    incidents.update((change.incident.id, change.incident) for change in assessment.changes)


def _written(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
