"""Judge a stay rule: one vehicle that has certainly stayed for the limit opens an incident of its own."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, ClassVar, Self

from rules.case import Case, cleared, firing_for
from rules.dwell import Dwell, read_instant_or_none, write_instant
from rules.facts import Situation
from rules.hindrance import Hindrance, hindrance, severity_score, unmet
from rules.judgement import ChangeKind, Decision, IncidentChange, Judgement, Verdict
from rules.memory import header
from rules.stays import Stay, follow
from town.durations import show_duration
from town.sight import Observation
from town.value_object import value_object
from town.work import Incident, IncidentKey

TRIED_AGAIN_AFTER, TRIED_FOR = timedelta(seconds=10), timedelta(minutes=1)
"""How soon, and for how long, a stay is looked for again that was hidden or missed at the moment at which its limit could be proven."""


@value_object
class StaysMemory:
    """The vehicles known in one zone, and when it was last seen."""

    judges: ClassVar[str] = "stays"
    seen_at: datetime | None = None
    stays: tuple[Stay, ...] = ()

    @property
    def suspects(self) -> bool:
        """A vehicle that no look was sure of waits for nothing: it may be a bush."""
        return any(stay.is_sure for stay in self.stays)

    @property
    def open_incidents(self) -> list[tuple[Incident, Dwell]]:
        return [(stay.incident, stay.dwell) for stay in self.stays if stay.incident]

    def as_json(self) -> dict[str, Any]:
        seen_at = write_instant(self.seen_at) if self.seen_at else None
        return {**header(self.judges), "seen_at": seen_at, "stays": [stay.as_json() for stay in self.stays]}

    @classmethod
    def from_json(cls, raw: Any, zone_key: IncidentKey) -> Self:
        return cls(read_instant_or_none(raw["seen_at"]), tuple(Stay.from_json(stay, zone_key) for stay in raw["stays"]))

    def judge(self, case: Case, sight: Observation) -> Judgement:
        """What the rule makes of a look that is later than all remembered."""
        followed = follow(self.stays, sight.objects, case.now, self.seen_at, case.rule.min_confidence)
        judged = [_judge_stay(case, stay, sight) for stay in followed]
        if not judged:
            return Judgement(StaysMemory(case.now), (), (case.decide(Verdict.NOTHING_SEEN, False),))
        # Lists become tuples in half the time that generators take.
        stays = tuple([one.stay for one in judged if one.stay])
        changes = tuple([one.change for one in judged if one.change])
        after = StaysMemory(case.now, stays)
        return Judgement(after, changes, tuple([one.decision for one in judged]), _look_again_at(case, stays), after.suspects)


@value_object
class Verdicted:
    """A stay after judgement, and what was said of it. `stay` is None once it has ended."""

    decision: Decision
    stay: Stay | None
    change: IncidentChange | None = None


def _judge_stay(case: Case, stay: Stay, sight: Observation) -> Verdicted:
    detail = {**stay.dwell.as_detail(), "limit_s": case.limit.total_seconds()}
    if stay.hidden:
        return Verdicted(case.decide(Verdict.VIEW_UNKNOWN, None, {**detail, "reason": "occluded"}, stay.id, stay.incident), stay)
    if not stay.is_present:
        return _judge_missing(case, stay, detail)
    if stay.incident:
        return Verdicted(case.decide(Verdict.STILL_FIRING, True, detail, stay.id, stay.incident), stay)
    at = Situation(case, sight, stay.dwell)
    proven = stay.is_sure and stay.dwell.certain >= case.limit
    why_not = _why_not(at, stay, proven)
    if why_not is None:
        return _open(at, stay, detail)
    return Verdicted(case.decide(why_not.verdict, proven, {**detail, **why_not.detail}, stay.id), stay)


def _why_not(at: Situation, stay: Stay, proven: bool) -> Hindrance | None:
    if not stay.is_sure:
        return Hindrance(Verdict.BELOW_THRESHOLD)
    held_back = hindrance(at.case, stay.box)
    if held_back or proven:
        return held_back or unmet(at)
    return Hindrance(Verdict.LEGAL_STOP if stay.dwell.certain < at.case.legal_stop else Verdict.WAITING_FOR_LIMIT)


def _open(at: Situation, stay: Stay, detail: dict[str, Any]) -> Verdicted:
    case, limit = at.case, at.case.limit
    severity = severity_score(at, stay.dwell.certain / (2 * limit) if limit else 1.0)
    incident = case.open_incident(stay.id, stay.box, _reason(stay, limit), severity, stay.dwell)
    decision = case.decide(Verdict.OPENED, True, detail, stay.id, incident)
    return Verdicted(decision, replace(stay, incident=incident), IncidentChange(ChangeKind.OPENED, incident))


def _reason(stay: Stay, limit: timedelta) -> str:
    bounds = f"at most {show_duration(stay.dwell.possible)}" if stay.dwell.absent_before else "already there at the first look"
    return f"stayed at least {show_duration(stay.dwell.certain)}, {bounds}; limit {show_duration(limit)}"


def _judge_missing(case: Case, stay: Stay, detail: dict[str, Any]) -> Verdicted:
    detail |= {"missing_looks": stay.missing_looks, "needs_clear_looks": case.rule.clear_looks}
    gone = stay.missing_looks >= case.rule.clear_looks
    if not stay.incident:
        verdict = Verdict.NOTHING_SEEN if gone else Verdict.WAITING_FOR_LIMIT
        return Verdicted(case.decide(verdict, False, detail, stay.id), None if gone else stay)
    if not gone or case.now - stay.dwell.last_seen_at < case.rule.keep_firing_for:
        detail |= firing_for(case.rule.keep_firing_for)
        return Verdicted(case.decide(Verdict.WAITING_TO_CLEAR, False, detail, stay.id, stay.incident), stay)
    change = cleared(stay.incident, case.now, stay.dwell, f"not seen in {stay.missing_looks} looks")
    return Verdicted(case.decide(Verdict.CLEARED, False, detail, stay.id, stay.incident), None, change)


def _look_again_at(case: Case, stays: Sequence[Stay]) -> datetime | None:
    """When the limit of a stay can first be proven. One that this look missed may still be there then: it is looked for again."""
    moments = [moment for stay in stays if not stay.incident and (moment := _provable_at(case, stay))]
    return min(moments, default=None)


def _provable_at(case: Case, stay: Stay) -> datetime | None:
    moment = stay.dwell.first_seen_at + case.limit
    if moment > case.now:
        return moment
    return case.now + TRIED_AGAIN_AFTER if not stay.is_present and case.now - moment < TRIED_FOR else None
