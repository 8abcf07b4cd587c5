"""From an incident to offers, and from several claims to one holder: everybody is told."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from rules.judgement import ChangeKind, IncidentChange
from storage.database import Database
from tests.doubles.people import (
    FAR,
    NEAR,
    NOW,
    OFF_SHIFT,
    SECOND,
    STRANGER,
    THIRD,
    UNSKILLED,
    Office,
    after,
    calls_for_attention,
    content,
    incident,
    snapshots,
    told,
    township,
)
from town.places import Cleaner
from town.work import OrderState


@pytest.fixture
def office() -> Office:
    return Office()


def test_an_incident_becomes_an_order_offered_to_the_nearest(office: Office) -> None:
    order = office.opens(incident())
    assert (order.state, order.offered_to) == (OrderState.OFFERED, (NEAR, SECOND, THIRD))
    assert told(office.carry()) == {NEAR: ["offer"], SECOND: ["offer"], THIRD: ["offer"]}


def test_an_offer_says_in_chinese_what_to_do_where_and_by_when(office: Office) -> None:
    office.opens(incident())
    offer = next(content(message) for message in office.carry() if message.cleaner_id == NEAR)
    assert (offer["title"], offer["camera"], offer["zone"], offer["grid"]) == ("桶站满冒", "三号门", "三号门桶站", "第一网格")
    assert (offer["distance_m"], offer["why"]) == (100, "第1圈，离驻地100米，手上0单，本班已接0单，近一小时派过0次（上限12次）")
    assert (offer["claim_by"], offer["expires_at"]) == ("2026-05-04T02:10:00Z", "2026-05-04T02:10:00Z")


def test_everyone_offered_sees_the_order_in_their_snapshot(office: Office) -> None:
    order = office.opens(incident())
    shown = snapshots(office.carry())
    assert {name: [line.order_id for line in each.orders] for name, each in shown.items()} == {
        name: [order.id] for name in (NEAR, SECOND, THIRD)
    }


def test_the_same_incident_again_changes_nothing(office: Office) -> None:
    office.opens(incident())
    office.carry()
    office.opens(incident(), at=after(minutes=1))
    assert len(office.live()) == 1
    assert office.carry(after(minutes=1)) == []


def test_a_replay_of_the_same_look_gives_the_same_messages() -> None:
    first, second = Office(), Office()
    for office in (first, second):
        office.opens(incident())
    assert first.carry() == second.carry()


def test_an_order_stands_or_falls_with_the_look_that_opened_it(office: Office) -> None:
    with pytest.raises(RuntimeError), office.store.transaction() as book:
        office.desk.take_in(book, office.camera, [IncidentChange(ChangeKind.OPENED, incident())], [], NOW)
        raise RuntimeError("the look could not be stored")
    assert (office.live(), office.carry()) == ([], [])


def test_the_same_problem_under_a_new_incident_is_taken_over_by_its_order(office: Office) -> None:
    order = office.opens(incident(1))
    office.opens(incident(2), at=after(minutes=1))
    assert [(live.id, live.incident_id) for live in office.live()] == [(order.id, "incident-2")]


def test_another_vehicle_in_the_same_lane_is_another_order(office: Office) -> None:
    office.opens(incident(1, object_id="v1"))
    office.opens(incident(2, object_id="v2"))
    assert len(office.live()) == 2


def test_with_nobody_to_send_the_order_stays_open_and_the_grid_is_told() -> None:
    office = Office(township(cleaners=[]))
    order = office.opens(incident())
    assert (order.state, office.reasons(order.id)[-1]) == (OrderState.OPEN, "nobody_with_skill")
    assert calls_for_attention(office.carry()) == ["nobody_with_skill"]


def test_the_first_to_claim_wins_and_every_loser_is_told(office: Office) -> None:
    order = office.opens(incident())
    office.carry()
    assert office.hears(SECOND, "claim", order_id=order.id) == "claim_won"
    assert told(office.carry()) == {SECOND: ["claim_won"], NEAR: ["claim_lost"], THIRD: ["claim_lost"]}
    assert office.order(order.id).holder == SECOND


def test_a_later_claim_is_answered_claim_lost(office: Office) -> None:
    order = office.opens(incident())
    office.hears(SECOND, "claim", order_id=order.id)
    office.carry()
    assert office.hears(NEAR, "claim", event_id="my-late-claim", order_id=order.id) == "claim_lost"
    answer = content(office.carry()[0])
    assert (answer["type"], answer["reason"], answer["answers"]) == ("claim_lost", "taken", "my-late-claim")


def test_a_lost_order_leaves_the_losers_snapshot(office: Office) -> None:
    order = office.opens(incident())
    office.carry()
    office.hears(SECOND, "claim", order_id=order.id)
    shown = snapshots(office.carry())
    assert {name: [line.yours for line in each.orders] for name, each in shown.items()} == {SECOND: [True], NEAR: [], THIRD: []}


def test_a_winner_who_claims_again_is_told_once_more_that_it_is_theirs(office: Office) -> None:
    order = office.opens(incident())
    office.hears(NEAR, "claim", order_id=order.id)
    office.carry()
    assert office.hears(NEAR, "claim", order_id=order.id) == "already_yours"
    assert told(office.carry()) == {NEAR: ["claim_won"]}


def test_a_repeated_event_gets_the_stored_answer_again(office: Office) -> None:
    order = office.opens(incident())
    office.hears(NEAR, "claim", event_id="the-claim", order_id=order.id)
    first = [message for message in office.carry() if message.kind == "claim_won"]
    office.hears(NEAR, "arrived", order_id=order.id)
    office.carry()
    assert office.hears(NEAR, "claim", event_id="the-claim", order_id=order.id) == "repeated"
    assert office.carry() == first


def test_one_cleaner_s_event_id_says_nothing_about_another_s(office: Office) -> None:
    order = office.opens(incident())
    office.hears(NEAR, "claim", event_id="event-of-mine", order_id=order.id)
    assert office.hears(SECOND, "claim", event_id="event-of-mine", order_id=order.id) == "claim_lost"


def test_one_who_was_never_offered_it_learns_nothing_and_is_reported(office: Office) -> None:
    order = office.opens(incident())
    office.carry()
    assert office.hears(FAR, "claim", order_id=order.id) == "not_offered"
    answer, letter = (content(message) for message in office.carry())
    assert (answer["type"], answer["rev"], answer["reason"]) == ("claim_lost", 0, "not_offered")
    assert (letter["type"], letter["cleaner_id"], letter["reason"]) == ("dead_letter", FAR, "not_offered")


def test_an_order_that_does_not_exist_is_answered_so(office: Office) -> None:
    assert office.hears(NEAR, "done", order_id="no-such-order") == "unknown_order"
    assert told(office.carry()) == {NEAR: ["update"]}


def test_a_stranger_is_refused_and_reported(office: Office) -> None:
    order = office.opens(incident())
    office.carry()
    assert office.hears(STRANGER, "claim", order_id=order.id) == "unknown_cleaner"
    assert [content(message)["reason"] for message in office.carry()] == ["unknown_cleaner"]
    assert office.order(order.id).state is OrderState.OFFERED


@pytest.mark.parametrize(
    ("payload", "reason"),
    [(b"x" * 5000, "too_large"), (b"nonsense", "not_json"), (b'{"type": "dance"}', "unknown_type"), (b'{"type": "claim"}', "bad_schema")],
)
def test_what_cannot_be_read_goes_to_the_dead_letters(office: Office, payload: bytes, reason: str) -> None:
    assert office.desk.on_upward(NEAR, payload, NOW) == reason
    letter = office.carry()[0]
    assert (letter.topic, content(letter)["reason"]) == ("weisu/v1/yizhuang/service/dead-letter", reason)


def test_a_client_gone_mad_fills_one_row_a_second_at_most(office: Office) -> None:
    for number in range(50):
        office.desk.on_upward(NEAR, b"nonsense %d" % number, NOW)
    assert office.store.outbox.waiting_count() == 1


def test_a_receipt_is_noted_once_and_only_from_its_addressee(office: Office) -> None:
    office.opens(incident())
    offer = next(message for message in office.carry() if message.cleaner_id == NEAR)
    assert office.hears(SECOND, "received", msg_id=offer.id) == "receipt_ignored"
    assert office.hears(NEAR, "received", msg_id=offer.id) == "received"
    assert office.hears(NEAR, "received", msg_id=offer.id) == "receipt_ignored"


def test_a_hello_is_answered_with_a_fresh_snapshot(office: Office) -> None:
    order = office.opens(incident())
    before = snapshots(office.carry())[NEAR]
    assert office.hears(NEAR, "hello", boot_id="boot-1") == "hello"
    again = snapshots(office.carry())[NEAR]
    assert ([line.order_id for line in again.orders], again.snapshot_rev) == ([order.id], before.snapshot_rev + 1)


def test_one_who_declines_is_replaced_and_not_asked_again(office: Office) -> None:
    office = Office(township(dispatch={"nearest": 2}))
    order = office.opens(incident())
    office.carry()
    assert office.hears(NEAR, "decline", order_id=order.id) == "decline"
    assert office.order(order.id).offered_to == (SECOND, THIRD)
    assert told(office.carry()) == {THIRD: ["offer"], NEAR: ["update"]}


def test_why_somebody_declined_is_kept(office: Office) -> None:
    order = office.opens(incident())
    office.hears(NEAR, "decline", order_id=order.id, reason="在送孩子")
    office.hears(SECOND, "decline", order_id=order.id)
    with office.store.transaction() as book:
        declined = [(event.actor, event.reason) for event in book.events(order.id) if event.action == "decline"]
    assert declined == [(NEAR, "在送孩子"), (SECOND, "")]


def test_a_holder_hands_the_order_over_to_a_colleague(office: Office) -> None:
    order = office.opens(incident())
    office.hears(NEAR, "claim", order_id=order.id)
    office.hears(NEAR, "arrived", order_id=order.id)
    office.carry()
    said = {"order_id": order.id, "to": FAR, "reason": "要去接班"}
    assert office.hears(NEAR, "hand_over", event_id="hand-over-1", **said) == "hand_over"
    handed = office.order(order.id)
    assert (handed.state, handed.holder, handed.done_by) == (OrderState.CLAIMED, FAR, order.done_by)
    messages = office.carry()
    assert told(messages) == {FAR: ["claim_won"], NEAR: ["recall"]}
    assert content(next(message for message in messages if message.cleaner_id == NEAR))["answers"] == "hand-over-1"
    assert office.hears(NEAR, "done", order_id=order.id) == "not_holder"
    assert office.hears(FAR, "done", order_id=order.id) == "done"


@pytest.mark.parametrize(
    ("to", "reason"),
    [(NEAR, "itself"), ("nobody", "unknown_colleague"), (OFF_SHIFT, "colleague_off_shift"), (UNSKILLED, "colleague_unskilled")],
)
def test_an_order_cannot_be_handed_over_to_somebody_who_could_not_do_it(office: Office, to: str, reason: str) -> None:
    order = office.opens(incident())
    office.hears(NEAR, "claim", order_id=order.id)
    office.carry()
    assert office.hears(NEAR, "hand_over", order_id=order.id, to=to) == reason
    assert told(office.carry()) == {NEAR: ["update"]}
    assert office.order(order.id).holder == NEAR


def test_only_the_holder_hands_an_order_over(office: Office) -> None:
    order = office.opens(incident())
    office.hears(NEAR, "claim", order_id=order.id)
    assert office.hears(SECOND, "hand_over", order_id=order.id, to=SECOND) == "not_holder"


def test_one_who_handed_an_order_over_is_not_asked_again_when_it_comes_back(office: Office) -> None:
    order = office.opens(incident())
    office.hears(NEAR, "claim", order_id=order.id)
    office.hears(NEAR, "hand_over", order_id=order.id, to=SECOND)
    office.hears(SECOND, "cannot", order_id=order.id, reason="车坏了")
    assert set(office.order(order.id).offered_to) == {THIRD}


def test_when_all_have_declined_the_order_is_open_and_the_grid_is_told() -> None:
    office = Office(township(dispatch={"nearest": 1, "within_m": 10}))
    order = office.opens(incident())
    everybody = order.offered_to
    for name in everybody:
        office.hears(name, "decline", order_id=order.id)
    assert office.order(order.id).state is OrderState.OPEN
    assert calls_for_attention(office.carry()) == ["nobody_left"]


def test_an_order_given_back_is_offered_to_the_others(office: Office) -> None:
    order = office.opens(incident())
    office.hears(NEAR, "claim", order_id=order.id)
    office.carry()
    assert office.hears(NEAR, "cannot", order_id=order.id, reason="车坏了", at=after(minutes=5)) == "cannot"
    back = office.order(order.id)
    assert (back.state, back.holder, set(back.offered_to)) == (OrderState.OFFERED, None, {SECOND, THIRD})
    assert back.claim_by == after(minutes=15)
    assert calls_for_attention(office.carry(after(minutes=5))) == ["车坏了"]


def test_a_false_alarm_ends_the_order_with_its_reason(office: Office) -> None:
    order = office.opens(incident())
    office.hears(NEAR, "claim", order_id=order.id)
    assert office.hears(NEAR, "false_alarm", order_id=order.id, reason="是绿化袋") == "false_alarm"
    assert (office.order(order.id).state, office.reasons(order.id)[-1]) == (OrderState.FALSE_ALARM, "是绿化袋")
    assert snapshots(office.carry())[NEAR].orders == ()


def test_only_the_holder_reports(office: Office) -> None:
    order = office.opens(incident())
    office.hears(NEAR, "claim", order_id=order.id)
    assert office.hears(SECOND, "done", order_id=order.id) == "not_holder"
    assert office.hears(OFF_SHIFT, "false_alarm", order_id=order.id, reason="no") == "not_holder"
    assert office.order(order.id).state is OrderState.CLAIMED


@pytest.mark.parametrize("kind", ["memory", "sqlite"])
def test_of_fifty_who_claim_at_once_one_wins_and_all_the_others_are_told(kind: str, tmp_path: Path) -> None:
    crowd = township(cleaners=[_neighbour(number) for number in range(50)], dispatch={"nearest": 50})
    database = Database.open(f"sqlite:///{tmp_path / 'weisu.db'}") if kind == "sqlite" else None
    office = Office(crowd, database)
    try:
        order = office.opens(incident())
        office.carry()
        with ThreadPoolExecutor(50) as pool:
            words = list(pool.map(lambda name: _claims(office, name, order.id), order.offered_to))
        inboxes = told(office.carry())
    finally:
        office.store.close()
    assert sorted(words) == ["claim_lost"] * 49 + ["claim_won"]
    winner = order.offered_to[words.index("claim_won")]
    assert inboxes.pop(winner) == ["claim_won"]
    assert len(inboxes) == 49
    assert all(set(types) == {"claim_lost"} for types in inboxes.values())


def _claims(office: Office, name: str, order_id: str) -> str:
    said = {"v": 1, "type": "claim", "event_id": f"claim-of-{name}", "issued_at": NOW.isoformat(), "order_id": order_id}
    return office.desk.on_upward(name, json.dumps(said).encode(), NOW)


def _neighbour(number: int) -> Cleaner:
    near = township().cleaner_by_id[NEAR]
    return near.model_copy(update={"id": f"c{number:02}"})


def test_a_rule_that_lost_its_memory_gets_somebody_sent_even_after_a_false_alarm(office: Office) -> None:
    order = office.opens(incident(1))
    office.hears(NEAR, "claim", order_id=order.id)
    office.hears(NEAR, "false_alarm", order_id=order.id, reason="误报")
    again = office.opens(incident(2), at=after(minutes=5))
    assert (again.id != order.id, again.state) == (True, OrderState.OFFERED)


def test_an_order_under_verification_is_no_load_on_its_holder(office: Office) -> None:
    office = Office(township(dispatch={"nearest": 1}))
    first = office.opens(incident(1, object_id="v1"))
    office.hears(NEAR, "claim", order_id=first.id)
    assert office.opens(incident(2, object_id="v2")).offered_to == (SECOND,)
    office.hears(NEAR, "done", order_id=first.id)
    assert office.opens(incident(3, object_id="v3")).offered_to == (NEAR,)
