"""Looks of the past, judged one after the other by the live service's own functions: what would have opened, and when."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from detectors.registry import OBSERVERS
from rules.assess import Assessment, MemoryKey, SightKey, assess, blind, sights_of
from rules.judge import Memory
from rules.judgement import Decision, Sight
from storage.past import PastLook
from town.places import Camera
from town.township import Township
from town.work import Incident

KINDS = tuple(observer.kind for observer in OBSERVERS)

Sights = Mapping[SightKey, Sight]


@dataclass
class Replay:
    """One camera under one township's rules, from an empty memory on. Hands memories on as they are: that saves half of the time."""

    camera: Camera
    township: Township
    _memories: dict[MemoryKey, Memory] = field(default_factory=dict)
    _incidents: dict[str, Incident] = field(default_factory=dict)
    _last_told: dict[str, Decision] = field(default_factory=dict)

    def look(self, sights: Sights) -> Assessment:
        """Judge one look with what was remembered of those before it."""
        assessment = assess(self.camera, self.township, self._memories, sights)
        self._memories.update(assessment.remembered)
        self._follow(assessment)
        return assessment

    @property
    def incidents(self) -> tuple[Incident, ...]:
        """What opened so far. Dwells are those at its close, or at the last look that told of it."""
        return in_order(map(self._as_last_told, self._incidents.values()))

    def _follow(self, assessment: Assessment) -> None:
        """Note what opened and cleared, and what told last how long it has lasted."""
        for decision in assessment.decisions:
            if decision.incident_id:
                self._last_told[decision.incident_id] = decision
        for change in assessment.changes:
            self._incidents[change.incident.id] = change.incident

    def _as_last_told(self, incident: Incident) -> Incident:
        told = self._last_told[incident.id].detail
        if incident.closed_at or "certain_dwell_s" not in told:
            return incident
        return replace(incident, certain_dwell_s=told["certain_dwell_s"], possible_dwell_s=told["possible_dwell_s"])


def in_order(incidents: Iterable[Incident]) -> tuple[Incident, ...]:
    """By (opened_at, rule, camera, zone), then by stay."""
    return tuple(sorted(incidents, key=lambda one: (one.opened_at, one.key)))


def sights_then(camera: Camera, look: PastLook) -> Sights:
    """What the rules were shown at a look of the past."""
    return blind(camera, KINDS, look.seen_at, look.unknown) if look.unknown else sights_of(look.observations)
