"""Orders that stand for others: what doubles what, and the problem that an order with its merged ones answers for."""

from collections.abc import Sequence
from datetime import timedelta

from alerts.casework import Casework
from alerts.lifecycle import Action
from alerts.stores import OrderBook
from alerts.verification import fired
from rules.judgement import Decision
from town.rule_settings import Priority
from town.work import ENDED, Incident, WorkOrder

SAME_SPOT = 0.3
"""Boxes of stays that overlap so much, as intersection over union, are at the same place."""
RECURS_WITHIN = timedelta(hours=24)
"""A problem that comes back so soon after its order was closed recurs."""

_URGENCY = (Priority.NORMAL, Priority.HIGH, Priority.TOP)


def doubled(book: OrderBook, order: WorkOrder, incident: Incident) -> WorkOrder | None:
    """The oldest live order of the same category at the same place as this one, which is new.

    The place of an amount is its zone; that of a vehicle's stay is where it stands, in whichever zone of the camera: two cars in a
    lane are two problems. An order without a category doubles nothing.
    """
    if not order.category:
        return None
    for other in book.live_orders(camera_id=order.camera_id):
        theirs = book.incident(other.incident_id)
        if other.id != order.id and other.category == order.category and theirs and _same_place(incident, theirs):
            return other
    return None


def absorb(case: Casework, parent: WorkOrder, child: WorkOrder) -> WorkOrder:
    """Merge a new order, which nobody has heard of, into a live one. Returns the parent."""
    case.must(child, Action.MERGE, "same_place_and_category", {"parent_id": parent.id}, {"parent": parent.id})
    after = case.must(parent, Action.ABSORB, changes=more_urgent(parent, child), detail={"merged": child.id})
    if after.holder:
        case.tell(case.teller.update(after, after.holder, "absorb", case.now))
    return after


def more_urgent(parent: WorkOrder, child: WorkOrder) -> dict[str, Priority]:
    """The priority of an order that stands for another one too."""
    return {"priority": max(parent.priority, child.priority, key=_URGENCY.index)}


def members(book: OrderBook, order: WorkOrder) -> Sequence[WorkOrder]:
    """The order itself, then all that were merged into it, and into those."""
    found = [order]
    for one in found:
        found.extend(book.merged_into(one.id))
    return found


def standing_for(book: OrderBook, order: WorkOrder) -> WorkOrder:
    """The order itself, or the one that it is at last merged into."""
    while order.parent_id and (parent := book.order(order.parent_id)):
        order = parent
    return order


def problem(book: OrderBook, order: WorkOrder) -> Incident | None:
    """What keeps the order from being over: of its incident and those merged into it one that is open, else the last that closed."""
    incidents = [one for member in members(book, order) if (one := book.incident(member.incident_id))]
    still_open = (one for one in incidents if one.closed_at is None)
    return next(still_open, max(incidents, key=lambda one: one.closed_at or one.opened_at, default=None))


def any_fired(book: OrderBook, order: WorkOrder, decisions: Sequence[Decision]) -> bool | None:
    """Whether a look still saw the problem of the order or of one merged into it; None where it could not tell of any."""
    seen = {fired(member, order.done_at, book.incident(member.incident_id), decisions) for member in members(book, order)}
    return True if True in seen else False if False in seen else None


def _same_place(one: Incident, other: Incident) -> bool:
    if one.key.object_id and other.key.object_id:
        return one.box.overlap(other.box) >= SAME_SPOT
    return not one.key.object_id and not other.key.object_id and one.key.zone_id == other.key.zone_id


def is_over(order: WorkOrder, of: Incident | None) -> bool:
    """Whether nothing is left to do, as the rules see it, for an order that lives."""
    return order.state not in ENDED and of is not None and of.closed_at is not None
