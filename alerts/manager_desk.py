"""What a manager (网格长) decides about an order: one transition each, in a transaction of its own, and all whom it concerns are told."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from alerts.casework import Casework, transact
from alerts.lifecycle import Action, Refusal, redo_of, return_of, step
from alerts.merging import members, more_urgent
from alerts.picture_links import PictureLinks
from alerts.roll_call import Call, calls_as_json, next_report_by, roll_call
from alerts.stores import OrderStore
from alerts.telling import Teller
from town.township import Township
from town.work import OrderState, WorkOrder


class NotDone(Exception):
    """Nothing was changed. `reason` is a refusal's (`alerts.lifecycle.Refusal`), or unknown_order, unknown_cleaner, past_date,
    no_mandatory_unit, unknown_unit, reported_already, itself or ended_parent."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class ManagerDesk:
    """Every method takes an order's id, who decides (`by`), why, and when; it returns the order as it then stands. Raises NotDone."""

    def __init__(self, store: OrderStore, township: Township, links: PictureLinks | None = None) -> None:
        self._store = store
        self._township = township
        self._teller = Teller(township, links)

    def give_back(self, order_id: str, by: str, reason: str, now: datetime) -> WorkOrder:
        """What the holder says, spoken by the manager: it is a return of the holder's, the third one too."""

        def work(case: Casework) -> WorkOrder:
            order = _known(case, order_id)
            return _carry_out(case, order, return_of(order), by, reason, detail={"holder": order.holder})

        return self._done(work, now)

    def name_owner(self, order_id: str, cleaner_id: str, by: str, reason: str, now: datetime) -> WorkOrder:
        """Give the order to somebody, on shift or not: the manager has asked them."""
        if cleaner_id not in self._township.cleaner_by_id:
            raise NotDone("unknown_cleaner")

        def work(case: Casework) -> WorkOrder:
            order = _known(case, order_id)
            changes = {"holder": cleaner_id, "done_by": case.now + case.deadlines(order).done}
            return _carry_out(case, order, Action.NAME_OWNER, by, reason, changes, {"owner": cleaner_id})

        return self._done(work, now)

    def hand_over(self, order_id: str, cleaner_id: str, by: str, reason: str, now: datetime) -> WorkOrder:
        """Take the order from its holder and give it to somebody else, on shift or not. Its deadline stays."""
        if cleaner_id not in self._township.cleaner_by_id:
            raise NotDone("unknown_cleaner")

        def work(case: Casework) -> WorkOrder:
            order = _known(case, order_id)
            if order.holder == cleaner_id:
                raise NotDone("already_yours")
            detail = {"owner": cleaner_id, "holder": order.holder}
            return _carry_out(case, order, Action.HAND_OVER, by, reason, {"holder": cleaner_id}, detail)

        return self._done(work, now)

    def defer(self, order_id: str, until: datetime, approver: str, by: str, reason: str, now: datetime) -> WorkOrder:
        if until <= now:
            raise NotDone("past_date")
        told = {"until": until.isoformat(), "approver": approver}
        return self._decided(order_id, Action.DEFER, by, reason, now, {"deferred_until": until}, told)

    def resume(self, order_id: str, by: str, reason: str, now: datetime) -> WorkOrder:
        return self._decided(order_id, Action.RESUME, by, reason, now)

    def whistle(self, order_id: str, calls: Sequence[Call], by: str, reason: str, now: datetime) -> WorkOrder:
        """Call units. The order moves on to be verified once all mandatory ones have reported in."""
        done_by = next_report_by(calls)
        if done_by is None:
            raise NotDone("no_mandatory_unit")
        return self._decided(order_id, Action.WHISTLE, by, reason, now, {"done_by": done_by}, {"units": calls_as_json(calls)})

    def report_in(self, order_id: str, unit: str, by: str, note: str, now: datetime) -> WorkOrder:
        """A called unit has done its part, and `note` says what."""

        def work(case: Casework) -> WorkOrder:
            order = _known(case, order_id)
            due = next_report_by(_without(case, order, unit))
            after = _carry_out(case, order, Action.REPORT_IN, by, note, {"done_by": due} if due else {}, {"unit": unit})
            if due:
                return after
            verify_by = case.now + case.deadlines(after).verify
            return case.must(after, Action.GATHER, "all_reported", {"verify_by": verify_by})

        return self._done(work, now)

    def merge(self, order_id: str, parent_id: str, by: str, reason: str, now: datetime) -> WorkOrder:
        """Let another live order stand for this one, and for those that were merged into it. Returns the merged one."""

        def work(case: Casework) -> WorkOrder:
            order, parent = _known(case, order_id), _known(case, parent_id)
            if parent.id in {member.id for member in members(case.book, order)}:
                raise NotDone("itself")
            absorbing = step(parent, Action.ABSORB, by, case.now, reason, more_urgent(parent, order), {"merged": order.id}, manager=True)
            if isinstance(absorbing, Refusal):
                raise NotDone("ended_parent")
            absorbed = case.apply(absorbing)
            if absorbed.holder:
                case.tell(case.teller.update(absorbed, absorbed.holder, Action.ABSORB, case.now))
            return _carry_out(case, order, Action.MERGE, by, reason, {"parent_id": parent.id}, {"parent": parent.id})

        return self._done(work, now)

    def confirm(self, order_id: str, photo: Mapping[str, str], by: str, reason: str, now: datetime) -> WorkOrder:
        """Close what the camera could not judge, by an after-photo: `photo` tells its name and SHA-256."""
        return self._decided(order_id, Action.CONFIRM, by, reason, now, detail={"photo": dict(photo)})

    def redo(self, order_id: str, by: str, reason: str, now: datetime) -> WorkOrder:
        """The after-photo, or who went to see, says that it is not done. From the third attempt on it waits for who is named."""

        def work(case: Casework) -> WorkOrder:
            order = _known(case, order_id)
            return _carry_out(case, order, redo_of(order), by, reason)

        return self._done(work, now)

    def dismiss(self, order_id: str, by: str, reason: str, now: datetime) -> WorkOrder:
        return self._decided(order_id, Action.DISMISS, by, reason, now)

    def cancel(self, order_id: str, by: str, reason: str, now: datetime) -> WorkOrder:
        return self._decided(order_id, Action.CANCEL, by, reason, now)

    def _decided(
        self,
        order_id: str,
        action: Action,
        by: str,
        reason: str,
        now: datetime,
        changes: Mapping[str, Any] | None = None,
        detail: Mapping[str, Any] | None = None,
    ) -> WorkOrder:
        return self._done(lambda case: _carry_out(case, _known(case, order_id), action, by, reason, changes, detail), now)

    def _done(self, work: Callable[[Casework], WorkOrder], now: datetime) -> WorkOrder:
        def whole(case: Casework) -> WorkOrder:
            after = work(case)
            case.finish()
            return after

        return transact(self._store, self._teller, now, whole)


