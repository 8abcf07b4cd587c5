"""What deadlines do to orders, and what a verification comes to, by a look or by its deadline."""

from collections.abc import Sequence

from alerts.casework import Casework
from alerts.lifecycle import Action, redo_of
from alerts.merging import problem
from alerts.roll_call import roll_call
from alerts.shift_end import is_left_behind
from alerts.verification import Finding, judge_deadline
from town.work import ENDED, IN_HAND, OrderState, WorkOrder

WAITING = frozenset({OrderState.OPEN, OrderState.OFFERED})
"""States of an order that looks for somebody to do it."""


def follow(case: Casework, order: WorkOrder, finding: Finding | None) -> None:
    """Carry out what a look or a deadline meant for an order that is being verified."""
    if finding is None:
        return
    looks = {"clear_looks": finding.counted.clear_looks, "firing_looks": finding.counted.firing_looks}
    match finding.action:
        case Action.CLOSE:
            after = case.must(order, Action.CLOSE, finding.reason, looks)
            case.tell_holder(after, "verified")
        case Action.REDO:
            _redo(case, order, finding.reason, looks)
        case Action.OVERDUE:
            changes = {"verify_by": case.now + case.deadlines(order).verify}
            case.must(order, Action.OVERDUE, finding.reason, changes, _missed(order), attention=True)
        case _:
            case.must(order, finding.action, finding.reason, looks)


def _redo(case: Casework, order: WorkOrder, reason: str, looks: dict[str, int]) -> None:
    """Offered anew, or from the third attempt on told to the managers, for whom it waits."""
    action = redo_of(order)
    is_third = action is Action.THIRD_ATTEMPT
    after = case.must(order, action, reason, case.fresh_deadlines(order), {**looks, "by": order.holder}, attention=is_third)
    after = after if is_third else case.redispatch(after)
    if order.holder and order.holder not in after.offered_to:
        case.tell(case.teller.recall(after, order.holder, reason, case.now))


def attend_all(case: Casework, order_ids: Sequence[str]) -> None:
    """Do what the clock asks of these orders, if it asks anything."""
    for order_id in order_ids:
        order = case.book.order(order_id)
        if order and order.state not in ENDED:
            _attend_to(case, order)
    case.finish()


def _attend_to(case: Casework, order: WorkOrder) -> None:
    late = order.due_at is not None and order.due_at <= case.now
    if order.state in WAITING and late:
        _renew(case, order)
    elif order.state in WAITING:
        case.redispatch(order)
    elif is_left_behind(order, case.book.events(order.id), case.teller.township, case.now):
        _release(case, order)
    elif late and order.state in IN_HAND:
        _press(case, order)
    elif late and order.state is OrderState.VERIFYING:
        follow(case, order, judge_deadline(order, problem(case.book, order)))
    elif late:
        _remind_manager(case, order)


def _renew(case: Casework, order: WorkOrder) -> None:
    """Nobody claimed in time: the manager is told, and the round goes on with new deadlines and new offers to all."""
    renewed = case.must(order, Action.OVERDUE, "unclaimed", case.fresh_deadlines(order), _missed(order), attention=True)
    after = case.redispatch(renewed)
    kept = [name for name in after.offered_to if name in order.offered_to]
    case.tell(*(case.teller.offer(after, name, "到时仍无人接单", case.now) for name in kept))


def _press(case: Casework, order: WorkOrder) -> None:
    """Not done in time: a holder who is still on shift is reminded, and an order whose holder went home is offered anew."""
    township = case.teller.township
    cleaner = township.cleaner_by_id.get(order.holder or "")
    if cleaner and cleaner.on_shift(case.now, township.town):
        changes = {"done_by": case.now + case.deadlines(order).done}
        after = case.must(order, Action.OVERDUE, "not_done", changes, _missed(order), attention=True)
        case.tell_holder(after, "overdue")
    else:
        _release(case, order)


def _release(case: Casework, order: WorkOrder) -> None:
    """Offer anew what its holder left at the end of their shift, and tell them and the managers."""
    holder = order.holder or ""
    after = case.must(order, Action.RELEASE, "holder_off_shift", case.fresh_deadlines(order), {"by": holder}, attention=True)
    after = case.redispatch(after)
    case.tell(case.teller.recall(after, holder, "off_shift", case.now))


def _remind_manager(case: Casework, order: WorkOrder) -> None:
    """What waits for a manager or for units is told again; what was put off until now goes on."""
    if order.state is OrderState.DEFERRED:
        case.redispatch(case.must(order, Action.RESUME, "date_came", case.fresh_deadlines(order)))
    elif order.state is OrderState.RETURNED:
        case.must(order, Action.OVERDUE, "no_owner_named", case.fresh_deadlines(order), _missed(order), attention=True)
    else:
        awaited = [call.unit for call in roll_call(case.book.events(order.id)) if call.is_awaited and call.report_by <= case.now]
        changes = {"done_by": case.now + case.deadlines(order).done}
        case.must(order, Action.OVERDUE, "unit_not_reported", changes, {**_missed(order), "units": awaited}, attention=True)


def _missed(order: WorkOrder) -> dict[str, str]:
    return {"missed": order.due_at.isoformat() if order.due_at else ""}
