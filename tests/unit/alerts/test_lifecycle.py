"""The transition table: who may do what from where, and what it leaves behind."""

import pytest

from alerts.lifecycle import SERVICE, TABLE, Action, Refusal, Transition, Who, offering_of, step
from tests.doubles.order_samples import NOW, after, order
from town.work import ENDED, OrderEvent, OrderState, WorkOrder

OFFERED = order()
CLAIMED = order(state=OrderState.CLAIMED, holder="c01")
VERIFYING = order(state=OrderState.VERIFYING, holder="c01", done_at=NOW, clear_looks=1, firing_looks=1)


def moved(before: WorkOrder, action: Action, actor: str = SERVICE, reason: str = "because") -> Transition:
    outcome = step(before, action, actor, after(minutes=1), reason)
    assert isinstance(outcome, Transition), outcome
    return outcome


def event(action: Action, actor: str = SERVICE, minute: int = 0) -> OrderEvent:
    return OrderEvent("order-1", 1, after(minutes=minute), action, actor, None, OrderState.OFFERED)


def test_a_transition_counts_the_rev_and_tells_the_fact() -> None:
    made = moved(OFFERED, Action.CLAIM, "c01", "")
    assert (made.after.state, made.after.holder, made.after.rev) == (OrderState.CLAIMED, "c01", OFFERED.rev + 1)
    fact = made.event
    assert (fact.action, fact.actor, fact.from_state, fact.to_state, fact.rev) == ("claim", "c01", "offered", "claimed", made.after.rev)


@pytest.mark.parametrize("action", [action for action in Action if action is not Action.OPEN])
@pytest.mark.parametrize("state", sorted(ENDED))
def test_an_ended_order_never_changes(state: OrderState, action: Action) -> None:
    assert step(order(state=state, holder="c01"), action, "c01", NOW, "because") == Refusal("ended")


@pytest.mark.parametrize(
    ("before", "action", "actor", "reason"),
    [
        (OFFERED, Action.CLAIM, "stranger", "not_offered"),
        (CLAIMED, Action.CLAIM, "c02", "taken"),
        (CLAIMED, Action.CLAIM, "c01", "already_yours"),
        (CLAIMED, Action.DO, "c02", "not_holder"),
        (CLAIMED, Action.DECLINE, "c01", "wrong_state"),
        (OFFERED, Action.DO, "c01", "not_holder"),
        (VERIFYING, Action.DO, "c01", "wrong_state"),
        (OFFERED, Action.CLOSE, SERVICE, "wrong_state"),
        (CLAIMED, Action.SELF_CLEAR, SERVICE, "wrong_state"),
    ],
)
def test_a_refusal_names_its_reason(before: WorkOrder, action: Action, actor: str, reason: str) -> None:
    assert step(before, action, actor, NOW, "because") == Refusal(reason)


@pytest.mark.parametrize("action", [Action.RETURN, Action.FALSE_ALARM])
def test_giving_an_order_back_needs_a_reason(action: Action) -> None:
    assert step(CLAIMED, action, "c01", NOW) == Refusal("reason_missing")


def test_only_looks_lead_to_closed() -> None:
    doors = {action: move.sources for action, move in TABLE.items() if move.target is OrderState.CLOSED}
    assert doors == {Action.CLOSE: {OrderState.VERIFYING}}
    assert TABLE[Action.CLOSE].who is Who.ANYONE


def test_a_return_leaves_nobody_holding_it() -> None:
    back = moved(CLAIMED, Action.RETURN, "c01").after
    assert (back.state, back.holder, back.offered_to) == (OrderState.OPEN, None, ())


def test_a_failed_verification_counts_the_attempt_and_forgets_the_looks() -> None:
    again = moved(VERIFYING, Action.REDO).after
    assert (again.attempt, again.holder, again.done_at, again.clear_looks, again.firing_looks) == (2, None, None, 0, 0)


def test_an_end_has_its_instant() -> None:
    assert moved(VERIFYING, Action.CLOSE).after.ended_at == after(minutes=1)


def test_those_who_refused_are_read_from_the_events() -> None:
    events = [event(Action.OPEN), event(Action.DECLINE, "c02", 1), event(Action.RETURN, "c01", 2)]
    assert offering_of(events).refusers == {"c01", "c02"}
    assert offering_of(events).since == after(minutes=2)


def test_a_new_attempt_asks_everybody_again() -> None:
    events = [event(Action.OPEN), event(Action.DECLINE, "c02", 1), event(Action.REDO, minute=5)]
    assert (offering_of(events).refusers, offering_of(events).since) == (frozenset(), after(minutes=5))
