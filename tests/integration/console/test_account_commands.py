"""`weisu console account|phone|api-token`: who may use the console, from the command line."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from console.doorkeeper import Doorkeeper, Refused
from service import main
from tests.doubles.people import MANAGER, NEAR
from tests.doubles.town_file import TownFile
from town.accounts import Kind, Role

URL = "https://weisu.town.example"


@pytest.fixture
def town(tmp_path: Path) -> Iterator[TownFile]:
    made = TownFile(tmp_path, console={"url": URL})
    yield made
    made.store.close()


def keeper(town: TownFile) -> Doorkeeper:
    return Doorkeeper(town.store, lambda: town.township, lambda: datetime.now(UTC))


def account(town: TownFile, *args: str) -> str:
    result = town.weisu("console", "account", *args)
    return result.output if result.exit_code == 0 else f"refused: {result.output}"


def test_an_account_is_made_with_a_password_that_is_shown_once(town: TownFile) -> None:
    town.opens_account("li", "manager", MANAGER)
    _, session = keeper(town).sign_in("li", town.passwords["li"], "", "")
    assert (session.role, session.person) == (Role.MANAGER, MANAGER)
    assert town.passwords["li"] not in account(town, "list")
    assert f"li · manager ({MANAGER})" in account(town, "list")


def test_a_password_can_come_over_standard_input_and_is_not_shown(town: TownFile) -> None:
    args = ["console", "account", "add", "wang", "--role", "engineer", "--password-stdin", "--config", str(town.file)]
    made = CliRunner().invoke(main, args, input="correct horse\n")
    assert made.output.strip() == "wang"
    assert keeper(town).sign_in("wang", "correct horse", "", "")


def test_nobody_knows_the_accounts_of_an_empty_console(town: TownFile) -> None:
    assert "还没有账号" in account(town, "list")


@pytest.mark.parametrize(
    ("args", "why"),
    [
        (("li", "--role", "manager"), "no manager"),
        (("li", "--role", "manager", "--person", "stranger"), "no manager stranger"),
        (("li", "--role", "cleaner"), "cleaner"),
        (("Li!", "--role", "auditor"), "lower-case"),
    ],
)
def test_who_cannot_have_an_account_is_told_why(town: TownFile, args: tuple[str, ...], why: str) -> None:
    told = account(town, "add", *args)
    assert told.startswith("refused")
    assert why in told


def test_a_name_is_given_once_even_after_it_is_closed(town: TownFile) -> None:
    town.opens_account("audit", "auditor")
    assert "已关闭" in account(town, "close", "audit")
    assert "taken, or was once" in account(town, "add", "audit", "--role", "auditor")
    assert "no open account audit" in account(town, "close", "audit")
    assert "no open account audit" in account(town, "password", "audit")
    assert "已关闭 / closed" in account(town, "list")


def test_the_last_engineer_is_not_closed(town: TownFile) -> None:
    town.opens_account("wang", "engineer")
    assert "wang is the last engineer: make another's account first" in account(town, "close", "wang")
    town.opens_account("zhang", "engineer")
    assert "已关闭" in account(town, "close", "wang")


def test_another_password_shuts_out_the_old_one(town: TownFile) -> None:
    town.opens_account("wang", "engineer")
    fresh = account(town, "password", "wang").split()[-1]
    with pytest.raises(Refused):
        keeper(town).sign_in("wang", town.passwords["wang"], "", "")
    assert keeper(town).sign_in("wang", fresh, "", "")


def test_a_phone_is_let_in_by_the_printed_address_and_shut_out_again(town: TownFile) -> None:
    told = town.weisu("console", "phone", NEAR).stdout
    found = re.search(rf"{URL}/phone/enter/(\S+)", told)
    assert found
    phone, session = keeper(town).let_phone_in(found[1], "", "Chrome · Android")
    assert (session.kind, session.person) == (Kind.PHONE, NEAR)
    assert "phones ended: 1" in town.weisu("console", "phone", NEAR, "--revoke").stdout
    assert keeper(town).visitor(phone) is None
    assert "no cleaner stranger" in town.weisu("console", "phone", "stranger").output


def test_a_phone_needs_an_address(tmp_path: Path) -> None:
    town = TownFile(tmp_path, console={"listen": "127.0.0.1:0"})
    assert "name console.url" in town.weisu("console", "phone", NEAR).output
    town.store.close()


def test_a_token_acts_as_an_account_for_its_days(town: TownFile) -> None:
    town.opens_account("li", "manager", MANAGER)
    token = town.weisu("console", "api-token", "li", "--label", "night report", "--days", "2").stdout.strip()
    visitor = keeper(town).visitor(token)
    assert visitor
    assert (visitor.name, visitor.kind) == ("li", Kind.TOKEN)
    (session,) = town.store.accounts.sessions(datetime.now(UTC))
    assert session.until - session.begun_at == timedelta(days=2)
    assert "no open account nobody" in town.weisu("console", "api-token", "nobody", "--label", "x").output


def test_what_is_done_from_the_command_line_is_logged_with_who(town: TownFile) -> None:
    town.opens_account("wang", "engineer")
    town.weisu("console", "phone", NEAR, "--by", "li")
    lines = town.store.accounts.log(datetime.now(UTC) - timedelta(days=1))
    assert [(line.who, line.action, line.subject) for line in reversed(lines)] == [
        ("test", "account_made", "wang"),
        ("li", "pass_phone", NEAR),
    ]
