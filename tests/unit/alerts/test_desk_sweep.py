"""The sweep keeps the deadlines: it sends again, widens, renews, presses, and forgets nothing over a restart."""

import logging
from typing import Any

import pytest

from alerts.desk import SWEPT_AT_ONCE, OrderDesk
from alerts.manager_desk import ManagerDesk
from tests.doubles.memory_store import MemoryStore
from tests.doubles.people import (
    FAR,
    FARTHEST,
    MANAGER,
    NEAR,
    NOW,
    OFF_SHIFT,
    SECOND,
    THIRD,
    Office,
    after,
    calls_for_attention,
    content,
    incident,
    snapshots,
    told,
    township,
)
from town.work import OrderState

AFTERNOON = after(hours=5)
"""Three in the afternoon: the morning shift has gone home, and the night shift is not yet there."""


@pytest.fixture
def office() -> Office:
    return Office()


def test_an_offer_without_a_receipt_goes_out_again_under_the_same_id(office: Office) -> None:
    office.opens(incident())
    offers = {message.cleaner_id: message.id for message in office.carry() if message.kind == "offer"}
    for name in (SECOND, THIRD):
        office.hears(name, "received", msg_id=offers[name])
    office.desk.sweep(after(seconds=10))
    assert office.carry(after(seconds=10)) == []
    office.desk.sweep(after(seconds=21))
    assert [message.id for message in office.carry(after(seconds=21))] == [offers[NEAR]]


def test_unclaimed_the_offer_goes_round_wider_and_wider(office: Office) -> None:
    office.opens(incident())
    office.carry()
    office.desk.sweep(after(minutes=3))
    assert {name for name, types in told(office.carry(after(minutes=3))).items() if name == FAR} == {FAR}
    office.desk.sweep(after(minutes=6))
    assert FARTHEST in told(office.carry(after(minutes=6)))
    assert set(office.live()[0].offered_to) == {NEAR, SECOND, THIRD, FAR, FARTHEST}


def test_a_sweep_of_several_orders_rewrites_a_snapshot_once(office: Office) -> None:
    for number in range(SWEPT_AT_ONCE - 1):
        office.opens(incident(number + 1, object_id=f"car-{number}"))
    office.carry()
    office.desk.sweep(after(minutes=3))
    rewritten = [message.topic for message in office.carry(after(minutes=3)) if message.kind == "snapshot"]
    assert len(rewritten) == len(set(rewritten)) == 4


def test_nothing_due_means_nothing_said(office: Office) -> None:
    order = office.opens(incident())
    office.carry()
    office.desk.sweep(after(seconds=5))
    assert (office.order(order.id), office.carry(after(seconds=5))) == (order, [])


def test_unclaimed_in_time_the_manager_is_called_and_all_are_asked_anew(office: Office) -> None:
    order = office.opens(incident())
    office.carry()
    office.desk.sweep(after(minutes=10))
    messages = office.carry(after(minutes=10))
    assert calls_for_attention(messages) == ["unclaimed"]
    (call,) = (message for message in messages if message.kind == "order_news" and content(message)["attention"])
    assert (call.topic, content(call)["action"]) == ("weisu/v1/yizhuang/grids/g1/orders", "overdue")
    fresh = [content(message)["claim_by"] for message in messages if message.created_at == after(minutes=10) and message.kind == "offer"]
    assert fresh == ["2026-05-04T02:20:00Z"] * 5
    assert office.order(order.id).claim_by == after(minutes=20)


def test_the_missed_deadline_stays_on_record(office: Office) -> None:
    order = office.opens(incident())
    office.desk.sweep(after(minutes=10))
    with office.store.transaction() as book:
        missed = [event.detail["missed"] for event in book.events(order.id) if event.action == "overdue"]
    assert missed == [after(minutes=10).isoformat()]


def test_an_open_order_is_offered_as_soon_as_somebody_comes_on_shift() -> None:
    office = Office()
    order = office.opens(incident(at=AFTERNOON))
    office.carry(AFTERNOON)
    assert order.state is OrderState.OPEN
    office.desk.sweep(after(hours=12.5))
    assert office.order(order.id).offered_to == (OFF_SHIFT,)


def test_an_open_order_s_reason_is_noted_once_and_not_at_every_sweep() -> None:
    office = Office(township(cleaners=[]))
    order = office.opens(incident())
    for second in range(5):
        office.desk.sweep(after(seconds=second))
    assert office.actions(order.id) == ["open", "strand"]


def test_a_reason_is_noted_anew_where_the_order_was_put_off_in_between() -> None:
    office = Office(township(cleaners=[]))
    order = office.opens(incident())
    ManagerDesk(office.store, office.township).defer(order.id, after(hours=1), "副镇长", MANAGER, "等施工结束", NOW)
    office.carry()
    office.desk.sweep(after(hours=1))
    assert office.actions(order.id) == ["open", "strand", "defer", "resume", "strand"]
    assert calls_for_attention(office.carry(after(hours=1))) == ["nobody_with_skill"]


def test_a_reason_is_noted_anew_where_the_order_was_held_in_between() -> None:
    nobody_by_day = [cleaner.model_dump(mode="json") for cleaner in township().cleaners if cleaner.id == OFF_SHIFT]
    office = Office(township(cleaners=nobody_by_day))
    order = office.opens(incident(at=AFTERNOON))
    office.desk.sweep(after(hours=12.5))
    assert office.hears(OFF_SHIFT, "claim", order_id=order.id, at=after(hours=12.6)) == "claim_won"
    office.desk.sweep(after(hours=24))
    assert [action for action in office.actions(order.id) if action in {"offer", "release", "strand"}] == [
        "strand",
        "offer",
        "release",
        "strand",
    ]


