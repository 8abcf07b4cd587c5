"""What every order store and outbox promises: the SQL one on a file, and the in-memory twin."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Protocol

import pytest

from alerts.dealings import Dealing
from alerts.stores import DEAD_LETTERS_KEPT, Delivery, OrderStore, Outbox
from alerts.whereabouts import LastPosition
from storage.database import Database
from storage.errors import Contradiction
from tests.doubles.memory_store import MemoryStore
from tests.doubles.order_samples import NOW, after, event, ids, incident, message, moved, order
from town.geometry import Position
from town.work import ENDED, OrderState, WorkOrder


class Store(OrderStore, Protocol):
    @property
    def outbox(self) -> Outbox: ...


@pytest.fixture(params=["sqlite", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    made = Database.open(f"sqlite:///{tmp_path / 'weisu.db'}") if request.param == "sqlite" else MemoryStore()
    yield made
    made.close()


def keep(store: Store, *orders: WorkOrder) -> None:
    with store.transaction() as book:
        for number, each in enumerate(orders, 1):
            book.save_incident(incident(number, id=each.incident_id))
            assert book.add(each, event(each))


def put(store: Store, *numbers: int, topic: str = "") -> None:
    with store.transaction() as book:
        book.send([message(number, topic=topic or f"topic-{number}") for number in numbers])


def claim(store: Store, now: datetime = NOW, at_most: int = 10) -> list[Delivery]:
    return list(store.outbox.claim(now, now + timedelta(seconds=30), at_most))


def test_an_incident_comes_back_as_it_was_saved(store: Store) -> None:
    with store.transaction() as book:
        assert book.save_incident(incident())
    with store.transaction() as book:
        assert book.incident("incident-1") == incident()
        assert book.incident("incident-2") is None


def test_an_open_incident_is_updated_and_a_closed_one_never(store: Store) -> None:
    closed = incident(closed_at=after(minutes=5), closed_reason="2 clear looks")
    with store.transaction() as book:
        book.save_incident(incident())
        assert book.save_incident(closed)
        assert not book.save_incident(incident(reason="seen again"))
        assert book.incident("incident-1") == closed


def test_the_open_incident_of_a_key_is_found_until_it_closes(store: Store) -> None:
    with store.transaction() as book:
        book.save_incident(incident(1))
        assert book.open_incident(incident(1).key) == incident(1)
        assert book.open_incident(incident(2).key) is None
        book.save_incident(incident(1, closed_at=after(minutes=5)))
        assert book.open_incident(incident(1).key) is None


def test_only_one_incident_is_open_for_a_key(store: Store) -> None:
    rival = incident(id="rival")
    with store.transaction() as book:
        book.save_incident(incident())
        assert not book.save_incident(rival)
        assert book.incident("rival") is None
        book.save_incident(incident(closed_at=after(minutes=5)))
        assert book.save_incident(rival)


def test_an_order_comes_back_as_it_was_added(store: Store) -> None:
    full = order(verify_by=after(hours=2), holder="c03", done_at=after(hours=1), ended_at=after(hours=2), clear_looks=1, firing_looks=2)
    full = replace(full, returns=2, deferred_until=after(days=1), parent_id="order-7", recurs_of="order-8")
    keep(store, full)
    with store.transaction() as book:
        assert book.order("order-1") == full
        assert book.order_of("incident-1") == full
        assert book.events("order-1") == [event(full)]
        assert book.order("order-2") is None
        assert book.order_of("incident-2") is None


def test_an_incident_gets_one_order(store: Store) -> None:
    keep(store, order())
    second = order(id="order-2")
    with store.transaction() as book:
        assert not book.add(second, event(second))
        assert book.order("order-2") is None
        assert book.events("order-2") == []


def test_an_order_without_its_incident_is_refused(store: Store) -> None:
    with pytest.raises(Contradiction), store.transaction() as book:
        book.add(order(), event(order()))


def test_an_event_of_no_order_is_refused(store: Store) -> None:
    keep(store, order())
    before, changed, _ = moved(order())
    with pytest.raises(Contradiction), store.transaction() as book:
        book.change(before, changed, event(order(2)))
    with store.transaction() as book:
        assert book.order("order-1") == before


@pytest.mark.parametrize("stale", [{"rev": 2}, {"state": OrderState.OPEN}, {"id": "order-9"}])
def test_a_change_of_what_no_longer_stands_writes_nothing(store: Store, stale: dict[str, object]) -> None:
    keep(store, order())
    before = replace(order(), **stale)  # type: ignore[arg-type]
    with store.transaction() as book:
        assert not book.change(before, *moved(order(), state=OrderState.CLAIMED)[1:])
        assert book.order("order-1") == order()
        assert len(book.events("order-1")) == 1


def test_a_change_writes_the_order_and_appends_its_event(store: Store) -> None:
    keep(store, order())
    before, claimed, claiming = moved(order(), state=OrderState.CLAIMED, holder="c02")
    with store.transaction() as book:
        assert book.change(before, claimed, claiming)
    with store.transaction() as book:
        assert book.order("order-1") == claimed
        assert book.events("order-1") == [event(before), claiming]


def test_what_fell_to_a_cleaner_is_counted_by_kind_since_an_instant(store: Store) -> None:
    unoffered = order(state=OrderState.OPEN, offered_to=())
    keep(store, unoffered)
    before, offered, offering = moved(unoffered, state=OrderState.OFFERED, offered_to=("c01", "c02"))
    _, wider, widening = moved(offered, offered_to=("c01", "c02", "c03"))
    _, claimed, claiming = moved(wider, state=OrderState.CLAIMED, holder="c02")
    with store.transaction() as book:
        book.change(before, offered, offering)
        book.change(offered, wider, replace(widening, happened_at=after(minutes=3)))
        book.change(wider, claimed, replace(claiming, happened_at=after(minutes=4)))
        everybody = ("c01", "c02", "c03")
        assert book.count_dealings(Dealing.OFFERED, everybody, after(minutes=-1)) == {"c01": 1, "c02": 1, "c03": 1}
        assert book.count_dealings(Dealing.OFFERED, ("c01", "c03"), NOW) == {"c03": 1}
        assert book.count_dealings(Dealing.TAKEN, everybody, NOW) == {"c02": 1}
        assert book.count_dealings(Dealing.TAKEN, (), NOW) == {}


def test_the_newest_position_of_each_cleaner_is_kept_until_it_is_forgotten(store: Store) -> None:
    first, second = LastPosition(Position(39.79, 116.5), NOW), LastPosition(Position(39.8, 116.51), after(minutes=1))
    with store.transaction() as book:
        book.keep_position("c01", first)
        book.keep_position("c01", second)
        book.keep_position("c02", first)
        assert book.last_positions() == {"c01": second, "c02": first}
        book.forget_positions(after(minutes=1))
        assert book.last_positions() == {"c01": second}


def test_of_eight_who_change_one_order_exactly_one_wins(store: Store) -> None:
    keep(store, order())
    start = threading.Barrier(8)

    def contend(number: int) -> bool:
        start.wait(60)
        with store.transaction() as book:
            return book.change(*moved(order(), state=OrderState.CLAIMED, holder=f"c0{number}"))

    with ThreadPoolExecutor(8) as pool:
        won = list(pool.map(contend, range(8)))
    with store.transaction() as book:
        stored = book.order("order-1")
        assert won.count(True) == 1
        assert stored is not None
        assert stored.holder == f"c0{won.index(True)}"
        assert len(book.events("order-1")) == 2


def test_eight_who_read_then_write_lose_no_update(store: Store) -> None:
    keep(store, order())

    def count_looks(_: int) -> None:
        for _ in range(10):
            with store.transaction() as book:
                stands = book.order("order-1")
                assert stands is not None
                assert book.change(*moved(stands, clear_looks=stands.clear_looks + 1))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(count_looks, range(8)))
    with store.transaction() as book:
        stored = book.order("order-1")
        assert stored is not None
        assert (stored.clear_looks, stored.rev, len(book.events("order-1"))) == (80, 81, 81)


def test_merged_orders_are_found_by_their_parent(store: Store) -> None:
    merged = {"state": OrderState.MERGED, "parent_id": "order-1", "ended_at": NOW}
    keep(store, order(), order(3, **merged), order(2, opened_at=after(minutes=-1), **merged))
    with store.transaction() as book:
        assert [one.id for one in book.merged_into("order-1")] == ["order-2", "order-3"]
        assert book.merged_into("order-2") == []


def test_what_was_closed_before_at_the_same_place_is_found(store: Store) -> None:
    place = {"camera_id": "gate-1", "state": OrderState.CLOSED}
    keep(
        store,
        order(1, ended_at=after(hours=1), **place),
        order(2, ended_at=after(hours=2), **place),
        order(3, ended_at=after(hours=3), **{**place, "state": OrderState.CANCELLED}),
        order(4, ended_at=after(hours=3), category="other", **place),
        order(5, ended_at=after(hours=3), zone_id="lane", **place),
        order(6, ended_at=after(hours=4), category="", **place),
        order(7, ended_at=after(hours=5), category="", rule_id="garbage", **place),
    )
    new = order(9, camera_id="gate-1")
    with store.transaction() as book:
        assert book.closed_before(new, NOW) == "order-2"
        assert book.closed_before(new, after(hours=2)) == ""
        assert book.closed_before(replace(new, category=""), NOW) == "order-6"


def test_leaving_with_an_exception_undoes_everything(store: Store) -> None:
    keep(store, order())
    with pytest.raises(RuntimeError, match="mind"), store.transaction() as book:
        book.save_incident(incident(2))
        book.add(order(2), event(order(2)))
        book.change(*moved(order(), state=OrderState.CLAIMED, holder="c01"))
        book.send([message()])
        book.remember_answer("event-1", "c01", NOW, [message()])
        book.next_snapshot_rev("c01")
        raise RuntimeError("changed my mind")
    with store.transaction() as book:
        assert book.incident("incident-2") is None
        assert book.order("order-2") is None
        assert book.order("order-1") == order()
        assert len(book.events("order-1")) == 1
        assert book.answered("event-1") is None
        assert book.next_snapshot_rev("c01") == 1
    assert store.outbox.waiting_count() == 0


def test_snapshots_are_raised_for_those_named_and_for_those_who_had_one(store: Store) -> None:
    with store.transaction() as book:
        assert book.next_snapshot_rev("c01") == 1
        book.raise_snapshot_revs(["c02"], 1000)
        assert [book.next_snapshot_rev(name) for name in ("c01", "c02", "c03")] == [1002, 1001, 1]


def test_a_store_that_is_no_copy_says_so(store: Store) -> None:
    with store.transaction() as book:
        assert book.copied_at() is None
        book.took_up(NOW)
        assert book.copied_at() is None


def test_live_orders_are_those_not_ended_oldest_first(store: Store) -> None:
    ended = [order(10 + n, state=state, ended_at=NOW) for n, state in enumerate(sorted(ENDED))]
    keep(store, order(1, opened_at=after(minutes=2)), order(2, opened_at=after(minutes=1)), *ended)
    with store.transaction() as book:
        assert [live.id for live in book.live_orders()] == ["order-2", "order-1"]


def test_live_orders_of_one_camera(store: Store) -> None:
    keep(store, order(1), order(2), order(3, camera_id="gate-1", state=OrderState.CLOSED))
    with store.transaction() as book:
        assert [live.id for live in book.live_orders(camera_id="gate-1")] == ["order-1"]
        assert book.live_orders(camera_id="gate-9") == []


def test_live_orders_of_a_cleaner_are_offered_to_or_held_by_them(store: Store) -> None:
    held = order(2, offered_to=(), holder="c01", state=OrderState.CLAIMED)
    ended = order(4, holder="c01", state=OrderState.CLOSED)
    keep(store, order(1), held, order(3, offered_to=("c03",)), ended)
    with store.transaction() as book:
        assert [live.id for live in book.live_orders(cleaner_id="c01")] == ["order-1", "order-2"]
        assert [live.id for live in book.live_orders(cleaner_id="c01", camera_id="gate-2")] == ["order-2"]


def test_a_load_is_what_a_cleaner_has_claimed_or_is_at(store: Store) -> None:
    states = [OrderState.CLAIMED, OrderState.ON_SITE, OrderState.VERIFYING, OrderState.CLOSED]
    theirs = [order(n, holder="c01", state=state) for n, state in enumerate(states, 1)]
    keep(store, *theirs, order(5, holder="c02", state=OrderState.CLAIMED), order(6))
    with store.transaction() as book:
        assert book.loads() == {"c01": 2, "c02": 1}


def test_a_cleaner_loses_sight_of_an_order_that_goes_to_others_or_ends(store: Store) -> None:
    keep(store, order())
    before, widened, widening = moved(order(), offered_to=("c02", "c03"))
    with store.transaction() as book:
        book.change(before, widened, widening)
        seen_by = [cleaner_id for cleaner_id in ("c01", "c02", "c03") if book.live_orders(cleaner_id=cleaner_id)]
        book.change(*moved(widened, state=OrderState.SELF_CLEARED))
        seen_later = [cleaner_id for cleaner_id in ("c01", "c02", "c03") if book.live_orders(cleaner_id=cleaner_id)]
    assert (seen_by, seen_later) == (["c02", "c03"], [])


@pytest.mark.parametrize(
    ("state", "due"),
    [
        (OrderState.OPEN, after(minutes=10)),
        (OrderState.OFFERED, after(minutes=10)),
        (OrderState.CLAIMED, after(minutes=70)),
        (OrderState.ON_SITE, after(minutes=70)),
        (OrderState.VERIFYING, after(minutes=100)),
    ],
)
def test_an_order_is_overdue_from_the_deadline_that_bears_on_its_state(store: Store, state: OrderState, due: datetime) -> None:
    keep(store, order(state=state, verify_by=after(minutes=100)))
    with store.transaction() as book:
        assert book.overdue(due - timedelta(microseconds=1)) == []
        assert [late.id for late in book.overdue(due)] == ["order-1"]


def test_what_has_ended_or_waits_for_no_deadline_is_never_overdue(store: Store) -> None:
    keep(store, *(order(n, state=state) for n, state in enumerate(sorted(ENDED), 1)), order(9, state=OrderState.VERIFYING))
    with store.transaction() as book:
        assert book.overdue(after(days=365)) == []


def test_an_answer_is_remembered_with_its_messages_in_order(store: Store) -> None:
    answer = [message(2), message(1, payload=b"\xff\x00 not text", expires_at=None, retain=True, qos=0)]
    with store.transaction() as book:
        book.remember_answer("event-1", "c01", NOW, answer)
        book.remember_answer("event-2", "c01", NOW, [])
    with store.transaction() as book:
        assert list(book.answered("event-1") or ()) == answer
        assert book.answered("event-2") == ()
        assert book.answered("event-3") is None


def test_an_event_is_answered_once(store: Store) -> None:
    with pytest.raises(Contradiction), store.transaction() as book:
        book.remember_answer("event-1", "c01", NOW, [])
        book.remember_answer("event-1", "c01", NOW, [message()])


def test_snapshot_revs_count_up_a_cleaner(store: Store) -> None:
    with store.transaction() as book:
        assert [book.next_snapshot_rev("c01") for _ in range(3)] == [1, 2, 3]
    with store.transaction() as book:
        assert (book.next_snapshot_rev("c01"), book.next_snapshot_rev("c02")) == (4, 1)


def test_a_receipt_counts_once_and_only_from_the_one_it_was_sent_to(store: Store) -> None:
    put(store, 1)
    with store.transaction() as book:
        book.send([message(2, cleaner_id="")])
        assert not book.mark_received("message-1", "c02", NOW)
        assert not book.mark_received("message-2", "", NOW)
        assert not book.mark_received("message-9", "c01", NOW)
        assert book.mark_received("message-1", "c01", NOW)
        assert not book.mark_received("message-1", "c01", after(seconds=1))


def test_offers_without_a_receipt_are_found(store: Store) -> None:
    claimed = order(2, state=OrderState.CLAIMED)
    keep(store, order(), claimed)
    with store.transaction() as book:
        book.send([message(n, topic=f"topic-{n}") for n in (1, 2, 3)])
        book.send([message(4, kind="update"), message(5, order_id="order-2"), message(6, expires_at=after(seconds=5))])
    store.outbox.mark_sent([f"message-{n}" for n in (1, 3, 4, 5, 6)], NOW)
    with store.transaction() as book:
        book.mark_received("message-3", "c01", after(seconds=1))
        assert ids(book.unreceived(NOW)) == []
        found = book.unreceived(after(seconds=20))
    assert ids(found) == ["message-1"]
    assert found[0].sent_at == NOW


def test_an_offer_on_its_way_again_does_not_lack_a_receipt(store: Store) -> None:
    keep(store, order())
    put(store, 1)
    store.outbox.mark_sent(["message-1"], NOW)
    with store.transaction() as book:
        book.send([message()])
        assert book.unreceived(after(seconds=20)) == []
    assert ids(claim(store)) == ["message-1"]


def test_messages_come_out_as_they_went_in_in_order_of_creation(store: Store) -> None:
    sent = [message(3, retain=True, qos=0, expires_at=None, payload=b"\x00\xff"), message(1, order_id="", cleaner_id="", kind="")]
    with store.transaction() as book:
        book.send(sent)
        book.send([])
    taken = claim(store)
    assert [delivery.message for delivery in taken] == sent
    assert [(delivery.tries, delivery.sent_at) for delivery in taken] == [(1, None), (1, None)]


def test_two_relays_never_hold_the_same_message(store: Store) -> None:
    put(store, *range(60))
    start = threading.Barrier(4)

    def relay(_: int) -> list[str]:
        start.wait(60)
        taken: list[str] = []
        while batch := claim(store, at_most=3):
            taken += ids(batch)
        return taken

    with ThreadPoolExecutor(4) as pool:
        taken = [message_id for each in pool.map(relay, range(4)) for message_id in each]
    assert sorted(taken) == sorted(f"message-{n}" for n in range(60))


def test_a_claim_takes_no_more_than_asked_and_not_before_it_is_due(store: Store) -> None:
    put(store, 1, 2, 3)
    assert ids(claim(store, now=NOW - timedelta(seconds=1))) == []
    assert ids(claim(store, at_most=2)) == ["message-1", "message-2"]
    assert ids(claim(store, at_most=2)) == ["message-3"]


def test_a_lease_expires_and_the_message_is_taken_again(store: Store) -> None:
    put(store, 1)
    claim(store, now=NOW)
    assert ids(claim(store, now=after(seconds=29))) == []
    again = claim(store, now=after(seconds=30))
    assert ids(again) == ["message-1"]
    assert again[0].tries == 2


def test_a_clock_that_is_put_back_an_hour_holds_up_no_message(store: Store) -> None:
    put(store, 1, 2, 3)
    claim(store, at_most=1)
    store.outbox.mark_failed("message-2", "no answer", after(seconds=8))

    assert ids(claim(store, now=after(hours=-1))) == ["message-1", "message-2", "message-3"]
    assert ids(claim(store, now=after(hours=-1, seconds=29))) == []
    assert ids(claim(store, now=after(hours=-1, seconds=30))) == ["message-1", "message-2", "message-3"]


def test_a_sent_message_is_not_taken_again_until_it_is_sent_again(store: Store) -> None:
    put(store, 1, 2)
    claim(store)
    store.outbox.mark_sent(["message-1"], NOW)
    assert ids(claim(store, now=after(minutes=5))) == ["message-2"]
    store.outbox.send_again(["message-1"], after(minutes=6))
    assert ids(claim(store, now=after(minutes=5))) == []
    again = claim(store, now=after(minutes=6))
    assert [(each.message.id, each.tries, each.sent_at) for each in again if each.sent_at] == [("message-1", 2, NOW)]


def test_only_sent_messages_are_sent_again(store: Store) -> None:
    put(store, 1)
    store.outbox.mark_failed("message-1", "not authorised", None)
    store.outbox.send_again(["message-1", "message-9"], NOW)
    assert store.outbox.waiting_count() == 0


def test_a_failed_message_waits_for_its_next_try_or_is_never_taken_again(store: Store) -> None:
    put(store, 1, 2)
    claim(store)
    store.outbox.mark_failed("message-1", "connection lost", after(seconds=5))
    store.outbox.mark_failed("message-2", "payload refused", None)
    assert ids(claim(store, now=after(seconds=4))) == []
    assert ids(claim(store, now=after(days=1))) == ["message-1"]


def test_a_repeated_answer_goes_out_again_in_its_old_place(store: Store) -> None:
    put(store, 1, 2, topic="same")
    store.outbox.mark_sent(["message-1"], NOW)
    with store.transaction() as book:
        book.send([message(1, payload=b"other words")])
    taken = claim(store)
    assert ids(taken) == ["message-1", "message-2"]
    assert taken[0].message.payload == message().payload


def test_nothing_overtakes_within_a_topic(store: Store) -> None:
    put(store, 1, 2, 3, topic="same")
    put(store, 4, topic="other")
    assert ids(claim(store, at_most=1)) == ["message-1"]
    assert ids(claim(store)) == ["message-4"]
    store.outbox.mark_failed("message-1", "connection lost", after(seconds=5))
    assert ids(claim(store, now=after(seconds=4))) == []
    assert ids(claim(store, now=after(seconds=5))) == ["message-1", "message-2", "message-3"]


def test_a_message_that_is_given_up_holds_nobody_up(store: Store) -> None:
    put(store, 1, 2, topic="same")
    store.outbox.mark_failed("message-1", "payload refused", None)
    assert ids(claim(store)) == ["message-2"]


def test_what_waits_is_what_is_neither_sent_nor_given_up(store: Store) -> None:
    put(store, 1, 2, 3, 4)
    claim(store, at_most=1)
    store.outbox.mark_sent(["message-2"], NOW)
    store.outbox.mark_failed("message-3", "payload refused", None)
    assert store.outbox.waiting_count() == 2


def test_an_instant_without_its_zone_is_refused(store: Store) -> None:
    naive = NOW.replace(tzinfo=None)
    with pytest.raises(ValueError, match="time zone"), store.transaction() as book:
        book.save_incident(incident(opened_at=naive))
    with pytest.raises(ValueError, match="time zone"):
        store.outbox.claim(naive, naive, 1)


def test_an_instant_of_another_zone_is_the_same_instant(store: Store) -> None:
    beijing = NOW.astimezone(timezone(timedelta(hours=8)))
    keep(store, order(opened_at=beijing, claim_by=beijing))
    with store.transaction() as book:
        stored = book.order("order-1")
        assert stored is not None
        assert stored.opened_at == NOW
        assert stored.claim_by.astimezone(UTC) == NOW
        assert [late.id for late in book.overdue(NOW)] == ["order-1"]


def test_the_longest_overdue_comes_first(store: Store) -> None:
    keep(store, order(1, claim_by=after(minutes=9)), order(2, claim_by=after(minutes=3)), order(3, state=OrderState.CLAIMED, done_by=NOW))
    with store.transaction() as book:
        assert [late.id for late in book.overdue(after(minutes=9))] == ["order-3", "order-2", "order-1"]


def test_a_board_takes_the_place_of_the_one_before_it_sent_or_not(store: Store) -> None:
    boards = [message(number, topic="board", kind="board", retain=True) for number in (1, 2, 3)]
    with store.transaction() as book:
        book.send([boards[0], message(4, topic="board of others", kind="board"), message(5, topic="board", kind="order_news")])
    claim(store, at_most=1)
    for board in boards[1:]:
        with store.transaction() as book:
            book.send([board])

    assert set(ids(claim(store))) == {"message-3", "message-4", "message-5"}


def test_a_board_that_was_on_its_way_when_the_next_was_written_can_be_marked_sent(store: Store) -> None:
    with store.transaction() as book:
        book.send([message(1, topic="board", kind="board")])
    claim(store)
    with store.transaction() as book:
        book.send([message(2, topic="board", kind="board")])
    store.outbox.mark_sent(["message-1"], NOW)

    assert ids(claim(store)) == ["message-2"]


def test_only_the_newest_dead_letters_are_kept(store: Store) -> None:
    letters = [message(number, kind="dead_letter", created_at=after(seconds=number)) for number in range(DEAD_LETTERS_KEPT + 5)]
    with store.transaction() as book:
        book.send([message(9999, topic="other", kind="offer"), *letters[:-5]])
    with store.transaction() as book:
        book.send(letters[-5:])

    kept = ids(claim(store, after(days=1), at_most=2 * DEAD_LETTERS_KEPT))
    assert sorted(kept) == sorted(["message-9999", *(letter.id for letter in letters[5:])])
