"""What a manager is offered is what the table of what may happen allows, no more and no less."""

from dataclasses import replace
from itertools import product

import pytest

from alerts.lifecycle import Refusal, step
from alerts.roll_call import Call
from console.manager.offered import ACTIONS, offered
from tests.doubles.order_samples import NOW, after, order
from town.work import ENDED, OrderState, WorkOrder

CALLED = [Call("城管", after(hours=1))]
NOT_OF_THE_STATE = frozenset({"ended", "wrong_state"})


def in_state(state: OrderState, **changed: object) -> WorkOrder:
    return replace(order(), state=state, holder="near", **changed)  # type: ignore[arg-type]


@pytest.mark.parametrize(("state", "returns", "attempt"), list(product(OrderState, (0, 2), (1, 2))))
def test_what_is_offered_is_what_no_state_refuses(state: OrderState, returns: int, attempt: int) -> None:
    found = in_state(state, returns=returns, attempt=attempt)
    taken = {name: step(found, action(found), "li", NOW, "why", manager=True) for name, action in ACTIONS.items()}
    possible = {name for name, outcome in taken.items() if not (isinstance(outcome, Refusal) and outcome.reason in NOT_OF_THE_STATE)}
    assert set(offered(found, CALLED)) == possible


@pytest.mark.parametrize("state", sorted(ENDED))
def test_nothing_is_offered_of_an_order_that_has_ended(state: OrderState) -> None:
    assert offered(in_state(state), CALLED) == []


def test_a_report_is_offered_only_while_a_unit_is_awaited_or_invited() -> None:
    reported = [replace(CALLED[0], reported_at=NOW)]
    invited = [Call("环卫", after(hours=1), mandatory=False)]
    found = in_state(OrderState.WHISTLED)
    assert "report_in" not in offered(found, reported)
    assert "report_in" in offered(found, [*reported, *invited])
