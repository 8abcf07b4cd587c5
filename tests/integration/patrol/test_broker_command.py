"""`weisu broker` as an operator meets it."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from alerts.desk import OrderDesk
from rules.builtin import BUILT_IN
from service import main
from storage.database import Database
from tests.doubles.contract import FILE
from tests.doubles.people import NOW
from tests.integration.patrol.test_limiting import town_text
from town.reading import read_township

Weisu = Callable[..., Result]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "town.yaml"
    file.write_text(f"{town_text(1)}storage: {{url: 'sqlite:///{tmp_path}/weisu.db'}}\n", encoding="utf-8")
    return file


@pytest.fixture
def weisu(file: Path) -> Weisu:
    return lambda *args: CliRunner().invoke(main, ["broker", *args, "--config", str(file)])


def test_the_contract_is_printed_as_it_is_written_down() -> None:
    assert CliRunner().invoke(main, ["broker", "contract"]).output == FILE.read_text(encoding="utf-8")


def test_dead_letters_are_listed_with_who_why_and_what_and_cannot_steer_a_terminal(file: Path, weisu: Weisu) -> None:
    township = read_township(file, {}, BUILT_IN)
    database = Database.open(township.storage.url)
    desk = OrderDesk(database, township)
    desk.on_upward("nobody", b'{"v":1,"type":"hello","event_id":"event-0001","issued_at":"2026-05-04T02:00:00Z","boot_id":"b"}', NOW)
    desk.on_upward("c01", b"\x1b[2J not json", NOW)
    desk.on_upward("c01", b"x" * 4097, NOW)
    database.close()

    lines = weisu("dead-letters").output.splitlines()
    assert [line.split("  ")[1] for line in lines] == ["c01: too_large", "c01: not_json", "nobody: unknown_cleaner"]
    assert "\x1b" not in "".join(lines)
    shown = json.loads(weisu("dead-letters", "--last", "1", "--format", "json").output)
    assert [letter["reason"] for letter in shown["from_cleaners"]] == ["too_large"]


def test_no_dead_letters_is_said_in_words(file: Path, weisu: Weisu) -> None:
    Database.open(read_township(file, {}, BUILT_IN).storage.url).close()

    assert weisu("dead-letters").output == "no dead letters\n"
