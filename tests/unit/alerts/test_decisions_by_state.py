"""Every decision of a manager and every word of a cleaner in every state: what the table allows happens, all else changes nothing."""

from collections.abc import Callable

import pytest

from alerts.lifecycle import TABLE, Action, return_of
from alerts.manager_desk import ManagerDesk, NotDone
from alerts.roll_call import Call
from tests.doubles.people import MANAGER, NEAR, OFF_SHIFT, SECOND, THIRD, Office, after, incident, plain_township, township
from town.work import ENDED, OrderState, WorkOrder

PHOTO = {"name": "after.jpg", "sha256": "0" * 64}
LATER = after(minutes=2)
BIN, CAR = incident(), incident(2, object_id="v1")


class Case:
    """An order in one state, reached as orders reach it, beside another that is offered."""

    def __init__(self, state: OrderState) -> None:
        asleep = [one for one in plain_township()["cleaners"] if one["id"] == OFF_SHIFT]
        self.office = Office(township(cleaners=asleep) if state is OrderState.OPEN else None)
        self.desk = ManagerDesk(self.office.store, self.office.township)
        self.other = self.office.opens(CAR)
        self.id = self.office.opens(BIN).id
        ROADS.get(state, lambda _: None)(self)
        self.order = self.office.order(self.id)
        assert self.order.state is state

    def says(self, kind: str, name: str = NEAR) -> str:
        return self.office.hears(name, kind, order_id=self.id, reason="说明")


def returned(case: Case) -> None:
    for name in (NEAR, SECOND, THIRD):
        case.says("claim", name)
        case.says("cannot", name)


def reported(case: Case) -> None:
    case.says("claim")
    case.says("done")


def seen_solved(case: Case) -> None:
    reported(case)
    case.office.clears(BIN, after(minutes=1))


CALLS = [Call("城管", after(hours=1)), Call("物业", after(hours=1))]
DECISIONS: dict[Action, Callable[[Case], WorkOrder]] = {
    Action.RETURN: lambda case: case.desk.give_back(case.id, MANAGER, "说明", LATER),
    Action.NAME_OWNER: lambda case: case.desk.name_owner(case.id, OFF_SHIFT, MANAGER, "", LATER),
    Action.DEFER: lambda case: case.desk.defer(case.id, after(days=1), "副镇长", MANAGER, "说明", LATER),
    Action.RESUME: lambda case: case.desk.resume(case.id, MANAGER, "说明", LATER),
    Action.WHISTLE: lambda case: case.desk.whistle(case.id, CALLS, MANAGER, "说明", LATER),
    Action.REPORT_IN: lambda case: case.desk.report_in(case.id, "城管", MANAGER, "", LATER),
    Action.MERGE: lambda case: case.desk.merge(case.id, case.other.id, MANAGER, "说明", LATER),
    Action.CONFIRM: lambda case: case.desk.confirm(case.id, PHOTO, MANAGER, "说明", LATER),
    Action.REDO: lambda case: case.desk.redo(case.id, MANAGER, "说明", LATER),
    Action.DISMISS: lambda case: case.desk.dismiss(case.id, MANAGER, "说明", LATER),
    Action.CANCEL: lambda case: case.desk.cancel(case.id, MANAGER, "说明", LATER),
}
ROADS: dict[OrderState, Callable[[Case], object]] = {
    OrderState.CLAIMED: lambda case: case.says("claim"),
    OrderState.ON_SITE: lambda case: (case.says("claim"), case.says("arrived")),
    OrderState.VERIFYING: reported,
    OrderState.RETURNED: returned,
    OrderState.DEFERRED: DECISIONS[Action.DEFER],
    OrderState.WHISTLED: DECISIONS[Action.WHISTLE],
    OrderState.CLOSED: seen_solved,
    OrderState.SELF_CLEARED: lambda case: case.office.clears(BIN, after(minutes=1)),
    OrderState.FALSE_ALARM: lambda case: (case.says("claim"), case.says("false_alarm")),
    OrderState.MERGED: DECISIONS[Action.MERGE],
    OrderState.CANCELLED: DECISIONS[Action.CANCEL],
}
WORDS = {
    "claim": Action.CLAIM,
    "decline": Action.DECLINE,
    "arrived": Action.ARRIVE,
    "done": Action.DO,
    "cannot": Action.RETURN,
    "false_alarm": Action.FALSE_ALARM,
}


@pytest.mark.parametrize("action", DECISIONS)
@pytest.mark.parametrize("state", OrderState)
def test_a_manager_decides_what_the_table_allows_and_nothing_else(state: OrderState, action: Action) -> None:
    case = Case(state)
    move = TABLE[return_of(case.order) if action is Action.RETURN else action]
    if state in move.sources:
        done = DECISIONS[action](case)
        assert case.office.order(case.id) == done
        offered_at_once = move.target is OrderState.OPEN and done.state is OrderState.OFFERED
        assert done.state is (move.target or state) or offered_at_once
        return
    with pytest.raises(NotDone) as refused:
        DECISIONS[action](case)
    if state in ENDED and action is not Action.REPORT_IN:
        assert refused.value.reason == "ended"
    assert case.office.order(case.id) == case.order
    assert case.office.order(case.other.id) == case.other or state is OrderState.MERGED


@pytest.mark.parametrize("word", WORDS)
@pytest.mark.parametrize("state", OrderState)
def test_a_cleaner_says_what_the_table_allows_and_nothing_else(state: OrderState, word: str) -> None:
    case = Case(state)
    before = case.order
    case.says(word)
    allowed = state in TABLE[WORDS[word]].sources and NEAR in {before.holder, *before.offered_to}
    assert (case.office.order(case.id) != before) == allowed


@pytest.mark.parametrize("state", sorted(set(OrderState) - ENDED))
def test_whatever_its_state_a_live_order_is_never_forgotten(state: OrderState) -> None:
    case = Case(state)
    revs = [case.order.rev]
    for days in (2, 4, 6):
        case.office.desk.sweep(after(days=days))
        revs.append(case.office.order(case.id).rev)
    assert sorted(set(revs)) == revs