def test_an_offer_is_taken_from_those_whose_shift_ended(office: Office) -> None:
    order = office.opens(incident(at=after(hours=3.9)))
    office.carry(after(hours=3.9))
    office.desk.sweep(after(hours=4))
    messages = office.carry(after(hours=4))
    assert (office.order(order.id).state, calls_for_attention(messages)) == (OrderState.OPEN, ["nobody_on_shift"])
    assert {name: types[-1] for name, types in told(messages).items()} == dict.fromkeys((NEAR, SECOND, THIRD), "recall")
    assert snapshots(messages)[NEAR].orders == ()


def test_not_done_in_time_the_holder_is_reminded_and_the_manager_called(office: Office) -> None:
    order = office.opens(incident())
    office.hears(NEAR, "claim", order_id=order.id)
    office.carry()
    office.desk.sweep(after(minutes=70))
    messages = office.carry(after(minutes=70))
    assert (told(messages), calls_for_attention(messages)) == ({NEAR: ["update"]}, ["not_done"])
    assert (office.order(order.id).holder, office.order(order.id).done_by) == (NEAR, after(minutes=130))


def test_an_order_whose_holder_went_home_is_offered_anew(office: Office) -> None:
    order = office.opens(incident(at=after(hours=3.5)))
    office.hears(NEAR, "claim", order_id=order.id, at=after(hours=3.5))
    office.desk.sweep(after(hours=12.5))
    again = office.order(order.id)
    assert (again.holder, again.offered_to, again.attempt) == (None, (OFF_SHIFT,), 1)


def test_an_order_that_nobody_went_to_goes_to_others_a_quarter_of_an_hour_after_the_shift(office: Office) -> None:
    order = office.opens(incident(at=after(hours=3.9)))
    office.hears(NEAR, "claim", order_id=order.id, at=after(hours=3.9))
    office.carry(after(hours=3.9))
    office.desk.sweep(after(hours=4, minutes=14))
    assert office.order(order.id).holder == NEAR
    office.desk.sweep(after(hours=4, minutes=15))
    messages = office.carry(after(hours=4, minutes=15))
    assert (office.order(order.id).state, office.order(order.id).holder) == (OrderState.OPEN, None)
    assert told(messages) == {NEAR: ["recall"]}
    assert calls_for_attention(messages) == ["holder_off_shift", "nobody_on_shift"]


def test_who_is_at_the_place_when_the_shift_ends_may_finish(office: Office) -> None:
    order = office.opens(incident(at=after(hours=3.9)))
    office.hears(NEAR, "claim", order_id=order.id, at=after(hours=3.9))
    office.hears(NEAR, "arrived", order_id=order.id, at=after(hours=3.95))
    office.desk.sweep(after(hours=4.5))
    assert (office.order(order.id).state, office.order(order.id).holder) == (OrderState.ON_SITE, NEAR)
    assert office.hears(NEAR, "done", order_id=order.id, at=after(hours=4.6)) == "done"


def test_whom_a_manager_named_off_shift_keeps_the_order_until_it_is_overdue(office: Office) -> None:
    order = office.opens(incident())
    ManagerDesk(office.store, office.township).name_owner(order.id, OFF_SHIFT, MANAGER, "他愿意来", NOW)
    office.desk.sweep(after(minutes=59))
    assert office.order(order.id).holder == OFF_SHIFT
    office.desk.sweep(after(minutes=60))
    assert office.order(order.id).holder is None


def test_a_restart_forgets_no_deadline(office: Office) -> None:
    order = office.opens(incident())
    reborn = OrderDesk(office.store, office.township)
    reborn.sweep(after(minutes=10))
    assert office.order(order.id).claim_by == after(minutes=20)


def test_a_broken_order_does_not_stop_the_others(office: Office, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = office.opens(incident(1, object_id="v1"))
    whole = office.opens(incident(2, object_id="v2"))
    change = type(_book_of(office.store)).change

    def fragile(book: Any, before: Any, after_: Any, event: Any) -> bool:
        if before.id == broken.id:
            raise OSError("disk on fire")
        return bool(change(book, before, after_, event))

    monkeypatch.setattr(type(_book_of(office.store)), "change", fragile)
    with caplog.at_level(logging.CRITICAL, "alerts.desk"):
        office.desk.sweep(after(minutes=10))
    assert office.order(broken.id).claim_by == after(minutes=10)
    assert office.order(whole.id).claim_by == after(minutes=20)


def _book_of(store: MemoryStore) -> object:
    with store.transaction() as book:
        return book


def test_a_claim_that_was_overtaken_is_heard_again_against_what_now_stands(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    order = office.opens(incident())
    book_type, calls = type(_book_of(office.store)), []
    change = book_type.change  # type: ignore[attr-defined]

    def overtaken_once(book: Any, before: Any, after_: Any, event: Any) -> bool:
        calls.append(event.actor)
        return len(calls) > 1 and bool(change(book, before, after_, event))

    monkeypatch.setattr(book_type, "change", overtaken_once)
    assert office.hears(NEAR, "claim", order_id=order.id) == "claim_won"
    assert calls == [NEAR, NEAR]
    assert office.order(order.id).holder == NEAR


def test_the_sweep_is_the_same_at_any_instant_it_is_late_by(office: Office) -> None:
    office.opens(incident(at=NOW))
    office.desk.sweep(after(hours=2))
    order = office.live()[0]
    assert (order.state, order.claim_by) == (OrderState.OFFERED, after(hours=2, minutes=10))
