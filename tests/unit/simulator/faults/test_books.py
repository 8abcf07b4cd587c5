"""A checker that cannot fail is a defect: every kind of planted error is found, and right books are right."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from alerts.lifecycle import Action
from alerts.messages import LiveOrder
from simulator.faults.books import Kind, Ledger, Won, wrongs
from storage.audit import Audit, Breach, Break
from tests.doubles.order_samples import NOW, after, event, incident, moved, order
from town.rule_settings import Priority
from town.work import OrderEvent, OrderState, WorkOrder

OFFERED, OFFERED_EVENT = moved(order(), state=OrderState.OFFERED, offered_to=("c01", "c02"))[1:]
CLAIMED, CLAIMED_EVENT = moved(OFFERED, state=OrderState.CLAIMED, holder="c01")[1:]
ENDED, _ENDING = moved(CLAIMED, state=OrderState.CLOSED, ended_at=NOW)[1:]
ENDED_EVENT = replace(_ENDING, action=Action.CLOSE)
WHOLE = Audit(events=0, orders=0, head="")


def line(of: WorkOrder, yours: bool = True) -> LiveOrder:
    return LiveOrder(
        order_id=of.id,
        rev=of.rev,
        state=of.state,
        yours=yours,
        title="t",
        camera="c",
        zone="z",
        grid="g",
        position=of.position,
        priority=Priority.NORMAL,
        attempt=1,
        claim_by=of.claim_by,
        done_by=of.done_by,
        distance_m=1,
    )


def call(of: WorkOrder) -> OrderEvent:
    return replace(event(of), action=Action.OVERDUE)


def shown(*lines: LiveOrder) -> Mapping[str, LiveOrder]:
    return {one.order_id: one for one in lines}


def ledger(now: WorkOrder = CLAIMED, **changed: object) -> Ledger:
    """One incident, its order, which somebody holds and was called for, and two phones; with what is changed."""
    right = Ledger(
        now=NOW,
        problems=["incident-1"],
        incidents=[incident()],
        orders=[now],
        events={now.id: [event(order()), OFFERED_EVENT, CLAIMED_EVENT, call(now)]},
        screens={"c01": shown(line(now)), "c02": {}},
        audit=WHOLE,
    )
    return replace(right, **changed)  # type: ignore[arg-type]


def kinds(books: Ledger) -> list[Kind]:
    return [wrong.kind for wrong in wrongs(books)]


def test_right_books_are_right() -> None:
    assert wrongs(ledger()) == []


def test_a_problem_that_no_incident_tells_of_is_found() -> None:
    assert kinds(ledger(problems=["incident-1", "incident-2"])) == [Kind.UNSEEN]


def test_a_lost_order_is_found() -> None:
    assert kinds(ledger(incidents=[incident(), incident(2)])) == [Kind.LOST]


def test_an_incident_that_an_order_took_over_is_not_lost() -> None:
    took_over = replace(call(CLAIMED), action=Action.RECUR, detail={"incident_id": "incident-2"})
    books = ledger(incidents=[incident(), incident(2)])

    assert wrongs(replace(books, events={CLAIMED.id: [*books.events[CLAIMED.id], took_over]})) == []


def test_two_live_orders_for_one_problem_are_found() -> None:
    second = replace(CLAIMED, id="order-2", incident_id="incident-2", holder="c02")
    books = ledger(
        incidents=[incident(), replace(incident(2), key=incident().key)],
        orders=[CLAIMED, second],
        events={CLAIMED.id: [call(CLAIMED)], "order-2": [call(second)]},
        screens={"c01": shown(line(CLAIMED)), "c02": shown(line(second))},
    )

    assert kinds(books) == [Kind.DOUBLED]


def test_an_order_that_nobody_was_called_for_is_found() -> None:
    assert kinds(ledger(events={CLAIMED.id: [event(order())]})) == [Kind.LEFT_LYING]


def test_an_order_beyond_its_deadline_is_found() -> None:
    late = CLAIMED.done_by + timedelta(seconds=1)

    assert kinds(replace(ledger(), now=late)) == [Kind.LEFT_LYING]


def test_two_cleaners_who_were_both_told_that_it_is_theirs_are_found() -> None:
    assert kinds(ledger(won=[Won("c01", CLAIMED.id, 3), Won("c02", CLAIMED.id, 3)])) == [Kind.TWO_HOLDERS]


def test_one_cleaner_told_twice_and_another_after_a_return_are_right() -> None:
    assert wrongs(ledger(won=[Won("c01", CLAIMED.id, 3), Won("c01", CLAIMED.id, 3), Won("c02", CLAIMED.id, 6)])) == []


def test_an_order_that_was_claimed_while_somebody_held_it_is_found() -> None:
    stolen = replace(CLAIMED_EVENT, from_state=OrderState.CLAIMED, action=Action.CLAIM, actor="c02")

    assert kinds(ledger(events={CLAIMED.id: [CLAIMED_EVENT, stolen, call(CLAIMED)]})) == [Kind.TWO_HOLDERS]


def test_a_ghost_on_a_phone_is_found() -> None:
    unknown = line(replace(CLAIMED, id="order-9"))

    assert kinds(ledger(screens={"c01": shown(line(CLAIMED)), "c02": shown(unknown)})) == [Kind.GHOST]


def test_an_ended_order_on_a_phone_is_a_ghost() -> None:
    books = ledger(ENDED, events={ENDED.id: [ENDED_EVENT]}, screens={"c01": shown(line(CLAIMED)), "c02": {}})

    assert kinds(books) == [Kind.GHOST]


def test_anothers_order_on_a_phone_is_a_ghost() -> None:
    assert kinds(ledger(screens={"c01": shown(line(CLAIMED)), "c02": shown(line(OFFERED, yours=False))})) == [Kind.GHOST]


def test_an_order_that_its_holders_phone_does_not_show_is_found() -> None:
    assert kinds(ledger(screens={"c01": {}, "c02": {}})) == [Kind.HIDDEN]


def test_an_order_that_a_phone_shows_in_another_state_is_found() -> None:
    assert kinds(ledger(screens={"c01": shown(line(OFFERED, yours=False)), "c02": {}})) == [Kind.SHOWN_WRONGLY]


def test_a_phone_that_nobody_answers_is_found() -> None:
    assert kinds(ledger(unanswered=["c02"])) == [Kind.UNANSWERED]


def test_a_message_that_stays_in_the_outbox_is_found() -> None:
    assert kinds(ledger(unsent=["offer to …/inbox, tried 9 times, waiting"])) == [Kind.UNSENT]


def test_a_broken_chain_is_found() -> None:
    assert kinds(ledger(audit=replace(WHOLE, broken=Break(Breach.CHANGED, CLAIMED.id)))) == [Kind.BROKEN_CHAIN]


def test_a_damaged_file_is_found() -> None:
    assert kinds(ledger(integrity="row 3 missing from index outbox_by_order")) == [Kind.DAMAGED]


def test_an_order_that_ended_needs_no_call() -> None:
    books = ledger(ENDED, events={ENDED.id: [ENDED_EVENT]}, screens={"c01": {}, "c02": {}})

    assert wrongs(replace(books, now=after(hours=99))) == []
