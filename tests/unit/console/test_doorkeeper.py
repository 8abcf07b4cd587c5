"""Who is let in, who no longer is, and when trying is over. Over a real database, by a clock that the test sets."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from console.doorkeeper import BROWSER_FOR, PHONE_FOR, QR_FOR, TRIES_WITHIN, Doorkeeper, LastEngineer, Limits, Refused, tried_too_often
from console.passwords import hash_password, is_password
from console.visitors import Visitor
from storage.database import Database
from storage.errors import Contradiction
from tests.doubles.people import MANAGER, NEAR, NOW, plain_township, township
from town.accounts import Account, Kind, LogLine, Opens, Role, hash_of

PASSWORD, OTHER = "correct horse", "another battery"
HASH = hash_password(PASSWORD)
HOME, CAFE = "192.0.2.0/24", "198.51.100.0/24"
LIMITS = Limits(of_both=3, from_network=6, of_name=9)


class Door:
    """A keeper of the small township with an engineer `wang` and a manager `li`, whose passwords are `PASSWORD`."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.now = NOW
        self.township = township()
        self.keeper = Doorkeeper(database, lambda: self.township, lambda: self.now, LIMITS)
        with database.transaction() as book:
            book.open_account(Account("wang", Role.ENGINEER, "", HASH, NOW, "test"))
            book.open_account(Account("li", Role.MANAGER, MANAGER, HASH, NOW, "test"))

    def tries(self, name: str = "li", password: str = PASSWORD, network: str = HOME) -> str:
        """`in`, or the reason why not."""
        try:
            self.keeper.sign_in(name, password, network, "Chrome")
        except Refused as refused:
            return refused.reason
        return "in"

    def lets_in(self, name: str = "li") -> tuple[str, Visitor]:
        key, _ = self.keeper.sign_in(name, PASSWORD, HOME, "Chrome")
        visitor = self.keeper.visitor(key)
        assert visitor
        return key, visitor

    def closes(self, name: str) -> None:
        """The last engineer's account too."""
        with self.database.transaction() as book:
            book.close_account(name, self.now)

    def actions(self) -> list[str]:
        return [line.action for line in reversed(self.database.accounts.log(NOW - timedelta(days=1)))]


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    database = Database.open(tmp_path / "weisu.db")
    yield Door(database)
    database.close()


def test_who_knows_the_password_is_let_in_as_who_they_are(door: Door) -> None:
    _, visitor = door.lets_in()
    assert (visitor.role, visitor.name, visitor.person, visitor.kind) == (Role.MANAGER, "li", MANAGER, Kind.BROWSER)
    assert door.actions() == ["let_in"]


def test_a_key_is_kept_as_its_hash_alone(door: Door) -> None:
    key, visitor = door.lets_in()
    assert visitor.session == hash_of(key)
    assert door.keeper.visitor(visitor.session) is None
    assert door.keeper.visitor("") is None


@pytest.mark.parametrize(("name", "password"), [("li", "wrong horse"), ("nobody", PASSWORD), ("", "")])
def test_a_wrong_password_and_a_wrong_name_are_refused_alike(door: Door, name: str, password: str) -> None:
    assert door.tries(name, password) == "wrong"
    assert door.actions() == ["refused"]


def test_a_closed_account_opens_nothing_and_ends_what_it_opened(door: Door) -> None:
    key, _ = door.lets_in()
    assert door.keeper.close_account("li", "wang")
    assert door.keeper.visitor(key) is None
    assert door.tries() == "wrong"


def test_a_manager_who_is_no_longer_in_the_file_is_out(door: Door) -> None:
    key, visitor = door.lets_in()
    door.township = township(grids=[plain_township()["grids"][0] | {"manager": "somebody-else"}])
    assert door.keeper.visitor(key) is None
    assert not door.keeper.still_admits(visitor)
    assert door.tries() == "wrong"


def test_a_session_is_over_after_its_time_and_when_left(door: Door) -> None:
    key, visitor = door.lets_in()
    door.now = NOW + BROWSER_FOR - timedelta(seconds=1)
    assert door.keeper.visitor(key)
    door.now = NOW + BROWSER_FOR
    assert door.keeper.visitor(key) is None
    door.now = NOW
    door.keeper.leave(visitor)
    assert door.keeper.visitor(key) is None


def test_a_name_from_one_network_is_tried_so_often_and_no_more(door: Door) -> None:
    assert [door.tries(password="wrong horse") for _ in range(4)] == ["wrong"] * 3 + ["too_often"]
    assert door.tries() == "too_often", "the right password comes too late"
    assert door.tries(network=CAFE) == "in", "who sits elsewhere is not kept out"
    door.now = NOW + TRIES_WITHIN
    assert door.tries() == "in"


def test_a_network_is_out_after_so_many_names(door: Door) -> None:
    assert [door.tries(f"name-{number}") for number in range(7)] == ["wrong"] * 6 + ["too_often"]
    assert door.tries(network=CAFE) == "in"


