"""What the desk does by itself beside the main road: duplicates merged, what comes back noted, the third return kept for a manager."""

from dataclasses import replace
from datetime import datetime

import pytest

from rules.judgement import ChangeKind, Decision, IncidentChange, Verdict
from tests.doubles.people import (
    BINS,
    FAR,
    FIRE_LANE,
    GARBAGE,
    GATE,
    LANE,
    NEAR,
    NOW,
    PARKING,
    SECOND,
    STATION,
    THIRD,
    Office,
    after,
    categorised,
    incident,
    told,
)
from town.geometry import Box
from town.rule_settings import Priority
from town.work import Incident, IncidentKey, OrderState, WorkOrder

OTHER_SPOT = Box(0.6, 0.6, 0.8, 0.8)


@pytest.fixture
def office() -> Office:
    return Office(categorised())


def garbage(number: int = 2, at: datetime = NOW) -> Incident:
    return replace(incident(number, at=at), key=IncidentKey(GARBAGE, GATE, STATION))


def looks(office: Office, at: datetime, **firing: bool) -> None:
    rules = {"bins": BINS, "garbage": GARBAGE}
    office.look(*(Decision(rules[name], GATE, STATION, at, Verdict.STILL_FIRING, firing=seen) for name, seen in firing.items()), at=at)


def done(office: Office, order: WorkOrder, minute: int) -> None:
    office.hears(NEAR, "claim", order_id=order.id)
    office.hears(NEAR, "done", order_id=order.id, at=after(minutes=minute))


def test_a_second_problem_of_the_category_in_the_zone_is_merged_and_nobody_is_sent_twice(office: Office) -> None:
    parent = office.opens(incident())
    office.carry()
    child = office.opens(garbage())
    assert (child.state, child.parent_id, office.actions(child.id)) == (OrderState.MERGED, parent.id, ["open", "merge"])
    assert (office.actions(parent.id)[-1], office.order(parent.id).priority) == ("absorb", Priority.HIGH)
    assert told(office.carry()) == {}
    assert [order.id for order in office.live()] == [parent.id]


def test_the_holder_of_the_parent_is_told(office: Office) -> None:
    parent = office.opens(incident())
    office.hears(NEAR, "claim", order_id=parent.id)
    office.carry()
    office.opens(garbage())
    assert told(office.carry()) == {NEAR: ["update"]}


def test_a_parent_is_not_over_before_what_was_merged_into_it_is(office: Office) -> None:
    parent = office.opens(incident())
    office.opens(garbage())
    office.clears(incident(), after(minutes=1))
    assert office.order(parent.id).state is OrderState.OFFERED
    office.clears(garbage(), after(minutes=2))
    assert office.order(parent.id).state is OrderState.SELF_CLEARED


def test_verification_asks_for_every_problem_that_was_merged(office: Office) -> None:
    parent = office.opens(incident())
    office.opens(garbage())
    done(office, parent, 5)
    office.clears(incident(), after(minutes=6))
    assert office.order(parent.id).state is OrderState.VERIFYING
    for minute in (7, 8, 9):
        looks(office, after(minutes=minute), bins=False, garbage=True)
    assert (office.order(parent.id).attempt, office.order(parent.id).state) == (2, OrderState.OFFERED)


def test_a_parent_closes_once_all_its_problems_have_cleared(office: Office) -> None:
    parent = office.opens(incident())
    office.opens(garbage())
    done(office, parent, 5)
    office.clears(incident(), after(minutes=6))
    office.clears(garbage(), after(minutes=7))
    assert office.order(parent.id).state is OrderState.CLOSED


def test_two_cars_in_a_lane_are_two_problems_and_one_car_by_two_rules_is_one(office: Office) -> None:
    first = office.opens(incident(1, object_id="v1"))
    second = office.opens(replace(incident(2, object_id="v2"), box=OTHER_SPOT))
    same = office.opens(replace(incident(3, object_id="v1"), key=IncidentKey(FIRE_LANE, GATE, LANE, "v1")))
    assert [one.state for one in (office.order(first.id), second, same)] == [OrderState.OFFERED, OrderState.OFFERED, OrderState.MERGED]
    assert same.parent_id == first.id


def test_without_a_category_nothing_is_merged() -> None:
    office = Office()
    office.opens(incident(1, object_id="v1"))
    assert office.opens(incident(2, object_id="v2")).state is OrderState.OFFERED


def test_what_comes_back_within_hours_names_the_order_that_was_closed(office: Office) -> None:
    first = office.opens(incident())
    done(office, first, 5)
    office.clears(incident(), after(minutes=6))
    soon = office.opens(incident(2, at=after(hours=2)))
    assert soon.recurs_of == first.id
    office.clears(incident(2), after(hours=2.1))
    assert office.opens(incident(3, at=after(hours=30))).recurs_of == ""


def test_the_third_return_waits_for_a_manager_who_is_reminded(office: Office) -> None:
    order = office.opens(incident())
    for name in (NEAR, SECOND, THIRD):
        office.hears(name, "claim", order_id=order.id)
        assert office.hears(name, "cannot", order_id=order.id, reason="车太大") == "cannot"
    waiting = office.order(order.id)
    assert (waiting.state, waiting.offered_to, waiting.returns) == (OrderState.RETURNED, (), 3)
    office.desk.sweep(after(minutes=11))
    assert office.reasons(order.id)[-1] == "no_owner_named"
    assert office.hears(FAR, "claim", order_id=order.id, at=after(minutes=12)) == "not_offered"


def test_a_returned_order_whose_problem_went_needs_nobody(office: Office) -> None:
    order = office.opens(incident(1, object_id="v1"))
    for name in (NEAR, SECOND, THIRD):
        office.hears(name, "claim", order_id=order.id)
        office.hears(name, "cannot", order_id=order.id, reason="车太大")
    office.clears(incident(1, object_id="v1"), after(minutes=3))
    assert (order.rule_id, office.order(order.id).state) == (PARKING, OrderState.SELF_CLEARED)


def test_a_look_at_which_the_same_problem_opens_twice_merges_once(office: Office) -> None:
    both = [IncidentChange(ChangeKind.OPENED, incident()), IncidentChange(ChangeKind.OPENED, garbage())]
    office.look(changes=both)
    office.look(changes=both)
    assert [order.state for order in office.live()] == [OrderState.OFFERED]
    assert office.order_of(garbage()).state is OrderState.MERGED
