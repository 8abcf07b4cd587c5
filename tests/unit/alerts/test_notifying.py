"""What happens to orders reaches those who answer for it: each fault once, in the transaction that decided."""

from typing import Any

import pytest

from alerts.manager_desk import ManagerDesk
from alerts.notifications import Notification, Saying, said
from alerts.roll_call import Call
from tests.doubles.people import GATE, MANAGER, NEAR, NOW, PARKING, Office, after, incident, plain_township, township
from town.recipients import Matter
from town.work import WorkOrder

PEOPLE = {
    "recipients": [
        {"id": "wang", "role": "manager", "grids": ["g1"], "urls": ["WECOM_URL"]},
        {"id": "li", "role": "engineer", "urls": ["MAIL_URL"]},
    ]
}


def office_with(**changed: Any) -> Office:
    return Office(township(notices=PEOPLE, **changed))


@pytest.fixture
def office() -> Office:
    return office_with()


def waiting(office: Office, minutes: float = 0) -> list[Notification]:
    return list(office.store.waiting_notifications(after(minutes=minutes)))


def heard(office: Office, minutes: float = 24 * 60) -> list[tuple[str, Matter]]:
    return [(one.recipient, one.matter) for one in waiting(office, minutes)]


def verified_again(office: Office, order: WorkOrder) -> None:
    """Done, and seen firing on: a redo."""
    at = after(minutes=office.order(order.id).attempt)
    office.hears(NEAR, "claim", order_id=order.id, at=at)
    office.hears(NEAR, "done", order_id=order.id, at=at)
    for minute in (1, 2, 3):
        office.sees(incident(), firing=True, at=at.replace(second=10 * minute))


def test_an_order_that_nobody_claims_is_told_once_however_often_it_is_renewed(office: Office) -> None:
    order = office.opens(incident())
    for minutes in (10, 20, 30):
        office.desk.sweep(after(minutes=minutes))
    told = waiting(office, 60)
    assert [(one.recipient, one.matter, one.happened_at) for one in told] == [("wang", Matter.OVERDUE, after(minutes=10))]
    assert told[0].detail["order"] == order.id


def test_with_nobody_to_tell_nothing_is_written() -> None:
    office = Office()
    office.opens(incident())
    office.desk.sweep(after(minutes=10))
    assert waiting(office, 60) == []


def test_nobody_to_send_is_told_and_taken_back_when_somebody_comes() -> None:
    office = office_with(cleaners=[])
    office.opens(incident())
    assert heard(office) == [("wang", Matter.NOBODY_TO_SEND)]
    manned = Office(township(notices=PEOPLE), office.store)
    manned.desk.sweep(after(minutes=1))
    assert heard(office) == []


def test_what_was_overdue_is_called_over_once_the_order_has_ended(office: Office) -> None:
    order = office.opens(incident())
    office.desk.sweep(after(minutes=10))
    told = said(waiting(office, 11)[0], Saying.FAULT, after(minutes=11))
    with office.store.transaction() as book:
        book.change_notification(told)
    ManagerDesk(office.store, office.township).cancel(order.id, MANAGER, "已处理", after(minutes=30))
    assert [one.left_to_say for one in waiting(office, 30)] == ["healed"]


def test_the_third_return_and_the_third_attempt_are_told(office: Office) -> None:
    order = office.opens(incident())
    manager = ManagerDesk(office.store, office.township)
    for _ in range(2):
        verified_again(office, order)
    assert heard(office) == [("wang", Matter.THIRD_ATTEMPT)]
    for _ in range(3):
        manager.name_owner(order.id, NEAR, MANAGER, "", NOW)
        manager.give_back(order.id, MANAGER, "太重了", NOW)
    assert heard(office) == [("wang", Matter.THIRD_RETURN)], "that somebody was named ended the other"


def test_each_unit_that_is_late_is_told_once(office: Office) -> None:
    order = office.opens(incident())
    calls = [Call("城管", after(minutes=30)), Call("环卫", after(minutes=30)), Call("物业", after(minutes=30), mandatory=False)]
    ManagerDesk(office.store, office.township).whistle(order.id, calls, MANAGER, "要几家一起", NOW)
    for minutes in (31, 100, 200):
        office.desk.sweep(after(minutes=minutes))
    assert [(one.matter, one.detail["unit"]) for one in waiting(office, 300)] == [(Matter.UNIT_LATE, "城管"), (Matter.UNIT_LATE, "环卫")]


def test_an_order_of_top_priority_is_urgent() -> None:
    rules = plain_township()["rules"]
    office = office_with(rules=[rules[0], rules[1] | {"priority": "top"}])
    assert office.opens(incident(object_id="v1")).rule_id == PARKING
    office.opens(incident(2))
    office.desk.sweep(after(minutes=10))
    assert [one.urgent for one in waiting(office, 10)] == [True, False]


def test_a_manager_of_another_grid_hears_nothing() -> None:
    elsewhere = {"recipients": [{"id": "zhao", "role": "manager", "grids": ["g2"], "urls": ["X_URL"]}]}
    grids = [{"id": "g1", "name": "一", "manager": "m1"}, {"id": "g2", "name": "二", "manager": "m2"}]
    office = Office(township(notices=elsewhere, grids=grids))
    office.opens(incident())
    office.desk.sweep(after(minutes=10))
    assert office.camera.id == GATE
    assert heard(office) == []


def test_dead_letters_are_told_to_engineers_once_a_day_and_reason(office: Office) -> None:
    for number in range(3):
        office.desk.on_upward(NEAR, b"no json", after(minutes=number))
    office.desk.on_upward("nobody", b'{"v":1,"type":"hello","issued_at":"2026-05-04T02:00:00Z"}', NOW)
    told = waiting(office, 24 * 60)
    assert [(one.recipient, one.matter) for one in told] == [("li", Matter.DEAD_LETTERS)] * 2
    assert len({one.detail["reason"] for one in told}) == 2
