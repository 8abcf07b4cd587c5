"""Everything that one look at a camera means: every rule of every zone, judged. Live patrol and backtest both call this."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from rules.judge import Memory, judge
from rules.judgement import Decision, IncidentChange, Judgement, Remembered, Sight, Unknown
from rules.withdrawn import withdraw
from town.places import Camera, Zone, ZoneKind
from town.rule_settings import RuleSettings
from town.sight import Observation
from town.silence import Silence
from town.township import Township

MemoryKey = tuple[str, str]
"""A zone's id and a rule's: what a memory belongs to within one camera."""

SightKey = tuple[str, str]
"""A zone's id and the kind of observation."""


@dataclass(frozen=True, slots=True)
class Assessment:
    """What one look at a camera changed. `remembered` holds what every rule that judged remembers; the others stand as they were.

    `suspects` says that some rule waits for the next look's own opinion.
    """

    remembered: dict[MemoryKey, Remembered]
    changes: tuple[IncidentChange, ...]
    decisions: tuple[Decision, ...]
    look_again_at: datetime | None = None
    suspects: bool = False

    @property
    def memories(self) -> dict[MemoryKey, dict[str, Any]]:
        """The same as plain JSON values, to be stored."""
        return {key: one.as_json() for key, one in self.remembered.items()}


def assess(
    camera: Camera,
    township: Township,
    memories: Mapping[MemoryKey, Memory],
    sights: Mapping[SightKey, Sight],
    silences: Sequence[Silence] = (),
) -> Assessment:
    """Judge what was seen, zone by zone and rule by rule, in the order of the configuration.

    A rule that was shown nothing of its kind is told so (`not_observed`), so that it does not stay silent for ever unnoticed. What a
    rule that judges no more had opened is cleared.
    """
    if not sights:
        return Assessment({}, (), ())
    judgements: dict[MemoryKey, Judgement] = {}
    town, camera_id = township.town, camera.id
    for zone in camera.zones:
        zone_id = zone.id
        permits = township.permits_for(camera_id, zone_id)
        for rule in _rules_for(zone, township):
            key = (zone_id, rule.id)
            sight = sights.get((zone_id, rule.observes)) or _not_observed(sights)
            judgements[key] = judge(rule, camera_id, zone, town, memories.get(key), sight, permits, silences)
    judged = _gathered(judgements)
    idle = {key: memory for key, memory in memories.items() if key not in judgements}
    if not idle:
        return judged
    emptied, ended = withdraw(camera.id, idle, _not_observed(sights).seen_at)
    return replace(judged, remembered=judged.remembered | emptied, changes=judged.changes + ended) if ended else judged


def _not_observed(sights: Mapping[SightKey, Sight]) -> Unknown:
    return Unknown(max(sight.seen_at for sight in sights.values()), "not_observed")


def _rules_for(zone: Zone, township: Township) -> tuple[RuleSettings, ...]:
    """Bikes belong in a bay: where nobody said how many fit, there is nothing to judge."""
    if zone.kind is ZoneKind.BIKE_BAY and zone.capacity is None:
        return ()
    return township.rules_for(zone)


def sights_of(observations: Iterable[Observation]) -> dict[SightKey, Sight]:
    return {(one.zone_id, one.kind): one for one in observations}


def blind(camera: Camera, kinds: Iterable[str], seen_at: datetime, reason: str) -> dict[SightKey, Sight]:
    """The sights of a look that could tell nothing of the whole camera, for every kind of observation."""
    unknown = Unknown(seen_at, reason)
    return {(zone.id, kind): unknown for kind in kinds for zone in camera.zones}


def _gathered(judgements: Mapping[MemoryKey, Judgement]) -> Assessment:
    remembered: dict[MemoryKey, Remembered] = {}
    changes: list[IncidentChange] = []
    decisions: list[Decision] = []
    moments: list[datetime] = []
    suspects = False
    for key, one in judgements.items():
        remembered[key] = one.remembered
        changes += one.changes
        decisions += one.decisions
        if one.look_again_at:
            moments.append(one.look_again_at)
        suspects = suspects or one.suspects
    return Assessment(remembered, tuple(changes), tuple(decisions), min(moments, default=None), suspects)
