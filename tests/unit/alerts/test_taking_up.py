"""A service that goes on from a copy of its database is believed by phones that have seen what it lost."""

from copy import deepcopy
from datetime import timedelta

import pytest

from alerts.cleaner_state import CleanerState
from alerts.messages import parse_downward
from alerts.picture_links import CLEANER, KEY_BYTES, PictureLinks
from alerts.taking_up import AT_LEAST, leap, take_up
from tests.doubles.memory_store import MemoryStore
from tests.doubles.people import NEAR, NOW, SECOND, THIRD, Office, after, incident, snapshots
from town.evidence import When
from town.work import Message, OrderState

COPIED, DISASTER, BACK = after(minutes=1), after(minutes=4), after(minutes=6)


class Phones:
    """What every cleaner's phone shows, by all that was ever sent to it."""

    def __init__(self) -> None:
        self.states = dict.fromkeys((NEAR, SECOND, THIRD), CleanerState())

    def hear(self, messages: list[Message]) -> None:
        retained = snapshots(messages)
        for name in self.states:
            for message in messages:
                if message.cleaner_id == name:
                    self.states[name] = self.states[name].take(parse_downward(message.payload), message.created_at)[0]
            if name in retained:
                self.states[name] = self.states[name].take_snapshot(retained[name])

    def show(self, name: str) -> dict[str, tuple[OrderState, bool]]:
        return {order_id: (line.state, line.yours) for order_id, line in self.states[name].orders.items()}


def copied(office: Office) -> Office:
    """The office over a copy of its store, as a backup of this moment would be."""
    store = MemoryStore()
    with office.store.tables() as tables, store.tables() as others:
        vars(others).update(vars(deepcopy(tables)))
    with store.transaction() as book:
        book.mark_as_copy(COPIED)
    return Office(office.township, store)


@pytest.fixture
def phones() -> Phones:
    return Phones()


@pytest.fixture
def restored(phones: Phones) -> Office:
    """One order was offered when the copy was made. What came after is lost: it was claimed and done, and another was claimed."""
    office = Office()
    first = office.opens(incident(1, object_id="car-1"))
    phones.hear(office.carry())
    copy = copied(office)
    second = office.opens(incident(2, object_id="car-2", at=after(minutes=2)))
    office.hears(NEAR, "claim", after(minutes=2), order_id=first.id)
    office.hears(NEAR, "done", after(minutes=3), order_id=first.id)
    office.hears(SECOND, "claim", DISASTER, order_id=second.id)
    phones.hear(office.carry(DISASTER))
    assert phones.show(NEAR) == {first.id: (OrderState.VERIFYING, True)}
    assert phones.show(SECOND) == {second.id: (OrderState.CLAIMED, True)}
    return copy


def test_phones_show_what_the_copy_holds_and_nothing_of_what_was_lost(restored: Office, phones: Phones) -> None:
    assert take_up(restored.store, restored.township, BACK) == COPIED
    phones.hear(restored.carry(BACK))
    (order,) = restored.live()
    assert {name: phones.show(name) for name in phones.states} == {
        NEAR: {order.id: (OrderState.OFFERED, False)},
        SECOND: {order.id: (OrderState.OFFERED, False)},
        THIRD: {order.id: (OrderState.OFFERED, False)},
    }


def test_the_snapshots_that_are_written_anew_lead_to_pictures(restored: Office) -> None:
    links = PictureLinks("https://weisu.town.example", bytes(KEY_BYTES), timedelta(hours=2))
    take_up(restored.store, restored.township, BACK, links)
    (line,) = snapshots(restored.carry(BACK))[NEAR].orders
    assert line.before_picture == links.url(line.order_id, When.BEFORE, f"{CLEANER}:{NEAR}", BACK)


def test_without_it_phones_would_go_on_showing_what_was_lost(restored: Office, phones: Phones) -> None:
    for name in phones.states:
        restored.hears(name, "hello", BACK, boot_id="phone-1")
    phones.hear(restored.carry(BACK))
    (order,) = restored.live()
    assert phones.show(NEAR) == {order.id: (OrderState.VERIFYING, True)}


def test_what_happens_then_reaches_the_phones(restored: Office, phones: Phones) -> None:
    take_up(restored.store, restored.township, BACK)
    (order,) = restored.live()
    assert restored.hears(THIRD, "claim", after(minutes=7), order_id=order.id) == "claim_won"
    phones.hear(restored.carry(after(minutes=7)))
    assert phones.show(THIRD) == {order.id: (OrderState.CLAIMED, True)}
    assert phones.show(NEAR) == {}


def test_it_is_done_once_and_each_order_says_so(restored: Office) -> None:
    take_up(restored.store, restored.township, BACK)
    revs = [order.rev for order in restored.live()]
    assert take_up(restored.store, restored.township, after(minutes=7)) is None
    assert [order.rev for order in restored.live()] == revs
    assert restored.actions(restored.live()[0].id)[-1] == "restore"


def test_a_store_that_is_no_copy_is_left_alone() -> None:
    office = Office()
    office.opens(incident())
    office.carry()
    assert take_up(office.store, office.township, BACK) is None
    assert office.carry(BACK) == []


def test_the_same_copy_restored_again_is_believed_again(restored: Office, phones: Phones) -> None:
    again = copied(restored)
    take_up(restored.store, restored.township, BACK)
    restored.hears(NEAR, "claim", BACK, order_id=restored.live()[0].id)
    phones.hear(restored.carry(BACK))
    take_up(again.store, again.township, after(minutes=8))
    phones.hear(again.carry(after(minutes=8)))
    assert phones.show(NEAR) == {again.live()[0].id: (OrderState.OFFERED, False)}


def test_a_clock_that_went_back_still_leaps() -> None:
    assert leap(NOW, NOW - timedelta(hours=1)) == AT_LEAST
    assert leap(NOW, NOW + timedelta(seconds=90)) > AT_LEAST + 90
