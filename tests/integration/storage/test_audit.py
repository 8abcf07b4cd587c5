"""Whatever is done to the stored history of orders behind the service's back, the audit names the first place."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from storage.audit import Audit, Breach
from storage.chain import link
from storage.database import Database
from tests.doubles import order_samples as samples
from tests.doubles.order_samples import NOW, incident, moved, order
from town.work import OrderState


@pytest.fixture
def written(path: Path, database: Database) -> Iterator[Database]:
    """Three orders of two events each, written one after the other, then claimed one after the other: events 1 to 6."""
    with database.transaction() as book:
        for number in (1, 2, 3):
            book.save_incident(incident(number))
            book.add(order(number), samples.event(order(number), detail={"to": ["保洁"], "share": 0.1 + 0.2, "box": (1, 2)}))
    for number in (1, 2, 3):
        with database.transaction() as book:
            assert book.change(*moved(order(number), state=OrderState.CLAIMED, holder="c01"))
    yield database


def tamper(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement)


def audited(database: Database, expected: str = "") -> Audit:
    return database.audit(lambda _: None, expected)


def broken_at(database: Database) -> tuple[str, str, int | None]:
    broken = audited(database).broken
    assert broken
    return broken.breach.value, broken.order_id, broken.event.rev if broken.event else None


def test_what_was_written_is_whole(written: Database) -> None:
    done: list[int] = []
    found = written.audit(done.append)
    assert (found.orders, found.events, found.broken, sum(done)) == (3, 6, None, 6)
    assert len(found.head) == 64


def test_an_empty_database_is_whole(database: Database) -> None:
    assert audited(database) == Audit(0, 0, "")


@pytest.mark.parametrize(
    ("deed", "breach"),
    [
        ("UPDATE order_events SET reason = 'far' WHERE number = 4", ("changed", "order-1", 2)),
        ("UPDATE order_events SET actor = 'c02' WHERE number = 2", ("changed", "order-2", 1)),
        ("UPDATE order_events SET happened_at = '2026-05-04 01:29:59.999999' WHERE number = 3", ("changed", "order-3", 1)),
        ("""UPDATE order_events SET detail = '{"to":["c09"]}' WHERE number = 4""", ("changed", "order-1", 2)),
        ("UPDATE order_events SET to_state = 'closed' WHERE number = 6", ("changed", "order-3", 2)),
        ("UPDATE order_events SET hash = '' WHERE number = 5", ("changed", "order-2", 2)),
        ("UPDATE order_events SET number = 9 WHERE number = 2", ("changed", "order-3", 1)),
        ("DELETE FROM order_events WHERE number = 1", ("changed", "order-2", 1)),
        ("DELETE FROM order_events WHERE order_id = 'order-2'", ("changed", "order-3", 1)),
        ("DELETE FROM order_events WHERE number = 6", ("cut", "order-3", 1)),
        ("DELETE FROM order_events", ("cut", "order-1", None)),
        ("UPDATE orders SET state = 'closed' WHERE id = 'order-2'", ("cut", "order-2", 2)),
        (
            "INSERT INTO order_events SELECT 7, order_id, 3, happened_at, action, actor, from_state, to_state, reason, detail, hash "
            "FROM order_events WHERE number = 6",
            ("changed", "order-3", 3),
        ),
    ],
)
def test_what_was_done_behind_its_back_is_named(path: Path, written: Database, deed: str, breach: tuple[str, str, int | None]) -> None:
    tamper(path, deed)
    assert broken_at(written) == breach


def test_an_order_that_was_deleted_with_all_its_events_shows(path: Path, written: Database) -> None:
    tamper(path, "DELETE FROM order_events WHERE order_id = 'order-1'", "DELETE FROM orders WHERE id = 'order-1'")
    assert broken_at(written) == ("changed", "order-2", 1)


def test_a_chain_that_was_written_anew_lacks_the_hash_that_was_noted(path: Path, written: Database) -> None:
    noted = audited(written).head
    events = [replace(event, actor="nobody") for number in (1, 2, 3) for event in written.figures.events(f"order-{number}")]
    events.sort(key=lambda event: event.rev)
    previous = ""
    for number, event in enumerate(events, 1):
        previous = link(previous, event)
        tamper(path, f"UPDATE order_events SET actor = 'nobody', hash = '{previous}' WHERE number = {number}")
    assert audited(written).broken is None
    found = audited(written, noted).broken
    assert found
    assert found.breach is Breach.REWRITTEN


def test_a_hash_that_was_noted_stays_while_the_chain_grows(written: Database) -> None:
    noted = audited(written).head
    with written.transaction() as book:
        stands = book.order("order-1")
        assert stands
        book.change(*moved(stands, clear_looks=1))
    assert audited(written, noted).broken is None


def test_a_transaction_that_is_undone_leaves_the_chain_whole(written: Database) -> None:
    with pytest.raises(RuntimeError), written.transaction() as book:
        book.save_incident(incident(4))
        book.add(order(4), samples.event(order(4)))
        raise RuntimeError
    assert audited(written).events == 6


def test_events_of_one_transaction_follow_each_other(database: Database) -> None:
    with database.transaction() as book:
        book.save_incident(incident())
        book.add(order(), samples.event(order()))
        book.change(*moved(order()))
    assert audited(database).events == 2
    assert database.event_count() == 2


def test_instants_are_hashed_as_the_moments_they_are() -> None:
    event = samples.event(order())
    assert link("", event) == link("", replace(event, happened_at=NOW.astimezone()))
