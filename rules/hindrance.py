"""Why what a rule sees may not open an incident now: hours, permits, silences, its own condition. And how bad it is, where it may."""

from collections.abc import Mapping
from dataclasses import field
from typing import Any

from rules.case import Case
from rules.facts import Situation
from rules.judgement import Verdict
from town.expressions import Unanswered
from town.geometry import Box
from town.value_object import value_object


@value_object
class Hindrance:
    """The reason in a word, and what an engineer should know of it."""

    verdict: Verdict
    detail: Mapping[str, Any] = field(default_factory=dict)


def hindrance(case: Case, box: Box | None = None) -> Hindrance | None:
    """What stands against any incident about the whole zone now, or about what stands at `box`."""
    if not case.in_hours:
        return Hindrance(Verdict.OUTSIDE_HOURS)
    permit = case.permit(box)
    if permit:
        return Hindrance(Verdict.PERMIT, {"permit": permit.id})
    silence = case.silence
    return Hindrance(Verdict.SILENCED, {"silence": silence.number, "silence_reason": silence.reason}) if silence else None


def unmet(at: Situation) -> Hindrance | None:
    """What the rule's own expression has against an incident. To be asked last: it costs more than all else."""
    condition = at.case.rule.condition
    try:
        return Hindrance(Verdict.CONDITION_UNMET) if condition and not condition.value(at.fact) else None
    except Unanswered as why:
        return Hindrance(Verdict.CONDITION_UNMET, {"reason": str(why)})


def severity_score(at: Situation, past_threshold: float) -> float:
    """How bad it is, 0 to 1: what the rule's own expression says, else how far past the threshold it is."""
    severity = at.case.rule.severity_expression
    if severity is None:
        return min(past_threshold, 1.0)
    try:
        return min(max(float(severity.value(at.fact)), 0.0), 1.0)
    except Unanswered:
        return min(past_threshold, 1.0)