def test_a_name_is_out_after_so_many_networks(door: Door) -> None:
    assert [door.tries(password="wrong horse", network=f"10.0.{number}.0/24") for number in range(10)] == ["wrong"] * 9 + ["too_often"]
    assert door.tries("wang") == "in"


def test_what_was_refused_for_trying_too_often_is_not_counted_again(door: Door) -> None:
    for _ in range(10):
        door.tries(password="wrong horse")
    assert door.actions() == ["refused"] * 3


def test_a_name_without_end_is_counted_as_its_beginning(door: Door) -> None:
    assert [door.tries("x" * 1000) for _ in range(4)] == ["wrong"] * 3 + ["too_often"]


def test_refusals_that_name_nobody_count_for_their_network_only() -> None:
    lines = [LogLine(NOW, "", "refused", "phone", f"10.0.{number}.0/24") for number in range(200)]
    assert not tried_too_often(lines, "", HOME, LIMITS)
    assert tried_too_often([LogLine(NOW, "", "refused", "phone", HOME)] * 6, "", HOME, LIMITS)


def test_a_pass_lets_a_phone_in_once(door: Door) -> None:
    key = door.keeper.give_pass(Opens.PHONE, NEAR, "li", QR_FOR)
    phone, session = door.keeper.let_phone_in(key, CAFE, "Chrome · Android")
    visitor = door.keeper.visitor(phone)
    assert visitor
    assert (visitor.role, visitor.person, session.until) == (Role.CLEANER, NEAR, NOW + PHONE_FOR)
    with pytest.raises(Refused, match="over"):
        door.keeper.let_phone_in(key, CAFE, "")


def test_a_pass_is_over_after_ten_minutes_and_when_phones_are_shut_out(door: Door) -> None:
    late, ended = (door.keeper.give_pass(Opens.PHONE, NEAR, "li", QR_FOR) for _ in range(2))
    phone, _ = door.keeper.let_phone_in(door.keeper.give_pass(Opens.PHONE, NEAR, "li", QR_FOR), CAFE, "")
    assert door.keeper.shut_out_phones(NEAR, "li") == 1
    assert door.keeper.visitor(phone) is None
    door.now = NOW + QR_FOR
    for key in (late, ended):
        with pytest.raises(Refused, match="over"):
            door.keeper.let_phone_in(key, CAFE, "")


def test_a_pass_for_a_phone_sets_nothing_up_and_the_other_way_round(door: Door) -> None:
    phone = door.keeper.give_pass(Opens.PHONE, NEAR, "li", QR_FOR)
    setting_up = door.keeper.give_pass(Opens.SET_UP, "", "service", QR_FOR)
    with pytest.raises(Refused, match="over"):
        door.keeper.set_up(phone, "zhang", PASSWORD, HOME)
    with pytest.raises(Refused, match="over"):
        door.keeper.let_phone_in(setting_up, HOME, "")


def test_who_guesses_passes_is_out_after_so_many(door: Door) -> None:
    found = []
    for number in range(7):
        with pytest.raises(Refused) as refused:
            door.keeper.let_phone_in(f"guess-{number}", CAFE, "")
        found.append(refused.value.reason)
    assert found == ["over"] * 6 + ["too_often"]


def test_setting_up_works_once_and_a_mistake_uses_nothing_up(door: Door) -> None:
    door.closes("wang")
    key = door.keeper.give_pass(Opens.SET_UP, "", "service", QR_FOR)
    with pytest.raises(ValueError, match="10 to 200"):
        door.keeper.set_up(key, "zhang", "short", HOME)
    with pytest.raises(Contradiction):
        door.keeper.set_up(key, "wang", PASSWORD, HOME)
    with pytest.raises(ValueError, match="lower-case"):
        door.keeper.set_up(key, "张", PASSWORD, HOME)
    door.keeper.set_up(key, "zhang", PASSWORD, HOME)
    assert door.tries("zhang") == "in"
    with pytest.raises(Refused, match="over"):
        door.keeper.set_up(key, "zhou", PASSWORD, HOME)


def test_every_set_up_link_is_over_once_there_is_an_engineer(door: Door) -> None:
    door.closes("wang")
    first, second = (door.keeper.give_pass(Opens.SET_UP, "", "service", QR_FOR) for _ in range(2))
    door.keeper.set_up(first, "zhang", PASSWORD, HOME)
    with pytest.raises(Refused, match="over"):
        door.keeper.set_up(second, "mallory", PASSWORD, CAFE)
    assert door.database.accounts.account("mallory") is None


