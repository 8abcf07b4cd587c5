"""`weisu audit` says whether the history of orders is whole, and where it is not."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.doubles.people import NEAR, incident
from tests.doubles.town_file import TownFile


@pytest.fixture
def town(tmp_path: Path) -> Iterator[TownFile]:
    made = TownFile(tmp_path)
    yield made
    made.store.close()


def test_a_whole_history_is_said_to_be_whole_with_its_last_hash(town: TownFile) -> None:
    order = town.opens(incident())
    town.hears(NEAR, "claim", order_id=order.id)
    result = town.weisu("audit")
    assert result.exit_code == 0, result.output
    assert "审计通过：1 张工单、3 条记录" in result.stdout
    head = json.loads(town.weisu("audit", "--format", "json").stdout)["head"]
    assert head in result.stdout
    assert town.weisu("audit", "--expect", head).exit_code == 0


def test_a_changed_event_is_named_with_its_order_and_the_status_is_1(town: TownFile, tmp_path: Path) -> None:
    order = town.opens(incident())
    town.hears(NEAR, "claim", order_id=order.id)
    with closing(sqlite3.connect(tmp_path / "weisu.db", isolation_level=None)) as connection:
        connection.execute("UPDATE order_events SET actor = 'second' WHERE action = 'claim'")
    result = town.weisu("audit")
    assert result.exit_code == 1
    assert f"审计不通过：工单 {order.id} 的第 3 条记录（2026-05-04 10:00:00 接单，second）" in result.stdout
    told = json.loads(town.weisu("audit", "--format", "json").stdout)
    assert (told["whole"], told["events"], told["broken"]["breach"], told["broken"]["rev"]) == (False, 2, "changed", 3)
    assert "BROKEN: event 3" in town.weisu("audit", "--lang", "en").stdout


def test_a_hash_that_is_not_there_fails(town: TownFile) -> None:
    town.opens(incident())
    result = town.weisu("audit", "--expect", "0" * 64)
    assert (result.exit_code, "0" * 64 in result.stdout) == (1, True)


def test_an_order_without_any_event_fails(town: TownFile, tmp_path: Path) -> None:
    town.opens(incident())
    with closing(sqlite3.connect(tmp_path / "weisu.db", isolation_level=None)) as connection:
        connection.execute("DELETE FROM order_events")
    assert "一条记录也没有" in town.weisu("audit").stdout


def test_nothing_to_audit_is_no_fault(town: TownFile) -> None:
    result = town.weisu("audit")
    assert (result.exit_code, result.stdout) == (0, "还没有工单记录\n")
