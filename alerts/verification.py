"""Whether the camera that saw the problem says that it is gone: counts looks after a cleaner's `done`, and judges them.

What a fit look after `done` does to an order that is being verified:

| the incident            | the look            | outcome                                                             |
|-------------------------|---------------------|---------------------------------------------------------------------|
| cleared after `done`    | any                 | closed (`rule_cleared`): the rule's own m of n looks say so         |
| cleared before `done`   | clear, second of 3  | closed (`seen_clear`): the problem went while the cleaner was there |
| still open              | clear, second of 3  | counted; waits for the rule to let go of the incident               |
| any                     | firing, third running | offered again, attempt + 1 (`still_firing`)                       |
| any                     | another, or unfit   | counted, or passed over                                             |
| `verify_by` passed      | the last one fired  | offered again, attempt + 1 (`still_firing`)                         |
| `verify_by` passed      | clear, too few      | more time, manager told (`too_few_looks`, `rule_still_open`)        |
| `verify_by` passed      | none                | more time, manager told (`no_evidence`): a dark camera never closes |

An order is never closed while its incident is open: the rule would go on firing for an incident whose order has ended, and
nobody would be sent. A problem that opens anew under the same key while its order lives is taken over by that order.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from alerts.lifecycle import Action
from rules.judgement import Decision, Verdict
from town.work import Incident, WorkOrder

CLEAR_NEEDED = 2
FIRING_NEEDED = 3


@dataclass(frozen=True, slots=True)
class Finding:
    """What to do with the order, and why; `counted` is the order with its look counts brought up to date."""

    action: Action
    reason: str
    counted: WorkOrder


def fired(order: WorkOrder, done_at: datetime | None, incident: Incident | None, decisions: Sequence[Decision]) -> bool | None:
    """Whether this look still saw the order's problem; None where it could not tell, or came before the report at `done_at`."""
    fit = [decision for decision in decisions if _bears_on(decision, order, done_at)]
    stay = incident.key.object_id if incident else ""
    ours = {decision.firing for decision in fit if not stay or stay == decision.object_id}
    if True in ours:
        return True
    # A vehicle that left is no longer spoken of: a fit look at its zone that does not name it saw it gone.
    gone = stay and incident is not None and incident.closed_at is not None and fit
    return False if ours or gone else None


def judge_look(order: WorkOrder, incident: Incident | None, firing: bool | None) -> Finding | None:
    """What a look means for an order that is being verified; None where it means nothing."""
    counted = _count(order, firing)
    if incident and incident.closed_at and order.done_at and incident.closed_at > order.done_at:
        return Finding(Action.CLOSE, "rule_cleared", counted)
    if firing is None:
        return None
    if counted.firing_looks >= FIRING_NEEDED:
        return Finding(Action.REDO, "still_firing", counted)
    if not firing and counted.clear_looks >= CLEAR_NEEDED and not _is_open(incident):
        return Finding(Action.CLOSE, "seen_clear", counted)
    return Finding(Action.COUNT_LOOK, "firing" if firing else "clear", counted)


def judge_deadline(order: WorkOrder, incident: Incident | None) -> Finding:
    """What `verify_by` passing means. It never closes an order."""
    if order.firing_looks:
        return Finding(Action.REDO, "still_firing", order)
    if not order.clear_looks:
        return Finding(Action.OVERDUE, "no_evidence", order)
    held_up = order.clear_looks >= CLEAR_NEEDED and _is_open(incident)
    return Finding(Action.OVERDUE, "rule_still_open" if held_up else "too_few_looks", order)


def _count(order: WorkOrder, firing: bool | None) -> WorkOrder:
    """`firing_looks` are the firing ones in a row up to now; `clear_looks` the clear ones since two fired in a row.

    So two clear looks are two of the last three, and no list of looks need be kept.
    """
    if firing is None:
        return order
    if firing:
        kept = 0 if order.firing_looks else order.clear_looks
        return replace(order, clear_looks=kept, firing_looks=order.firing_looks + 1)
    return replace(order, clear_looks=order.clear_looks + 1, firing_looks=0)


def _bears_on(decision: Decision, order: WorkOrder, done_at: datetime | None) -> bool:
    return (
        (decision.rule_id, decision.camera_id, decision.zone_id) == (order.rule_id, order.camera_id, order.zone_id)
        and decision.firing is not None
        and decision.verdict is not Verdict.REPEATED_LOOK
        and (done_at is None or decision.decided_at > done_at)
    )


def _is_open(incident: Incident | None) -> bool:
    return incident is not None and incident.closed_at is None
