"""What a cleaner knows, whatever is lost, repeated, late or out of order."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.cleaner_state import CleanerState, Verdict
from alerts.messages import ClaimLost, ClaimWon, Downward, LiveOrder, Offer, Recall, Redo, Snapshot, Update
from town.geometry import Position
from town.rule_settings import Priority
from town.work import OrderState

NINE = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)
LATER = NINE + timedelta(minutes=1)


def work(**changes: Any) -> dict[str, Any]:
    return {
        "title": "垃圾桶满溢",
        "camera": "三号门",
        "zone": "站点",
        "grid": "第一网格",
        "position": Position(39.79, 116.5),
        "priority": Priority.NORMAL,
        "attempt": 1,
        "claim_by": NINE + timedelta(minutes=10),
        "done_by": NINE + timedelta(hours=1),
        "distance_m": 120,
    } | changes


def head(msg_id: str, rev: int = 1, at: datetime = NINE, **changes: Any) -> dict[str, Any]:
    return {"msg_id": msg_id, "order_id": "o1", "rev": rev, "issued_at": at} | changes


def offer(msg_id: str = "m1", rev: int = 1, at: datetime = NINE, **changes: Any) -> Offer:
    return Offer(**work(), **head(msg_id, rev, at, **changes))


def line(order_id: str = "o1", rev: int = 1, state: OrderState = OrderState.OFFERED, yours: bool = False) -> LiveOrder:
    return LiveOrder(order_id=order_id, rev=rev, state=state, yours=yours, **work())


def snapshot(rev: int, *lines: LiveOrder, at: datetime = NINE, more: int = 0) -> Snapshot:
    return Snapshot(msg_id=f"s{rev}", snapshot_rev=rev, issued_at=at, orders=lines, more=more)


def after(*messages: Downward | Snapshot) -> CleanerState:
    state = CleanerState()
    for message in messages:
        state = state.take_snapshot(message) if isinstance(message, Snapshot) else state.take(message, NINE)[0]
    return state


def states(state: CleanerState) -> dict[str, OrderState]:
    return {order_id: line.state for order_id, line in state.orders.items()}


def test_an_offer_is_live_until_it_is_recalled() -> None:
    assert states(after(offer())) == {"o1": OrderState.OFFERED}
    assert not after(offer(), Recall(**head("m2", 2), reason="self_cleared")).orders


def test_a_claim_that_is_won_is_ones_own() -> None:
    state = after(offer(), ClaimWon(**work(), **head("m2", 2)))

    assert (state.orders["o1"].state, state.orders["o1"].yours) == (OrderState.CLAIMED, True)


def test_a_claim_that_is_lost_leaves_the_list() -> None:
    assert not after(offer(), ClaimLost(**head("m2", 2), reason="taken")).orders


def test_an_update_moves_ones_own_order_on_and_its_end_takes_it_away() -> None:
    mine = (offer(), ClaimWon(**work(), **head("m2", 2)))

    assert states(after(*mine, Update(**head("m3", 3), state=OrderState.VERIFYING))) == {"o1": OrderState.VERIFYING}
    assert not after(*mine, Update(**head("m3", 3), state=OrderState.CLOSED, reason="verified")).orders


def test_work_that_failed_its_verification_is_offered_again() -> None:
    again = Redo(**work(attempt=2), **head("m3", 5))

    assert after(offer(), Update(**head("m2", 4), state=OrderState.CLOSED), again).orders["o1"].attempt == 2


def test_a_repeated_message_changes_nothing() -> None:
    state = after(offer())

    assert state.take(offer(), NINE) == (state, Verdict.REPEATED)


def test_an_expired_message_changes_nothing() -> None:
    state, verdict = CleanerState().take(offer(expires_at=NINE), NINE)

    assert (state, verdict) == (CleanerState(), Verdict.EXPIRED)


def test_a_message_that_was_overtaken_changes_nothing_of_the_order() -> None:
    state, verdict = after(Recall(**head("m2", 2), reason="taken")).take(offer("m1", 1), NINE)

    assert (states(state), verdict) == ({}, Verdict.STALE)


def test_an_answer_is_an_answer_even_where_the_snapshot_was_quicker() -> None:
    state = after(offer(), snapshot(1, line(rev=2, state=OrderState.CLAIMED, yours=True)))
    _, verdict = state.take(ClaimWon(**work(), **head("m2", 2, answers="event-01")), NINE)

    assert verdict is Verdict.ANSWER_ONLY


def test_a_snapshot_brings_what_was_lost_and_takes_what_is_gone() -> None:
    state = after(offer(), snapshot(1, line("o2"), at=LATER))

    assert states(state) == {"o2": OrderState.OFFERED}


def test_an_older_snapshot_changes_nothing() -> None:
    state = after(snapshot(2, line("o2")), snapshot(1, line("o1")))

    assert set(state.orders) == {"o2"}


def test_a_snapshot_does_not_undo_what_was_heard_after_it_was_written() -> None:
    state = after(offer(at=LATER), snapshot(1, at=NINE))

    assert set(state.orders) == {"o1"}


def test_a_snapshot_does_not_bring_back_what_was_recalled_meanwhile() -> None:
    state = after(Recall(**head("m2", 3), reason="taken"), snapshot(1, line(rev=2)))

    assert not state.orders


def test_once_the_services_clock_was_put_back_a_snapshot_still_takes_what_is_gone() -> None:
    before = after(offer(at=NINE), snapshot(1, line(), at=NINE))

    assert not before.take_snapshot(snapshot(2, at=NINE - timedelta(seconds=20))).orders


def test_once_the_services_clock_was_put_back_by_long_even_what_no_snapshot_told_of_is_gone() -> None:
    state = after(offer(at=NINE), snapshot(1, line("o2"), at=NINE - timedelta(hours=1)))

    assert set(state.orders) == {"o2"}


def test_after_the_services_clock_was_put_back_later_news_is_heard_again() -> None:
    an_hour_before = NINE - timedelta(hours=1)
    state = after(
        offer(at=NINE), snapshot(1, line(), at=NINE), snapshot(2, at=an_hour_before), offer("m2", order_id="o2", at=an_hour_before)
    )

    assert set(state.orders) == {"o2"}


def test_what_did_not_fit_into_a_snapshot_is_kept() -> None:
    state = after(offer(), snapshot(1, line("o2"), at=LATER, more=1))

    assert set(state.orders) == {"o1", "o2"}


def test_an_old_offer_from_the_brokers_queue_is_not_a_live_order() -> None:
    state, verdict = after(snapshot(7, at=LATER)).take(offer(at=NINE), LATER)

    assert (states(state), verdict) == ({}, Verdict.STALE)


def test_a_claim_from_the_brokers_queue_does_not_bring_back_what_has_ended() -> None:
    state = after(offer(), snapshot(7, at=LATER), ClaimWon(**work(), **head("m2", 2, NINE)))

    assert not state.orders


def test_a_refusal_about_an_unknown_order_changes_no_order() -> None:
    state, verdict = after(offer()).take(Update(**head("m9", 0, order_id="o9", answers="event-09"), reason="unknown_order"), NINE)

    assert (set(state.orders), verdict) == ({"o1"}, Verdict.ANSWER_ONLY)


def refused(at: datetime) -> Update:
    return Update(**head("m9", 0, at, answers="event-09"), reason="unknown_order")


def test_an_order_that_the_service_does_not_know_leaves_the_screen_once_it_says_so() -> None:
    state, verdict = after(offer(rev=7)).take(refused(at=LATER), NINE)

    assert (states(state), verdict) == ({}, Verdict.ANSWER_ONLY)


def test_an_old_refusal_takes_away_nothing_that_was_offered_since() -> None:
    state = after(snapshot(3, line(rev=7), at=LATER), refused(at=NINE))

    assert set(state.orders) == {"o1"}


HISTORY: list[Downward | Snapshot] = [
    offer("m1", 1, NINE),
    snapshot(1, line(rev=1), at=NINE),
    ClaimWon(**work(), **head("m2", 2, NINE + timedelta(seconds=20))),
    snapshot(2, line(rev=2, state=OrderState.CLAIMED, yours=True), at=NINE + timedelta(seconds=20)),
    Update(**head("m3", 3, NINE + timedelta(seconds=40)), state=OrderState.VERIFYING),
    snapshot(3, line(rev=3, state=OrderState.VERIFYING, yours=True), at=NINE + timedelta(seconds=40)),
    Update(**head("m4", 4, NINE + timedelta(seconds=60)), state=OrderState.CLOSED),
    snapshot(4, at=NINE + timedelta(seconds=60)),
]


@settings(max_examples=400)
@given(st.lists(st.sampled_from(HISTORY), max_size=20), st.permutations(HISTORY), st.integers(1, 7))
def test_any_order_of_messages_any_loss_and_any_repetition_ends_at_the_last_snapshot(
    noise: list[Downward | Snapshot], shuffled: list[Downward | Snapshot], kept: int
) -> None:
    state = after(*noise, *shuffled[:kept], HISTORY[-1], *noise)

    assert not state.orders


def test_links_that_did_not_fit_into_a_snapshot_stay_while_they_are_of_the_same_attempt() -> None:
    shown = Offer(**work(before_picture="https://w/1"), **head("m1"))
    again = line(rev=2).model_copy(update={"attempt": 2})
    assert after(shown, snapshot(1, line(rev=1))).orders["o1"].before_picture == "https://w/1"
    assert after(shown, snapshot(1, again)).orders["o1"].before_picture is None


def test_an_update_brings_newer_links_and_one_without_takes_none_away() -> None:
    won = ClaimWon(**work(before_picture="https://w/1"), **head("m2", rev=2))
    arrived = Update(state=OrderState.ON_SITE, before_picture="https://w/2", **head("m3", rev=3))
    silent = Update(state=OrderState.VERIFYING, **head("m4", rev=4))
    assert after(won, arrived, silent).orders["o1"].before_picture == "https://w/2"
