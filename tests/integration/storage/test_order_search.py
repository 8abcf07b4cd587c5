"""Orders are found by what is asked of them."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from storage.database import Database
from storage.order_lists import Receipt
from storage.order_search import Sought
from tests.doubles.evidence_samples import picture
from tests.doubles.people import BINS, GATE, NEAR, NOW, PARKING, SECOND, Office, after, incident, township
from town.evidence import Purpose
from town.work import OrderState, WorkOrder

ALL = Sought(["g1"])


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    office = Office(township(), Database.open(tmp_path / "weisu.db"))
    yield office
    office.store.close()


@pytest.fixture
def orders(office: Office) -> list[WorkOrder]:
    """An overflowing station that was claimed, and a car an hour later."""
    bins, car = incident(1), incident(2, "v1", after(hours=1))
    first, second = office.opens(bins), office.opens(car)
    office.hears(NEAR, "claim", after(minutes=1), order_id=first.id)
    return [first, second]


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({}, [1, 0]),
        ({"grids": ()}, []),
        ({"grids": ("g2",)}, []),
        ({"states": (OrderState.CLAIMED,)}, [0]),
        ({"cameras": (GATE,)}, [1, 0]),
        ({"cameras": ("market",)}, []),
        ({"categories": (PARKING,)}, [1]),
        ({"rules": (BINS,)}, [0]),
        ({"taker": NEAR}, [0]),
        ({"taker": SECOND}, []),
        ({"since": after(minutes=30)}, [1]),
        ({"until": after(minutes=30)}, [0]),
        ({"since": NOW, "until": NOW}, []),
    ],
)
def test_each_question_narrows_what_is_found(
    office: Office, orders: Sequence[WorkOrder], asked: dict[str, object], expected: Sequence[int]
) -> None:
    sought = replace(ALL, **asked)  # type: ignore[arg-type]
    assert [one.id for one in office.store.order_search.found(sought, 10)] == [orders[number].id for number in expected]
    assert office.store.order_search.count(sought) == len(expected)


def test_pages_follow_each_other(office: Office, orders: Sequence[WorkOrder]) -> None:
    search = office.store.order_search
    assert [one.id for one in search.found(ALL, 1)] == [orders[1].id]
    assert [one.id for one in search.found(ALL, 1, skip=1)] == [orders[0].id]
    assert search.found(ALL, 1, skip=2) == []


def test_who_claimed_an_order_is_found_after_they_gave_it_back(office: Office, orders: Sequence[WorkOrder]) -> None:
    office.hears(NEAR, "cannot", after(minutes=2), order_id=orders[0].id, reason="车挡着")
    assert office.store.order_search.count(replace(ALL, taker=NEAR)) == 1


def test_receipts_say_who_received_an_offer_and_who_has_not_yet(office: Office) -> None:
    order = office.opens(incident())
    offers = [one for one in office.carry(NOW) if one.kind == "offer"]
    office.hears(offers[0].cleaner_id, "received", after(seconds=4), msg_id=offers[0].id)
    told = office.store.order_lists.receipts(order.id)
    assert told[0] == Receipt(offers[0].cleaner_id, NOW, after(seconds=4))
    assert {one.received_at for one in told[1:]} == {None}
    assert office.store.order_lists.receipts("another") == []


def test_loads_and_positions_are_read_beside_a_writer(office: Office, orders: Sequence[WorkOrder]) -> None:
    with office.store.transaction():
        loads, positions = office.store.order_lists.at_work()
    assert loads == {NEAR: 1}
    assert positions == {}


def test_an_order_s_incident_is_found(office: Office, orders: Sequence[WorkOrder]) -> None:
    found = office.store.order_lists.incident(orders[0].incident_id)
    assert found is not None
    assert found.key.rule_id == BINS
    assert office.store.order_lists.incident("another") is None


def test_the_newest_picture_of_an_order_is_a_camera_s(office: Office, orders: Sequence[WorkOrder]) -> None:
    kept = [picture(number, camera_id=GATE, taken_at=after(minutes=number)) for number in (1, 2, 3)]
    with office.store.transaction() as book:
        for one in kept:
            book.keep_picture(one)
        book.show_order(kept[0].id, orders[0].id, Purpose.OPENED)
        book.show_order(kept[1].id, orders[0].id, Purpose.CLEARED)  # the third belongs to no order: it is nobody's to see
    assert office.store.evidence.newest_of_camera(GATE) == (orders[0].id, Purpose.CLEARED, kept[1])
    assert office.store.evidence.newest_of_camera("market") is None


def test_a_cleaner_s_photograph_is_no_frame_of_the_camera(office: Office, orders: Sequence[WorkOrder]) -> None:
    kept = [picture(number, camera_id=GATE, taken_at=after(minutes=number)) for number in (1, 2, 3)]
    with office.store.transaction() as book:
        for one, purpose in zip(kept, (Purpose.OPENED, Purpose.NOT_CLEARED, Purpose.REPORTED), strict=True):
            book.keep_picture(one)
            book.show_order(one.id, orders[0].id, purpose)
    assert office.store.evidence.newest_of_camera(GATE) == (orders[0].id, Purpose.OPENED, kept[0])
