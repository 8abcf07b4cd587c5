"""When to look again: routine while nothing is known, confirm while something is suspected, watch while an order waits for proof."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from rules.judgement import Decision, Verdict
from town.looks import Cadence
from town.places import Camera

_SUSPECTED = frozenset({Verdict.WAITING_FOR_LOOKS})
_CLEARING = frozenset({Verdict.WAITING_TO_CLEAR})


@dataclass(frozen=True, slots=True)
class NextLook:
    """The extra look that a camera needs, if any, why it needs it, and whether the next look, whichever it is, must be an opinion of
    its own."""

    cadence: Cadence
    extra_at: datetime | None
    suspects: bool = False


def next_look(
    camera: Camera,
    decisions: Iterable[Decision],
    look_again_at: datetime | None,
    order_waits_for_proof: bool,
    now: datetime,
    confirm_every: timedelta,
) -> NextLook:
    """What is wanted after a look at `now`. `look_again_at` is the moment at which a rule could first know more: a limit can be proven.

    Whether a routine look comes before, or does for it, is the planner's to know.
    """
    verdicts = {decision.verdict for decision in decisions}
    soon = now + min(confirm_every, camera.every)
    if order_waits_for_proof or verdicts & _CLEARING:
        cadence, wanted_at = Cadence.WATCH, soon
    elif verdicts & _SUSPECTED:
        cadence, wanted_at = Cadence.CONFIRM, soon
    elif look_again_at is not None:
        cadence, wanted_at = Cadence.CONFIRM, look_again_at
    else:
        return NextLook(Cadence.ROUTINE, None)
    return NextLook(cadence, max(now, min(wanted_at, look_again_at or wanted_at)))
