"""One rule, one zone, one look: what is judged, and the words in which the answer is given."""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

from detectors.belonging import GROUND_POINT
from rules.dwell import Dwell, read_instant
from rules.judgement import ChangeKind, Decision, IncidentChange, Verdict
from town.geometry import Box
from town.places import Town, Zone
from town.rule_settings import Permit, RuleSettings
from town.silence import Silence
from town.value_object import value_object
from town.work import Incident, IncidentKey

NO_DETAIL: Mapping[str, Any] = MappingProxyType({})
INCIDENTS = uuid.uuid5(uuid.NAMESPACE_URL, "weisu:incidents")


@value_object
class Case:
    """What every answer about this look has in common. `note` says what the engineer should know of the memory, if anything."""

    rule: RuleSettings
    camera_id: str
    zone: Zone
    town: Town
    now: datetime
    note: str = ""
    permits: Sequence[Permit] = ()
    """All permits of the zone, in force or not."""
    silences: Sequence[Silence] = ()
    """Silences of the town, of other places too."""

    @property
    def in_hours(self) -> bool:
        return self.town.is_time_of(self.rule.active, self.now)

    @property
    def limit(self) -> timedelta:
        """How long a vehicle may stay here now: the zone's limit or the rule's, after a legal stop."""
        limit = self.rule.limit if self.zone.limit is None else self.zone.limit
        return limit + self.legal_stop if self.rule.legal_stop else limit

    @property
    def legal_stop(self) -> timedelta:
        """For how long a vehicle may stop here now before its stay counts."""
        grace = self.rule.legal_stop
        return grace.lasts if grace and self.town.is_time_of(grace.active, self.now) else timedelta(0)

    def permit(self, box: Box | None = None) -> Permit | None:
        """What permits the whole zone now, or what stands at `box`, if anything."""
        if not self.permits:
            return None
        whole = next((permit for permit in self._in_force if permit.place is None), None)
        return whole or (self.permit_at(box) if box else None)

    def permit_at(self, box: Box) -> Permit | None:
        """What permits a place in the zone on which `box` stands, if anything."""
        if not self.permits:
            return None
        x, y = box.center[0], box.y1 + GROUND_POINT * box.height
        return next((permit for permit in self._in_force if permit.place and permit.place.contains(x, y)), None)

    @property
    def silence(self) -> Silence | None:
        """The silence that keeps the rule from opening anything in the zone now, if one does."""
        covering = (one for one in self.silences if one.covers(self.camera_id, self.zone.id, self.rule.id))
        return next((one for one in covering if one.holds(self.now)), None)

    @property
    def _in_force(self) -> Iterator[Permit]:
        return (one for one in self.permits if (not one.rules or self.rule.id in one.rules) and one.holds(self.now, self.town))

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
        version = self.rule.version
        return Decision(self.rule.id, self.camera_id, self.zone.id, self.now, verdict, object_id, incident_id, firing, said, version)

    def key(self, object_id: str = "") -> IncidentKey:
        return IncidentKey(self.rule.id, self.camera_id, self.zone.id, object_id)

    def open_incident(self, object_id: str, box: Box, reason: str, severity_score: float, dwell: Dwell) -> Incident:
        key = self.key(object_id)
        score = round(min(severity_score, 1.0), 3)
        seen_at = Box(*box.as_list())
        incident = Incident(incident_id(key, self.now), key, self.now, seen_at, reason, score, dwell.certain_s, dwell.possible_s)
        return replace(incident, rule_version=self.rule.version)


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
        "rule_version": incident.rule_version,
    }


def incident_from_json(raw: Any, key: IncidentKey, dwell: Dwell) -> Incident:
    opened_at = read_instant(raw["opened_at"])
    reason, score, version = str(raw["reason"]), float(raw["severity_score"]), str(raw.get("rule_version", ""))
    bounds = dwell.certain_s, dwell.possible_s
    return Incident(str(raw["id"]), key, opened_at, Box(*raw["box"]), reason, score, *bounds, rule_version=version)


def cleared(incident: Incident, at: datetime, dwell: Dwell, reason: str) -> IncidentChange:
    closed = replace(incident, closed_at=at, closed_reason=reason, certain_dwell_s=dwell.certain_s, possible_dwell_s=dwell.possible_s)
    return IncidentChange(ChangeKind.CLEARED, closed)


def firing_for(span: timedelta) -> dict[str, float]:
    """What a wait for the end says of the time that must pass since the last sight; nothing where none must."""
    return {"keep_firing_s": span.total_seconds()} if span else {}
