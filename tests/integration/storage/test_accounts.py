"""Accounts, sessions and passes, as they are kept."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from storage.database import Database
from storage.errors import Contradiction
from town.accounts import Account, Kind, LogLine, Opens, Pass, Role, Session

NOW = datetime(2026, 5, 4, 2, 0, tzinfo=UTC)
LATER = NOW + timedelta(minutes=10)
LI = Account("li", Role.MANAGER, "li", "a hash", NOW, "setup")
HERS = Session("s1", Kind.BROWSER, Role.MANAGER, "li", "li", "Chromium", NOW, NOW + timedelta(hours=12))
PHONE = Session("s2", Kind.PHONE, Role.CLEANER, "", "c01", "phone", NOW, NOW + timedelta(days=30))
QR = Pass("p1", Opens.PHONE, "c01", NOW, "li", LATER)


def test_an_account_is_read_as_it_was_made(database: Database) -> None:
    with database.transaction() as book:
        book.open_account(LI)
        assert book.account("li") == LI
    assert database.accounts.account("li") == LI
    assert database.accounts.all() == [LI]
    assert not database.accounts.is_empty(Role.MANAGER)
    assert database.accounts.is_empty(Role.ENGINEER)


def test_a_name_is_never_given_twice_even_after_it_was_closed(database: Database) -> None:
    with database.transaction() as book:
        book.open_account(LI)
        assert book.close_account("li", LATER)
        assert not book.close_account("li", LATER)
    with pytest.raises(Contradiction), database.transaction() as book:
        book.open_account(LI)


@pytest.mark.parametrize("how", ["password", "closing"])
def test_a_new_password_and_closing_end_what_was_opened(database: Database, how: str) -> None:
    with database.transaction() as book:
        book.open_account(LI)
        book.begin_session(HERS)
        book.begin_session(PHONE)
    with database.transaction() as book:
        assert book.change_password("li", "another", LATER) if how == "password" else book.close_account("li", LATER)
    ended = database.accounts.session("s1")
    assert ended == replace(HERS, ended_at=LATER)
    assert not ended.holds(LATER)
    assert database.accounts.sessions(LATER) == [PHONE]


def test_a_session_ends_once(database: Database) -> None:
    with database.transaction() as book:
        book.begin_session(HERS)
        assert book.end_session("s1", LATER)
        assert not book.end_session("s1", LATER)


def test_a_pass_opens_once_and_not_after_its_time(database: Database) -> None:
    with database.transaction() as book:
        book.give_pass(QR)
        book.give_pass(replace(QR, key_hash="p2"))
    assert {one.key_hash for one in database.accounts.passes(NOW, Opens.PHONE)} == {"p1", "p2"}
    with database.transaction() as book:
        assert book.use_pass("p1", NOW) == replace(QR, used_at=NOW)
        assert book.use_pass("p1", NOW) is None
        assert book.use_pass("p2", LATER) is None
        assert book.use_pass("unknown", NOW) is None
    assert database.accounts.passes(LATER, Opens.PHONE) == []


def test_a_lost_phone_is_shut_out_with_every_pass_to_it(database: Database) -> None:
    with database.transaction() as book:
        book.begin_session(PHONE)
        book.begin_session(HERS)
        book.give_pass(QR)
        assert book.end_phones_of("c01", NOW) == 1
        assert book.use_pass("p1", NOW) is None
    assert database.accounts.sessions(NOW) == [HERS]


def test_the_log_is_read_by_action_and_time_newest_first(database: Database) -> None:
    lines = [LogLine(NOW + timedelta(minutes=n), "li", action, "", "127.0.0.0/24") for n, action in enumerate(["in", "refused", "in"])]
    with database.transaction() as book:
        for line in lines:
            book.log(line)
    assert database.accounts.log(NOW - timedelta(1)) == lines[::-1]
    assert database.accounts.log(NOW, ["in"]) == [lines[2]]


def test_what_is_over_is_forgotten(database: Database) -> None:
    with database.transaction() as book:
        book.begin_session(HERS)
        book.begin_session(PHONE)
        book.give_pass(QR)
        book.log(LogLine(NOW, "li", "in", "", ""))
        book.forget_entries_before(NOW + timedelta(days=1))
    assert database.accounts.session("s1") is None
    assert database.accounts.session("s2") == PHONE
    assert database.accounts.log(NOW - timedelta(1)) == []


def test_marks_move_with_orders_and_looks_and_stand_otherwise(database: Database) -> None:
    before = database.accounts.marks()
    assert database.accounts.marks() == before
