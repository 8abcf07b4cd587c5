"""What every store of the notices' outbox promises: the SQL one on a file, and the in-memory twin."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from alerts.notifications import Notification, Saying, healed, said, taken
from storage.database import Database
from tests.doubles.memory_store import MemoryStore
from tests.doubles.notification_samples import NOW, after, notification

Store = Database | MemoryStore


@pytest.fixture(params=["sqlite", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    made: Store = Database.open(f"sqlite:///{tmp_path / 'weisu.db'}") if request.param == "sqlite" else MemoryStore()
    yield made
    made.close()


def begin(store: Store, *ones: Notification) -> None:
    with store.transaction() as book:
        for one in ones:
            book.begin_notification(one)


def change(store: Store, one: Notification) -> None:
    with store.transaction() as book:
        book.change_notification(one)


def test_a_notification_comes_back_as_it_was_put_in(store: Store) -> None:
    begin(store, notification(urgent=True))
    assert store.waiting_notifications(NOW) == [notification(urgent=True)]
    with store.transaction() as book:
        assert book.notifications([1, 7]) == [notification(urgent=True)]


def test_a_fault_that_has_not_healed_is_put_in_once_a_recipient_and_channel(store: Store) -> None:
    begin(store, notification(), notification(at=after(minutes=5)), notification(channel="MAIL_URL"), notification(recipient="zhao"))
    assert [one.channel for one in store.waiting_notifications(after(hours=1))] == ["WECOM_URL", "MAIL_URL", "WECOM_URL"]


def test_a_fault_that_healed_may_come_again(store: Store) -> None:
    begin(store, notification())
    change(store, healed(notification(), after(minutes=1)))
    begin(store, notification(at=after(minutes=2)))
    assert [one.happened_at for one in store.waiting_notifications(after(hours=1))] == [after(minutes=2)]
    with store.transaction() as book:
        assert [one.number for one in book.unhealed_notifications("order/order-1")] == [2]


def test_what_is_being_said_or_was_said_does_not_wait(store: Store) -> None:
    begin(store, notification(1), notification(2), notification(3, at=after(minutes=9)))
    first, second = store.waiting_notifications(NOW)
    change(store, taken(first, NOW, timedelta(minutes=1)))
    change(store, said(second, Saying.FAULT, NOW))
    assert store.waiting_notifications(NOW) == []
    assert [one.number for one in store.waiting_notifications(after(minutes=1))] == [1]


def test_every_field_is_kept(store: Store) -> None:
    begin(store, notification())
    full = replace(
        notification(),
        leased_until=after(seconds=1),
        tries=3,
        first_tried_at=after(seconds=2),
        told_at=after(seconds=3),
        healed_at=after(seconds=4),
        healing_told_at=after(seconds=5),
        given_up_at=after(seconds=6),
        error="refused",
    )
    change(store, full)
    with store.transaction() as book:
        assert book.notifications([1]) == [full]


def test_what_a_transaction_undoes_is_not_to_be_heard(store: Store) -> None:
    with pytest.raises(RuntimeError, match="no"), store.transaction() as book:
        book.begin_notification(notification())
        raise RuntimeError("no")
    assert store.waiting_notifications(NOW) == []
