"""The transition table: who may do what from where, and what it leaves behind."""

from dataclasses import replace

import pytest

from alerts.lifecycle import SERVICE, TABLE, Action, Refusal, Transition, Who, offering_of, redo_of, return_of, step
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


def test_looks_lead_to_closed_and_where_they_cannot_judge_a_manager() -> None:
    doors = {action: (move.sources, move.who) for action, move in TABLE.items() if move.target is OrderState.CLOSED}
    assert doors == {
        Action.CLOSE: ({OrderState.VERIFYING}, {Who.SERVICE}),
        Action.CONFIRM: ({OrderState.VERIFYING}, {Who.MANAGER}),
    }


def so_often(action: Action) -> dict[str, int]:
    """What an order must have been through for a third time to be one."""
    return {"returns": 2} if action is Action.THIRD_RETURN else {"attempt": 2} if action is Action.THIRD_ATTEMPT else {}


def cells() -> list[tuple[OrderState, Action, Who]]:
    return [(state, action, who) for state in OrderState if state not in ENDED for action in TABLE for who in Who]


@pytest.mark.parametrize(("state", "action", "who"), cells())
def test_every_cell_of_the_table_moves_or_refuses_as_it_says(state: OrderState, action: Action, who: Who) -> None:
    holder = None if action is Action.CLAIM else "c09"
    before = order(state=state, holder=holder, deferred_until=after(days=1), **so_often(action))
    actor = {Who.SERVICE: SERVICE, Who.OFFERED: "c01", Who.HOLDER: before.holder or "nobody", Who.MANAGER: "m1"}[who]
    outcome = step(before, action, actor, after(minutes=1), "because", manager=who is Who.MANAGER)
    move = TABLE[action]
    allowed = state in move.sources and who in move.who
    assert isinstance(outcome, Transition) == allowed, outcome
    if isinstance(outcome, Transition):
        assert outcome.after.state is (move.target or state)


@pytest.mark.parametrize("action", [action for action, move in TABLE.items() if move.needs_reason])
def test_what_needs_a_reason_is_refused_without_one(action: Action) -> None:
    move = TABLE[action]
    before = order(state=min(move.sources), holder="c01", **so_often(action))
    actor, manager = (SERVICE, False) if Who.SERVICE in move.who else ("c01", False) if Who.HOLDER in move.who else ("m1", True)
    assert step(before, action, actor, NOW, " ", manager=manager) == Refusal("reason_missing")


def test_the_third_return_is_another_action() -> None:
    often = replace(CLAIMED, returns=2)
    assert [return_of(one) for one in (CLAIMED, often)] == [Action.RETURN, Action.THIRD_RETURN]
    assert step(often, Action.RETURN, "c01", NOW, "because") == Refusal("third_return")
    assert step(CLAIMED, Action.THIRD_RETURN, "c01", NOW, "because") == Refusal("third_return")
    back = moved(often, Action.THIRD_RETURN, "c01").after
    assert (back.state, back.returns, back.holder) == (OrderState.RETURNED, 3, None)


def test_the_third_attempt_waits_for_a_manager_and_so_does_every_later_one() -> None:
    often = replace(VERIFYING, attempt=2)
    assert [redo_of(one) for one in (VERIFYING, often, replace(often, attempt=3))] == [Action.REDO, *[Action.THIRD_ATTEMPT] * 2]
    assert step(often, Action.REDO, SERVICE, NOW, "because") == Refusal("third_attempt")
    assert step(VERIFYING, Action.THIRD_ATTEMPT, SERVICE, NOW, "because") == Refusal("third_attempt")
    waiting = moved(often, Action.THIRD_ATTEMPT).after
    assert (waiting.state, waiting.attempt, waiting.holder, waiting.offered_to) == (OrderState.RETURNED, 3, None, ())


def test_whoever_hands_an_order_over_is_not_asked_again() -> None:
    handed = replace(event(Action.HAND_OVER, "c01", 1), detail={"owner": "c02"})
    by_manager = replace(event(Action.HAND_OVER, "m1", 2), detail={"owner": "c03", "holder": "c02"})
    assert offering_of([event(Action.OPEN), handed, by_manager]).refusers == {"c01", "c02"}


def test_nobody_confirms_their_own_work_or_against_what_the_camera_saw() -> None:
    unseen = replace(VERIFYING, clear_looks=0, firing_looks=0)
    assert step(unseen, Action.CONFIRM, "c01", NOW, "because", manager=True) == Refusal("own_work")
    assert step(VERIFYING, Action.CONFIRM, "m1", NOW, "because", manager=True) == Refusal("still_firing")
    assert isinstance(step(unseen, Action.CONFIRM, "m1", NOW, "because", manager=True), Transition)


def test_a_manager_s_name_that_is_the_service_s_gives_no_rights() -> None:
    assert step(OFFERED, Action.STRAND, SERVICE, NOW, "because", manager=True) == Refusal("not_yours_to_decide")


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
