"""Judge one rule in one zone at one look: pure, and the same answer for the same look however often it is asked."""

from collections.abc import Mapping, Sequence
from typing import Any

from rules.case import Case
from rules.judge_amounts import AmountMemory
from rules.judge_stays import StaysMemory
from rules.judgement import Judgement, Remembered, Sight, Unknown, Verdict
from rules.memory import why_unreadable
from town.places import Town, Zone
from town.rule_settings import Permit, RuleSettings
from town.silence import Silence
from town.work import IncidentKey

Memory = Remembered | dict[str, Any]
"""What a rule was left with: as it was, or as it was stored."""


def judge(
    rule: RuleSettings,
    camera_id: str,
    zone: Zone,
    town: Town,
    memory: Memory | None,
    sight: Sight,
    permits: Sequence[Permit] = (),
    silences: Sequence[Silence] = (),
) -> Judgement:
    """What `rule` makes of `sight`, given what it remembers. The clock is the sight's own.

    A memory that cannot be read, or is another version's, is started afresh, and every decision of that look says so.
    An unknown look leaves the memory as it was; so does one that is not later than the last.
    """
    kind = StaysMemory if rule.judges_stays else AmountMemory
    known, note = (memory, "") if isinstance(memory, kind) else _recall(kind, memory, IncidentKey(rule.id, camera_id, zone.id))
    case = Case(rule, camera_id, zone, town, sight.seen_at, note, permits, silences)
    if isinstance(sight, Unknown):
        return Judgement(known, (), (case.decide(Verdict.VIEW_UNKNOWN, None, {"reason": sight.reason}),), suspects=known.suspects)
    if known.seen_at and sight.seen_at <= known.seen_at:
        return Judgement(known, (), (case.decide(Verdict.REPEATED_LOOK, None),), suspects=known.suspects)
    return known.judge(case, sight)


def recall_any(memory: Any, key: IncidentKey) -> StaysMemory | AmountMemory | None:
    """A memory of either kind, by its own word; None where it cannot be read."""
    if isinstance(memory, StaysMemory | AmountMemory):
        return memory
    kind = _KINDS.get(memory.get("judges")) if isinstance(memory, dict) else None
    if kind is None:
        return None
    known, note = _recall(kind, memory, key)
    return None if note else known


_KINDS: Mapping[Any, type[StaysMemory] | type[AmountMemory]] = {kind.judges: kind for kind in (StaysMemory, AmountMemory)}


def _recall(
    kind: type[StaysMemory] | type[AmountMemory], memory: Memory | None, key: IncidentKey
) -> tuple[StaysMemory | AmountMemory, str]:
    """The memory, and why it was started afresh, if it was."""
    if memory is None:
        return kind(), ""
    note = why_unreadable(memory, kind.judges)
    if note:
        return kind(), note
    try:
        return kind.from_json(memory, key), ""
    except (LookupError, TypeError, ValueError) as error:
        return kind(), f"started afresh: {type(error).__name__}"
