"""What a cleaner said, heard within one transaction: the transition it asks for, and the answer, which a repetition gets again."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from alerts.casework import Casework
from alerts.dispatch import unable
from alerts.lifecycle import Action, Refusal, Transition, return_of, step
from alerts.merging import is_over, problem
from alerts.messages import Claim, ClaimLost, HandOver, Hello, OrderAct, Received, Update, Upward
from town.work import Message, OrderState, WorkOrder

_ACTIONS: Mapping[str, Action] = {
    "claim": Action.CLAIM,
    "decline": Action.DECLINE,
    "arrived": Action.ARRIVE,
    "done": Action.DO,
    "hand_over": Action.HAND_OVER,
    "false_alarm": Action.FALSE_ALARM,
}

_UNFIT_HEIR = {"unknown_cleaner": "unknown_colleague", "unskilled": "colleague_unskilled", "off_shift": "colleague_off_shift"}
"""Why a colleague cannot be given an order, as the one who would give it is told."""

_RETURNS = frozenset({Action.RETURN, Action.THIRD_RETURN})


@dataclass(frozen=True, slots=True)
class Hearing:
    """One upward message of a cleaner whom the township knows."""

    case: Casework
    cleaner_id: str
    said: Upward

    def answer(self) -> str:
        """Do what was asked, or say why not. Returns one word. Raises Overtaken."""
        if isinstance(self.said, Received):
            known = self.case.book.mark_received(self.said.msg_id, self.cleaner_id, self.case.now)
            return "received" if known else "receipt_ignored"
        if isinstance(self.said, Hello):
            self.case.touch([self.cleaner_id])
            self.case.finish()
            return "hello"
        return self._once(self.said)

    def _once(self, said: OrderAct) -> str:
        key = f"{self.cleaner_id}/{said.event_id}"
        earlier = self.case.book.answered(key)
        if earlier is not None:
            self.case.book.send(earlier)
            return "repeated"
        word, answer = self._act(said)
        self.case.tell(answer)
        self.case.finish()
        self.case.book.remember_answer(key, self.cleaner_id, self.case.now, [answer])
        return word

    def _act(self, said: OrderAct) -> tuple[str, Message]:
        order = self.case.book.order(said.order_id)
        if order is None:
            return "unknown_order", self._refusal(said, "unknown_order")
        action = return_of(order) if said.type == "cannot" else _ACTIONS[said.type]
        heir = said.to if isinstance(said, HandOver) else ""
        changes, detail = self._changes(order, action, heir), {"owner": heir} if heir else None
        outcome = step(order, action, self.cleaner_id, self.case.now, getattr(said, "reason", ""), changes, detail)
        if isinstance(outcome, Refusal):
            return self._refused(order, said, outcome.reason)
        if heir and (unfit := self._unfit_heir(heir, order)):
            return self._refused(order, said, unfit)
        after = self._carried_out(outcome, action)
        if action is Action.CLAIM:
            return "claim_won", self.case.teller.claim_won(after, self.cleaner_id, self.case.now, said.event_id)
        if heir:
            self.case.tell(self.case.teller.claim_won(after, heir, self.case.now))
            return said.type, self.case.teller.recall(after, self.cleaner_id, said.type, self.case.now, said.event_id)
        return said.type, self.case.teller.update(after, self.cleaner_id, said.type, self.case.now, said.event_id)

    def _unfit_heir(self, heir: str, order: WorkOrder) -> str:
        if heir == self.cleaner_id:
            return "itself"
        return _UNFIT_HEIR.get(unable(heir, order, self.case.teller.township, self.case.now), "")

    def _changes(self, order: WorkOrder, action: Action, heir: str) -> dict[str, Any]:
        if heir:
            return {"holder": heir}
        if action is Action.DO:
            return {"verify_by": self.case.now + self.case.deadlines(order).verify}
        return self.case.fresh_deadlines(order) if action in _RETURNS else {}

    def _carried_out(self, outcome: Transition, action: Action) -> WorkOrder:
        after = self.case.apply(outcome, attention=action in {*_RETURNS, Action.FALSE_ALARM})
        if action is Action.CLAIM:
            self._tell_losers(outcome)
        elif action is Action.DECLINE:
            after = self.case.redispatch(after)
        elif action in _RETURNS:
            after = self._returned(after)
        return after

    def _tell_losers(self, outcome: Transition) -> None:
        losers = [name for name in outcome.before.offered_to if name != self.cleaner_id]
        self.case.tell(*(self.case.teller.claim_lost(outcome.after, name, "taken", self.case.now) for name in losers))

    def _returned(self, order: WorkOrder) -> WorkOrder:
        """Offered to others, unless the camera saw meanwhile that nothing is left to do."""
        incident = problem(self.case.book, order)
        if incident and is_over(order, incident):
            return self.case.must(order, Action.SELF_CLEAR, incident.closed_reason or "cleared")
        return order if order.state is OrderState.RETURNED else self.case.redispatch(order)

    def _refused(self, order: WorkOrder, said: OrderAct, reason: str) -> tuple[str, Message]:
        """A claimer is always told `claim_lost`; of the order itself only those learn who have a part in it."""
        teller, now = self.case.teller, self.case.now
        if reason == "already_yours":
            return reason, teller.claim_won(order, self.cleaner_id, now, said.event_id)
        if self.cleaner_id not in {*order.offered_to, order.holder}:
            word = "not_offered" if isinstance(said, Claim) else reason
            return word, self._refusal(said, word)
        if isinstance(said, Claim):
            return "claim_lost", teller.claim_lost(order, self.cleaner_id, reason, now, said.event_id)
        return reason, teller.update(order, self.cleaner_id, reason, now, said.event_id)

    def _refusal(self, said: OrderAct, reason: str) -> Message:
        kind = ClaimLost if isinstance(said, Claim) else Update
        return self.case.teller.refusal(kind, said.order_id, self.cleaner_id, reason, self.case.now, said.event_id)
