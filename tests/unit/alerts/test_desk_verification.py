"""The camera that saw the problem says whether it is gone; a dark one says nothing and closes nothing."""

from datetime import datetime

import pytest

from alerts.manager_desk import ManagerDesk
from alerts.roll_call import Call
from rules.judgement import Decision, Verdict
from tests.doubles.people import (
    BINS,
    GATE,
    LANE,
    MANAGER,
    NEAR,
    NOW,
    PARKING,
    SECOND,
    STATION,
    Office,
    after,
    calls_for_attention,
    incident,
    snapshots,
    told,
    township,
)
from town.work import Incident, OrderState, WorkOrder

BIN = incident()
CAR = incident(object_id="v1")
DONE_AT = after(minutes=10)


def at(minute: float) -> datetime:
    """Minutes after the report."""
    return after(minutes=10 + minute)


def reported(office: Office, what: Incident = BIN) -> WorkOrder:
    """An order that its holder reports as done, ten minutes after it opened."""
    order = office.opens(what)
    office.hears(NEAR, "claim", order_id=order.id)
    office.hears(NEAR, "done", order_id=order.id, at=DONE_AT)
    office.carry(DONE_AT)
    return office.order(order.id)


def looks(office: Office, what: Incident, seen: str, first_minute: int = 1) -> None:
    """Play looks a minute apart: c clear, f firing, x could not tell."""
    for minute, letter in enumerate(seen, first_minute):
        office.sees(what, {"c": False, "f": True, "x": None}[letter], at(minute))


@pytest.fixture
def office() -> Office:
    return Office()


def test_a_report_of_done_waits_for_the_camera(office: Office) -> None:
    order = reported(office)
    assert (order.state, order.done_at, order.verify_by) == (OrderState.VERIFYING, DONE_AT, after(minutes=40))


def test_the_rule_letting_go_after_the_report_closes_the_order(office: Office) -> None:
    order = reported(office)
    office.clears(BIN, at(2))
    closed = office.order(order.id)
    assert (closed.state, closed.ended_at, office.reasons(order.id)[-1]) == (OrderState.CLOSED, at(2), "rule_cleared")


def test_the_holder_is_told_that_it_is_verified_and_it_leaves_their_snapshot(office: Office) -> None:
    reported(office)
    office.clears(BIN, at(2))
    messages = office.carry(at(2))
    assert told(messages) == {NEAR: ["update"]}
    assert snapshots(messages)[NEAR].orders == ()


@pytest.mark.parametrize("seen", ["cc", "cfc", "fcc", "ffcc", "xcxc", "cffcc"])
def test_two_clear_looks_of_three_close_what_the_rule_let_go_before_the_report(office: Office, seen: str) -> None:
    order = office.opens(BIN)
    office.hears(NEAR, "claim", order_id=order.id)
    office.clears(BIN, after(minutes=5))
    office.hears(NEAR, "done", order_id=order.id, at=DONE_AT)
    looks(office, BIN, seen[:-1])
    assert office.order(order.id).state is OrderState.VERIFYING
    looks(office, BIN, seen[-1], first_minute=9)
    assert (office.order(order.id).state, office.reasons(order.id)[-1]) == (OrderState.CLOSED, "seen_clear")


def test_clear_looks_do_not_close_an_order_whose_incident_still_stands(office: Office) -> None:
    order = reported(office)
    looks(office, BIN, "cccc")
    assert office.order(order.id).state is OrderState.VERIFYING
    office.clears(BIN, at(9))
    assert office.order(order.id).state is OrderState.CLOSED


@pytest.mark.parametrize("seen", ["fff", "cfff", "ccfff", "fcfff", "fxfxf"])
def test_three_firing_looks_in_a_row_send_somebody_again(office: Office, seen: str) -> None:
    order = reported(office)
    looks(office, BIN, seen)
    again = office.order(order.id)
    assert (again.state, again.attempt, again.holder, again.done_at) == (OrderState.OFFERED, 2, None, None)
    assert told(office.carry(at(9)))[SECOND] == ["redo"]


