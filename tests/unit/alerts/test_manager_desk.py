"""A manager's decisions: each is a step with a name and a reason, and whoever had or has a part in the order hears of it."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from alerts.manager_desk import ManagerDesk, NotDone
from alerts.roll_call import Call, roll_call
from rules.judgement import ChangeKind, IncidentChange
from tests.doubles.people import (
    FAR,
    MANAGER,
    NEAR,
    NOW,
    SECOND,
    STATION,
    THIRD,
    Office,
    after,
    calls_for_attention,
    incident,
    snapshots,
    told,
)
from town.work import OrderState, WorkOrder

PHOTO = {"name": "after.jpg", "sha256": "0" * 64}
BIN = incident()
UNITS = [Call("城管", after(hours=1)), Call("物业", after(hours=2)), Call("街道办", after(minutes=30), mandatory=False)]


@pytest.fixture
def office() -> Office:
    return Office()


@pytest.fixture
def manager(office: Office) -> ManagerDesk:
    return ManagerDesk(office.store, office.township)


@pytest.fixture
def offered(office: Office) -> WorkOrder:
    order = office.opens(BIN)
    office.carry()
    return order


@pytest.fixture
def claimed(office: Office, offered: WorkOrder) -> WorkOrder:
    office.hears(NEAR, "claim", order_id=offered.id)
    office.carry()
    return office.order(offered.id)


def refusal(decide: Callable[[], object]) -> str:
    with pytest.raises(NotDone) as refused:
        decide()
    return refused.value.reason


def last(office: Office, order: WorkOrder) -> tuple[str, str, str]:
    with office.store.transaction() as book:
        event = book.events(order.id)[-1]
    return event.action, event.actor, event.reason


def test_what_a_manager_gives_back_counts_as_the_holder_s_return(office: Office, manager: ManagerDesk, claimed: WorkOrder) -> None:
    back = manager.give_back(claimed.id, MANAGER, "电话说来不了", NOW)
    assert (back.state, back.returns, NEAR in back.offered_to) == (OrderState.OFFERED, 1, False)
    messages = office.carry()
    assert told(messages)[NEAR] == ["recall"]
    assert snapshots(messages)[NEAR].orders == ()


def test_the_third_return_waits_until_the_manager_names_somebody(office: Office, manager: ManagerDesk, offered: WorkOrder) -> None:
    for name in (NEAR, SECOND, THIRD):
        office.hears(name, "claim", order_id=offered.id)
        manager.give_back(offered.id, MANAGER, "做不了", NOW)
    assert office.order(offered.id).state is OrderState.RETURNED
    office.carry()
    named = manager.name_owner(offered.id, FAR, MANAGER, "只有他有车", after(minutes=1))
    assert (named.state, named.holder, named.done_by) == (OrderState.CLAIMED, FAR, after(minutes=61))
    assert told(office.carry(after(minutes=1))) == {FAR: ["claim_won"]}
    assert office.hears(FAR, "done", order_id=offered.id, at=after(minutes=20)) == "done"


def test_those_who_were_offered_it_hear_that_somebody_was_named(office: Office, manager: ManagerDesk, offered: WorkOrder) -> None:
    manager.name_owner(offered.id, NEAR, MANAGER, "就在旁边", NOW)
    assert told(office.carry()) == {NEAR: ["claim_won"], SECOND: ["recall"], THIRD: ["recall"]}
    assert office.hears(SECOND, "claim", order_id=offered.id) == "claim_lost"


def test_nobody_can_be_named_whom_the_town_does_not_know(manager: ManagerDesk, offered: WorkOrder) -> None:
    assert refusal(lambda: manager.name_owner(offered.id, "stranger", MANAGER, "", NOW)) == "unknown_cleaner"


def test_a_manager_hands_an_order_over_and_its_deadline_stays(office: Office, manager: ManagerDesk, claimed: WorkOrder) -> None:
    office.hears(NEAR, "arrived", order_id=claimed.id, at=after(minutes=1))
    office.carry(after(minutes=1))
    handed = manager.hand_over(claimed.id, FAR, MANAGER, "有急事", after(minutes=2))
    assert (handed.state, handed.holder, handed.done_by) == (OrderState.CLAIMED, FAR, claimed.done_by)
    messages = office.carry(after(minutes=2))
    assert told(messages) == {FAR: ["claim_won"], NEAR: ["recall"]}
    assert (snapshots(messages)[NEAR].orders, snapshots(messages)[FAR].orders[0].yours) == ((), True)
    assert last(office, claimed) == ("hand_over", MANAGER, "有急事")


def test_an_order_is_handed_over_to_somebody_else_whom_the_town_knows_or_not_at_all(
    office: Office, manager: ManagerDesk, claimed: WorkOrder
) -> None:
    assert refusal(lambda: manager.hand_over(claimed.id, NEAR, MANAGER, "", NOW)) == "already_yours"
    assert refusal(lambda: manager.hand_over(claimed.id, "stranger", MANAGER, "", NOW)) == "unknown_cleaner"
    manager.give_back(claimed.id, MANAGER, "做不了", NOW)
    assert refusal(lambda: manager.hand_over(claimed.id, FAR, MANAGER, "", NOW)) == "wrong_state"


def test_a_deferred_order_rests_until_its_day_and_is_then_offered_anew(office: Office, manager: ManagerDesk, claimed: WorkOrder) -> None:
    until = after(days=1)
    deferred = manager.defer(claimed.id, until, "副镇长", MANAGER, "等施工结束", NOW)
    assert (deferred.state, deferred.holder, deferred.due_at) == (OrderState.DEFERRED, None, until)
    assert told(office.carry()) == {NEAR: ["recall"]}
    office.desk.sweep(after(hours=20))
    assert office.order(claimed.id) == deferred
    office.desk.sweep(until)
    again = office.order(claimed.id)
    assert (again.state, again.deferred_until, again.claim_by) == (OrderState.OFFERED, None, until + timedelta(minutes=10))


def test_a_deferral_says_until_when_and_who_approved_it(office: Office, manager: ManagerDesk, offered: WorkOrder) -> None:
    manager.defer(offered.id, after(days=1), "副镇长", MANAGER, "等施工结束", NOW)
    with office.store.transaction() as book:
        event = book.events(offered.id)[-1]
    assert (event.actor, event.reason, event.detail) == (MANAGER, "等施工结束", {"until": after(days=1).isoformat(), "approver": "副镇长"})


def test_a_deferral_into_the_past_is_refused(manager: ManagerDesk, offered: WorkOrder) -> None:
    assert refusal(lambda: manager.defer(offered.id, NOW, "副镇长", MANAGER, "等", NOW)) == "past_date"


def test_a_deferred_order_goes_on_when_the_manager_says_so(manager: ManagerDesk, offered: WorkOrder) -> None:
    manager.defer(offered.id, after(days=1), "副镇长", MANAGER, "等施工结束", NOW)
    assert manager.resume(offered.id, MANAGER, "提前完工", after(hours=1)).offered_to == (NEAR, SECOND, THIRD)


def test_a_deferred_order_whose_problem_went_is_over(office: Office, manager: ManagerDesk, offered: WorkOrder) -> None:
    manager.defer(offered.id, after(days=1), "副镇长", MANAGER, "等施工结束", NOW)
    office.clears(BIN, after(hours=1))
    assert office.order(offered.id).state is OrderState.SELF_CLEARED


def test_the_same_problem_again_wakes_no_deferred_order_and_opens_none(office: Office, manager: ManagerDesk, offered: WorkOrder) -> None:
    manager.defer(offered.id, after(days=1), "副镇长", MANAGER, "等施工结束", NOW)
    office.look(changes=[IncidentChange(ChangeKind.OPENED, incident(2, at=after(hours=1)))], at=after(hours=1))
    assert [(order.id, order.state, order.incident_id) for order in office.live()] == [(offered.id, OrderState.DEFERRED, "incident-2")]


def test_a_whistled_order_moves_only_when_all_mandatory_units_have_reported_in(
    office: Office, manager: ManagerDesk, claimed: WorkOrder
) -> None:
    whistled = manager.whistle(claimed.id, UNITS, MANAGER, "要几家一起", NOW)
    assert (whistled.state, whistled.holder, whistled.due_at) == (OrderState.WHISTLED, None, after(hours=1))
    assert told(office.carry()) == {NEAR: ["recall"]}
    assert manager.report_in(claimed.id, "街道办", MANAGER, "已到", after(minutes=5)).state is OrderState.WHISTLED
    first = manager.report_in(claimed.id, "城管", MANAGER, "已清", after(minutes=10))
    assert (first.state, first.due_at) == (OrderState.WHISTLED, after(hours=2))
    last_one = manager.report_in(claimed.id, "物业", MANAGER, "已换桶", after(minutes=20))
    assert (last_one.state, last_one.done_at) == (OrderState.VERIFYING, after(minutes=20))
    office.clears(BIN, after(minutes=30))
    assert office.order(claimed.id).state is OrderState.CLOSED


def test_the_roll_call_shows_who_has_reported_in(office: Office, manager: ManagerDesk, offered: WorkOrder) -> None:
    manager.whistle(offered.id, UNITS, MANAGER, "要几家一起", NOW)
    manager.report_in(offered.id, "城管", MANAGER, "已清", after(minutes=10))
    with office.store.transaction() as book:
        calls = {call.unit: (call.is_awaited, call.note, call.report_by) for call in roll_call(book.events(offered.id))}
    assert calls == {
        "城管": (False, "已清", after(hours=1)),
        "物业": (True, "", after(hours=2)),
        "街道办": (False, "", after(minutes=30)),
    }


def test_a_unit_that_is_late_is_told_to_the_manager(office: Office, manager: ManagerDesk, offered: WorkOrder) -> None:
    manager.whistle(offered.id, UNITS, MANAGER, "要几家一起", NOW)
    office.carry()
    office.desk.sweep(after(hours=1))
    assert calls_for_attention(office.carry(after(hours=1))) == ["unit_not_reported"]
    with office.store.transaction() as book:
        assert book.events(offered.id)[-1].detail["units"] == ["城管"]


def test_a_whistle_needs_a_mandatory_unit_and_a_report_a_called_one(manager: ManagerDesk, offered: WorkOrder) -> None:
    assert refusal(lambda: manager.whistle(offered.id, UNITS[2:], MANAGER, "要几家一起", NOW)) == "no_mandatory_unit"
    assert refusal(lambda: manager.report_in(offered.id, "城管", MANAGER, "", NOW)) == "wrong_state"
    manager.whistle(offered.id, UNITS, MANAGER, "要几家一起", NOW)
    assert refusal(lambda: manager.report_in(offered.id, "电力", MANAGER, "", NOW)) == "unknown_unit"
    manager.report_in(offered.id, "城管", MANAGER, "", NOW)
    assert refusal(lambda: manager.report_in(offered.id, "城管", MANAGER, "", NOW)) == "reported_already"


def test_what_units_did_not_solve_is_offered_again(office: Office, manager: ManagerDesk, offered: WorkOrder) -> None:
    manager.whistle(offered.id, UNITS[:1], MANAGER, "要几家一起", NOW)
    manager.report_in(offered.id, "城管", MANAGER, "", after(minutes=1))
    for minute in (2, 3, 4):
        office.sees(BIN, True, after(minutes=minute))
    assert (office.order(offered.id).state, office.order(offered.id).attempt) == (OrderState.OFFERED, 2)


def test_a_manager_closes_what_no_camera_can_judge_but_not_against_one(office: Office, manager: ManagerDesk, claimed: WorkOrder) -> None:
    assert refusal(lambda: manager.confirm(claimed.id, PHOTO, MANAGER, "现场看过", NOW)) == "wrong_state"
    office.hears(NEAR, "done", order_id=claimed.id)
    office.sees(BIN, True, after(minutes=1))
    assert refusal(lambda: manager.confirm(claimed.id, PHOTO, MANAGER, "现场看过", after(minutes=2))) == "still_firing"
    office.sees(BIN, False, after(minutes=3))
    assert refusal(lambda: manager.confirm(claimed.id, PHOTO, NEAR, "自己看过", after(minutes=4))) == "own_work"
    office.carry(after(minutes=4))
    closed = manager.confirm(claimed.id, PHOTO, MANAGER, "现场看过", after(minutes=4))
    assert (closed.state, closed.ended_at) == (OrderState.CLOSED, after(minutes=4))
    assert told(office.carry(after(minutes=4))) == {NEAR: ["update"]}


def test_a_manager_who_is_not_content_has_it_done_again(office: Office, manager: ManagerDesk, claimed: WorkOrder) -> None:
    office.hears(NEAR, "done", order_id=claimed.id)
    again = manager.redo(claimed.id, MANAGER, "照片里还有", after(minutes=1))
    assert (again.state, again.attempt, again.holder) == (OrderState.OFFERED, 2, None)


def test_a_manager_too_offers_no_third_attempt(office: Office, manager: ManagerDesk, claimed: WorkOrder) -> None:
    for minute in (1, 2):
        office.hears(NEAR, "claim", order_id=claimed.id, at=after(minutes=minute))
        office.hears(NEAR, "done", order_id=claimed.id, at=after(minutes=minute))
        again = manager.redo(claimed.id, MANAGER, "照片里还有", after(minutes=minute))
    assert (again.state, again.attempt, last(office, claimed)[0]) == (OrderState.RETURNED, 3, "third_attempt")


@pytest.mark.parametrize(("name", "state"), [("dismiss", OrderState.FALSE_ALARM), ("cancel", OrderState.CANCELLED)])
def test_an_end_is_told_to_whoever_had_a_part_and_is_final(
    office: Office, manager: ManagerDesk, offered: WorkOrder, name: str, state: OrderState
) -> None:
    decide = getattr(manager, name)
    assert decide(offered.id, MANAGER, "是绿化袋", NOW).state is state
    assert last(office, offered) == (name, MANAGER, "是绿化袋")
    assert told(office.carry()) == {key: ["recall"] for key in (NEAR, SECOND, THIRD)}
    assert refusal(lambda: decide(offered.id, MANAGER, "是绿化袋", NOW)) == "ended"


def test_orders_are_merged_by_hand_with_all_that_was_merged_into_them(office: Office, manager: ManagerDesk, offered: WorkOrder) -> None:
    car, other = office.opens(incident(2, object_id="v1")), office.opens(incident(3, object_id="v2"))
    office.carry()
    manager.merge(car.id, offered.id, MANAGER, "同一家店", NOW)
    merged = manager.merge(offered.id, other.id, MANAGER, "同一家店", NOW)
    assert (merged.state, merged.parent_id) == (OrderState.MERGED, other.id)
    assert [order.id for order in office.live()] == [other.id]
    for what in (incident(3, object_id="v2"), BIN):
        office.clears(what, after(minutes=1))
    assert office.order(other.id).state is OrderState.OFFERED
    office.clears(incident(2, object_id="v1"), after(minutes=2))
    assert office.order(other.id).state is OrderState.SELF_CLEARED


def test_an_order_is_merged_neither_into_itself_nor_into_an_ended_one(office: Office, manager: ManagerDesk, offered: WorkOrder) -> None:
    car = office.opens(incident(2, object_id="v1"))
    assert refusal(lambda: manager.merge(car.id, car.id, MANAGER, "同一家店", NOW)) == "itself"
    manager.cancel(offered.id, MANAGER, "重复", NOW)
    assert refusal(lambda: manager.merge(car.id, offered.id, MANAGER, "同一家店", NOW)) == "ended_parent"
    assert refusal(lambda: manager.merge(car.id, "nothing", MANAGER, "同一家店", NOW)) == "unknown_order"
    assert office.order(car.id) == car


def test_nothing_is_decided_without_a_reason(office: Office, manager: ManagerDesk, offered: WorkOrder) -> None:
    assert refusal(lambda: manager.cancel(offered.id, MANAGER, " ", NOW)) == "reason_missing"
    assert (office.order(offered.id), office.carry()) == (offered, [])


def test_the_zone_is_not_asked_to_open_a_second_order_while_units_are_called(
    office: Office, manager: ManagerDesk, offered: WorkOrder
) -> None:
    manager.whistle(offered.id, UNITS, MANAGER, "要几家一起", NOW)
    office.clears(BIN, after(minutes=1))
    whistled = office.order(offered.id)
    assert (whistled.state, whistled.zone_id, office.actions(offered.id)[-1]) == (OrderState.WHISTLED, STATION, "see_clear")
