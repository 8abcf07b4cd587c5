"""One rule, one zone, one look: what is judged, and the words in which the answer is given."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any

from rules.dwell import Dwell, read_instant
from rules.judgement import ChangeKind, Decision, IncidentChange, Verdict
from town.geometry import Box
from town.township import RuleSettings, Town, Zone
from town.work import Incident, IncidentKey

NO_DETAIL: Mapping[str, Any] = MappingProxyType({})
INCIDENTS = uuid.uuid5(uuid.NAMESPACE_URL, "weisu:incidents")


@dataclass(frozen=True, slots=True)
class Case:
    """What every answer about this look has in common. `note` says what the engineer should know of the memory, if anything."""

    rule: RuleSettings
    camera_id: str
    zone: Zone
    town: Town
    now: datetime
    note: str = ""

    @property
    def in_hours(self) -> bool:
        return not self.rule.active or any(window.holds(self.now, self.town.zone) for window in self.rule.active)

    def decide(
        self,
        verdict: Verdict,
        firing: bool | None,
        detail: Mapping[str, Any] = NO_DETAIL,
        object_id: str = "",
        incident: Incident | None = None,
    ) -> Decision:
        said = {**detail, "memory": self.note} if self.note else detail
        incident_id = incident.id if incident else ""
        return Decision(self.rule.id, self.camera_id, self.zone.id, self.now, verdict, object_id, incident_id, firing, said)

    def key(self, object_id: str = "") -> IncidentKey:
        return IncidentKey(self.rule.id, self.camera_id, self.zone.id, object_id)

    def open_incident(self, object_id: str, box: Box, reason: str, severity_score: float, dwell: Dwell) -> Incident:
        key = self.key(object_id)
        score = round(min(severity_score, 1.0), 3)
        return Incident(incident_id(key, self.now), key, self.now, Box(*box.as_list()), reason, score, dwell.certain_s, dwell.possible_s)


def incident_id(key: IncidentKey, opened_at: datetime) -> str:
    """The same for the same problem opened at the same look, so that a look judged twice opens nothing twice."""
    words = (key.rule_id, key.camera_id, key.zone_id, key.object_id, opened_at.isoformat())
    return str(uuid.uuid5(INCIDENTS, "/".join(words)))


def incident_as_json(incident: Incident) -> dict[str, Any]:
    """What a memory keeps of an open incident; its key follows from where it is kept."""
    return {
        "id": incident.id,
        "opened_at": incident.opened_at.isoformat(),
        "box": incident.box.as_list(),
        "reason": incident.reason,
        "severity_score": incident.severity_score,
    }


def incident_from_json(raw: Any, key: IncidentKey, dwell: Dwell) -> Incident:
    opened_at = read_instant(raw["opened_at"])
    reason, score = str(raw["reason"]), float(raw["severity_score"])
    return Incident(str(raw["id"]), key, opened_at, Box(*raw["box"]), reason, score, dwell.certain_s, dwell.possible_s)


def cleared(incident: Incident, at: datetime, dwell: Dwell, reason: str) -> IncidentChange:
    closed = replace(incident, closed_at=at, closed_reason=reason, certain_dwell_s=dwell.certain_s, possible_dwell_s=dwell.possible_s)
    return IncidentChange(ChangeKind.CLEARED, closed)