def test_one_who_failed_and_is_not_asked_again_is_told_so() -> None:
    office = Office(township(dispatch={"nearest": 1}))
    reported(office)
    other = office.opens(incident(2, object_id="v1", at=at(0)))
    office.hears(NEAR, "claim", order_id=other.id, at=at(0))
    office.carry(at(0))
    looks(office, BIN, "fff")
    assert told(office.carry(at(4))) == {SECOND: ["redo"], NEAR: ["recall"]}


def test_a_redo_without_a_receipt_goes_out_again() -> None:
    office = Office(township(dispatch={"nearest": 1}))
    reported(office)
    looks(office, BIN, "fff")
    office.carry(at(3))
    office.desk.sweep(at(4))
    assert told(office.carry(at(4))) == {NEAR: ["redo"]}


def test_a_second_attempt_has_new_deadlines(office: Office) -> None:
    order = reported(office)
    looks(office, BIN, "fff")
    again = office.order(order.id)
    assert (again.claim_by, again.done_by) == (after(minutes=23), after(minutes=83))


def failed_twice(office: Office) -> WorkOrder:
    order = reported(office)
    looks(office, BIN, "fff")
    assert calls_for_attention(office.carry(at(4))) == []
    office.hears(NEAR, "claim", order_id=order.id, at=at(4))
    office.hears(NEAR, "done", order_id=order.id, at=at(5))
    office.carry(at(5))
    looks(office, BIN, "fff", first_minute=6)
    return office.order(order.id)


def test_the_third_attempt_waits_for_the_manager_who_is_called_again_and_again(office: Office) -> None:
    order = failed_twice(office)
    assert (order.state, order.attempt, order.holder, order.offered_to) == (OrderState.RETURNED, 3, None, ())
    messages = office.carry(at(9))
    assert calls_for_attention(messages) == ["still_firing"]
    assert told(messages) == {NEAR: ["recall"]}
    office.desk.sweep(at(20))
    assert calls_for_attention(office.carry(at(20))) == ["no_owner_named"]


def test_after_two_attempts_somebody_is_named_or_several_units_are_called(office: Office) -> None:
    manager = ManagerDesk(office.store, office.township)
    order = failed_twice(office)
    named = manager.name_owner(order.id, SECOND, MANAGER, "只有他能行", at(10))
    assert (named.state, named.holder, named.attempt) == (OrderState.CLAIMED, SECOND, 3)
    office.hears(SECOND, "done", order_id=order.id, at=at(11))
    looks(office, BIN, "fff", first_minute=12)
    assert (office.order(order.id).state, office.order(order.id).attempt) == (OrderState.RETURNED, 4)
    calls = [Call("城管", at(60))]
    assert manager.whistle(order.id, calls, MANAGER, "要几家一起", at(16)).state is OrderState.WHISTLED


def test_what_failed_twice_and_then_went_by_itself_is_over(office: Office) -> None:
    order = failed_twice(office)
    office.clears(BIN, at(15))
    assert office.order(order.id).state is OrderState.SELF_CLEARED


def test_a_look_from_before_the_report_counts_for_nothing(office: Office) -> None:
    order = reported(office)
    office.sees(BIN, True, DONE_AT)
    assert office.order(order.id) == order


def test_a_repeated_look_counts_for_nothing(office: Office) -> None:
    order = reported(office)
    office.sees(BIN, False, at(1), Verdict.REPEATED_LOOK)
    assert office.order(order.id) == order


def test_other_zones_and_rules_say_nothing_about_this_one(office: Office) -> None:
    order = reported(office)
    office.look(
        Decision(BINS, GATE, LANE, at(1), Verdict.STILL_FIRING, firing=True),
        Decision(PARKING, GATE, STATION, at(1), Verdict.STILL_FIRING, firing=True),
        at=at(1),
    )
    assert office.order(order.id) == order


def test_another_car_in_the_lane_does_not_fail_the_one_that_left(office: Office) -> None:
    order = office.opens(CAR)
    office.hears(NEAR, "claim", order_id=order.id)
    office.clears(CAR, after(minutes=5))
    office.hears(NEAR, "done", order_id=order.id, at=DONE_AT)
    looks(office, incident(2, object_id="v2"), "ff")
    assert office.order(order.id).state is OrderState.CLOSED


