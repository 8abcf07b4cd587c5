from datetime import timedelta

from storage.database import Database
from storage.figures import Spread
from tests.doubles.look_samples import look, put_off
from tests.doubles.order_samples import NOW, after, event, incident, message, moved, order
from town.looks import LookOutcome, PutOffReason, SeenBy
from town.work import OrderState, WorkOrder


def keep(database: Database, *orders: WorkOrder) -> None:
    with database.transaction() as book:
        for number, each in enumerate(orders, 1):
            book.save_incident(incident(number, id=each.incident_id, opened_at=each.opened_at))
            book.add(each, event(each))


def offer(database: Database, number: int, order_id: str, received_s: float | None) -> None:
    """An offer that the broker took, and perhaps a receipt some seconds after NOW."""
    with database.transaction() as book:
        book.send([message(number, order_id=order_id)])
    database.outbox.mark_sent([f"message-{number}"], NOW)
    if received_s is not None:
        with database.transaction() as book:
            book.mark_received(f"message-{number}", "c01", after(seconds=received_s))


def test_nothing_happened_yet(database: Database) -> None:
    summary = database.figures.summary(NOW)
    assert set(summary.looks) == set(LookOutcome)
    assert set(summary.orders) == set(OrderState)
    assert (summary.looks_planned, summary.incidents, summary.offers, summary.received, summary.verified_closed) == (0, 0, 0, 0, 0)
    assert summary.detect_to_received is None


def test_looks_are_counted_by_outcome_since_an_instant(database: Database) -> None:
    outcomes = [LookOutcome.DONE, LookOutcome.DONE, LookOutcome.FAILED, LookOutcome.UNKNOWN, LookOutcome.SKIPPED]
    with database.transaction() as book:
        book.record_look(look(0, ended_at=after(seconds=-1)))
        for number, outcome in enumerate(outcomes, 1):
            book.record_look(look(number, outcome=outcome))
    summary = database.figures.summary(NOW)
    assert summary.looks == {"done": 2, "failed": 1, "unknown": 1, "skipped": 1}
    assert summary.looks_planned == 5


def test_incidents_and_orders_are_counted_since_an_instant(database: Database) -> None:
    old = order(3, opened_at=after(days=-1), state=OrderState.CLOSED)
    keep(database, order(1), order(2, state=OrderState.CLOSED), old, order(4, state=OrderState.SELF_CLEARED))
    summary = database.figures.summary(NOW)
    assert summary.incidents == 3
    assert {state: count for state, count in summary.orders.items() if count} == {"offered": 1, "closed": 1, "self_cleared": 1}
    assert summary.verified_closed == 1


def test_offers_count_once_the_broker_took_them_and_receipts_apart(database: Database) -> None:
    keep(database, order())
    offer(database, 1, "order-1", received_s=3)
    offer(database, 2, "order-1", received_s=None)
    with database.transaction() as book:
        book.send([message(3), message(4, kind="update")])
    database.outbox.mark_sent(["message-4"], NOW)
    summary = database.figures.summary(NOW)
    assert (summary.offers, summary.received) == (2, 1)


def test_detect_to_received_runs_to_the_first_receipt_of_each_order(database: Database) -> None:
    keep(database, order(1), order(2), order(3), order(4, opened_at=after(days=-1)))
    offer(database, 1, "order-1", received_s=5)
    offer(database, 2, "order-1", received_s=2.5)
    offer(database, 3, "order-2", received_s=8)
    offer(database, 4, "order-3", received_s=None)
    offer(database, 5, "order-4", received_s=9)
    assert database.figures.summary(NOW).detect_to_received == Spread(count=2, p50=2.5, p95=8.0, p99=8.0)


def test_live_orders_are_listed_oldest_first(database: Database) -> None:
    keep(database, order(1, opened_at=after(minutes=1)), order(2), order(3, state=OrderState.CLOSED))
    assert [live.id for live in database.figures.live_orders()] == ["order-2", "order-1"]
    assert [live.id for live in database.figures.live_orders(at_most=1)] == ["order-2"]


