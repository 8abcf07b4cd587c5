"""The snapshot lists what is live for one cleaner, most urgent first, and never outgrows a message."""

from alerts.messages import MAX_BYTES, Snapshot, parse_snapshot
from alerts.snapshots import snapshot_message
from alerts.telling import Teller
from tests.doubles.order_samples import after, order
from tests.doubles.people import NEAR, NOW, SECOND, township
from town.rule_settings import Priority
from town.work import OrderState, WorkOrder

TELLER = Teller(township())


def snapshot(*orders: WorkOrder) -> Snapshot:
    return parse_snapshot(snapshot_message(TELLER, NEAR, orders, 7, NOW).payload)


def offered(number: int, **changed: object) -> WorkOrder:
    return order(number, **{"offered_to": (NEAR, SECOND), **changed})


def test_it_is_retained_on_the_cleaner_s_own_topic() -> None:
    made = snapshot_message(TELLER, NEAR, [], 7, NOW)
    assert (made.topic, made.retain, made.expires_at) == ("weisu/v1/yizhuang/cleaners/near/snapshot", True, None)


def test_it_lists_what_is_offered_and_what_is_held() -> None:
    made = snapshot(offered(1), offered(2, state=OrderState.CLAIMED, holder=NEAR))
    assert [(line.order_id, line.yours) for line in made.orders] == [("order-2", True), ("order-1", False)]


def test_it_leaves_out_what_another_holds() -> None:
    assert snapshot(offered(1, state=OrderState.CLAIMED, holder=SECOND)).orders == ()


def test_the_most_urgent_come_first() -> None:
    soon = offered(1, done_by=after(minutes=20))
    top = offered(2, priority=Priority.TOP)
    late = offered(3, done_by=after(minutes=90))
    assert [line.order_id for line in snapshot(late, soon, top).orders] == ["order-2", "order-1", "order-3"]


def test_what_does_not_fit_is_counted() -> None:
    message = snapshot_message(TELLER, NEAR, [offered(number, summary="满" * 500) for number in range(60)], 7, NOW)
    made = parse_snapshot(message.payload)
    assert len(message.payload) <= MAX_BYTES
    assert len(made.orders) >= 5
    assert len(made.orders) + made.more == 60