def _known(case: Casework, order_id: str) -> WorkOrder:
    order = case.book.order(order_id)
    if order is None:
        raise NotDone("unknown_order")
    return order


def _without(case: Casework, order: WorkOrder, unit: str) -> list[Call]:
    """The roll-call but for a unit that is to report in now."""
    calls = roll_call(case.book.events(order.id))
    call = next((call for call in calls if call.unit == unit), None)
    if call is None or order.state is not OrderState.WHISTLED:
        raise NotDone("unknown_unit" if order.state is OrderState.WHISTLED else "wrong_state")
    if call.reported_at:
        raise NotDone("reported_already")
    return [one for one in calls if one is not call]


def _carry_out(
    case: Casework,
    order: WorkOrder,
    action: Action,
    by: str,
    reason: str,
    changes: Mapping[str, Any] | None = None,
    detail: Mapping[str, Any] | None = None,
) -> WorkOrder:
    """Take the step, offer anew what is open again, and tell everybody who had or has a part in it. Raises NotDone."""
    fresh = case.fresh_deadlines(order) if action in _FRESH else {}
    outcome = step(order, action, by, case.now, reason, {**fresh, **(changes or {})}, detail, manager=True)
    if isinstance(outcome, Refusal):
        raise NotDone(outcome.reason)
    after = case.apply(outcome)
    if after.state is OrderState.OPEN:
        after = case.redispatch(after)
    _tell(case, order, after, action)
    return after


_FRESH = frozenset({Action.RETURN, Action.THIRD_RETURN, Action.RESUME, Action.REDO, Action.THIRD_ATTEMPT})


def _tell(case: Casework, before: WorkOrder, after: WorkOrder, action: Action) -> None:
    if action in {Action.NAME_OWNER, Action.HAND_OVER} and after.holder:
        case.tell(case.teller.claim_won(after, after.holder, case.now))
    if action is Action.CONFIRM and after.holder:
        case.tell(case.teller.update(after, after.holder, action, case.now))
        return
    if action is Action.REPORT_IN:
        return
    had = {*(before.offered_to if not before.holder else ()), *([before.holder] if before.holder else [])}
    has = {after.holder} if after.holder and after.state in _HELD else {*after.offered_to} if after.state is OrderState.OFFERED else set()
    case.tell(*(case.teller.recall(after, name, action, case.now) for name in sorted(had - has)))


_HELD = frozenset({OrderState.CLAIMED, OrderState.ON_SITE, OrderState.VERIFYING})
