from datetime import UTC, datetime, timedelta

from alerts.lifecycle import Action
from storage.cohorts import LookCount
from storage.database import Database
from tests.doubles.look_samples import look, put_off
from tests.doubles.order_samples import NOW, after, event, incident, message, moved, order
from town.looks import LookOutcome
from town.work import OrderState, WorkOrder

DAY_LATER = after(days=1)


def keep(database: Database, number: int, **changed: object) -> WorkOrder:
    kept = order(number, **changed)
    with database.transaction() as book:
        book.save_incident(incident(number, opened_at=kept.opened_at - timedelta(seconds=2)))
        book.add(kept, event(kept, Action.OPEN, detail={"incident_id": kept.incident_id}))
    return kept


def test_a_window_holds_its_first_instant_and_not_its_last(database: Database) -> None:
    for number, opened_at in enumerate([after(seconds=-1), NOW, after(hours=23), DAY_LATER], 1):
        keep(database, number, opened_at=opened_at)
    assert [found.id for found in database.cohorts.orders(NOW, DAY_LATER)] == ["order-2", "order-3"]
    assert [found.order.id for found in database.cohorts.cases(NOW, DAY_LATER)] == ["order-2", "order-3"]


def test_a_case_has_all_that_happened_but_for_single_looks(database: Database) -> None:
    before, claimed, claiming = moved(keep(database, 1), state=OrderState.CLAIMED, holder="c01")
    with database.transaction() as book:
        book.change(before, claimed, claiming)
        book.change(claimed, *counted(claimed))
    (found,) = database.cohorts.cases(NOW, DAY_LATER)
    assert [each.action for each in found.events] == ["open", "claim"]
    assert found.detected_at == NOW - timedelta(seconds=2)


def counted(order: WorkOrder) -> tuple[WorkOrder, object]:
    _, after_, happened = moved(order)
    return after_, event(after_, Action.COUNT_LOOK, from_state=happened.from_state)


def test_an_order_that_recurred_was_detected_with_its_first_incident(database: Database) -> None:
    kept = keep(database, 1)
    with database.transaction() as book:
        book.save_incident(incident(9, opened_at=after(hours=1)))
        book.change(*moved(kept, incident_id="incident-9"))
    assert [found.detected_at for found in database.cohorts.cases(NOW, DAY_LATER)] == [NOW - timedelta(seconds=2)]


def test_receipts_are_told_of_offers_that_were_received(database: Database) -> None:
    keep(database, 1)
    with database.transaction() as book:
        book.send([message(1), message(2), message(3, kind="update")])
        book.mark_received("message-1", "c01", after(seconds=2.5))
        book.mark_received("message-3", "c01", after(seconds=9))
    assert [found.receipts_s for found in database.cohorts.cases(NOW, DAY_LATER)] == [[2.5]]


def test_looks_are_counted_with_those_that_were_dropped(database: Database) -> None:
    with database.transaction() as book:
        for number, outcome in enumerate([LookOutcome.DONE, LookOutcome.DONE, LookOutcome.UNKNOWN, LookOutcome.SKIPPED], 1):
            book.record_look(look(number, outcome=outcome))
        book.record_look(look(5, ended_at=DAY_LATER))
        book.note_put_off([put_off(late=2, dropped=3), put_off(camera_id="gate-2", late=0, dropped=1)])
    assert database.cohorts.looks(NOW, DAY_LATER) == LookCount(2, 8)
    assert database.cohorts.looks_by_camera(NOW, DAY_LATER) == {"gate-1": LookCount(2, 7), "gate-2": LookCount(0, 1)}


def test_looks_are_known_from_the_day_after_the_last_that_was_packed(database: Database) -> None:
    with database.transaction() as book:
        book.record_look(look(1))
        book.record_look(look(2, ended_at=after(days=3)))
    assert database.cohorts.looks_known_from(after(days=9)) is None
    database.forget_before(after(days=2))
    assert database.cohorts.looks_known_from(after(days=9)) == datetime(2026, 5, 5, tzinfo=UTC)
    assert database.cohorts.looks_known_from(after(days=-1)) is None