@pytest.mark.parametrize("changed", ["closed", "password"])
@pytest.mark.parametrize("opens", ["session", "password", "token"])
def test_what_is_being_opened_while_an_account_is_taken_away_stays_shut(
    door: Door, monkeypatch: pytest.MonkeyPatch, changed: str, opens: str
) -> None:
    _, visitor = door.lets_in()
    account = door.database.accounts.account("li")
    assert account

    def meanwhile(hashed: str, password: str) -> bool:  # a hash takes long enough for it
        right = is_password(hashed, password)
        door.keeper.close_account("li", "wang") if changed == "closed" else door.keeper.change_password("li", OTHER, "wang")
        return right

    with monkeypatch.context() as patched, pytest.raises(Refused, match="wrong"):
        patched.setattr("console.doorkeeper.is_password", meanwhile)
        match opens:
            case "session":
                door.keeper.sign_in("li", PASSWORD, HOME, "Chrome")
            case "password":
                door.keeper.change_own_password(visitor, PASSWORD, "a third password", HOME)
            case _:
                meanwhile(HASH, PASSWORD)
                door.keeper.give_token(account, "screen", timedelta(days=1), "wang")
    assert door.database.accounts.sessions(door.now) == []
    assert door.tries(password=OTHER) == ("wrong" if changed == "closed" else "in")


def test_an_account_is_made_for_somebody_of_the_file_only(door: Door) -> None:
    door.keeper.open_account("zhao", Role.MANAGER, MANAGER, PASSWORD, "wang")
    assert door.tries("zhao") == "in"
    for name, role, person in (
        ("a", Role.MANAGER, "stranger"),
        ("b", Role.CLEANER, NEAR),
        ("c", Role.AUDITOR, MANAGER),
        ("D!", Role.AUDITOR, ""),
    ):
        with pytest.raises(ValueError, match=r"."):
            door.keeper.open_account(name, role, person, PASSWORD, "wang")
    with pytest.raises(Contradiction):
        door.keeper.open_account("zhao", Role.AUDITOR, "", PASSWORD, "wang")


def test_another_password_ends_all_that_the_old_one_opened(door: Door) -> None:
    key, _ = door.lets_in()
    assert door.keeper.change_password("li", OTHER, "wang")
    assert door.keeper.visitor(key) is None
    assert door.tries() == "wrong"
    assert door.tries(password=OTHER) == "in"
    assert not door.keeper.change_password("nobody", OTHER, "wang")
    assert door.actions().count("password_changed") == 1


def test_one_s_own_password_is_changed_by_who_knows_the_old_one_and_stays_signed_in(door: Door) -> None:
    elsewhere, _ = door.lets_in()
    here, visitor = door.lets_in()
    with pytest.raises(Refused, match="wrong"):
        door.keeper.change_own_password(visitor, "wrong horse", OTHER, HOME)
    with pytest.raises(ValueError, match="10 to 200"):
        door.keeper.change_own_password(visitor, PASSWORD, "short", HOME)
    door.keeper.change_own_password(visitor, PASSWORD, OTHER, HOME)
    assert door.keeper.visitor(here) == visitor
    assert door.keeper.visitor(elsewhere) is None
    assert door.tries(password=OTHER) == "in"


def test_guessing_one_s_old_password_is_throttled_as_signing_in_is(door: Door) -> None:
    _, visitor = door.lets_in()
    reasons = []
    for _ in range(4):
        with pytest.raises(Refused) as refused:
            door.keeper.change_own_password(visitor, "wrong horse", OTHER, HOME)
        reasons.append(refused.value.reason)
    assert reasons == ["wrong"] * 3 + ["too_often"]
    assert door.tries() == "too_often"


def test_the_last_engineer_s_account_cannot_be_closed(door: Door) -> None:
    with pytest.raises(LastEngineer):
        door.keeper.close_account("wang", "wang")
    door.keeper.open_account("zhang", Role.ENGINEER, "", PASSWORD, "wang")
    assert door.keeper.close_account("wang", "zhang")
    assert not door.keeper.close_account("wang", "zhang")
    assert door.actions().count("account_closed") == 1


def test_a_token_acts_as_its_account_until_it_is_ended(door: Door) -> None:
    account = door.database.accounts.account("li")
    assert account
    token = door.keeper.give_token(account, "night report", timedelta(days=1), "wang")
    visitor = door.keeper.visitor(token)
    assert visitor
    assert (visitor.role, visitor.name, visitor.kind) == (Role.MANAGER, "li", Kind.TOKEN)
    assert door.keeper.end_session(visitor.session, "wang")
    assert door.keeper.visitor(token) is None
    assert not door.keeper.end_session(visitor.session, "wang")
    assert door.database.accounts.log(NOW - timedelta(days=1), ["session_ended"])[0].subject == "li: night report"


def test_a_weaker_hash_is_made_anew_when_its_password_is_next_seen(door: Door) -> None:
    from argon2 import PasswordHasher

    weak = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    with door.database.transaction() as book:
        book.open_account(Account("zhou", Role.AUDITOR, "", weak, NOW, "test"))
    assert door.tries("zhou") == "in"
    account = door.database.accounts.account("zhou")
    assert account
    assert account.password_hash != weak
    assert door.tries("zhou") == "in"
