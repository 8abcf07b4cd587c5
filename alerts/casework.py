"""One transaction's work on orders: apply transitions, plan offers, collect what must be said, rewrite the snapshots."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from alerts.dealings import Dealing, Tally
from alerts.dispatch import SHIFT, TIRING, Lately, Plan, askable, plan
from alerts.lifecycle import BEGIN_ROUND, SERVICE, Action, Refusal, Transition, offering_of, step
from alerts.notifying import note_transition
from alerts.snapshots import concerns, snapshot_message
from alerts.stores import OrderBook, OrderStore
from alerts.telling import Teller
from alerts.whereabouts import LastPosition
from town.rule_settings import Deadlines
from town.work import Message, OrderEvent, OrderState, WorkOrder

T = TypeVar("T")
_TRIES = 5


class Overtaken(Exception):
    """Somebody else changed the order between reading and writing: undo the transaction and begin again."""


class ForbiddenMoveError(Exception):
    """The program asked for a transition that the table does not have."""


class Casework:
    """What happens to orders within one transaction at one instant; `events` is what happened so far. Call `finish` last."""

    def __init__(self, book: OrderBook, teller: Teller, now: datetime) -> None:
        self.book = book
        self.teller = teller.knowing(self._last_positions)
        self.now = now
        self.events: list[OrderEvent] = []
        self._said: list[Message] = []
        self._touched: set[str] = set()
        self._positions: Mapping[str, LastPosition] | None = None

    def apply(self, transition: Transition, attention: bool = False) -> WorkOrder:
        """Write a transition and tell the grid. Raises Overtaken where the stored order is no longer the one it starts from."""
        before, after = transition.before, transition.after
        if not self.book.change(before, after, transition.event):
            raise Overtaken(before.id)
        self.events.append(transition.event)
        people = {*before.offered_to, *after.offered_to, before.holder, after.holder} - {None}
        self.touch(name for name in people if name and (concerns(before, name) or concerns(after, name)))
        self.tell(self.teller.news(transition, attention))
        note_transition(self.book, self.teller.township.notices, transition, self.now)
        return after

    def must(
        self,
        order: WorkOrder,
        action: Action,
        reason: str = "",
        changes: Mapping[str, Any] | None = None,
        detail: Mapping[str, Any] | None = None,
        attention: bool = False,
    ) -> WorkOrder:
        """Do what the service itself decided. Raises ForbiddenMoveError, Overtaken."""
        outcome = step(order, action, SERVICE, self.now, reason, changes, detail)
        if isinstance(outcome, Refusal):
            raise ForbiddenMoveError(f"{action} of order {order.id} in state {order.state}: {outcome.reason}")
        return self.apply(outcome, attention)

    def redispatch(self, order: WorkOrder) -> WorkOrder:
        """Offer an open or offered order to whoever should have it now, and take it from those who left. Nothing to do: no change."""
        events = self.book.events(order.id)
        offering = offering_of(events)
        bounds = (offering.refusers, offering.since or order.opened_at, self.now)
        lately = self._lately(askable(order, self.teller.township, *bounds))
        planned = plan(order, self.teller.township, lately, *bounds)
        if not planned.offered_to:
            after = order if order.state is OrderState.OPEN and _noted(events) == planned.reason else self._strand(order, planned)
        elif planned.new or planned.gone:
            after = self._offer(order, planned)
        else:
            return order
        self.tell(*(self.teller.recall(after, name, why, self.now) for name, why in planned.gone.items()))
        return after

    def fresh_deadlines(self, order: WorkOrder) -> dict[str, datetime]:
        """The deadlines of a round of offers that begins now."""
        deadlines = self.deadlines(order)
        claim_by = self.now + deadlines.claim
        return {"claim_by": claim_by, "done_by": claim_by + deadlines.done}

    def deadlines(self, order: WorkOrder) -> Deadlines:
        rule = self.teller.township.rule_by_id.get(order.rule_id)
        return rule.deadlines if rule else Deadlines()

    def tell(self, *messages: Message) -> None:
        self._said.extend(messages)

    def tell_holder(self, order: WorkOrder, reason: str) -> None:
        """Tell who holds it, if anybody does, how an order stands now."""
        if order.holder:
            self.tell(self.teller.update(order, order.holder, reason, self.now))

    def touch(self, cleaner_ids: Iterable[str]) -> None:
        """Their snapshots will be rewritten."""
        self._touched.update(cleaner_ids)

    def finish(self) -> None:
        """Put all that was said, and then the snapshots of all whom it concerns, into the outbox."""
        self.book.send([*self._said, *map(self._snapshot, sorted(self._touched))])

    def _offer(self, order: WorkOrder, planned: Plan) -> WorkOrder:
        chosen = {candidate.cleaner_id: candidate.facts for candidate in planned.new}
        detail = {"to": chosen, "gone": dict(planned.gone), "capped": list(planned.capped)}
        after = self.must(order, Action.OFFER, changes={"offered_to": planned.offered_to}, detail=detail)
        self.tell(*(self.teller.offer(after, candidate.cleaner_id, candidate.why, self.now) for candidate in planned.new))
        return after

    def _strand(self, order: WorkOrder, planned: Plan) -> WorkOrder:
        detail = {"gone": dict(planned.gone), "capped": list(planned.capped)}
        return self.must(order, Action.STRAND, planned.reason, detail=detail, attention=True)

    def _lately(self, names: Collection[str]) -> Lately:
        if not names:
            return Lately()
        offers = self.book.count_dealings(Dealing.OFFERED, names, self.now - TIRING)
        taken = self.book.count_dealings(Dealing.TAKEN, names, self.now - SHIFT)
        tallies = {name: Tally(offers.get(name, 0), taken.get(name, 0)) for name in names}
        return Lately(self.book.loads(), tallies, self._last_positions())

    def _last_positions(self) -> Mapping[str, LastPosition]:
        if self._positions is None:
            self._positions = self.book.last_positions()
        return self._positions

    def _snapshot(self, cleaner_id: str) -> Message:
        orders = self.book.live_orders(cleaner_id=cleaner_id)
        return snapshot_message(self.teller, cleaner_id, orders, self.book.next_snapshot_rev(cleaner_id), self.now)


def _noted(events: Sequence[OrderEvent]) -> str:
    """Why nobody could be asked when the order last was to be offered; empty where it was offered, or begins anew."""
    last = next((event for event in reversed(events) if event.action in {Action.STRAND, Action.OFFER} | BEGIN_ROUND), None)
    return last.reason if last and last.action == Action.STRAND else ""


def transact(store: OrderStore, teller: Teller, now: datetime, work: Callable[[Casework], T]) -> T:
    """Do work in a transaction; begin again where somebody else was quicker. Raises Overtaken after several times."""
    for _ in range(_TRIES - 1):
        try:
            with store.transaction() as book:
                return work(Casework(book, teller, now))
        except Overtaken:
            continue
    with store.transaction() as book:
        return work(Casework(book, teller, now))