def test_a_dark_camera_never_closes_and_the_manager_is_told(office: Office) -> None:
    order = reported(office)
    looks(office, BIN, "xxxx")
    for hour in (1, 2, 3):
        office.desk.sweep(after(hours=hour))
    waiting = office.order(order.id)
    assert (waiting.state, waiting.attempt, waiting.verify_by) == (OrderState.VERIFYING, 1, after(hours=3.5))
    assert calls_for_attention(office.carry(after(hours=3))) == ["no_evidence"] * 3


def test_time_running_out_on_a_firing_look_sends_somebody_again(office: Office) -> None:
    order = reported(office)
    looks(office, BIN, "cf")
    office.desk.sweep(after(minutes=40))
    assert (office.order(order.id).attempt, office.order(order.id).state) == (2, OrderState.OFFERED)


@pytest.mark.parametrize(("seen", "reason"), [("c", "too_few_looks"), ("cc", "rule_still_open")])
def test_time_running_out_on_clear_looks_gives_more_time(office: Office, seen: str, reason: str) -> None:
    order = reported(office)
    looks(office, BIN, seen)
    office.desk.sweep(after(minutes=40))
    assert (office.order(order.id).state, office.order(order.id).verify_by) == (OrderState.VERIFYING, after(minutes=70))
    assert calls_for_attention(office.carry(after(minutes=40))) == [reason]


def test_a_problem_that_goes_by_itself_is_recalled_from_everyone(office: Office) -> None:
    order = office.opens(BIN)
    office.carry()
    office.clears(BIN, after(minutes=2))
    assert office.order(order.id).state is OrderState.SELF_CLEARED
    messages = office.carry(after(minutes=2))
    assert set(map(tuple, told(messages).values())) == {("recall",)}
    assert [each.orders for each in snapshots(messages).values()] == [()] * 3


def test_a_problem_that_goes_while_somebody_is_on_the_way_stays_theirs(office: Office) -> None:
    order = office.opens(BIN)
    office.hears(NEAR, "claim", order_id=order.id)
    office.carry()
    office.clears(BIN, after(minutes=2))
    assert (office.order(order.id).state, office.order(order.id).holder) == (OrderState.CLAIMED, NEAR)
    assert told(office.carry(after(minutes=2))) == {NEAR: ["update"]}


def test_an_order_given_back_after_the_problem_went_ends(office: Office) -> None:
    order = office.opens(BIN)
    office.hears(NEAR, "claim", order_id=order.id)
    office.clears(BIN, after(minutes=2))
    office.hears(NEAR, "cannot", order_id=order.id, reason="下班了", at=after(minutes=3))
    assert office.order(order.id).state is OrderState.SELF_CLEARED


def test_the_problem_coming_back_during_verification_is_not_a_second_order(office: Office) -> None:
    order = office.opens(BIN)
    office.hears(NEAR, "claim", order_id=order.id)
    office.clears(BIN, after(minutes=5))
    office.hears(NEAR, "done", order_id=order.id, at=DONE_AT)
    back = incident(2, at=at(1))
    office.opens(back)
    looks(office, back, "fff", first_minute=2)
    assert [(live.id, live.attempt, live.incident_id) for live in office.live()] == [(order.id, 2, back.id)]


def test_the_problem_coming_back_after_closing_is_a_new_order(office: Office) -> None:
    order = reported(office)
    office.clears(BIN, at(2))
    office.opens(incident(2, at=at(30)))
    assert [live.id == order.id for live in office.live()] == [False]


def test_an_incident_clearing_after_its_order_ended_changes_nothing(office: Office) -> None:
    order = office.opens(BIN)
    office.hears(NEAR, "claim", order_id=order.id)
    office.hears(NEAR, "false_alarm", order_id=order.id, reason="误报")
    ended = office.order(order.id)
    office.clears(BIN, NOW)
    assert office.order(order.id) == ended
