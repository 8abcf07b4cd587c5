"""When to look again: routine while nothing is known, confirm while something is suspected, watch while an order waits for proof."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from rules.judgement import Decision, Verdict
from town.looks import Cadence
from town.township import Camera

_SUSPECTED = frozenset({Verdict.WAITING_FOR_LOOKS})
_CLEARING = frozenset({Verdict.WAITING_TO_CLEAR})


@dataclass(frozen=True, slots=True)
class NextLook:
    """The cadence that a camera is in, the extra look it needs before its next routine one, if any, and whether the next look, whichever
    it is, must be an opinion of its own."""

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
    """The cadence after a look at `now`.

    `look_again_at` is the moment at which a rule could first know more; a look that the routine would make anyway is not made twice.
    """
    verdicts = {decision.verdict for decision in decisions}
    soon = now + min(confirm_every, camera.every)
    if order_waits_for_proof or verdicts & _CLEARING:
        cadence, wanted = Cadence.WATCH, soon
    elif verdicts & _SUSPECTED:
        cadence, wanted = Cadence.CONFIRM, soon
    else:
        cadence, wanted = Cadence.ROUTINE, None
    moments = [moment for moment in (wanted, look_again_at) if moment is not None and moment < now + camera.every]
    return NextLook(cadence, max(min(moments), now) if moments else None)
