"""What the rules decided, as it is kept: looks in a row at which a rule decided the same are one run."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from rules.judgement import Decision, Verdict

LONGEST_RUN = timedelta(days=1)
"""What a run spans at most, so that the runs of a moment are found without searching a year."""

PROGRESS = frozenset({"looks", "clear_looks", "missing_looks"})
"""Numbers of a detail that say how far a wait has come: each step is a run of its own."""

RunKey = tuple[str, str, str]
"""Zone, rule and object."""


@dataclass(frozen=True, slots=True)
class Run:
    """One rule's same answer at `look_count` looks in a row, from `began_at` on; `decision` is the last of them.

    Looks that showed nothing (failed, or unfit as a whole) may lie in between: they are told by themselves. `number` is the run's own,
    0 for one that is not stored yet.
    """

    decision: Decision
    began_at: datetime
    look_count: int = 1
    number: int = 0

    @property
    def key(self) -> RunKey:
        return _key(self.decision)

    def after(self, decision: Decision) -> "Run | None":
        """The run with one more look; None where the answer is another, is not later, or a day is over."""
        span = decision.decided_at - self.began_at
        if decision.decided_at <= self.decision.decided_at or span >= LONGEST_RUN or _gist(decision) != _gist(self.decision):
            return None
        return replace(self, decision=decision, look_count=self.look_count + 1)


@dataclass(frozen=True, slots=True)
class Runs:
    """What one look does to a camera's runs."""

    extended: tuple[Run, ...]
    begun: tuple[Run, ...]
    ended: tuple[Run, ...]


def follow(current: Sequence[Run], made: Iterable[Decision]) -> Runs:
    """The current runs of a camera after a look. A run that the look has no word for is over, but not by a look without any word."""
    known = {run.key: run for run in current}
    extended, begun = [], []
    for decision in made:
        run = known.get(_key(decision))
        longer = run.after(decision) if run else None
        if longer:
            extended.append(longer)
        else:
            begun.append(Run(decision, decision.decided_at))
    going_on = {run.number for run in extended}
    ended = [run for run in current if run.number not in going_on] if extended or begun else []
    return Runs(tuple(extended), tuple(begun), tuple(ended))


def beyond_the_look(made: Iterable[Decision], why_unfit: str) -> tuple[Decision, ...]:
    """The decisions that say more than a look which was unfit for every rule says itself. All of them where the look was fit ("")."""
    return tuple(
        one for one in made if not (why_unfit and one.verdict is Verdict.VIEW_UNKNOWN and dict(one.detail) == {"reason": why_unfit})
    )


def _key(decision: Decision) -> RunKey:
    return (decision.zone_id, decision.rule_id, decision.object_id)


def _gist(decision: Decision) -> tuple[object, ...]:
    """What must stay the same for a run to go on: all but the numbers that were measured."""
    kept = {name: value for name, value in decision.detail.items() if name in PROGRESS or not isinstance(value, float | int)}
    return (decision.verdict, decision.incident_id, decision.firing, decision.rule_version, tuple(sorted(kept.items(), key=repr)))
