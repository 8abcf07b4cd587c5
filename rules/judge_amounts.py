"""Judge an amount rule: a metric of a zone that stays at or above a threshold over looks."""

from dataclasses import field
from datetime import datetime
from typing import Any, ClassVar, Self

from rules.case import Case, cleared, firing_for, incident_as_json, incident_from_json
from rules.dwell import Dwell
from rules.facts import Situation
from rules.hindrance import hindrance, severity_score, unmet
from rules.judgement import ChangeKind, IncidentChange, Judgement, Verdict
from rules.memory import header
from rules.metrics import Measure, measure
from rules.sustain import Needs, Sustained
from town.durations import show_duration
from town.geometry import Box
from town.places import Zone, ZoneKind
from town.rule_settings import RuleSettings
from town.sight import Observation
from town.value_object import value_object
from town.work import Incident, IncidentKey


@value_object
class AmountMemory:
    """What a metric did in the last looks, and the incident that it opened."""

    judges: ClassVar[str] = "amounts"
    sustained: Sustained = field(default_factory=Sustained)
    incident: Incident | None = None

    @property
    def seen_at(self) -> datetime | None:
        return self.sustained.seen_at

    @property
    def suspects(self) -> bool:
        return self.sustained.suspected or self.sustained.is_open

    @property
    def open_incidents(self) -> list[tuple[Incident, Dwell]]:
        return [(self.incident, self.sustained.dwell)] if self.incident and self.sustained.dwell else []

    def as_json(self) -> dict[str, Any]:
        incident = incident_as_json(self.incident) if self.incident else None
        return {**header(self.judges), "sustained": self.sustained.as_json(), "incident": incident}

    @classmethod
    def from_json(cls, raw: Any, zone_key: IncidentKey) -> Self:
        sustained = Sustained.from_json(raw["sustained"])
        if not sustained.is_open:
            return cls(sustained)
        if sustained.dwell is None:
            raise ValueError("what is open must have lasted")
        return cls(sustained, incident_from_json(raw["incident"], zone_key, sustained.dwell))

    def judge(self, case: Case, sight: Observation) -> Judgement:
        """What the rule makes of a look that is later than all remembered."""
        seen = measure(case.rule.metric or "", sight, case.rule.min_confidence, case.permit_at)
        if seen is None:
            unknown = case.decide(Verdict.VIEW_UNKNOWN, None, {"reason": "metric_missing"})
            return Judgement(self, (), (unknown,), suspects=self.suspects)
        needs = needs_of(case.rule, case.zone)
        held = self.sustained.holds(seen.value, needs)
        asked = held and not self.sustained.is_open
        held_back = hindrance(case) or unmet(Situation(case, sight)) if asked else None
        firing = held and not (held_back and held_back.verdict is Verdict.CONDITION_UNMET)
        sustained = self.sustained.after(case.now, seen.value, needs, may_open=held_back is None, counts=firing)
        incident, change = self.incident, None
        if sustained.dwell and sustained.is_open and not incident:
            incident = _opened(Situation(case, sight), seen, needs, sustained.dwell)
            change = IncidentChange(ChangeKind.OPENED, incident)
        elif sustained.dwell and incident and not sustained.is_open:
            change = cleared(incident, case.now, sustained.dwell, f"below {needs.clear_below:g} in {case.rule.clear_looks} looks")
        verdict = held_back.verdict if held_back else _verdict(case, self.sustained, sustained, seen.value, needs)
        said = held_back.detail if held_back else _wait(verdict, needs, sustained)
        decision = case.decide(verdict, firing, {**_detail(seen, needs, sustained), **said}, incident=incident)
        after = AmountMemory(sustained, incident if sustained.is_open else None)
        return Judgement(after, (change,) if change else (), (decision,), _look_again_at(case, sustained, needs), after.suspects)


def needs_of(rule: RuleSettings, zone: Zone) -> Needs:
    """What a rule asks in a zone. In a bike bay it asks for more than fits."""
    fits = zone.capacity if zone.kind is ZoneKind.BIKE_BAY else None
    # A version names its settings, so the answer is worked out once.
    known = _NEEDS.get((rule.version, fits))
    return known or _NEEDS.setdefault((rule.version, fits), _needs(rule, fits))


_NEEDS: dict[tuple[str, int | None], Needs] = {}


def _needs(rule: RuleSettings, fits: int | None) -> Needs:
    at_least = rule.at_least if fits is None else float(fits + 1)
    margin = 0.0 if rule.clear_below is None else rule.at_least - rule.clear_below
    sustain = rule.sustain
    of = (sustain.looks, sustain.of, sustain.within)
    return Needs(at_least, at_least - margin, *of, rule.keep_firing_for, rule.clear_looks, sustain.lasting)


def _look_again_at(case: Case, sustained: Sustained, needs: Needs) -> datetime | None:
    """When what enough looks have seen can first be known to have lasted."""
    moment = sustained.enough_since + needs.lasting if sustained.enough_since else None
    return moment if moment and moment > case.now else None


def _opened(at: Situation, seen: Measure, needs: Needs, dwell: Dwell) -> Incident:
    case = at.case
    surest = max(seen.objects, key=lambda one: (one.confidence, one.box.as_list()), default=None)
    box: Box = surest.box if surest else case.zone.polygon.bounds
    score = severity_score(at, seen.value / (2 * needs.at_least) if needs.at_least else 1.0)
    lasting = f" for {show_duration(needs.lasting)}" if needs.lasting else ""
    reason = f"{case.rule.metric} {seen.value:g}, at least {needs.at_least:g} in {needs.looks} of {needs.of} looks{lasting}"
    return case.open_incident("", box, reason, score, dwell)


def _verdict(case: Case, before: Sustained, after: Sustained, value: float, needs: Needs) -> Verdict:
    if before.is_open and after.is_open:
        return Verdict.STILL_FIRING if before.holds(value, needs) else Verdict.WAITING_TO_CLEAR
    if before.is_open:
        return Verdict.CLEARED
    if after.is_open:
        return Verdict.OPENED
    if not case.in_hours:
        return Verdict.OUTSIDE_HOURS
    if before.holds(value, needs):
        return Verdict.WAITING_FOR_LIMIT if after.enough_since else Verdict.WAITING_FOR_LOOKS
    return Verdict.BELOW_THRESHOLD if value > 0 else Verdict.NOTHING_SEEN


def _detail(seen: Measure, needs: Needs, sustained: Sustained) -> dict[str, Any]:
    dwell = sustained.dwell.as_detail() if sustained.dwell else {}
    return {"value": seen.value, "at_least": needs.at_least, **dwell}


def _wait(verdict: Verdict, needs: Needs, sustained: Sustained) -> dict[str, Any]:
    """How far a wait has come, and what it takes."""
    match verdict:
        case Verdict.WAITING_FOR_LOOKS:
            met = sum(met for _, met in sustained.recent)
            return {"looks": met, "needs_looks": needs.looks, "of": needs.of, "within_s": needs.within.total_seconds()}
        case Verdict.WAITING_FOR_LIMIT:
            return {"limit_s": needs.lasting.total_seconds()}
        case Verdict.WAITING_TO_CLEAR:
            progress = {"clear_looks": sustained.clear_count, "needs_clear_looks": needs.clear_looks}
            return progress | firing_for(needs.keep_firing_for)
    return {}
