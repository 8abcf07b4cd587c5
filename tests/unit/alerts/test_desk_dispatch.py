"""Where cleaners are, what fell to them and how tired they are bears on who is offered an order; the event tells it."""

import json
from typing import Any

import pytest

from tests.doubles.people import (
    FAR,
    FARTHEST,
    NEAR,
    NOW,
    OFF_SHIFT,
    SECOND,
    STRANGER,
    THIRD,
    Office,
    after,
    calls_for_attention,
    content,
    incident,
    snapshots,
    township,
)
from town.rule_settings import Priority
from town.work import OrderEvent, OrderState

AT_THE_GATE = {"lat": 39.79, "lon": 116.5}


@pytest.fixture
def office() -> Office:
    return Office()


def stands(office: Office, name: str, position: dict[str, float] | None = None, minute: float = 0) -> str:
    at = after(minutes=minute)
    said = {"v": 1, "type": "position", "issued_at": at.isoformat(), "position": position or AT_THE_GATE}
    return office.desk.on_position(name, json.dumps(said).encode(), at)


def events(office: Office, order_id: str, action: str) -> list[OrderEvent]:
    with office.store.transaction() as book:
        return [event for event in book.events(order_id) if event.action == action]


def claims(office: Office, name: str, number: int, minute: float = 0) -> None:
    order = office.opens(incident(number, object_id=f"v{number}", at=after(minutes=minute)))
    assert office.hears(name, "claim", order_id=order.id, at=after(minutes=minute)) == "claim_won"
    office.hears(name, "done", order_id=order.id, at=after(minutes=minute))


def test_somebody_who_came_near_is_offered_the_order_and_told_how_far_it_is(office: Office) -> None:
    assert stands(office, FAR) == "position"
    order = office.opens(incident(at=after(minutes=2)))
    assert order.offered_to == (FAR, NEAR, SECOND)
    messages = office.carry(after(minutes=2))
    offer = next(content(message) for message in messages if message.cleaner_id == FAR)
    assert (offer["distance_m"], offer["why"].split("，")[1]) == (0, "离2分钟前的位置0米")
    assert snapshots(messages)[FAR].orders[0].distance_m == 0


def test_a_position_counts_until_the_next_and_no_longer_than_half_an_hour(office: Office) -> None:
    stands(office, FAR)
    stands(office, FAR, {"lat": 39.9, "lon": 116.5}, minute=1)
    assert FAR not in office.opens(incident(1, object_id="v1", at=after(minutes=2))).offered_to
    stands(office, FAR, minute=3)
    office.desk.sweep(after(minutes=34))
    with office.store.transaction() as book:
        assert book.last_positions() == {}


def test_where_somebody_is_off_shift_is_not_kept(office: Office) -> None:
    assert stands(office, OFF_SHIFT) == "off_shift"
    with office.store.transaction() as book:
        assert book.last_positions() == {}


@pytest.mark.parametrize(
    ("name", "payload", "reason"),
    [
        (NEAR, b"nonsense", "not_json"),
        (NEAR, b'{"type": "position", "issued_at": "2026-05-04T02:00:00Z", "position": {"lat": 91, "lon": 0}}', "bad_schema"),
        (STRANGER, b'{"type": "position", "issued_at": "2026-05-04T02:00:00Z", "position": {"lat": 39, "lon": 116}}', "unknown_cleaner"),
    ],
)
def test_a_position_that_is_none_is_a_dead_letter(office: Office, name: str, payload: bytes, reason: str) -> None:
    assert office.desk.on_position(name, payload, NOW) == reason
    assert [content(message)["reason"] for message in office.carry()] == [reason]


def test_the_event_of_an_offer_keeps_why_each_was_chosen(office: Office) -> None:
    claims(office, NEAR, 1)
    order = office.opens(incident(9, at=after(minutes=1)))
    (offered,) = events(office, order.id, "offer")
    expected: dict[str, Any] = {"ring": 1, "distance_m": 100, "position_age_s": None, "stray_m": 0, "load": 0}
    assert offered.detail["to"][NEAR] == expected | {"taken": 1, "offers": 1, "cap": 12}
    assert list(offered.detail["to"]) == [NEAR, SECOND, THIRD]


def test_who_took_more_of_the_shift_s_orders_comes_later() -> None:
    office = Office(township(dispatch={"nearest": 1}))
    for number in range(1, 4):
        claims(office, NEAR, number)
    assert office.opens(incident(9)).offered_to == (SECOND,)


def test_enough_is_enough_until_the_hour_is_over() -> None:
    office = Office(township(dispatch={"nearest": 1, "within_m": 200, "offers_an_hour": 2}))
    for number in (1, 2):
        claims(office, NEAR, number, minute=number)
    order = office.opens(incident(9, at=after(minutes=3)))
    assert order.offered_to == (SECOND,)
    (offered,) = events(office, order.id, "offer")
    assert offered.detail["capped"] == [NEAR]
    again = office.opens(incident(10, object_id="v10", at=after(minutes=62.5)))
    assert again.offered_to == (NEAR,)


def test_where_all_had_enough_the_manager_is_told_who_and_the_next_hour_goes_on() -> None:
    office = Office(township(dispatch={"nearest": 50, "within_m": 50_000, "offers_an_hour": 1}))
    claims(office, NEAR, 1)
    order = office.opens(incident(9, at=after(minutes=1)))
    (stranded,) = events(office, order.id, "strand")
    assert (stranded.reason, stranded.detail["capped"]) == ("nobody_rested", [FAR, FARTHEST, NEAR, SECOND, THIRD])
    assert "nobody_rested" in calls_for_attention(office.carry(after(minutes=1)))
    office.desk.sweep(after(minutes=61))
    assert office.order(order.id).state is OrderState.OFFERED


def test_a_fire_lane_asks_the_tired_too() -> None:
    plain = township(dispatch={"nearest": 1, "within_m": 200, "offers_an_hour": 1})
    top = [rule.model_copy(update={"priority": Priority.TOP}) if rule.id == "illegal-parking" else rule for rule in plain.rules]
    office = Office(plain.with_rules(top))
    for number in (1, 2, 3):
        claims(office, NEAR, number)