def test_recent_events_come_newest_first(database: Database) -> None:
    keep(database, order(1), order(2))
    with database.transaction() as book:
        book.change(*moved(order(1), state=OrderState.CLAIMED))
    assert [(each.order_id, each.action) for each in database.figures.recent_events(2)] == [("order-1", "claim"), ("order-2", "offer")]
    assert [each.action for each in database.figures.events("order-1")] == ["offer", "claim"]


def test_messages_that_were_given_up_are_shown_with_their_error(database: Database) -> None:
    with database.transaction() as book:
        book.send([message(1), message(2), message(3)])
    database.outbox.mark_failed("message-1", "connection lost", NOW)
    database.outbox.mark_failed("message-2", "not authorised", None)
    assert database.figures.given_up() == [(message(2), "not authorised")]


def test_looks_are_counted_by_who_saw_since_an_instant(database: Database) -> None:
    seers = [SeenBy.NETWORK_FIRST, SeenBy.REUSE, SeenBy.REUSE, SeenBy.NETWORK_CHANGED, SeenBy.REUSE, SeenBy.NOBODY]
    with database.transaction() as book:
        book.record_look(look(0, ended_at=after(seconds=-1), seen_by=SeenBy.REUSE))
        for number, seer in enumerate(seers, 1):
            book.record_look(look(number, seen_by=seer))
    summary = database.figures.summary(NOW)
    assert {word: count for word, count in summary.seen_by.items() if count} == {
        "nobody": 1,
        "reuse": 3,
        "network_first": 1,
        "network_changed": 1,
    }
    assert (summary.network_looks, summary.reused_share) == (2, 0.6)


def test_no_look_reused_nothing(database: Database) -> None:
    assert (database.figures.summary(NOW).network_looks, database.figures.summary(NOW).reused_share) == (0, 0.0)


def test_planned_looks_are_those_made_skipped_and_dropped_and_each_put_off_has_its_reason(database: Database) -> None:
    with database.transaction() as book:
        book.record_look(look(1))
        book.record_look(look(2, outcome=LookOutcome.SKIPPED, reason="still_looking"))
        book.note_put_off([put_off(late=2, dropped=3), put_off(camera_id="gate-2", late=1, dropped=0)])
        book.note_put_off([put_off(reason=PutOffReason.BACKING_OFF, late=0, dropped=4), put_off(hour=put_off().hour - timedelta(hours=1))])
    summary = database.figures.summary(NOW)
    assert summary.put_off == {"still_looking": 1, "over_budget": 6, "backing_off": 4}
    assert (summary.looks_planned, summary.looks[LookOutcome.DONE], summary.dropped) == (9, 1, 7)


def test_orders_are_counted_by_camera_since_an_instant(database: Database) -> None:
    old = order(3, opened_at=after(days=-8))
    keep(database, order(1), order(2, camera_id="gate-2"), old, order(4, camera_id="gate-2", state=OrderState.CLOSED))
    assert database.figures.orders_by_camera(after(days=-7)) == {order(1).camera_id: 1, "gate-2": 2}


def test_looks_are_counted_by_camera_and_outcome_within_a_span(database: Database) -> None:
    with database.transaction() as book:
        book.record_look(look(1, ended_at=NOW))
        book.record_look(look(2, outcome=LookOutcome.FAILED, ended_at=after(minutes=1)))
        book.record_look(look(3, camera_id="alley-1", ended_at=after(minutes=1)))
        book.record_look(look(4, ended_at=after(minutes=2)))
    counted = database.figures.outcomes_by_camera(NOW, after(minutes=2))
    assert counted == {"gate-1": {LookOutcome.DONE: 1, LookOutcome.FAILED: 1}, "alley-1": {LookOutcome.DONE: 1}}


def test_looks_that_were_never_made_are_counted_by_camera(database: Database) -> None:
    with database.transaction() as book:
        book.note_put_off([put_off(dropped=2), put_off(camera_id="alley-1", dropped=0)])
    assert database.figures.dropped_by_camera(put_off().hour) == {"gate-1": 2}
    assert database.figures.dropped_by_camera(put_off().hour + timedelta(hours=1)) == {}
