"""Heavy work of the bench runs in a process of its own, tells how far it is, and ends when nobody wants it any more."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from console.engineer.errands import ErrandFailed, Errands
from console.engineer.trial import order_near, tally, tried
from detectors.versions import Versions
from tests.doubles.model_versions import tiny_model
from tests.doubles.order_samples import incident, order
from tests.doubles.people import GATE, NOW
from tests.doubles.stored_looks import record_bins
from tests.doubles.town_file import TownFile
from town.problems import ConfigError
from town.rules_section import section_of
from town.work import OrderState

SINCE, UNTIL = NOW - timedelta(days=1), NOW + timedelta(days=1)
ONE_FULL, TWO_FULL, BAG, TIDY = [(1, 0)] * 6, [(2, 0)] * 6, [(0, 1)] * 6, [(0, 0)] * 6

RULES = """rules:
  - {id: bin-overflow, at_least: 2}
  - {id: bags, name: 地上有袋, zones: [bin_station], observes: bins, metric: garbage_count, skill: bins}
"""


@pytest.fixture
def town(tmp_path: Path) -> TownFile:
    town = TownFile(tmp_path)
    record_bins(town.store, NOW, [*TIDY, *ONE_FULL, *TIDY, *TWO_FULL, *TIDY, *BAG, *TIDY])
    return town


def _told(town: TownFile, rules: str = RULES) -> list[Mapping[str, Any]]:
    return list(tried(town.file, rules, SINCE, UNTIL, []))


def test_what_other_rules_gain_and_lose_is_told(town: TownFile) -> None:
    *progress, found = _told(town)
    assert progress == [{"done": 0, "of": 1}, {"done": 1, "of": 1}]
    assert [(one["change"], one["rule"], one["camera"]) for one in found["changes"]] == [
        ("gained", "bags", GATE),
        ("lost", "bin-overflow", GATE),
    ]
    assert found["counts"] == {"gained": 1, "lost": 1, "moved": 0, "same": 2}
    assert found["looks"] == 42


def test_the_same_rules_change_nothing(town: TownFile) -> None:
    assert _told(town, section_of(town.file.read_text()).text)[-1]["counts"] == {"gained": 0, "lost": 0, "moved": 0, "same": 3}


def test_wrong_rules_are_refused(town: TownFile) -> None:
    with pytest.raises(ConfigError):
        _told(town, "rules:\n  - {id: bin-overflow, at_leest: 2}\n")


def test_a_problem_finds_the_order_that_came_of_it() -> None:
    problem = incident(1)
    own, near, far = (
        order(1),
        order(2, camera_id="gate-1", opened_at=problem.opened_at + timedelta(minutes=2)),
        order(3, camera_id="gate-2"),
    )
    assert order_near(problem, [far, near, own]) == own
    assert order_near(problem, [far, near]) == near
    assert order_near(problem, [far]) is None


def test_what_became_of_orders_is_counted() -> None:
    came = tally([{"state": state} for state in (OrderState.CLOSED, OrderState.FALSE_ALARM, OrderState.CLAIMED, "", OrderState.CLOSED)])
    assert (came.closed, came.false_alarm, came.other, came.unknown) == (2, 1, 1, 1)


async def _all_of(errands: Errands, errand: str, **asked: Any) -> list[Mapping[str, Any]]:
    return [told async for told in errands.send(errand, **asked)]


def test_a_process_of_its_own_tells_the_same(town: TownFile) -> None:
    asked = {"file": str(town.file), "rules": RULES, "since": SINCE.isoformat(), "until": UNTIL.isoformat(), "cameras": []}
    told = asyncio.run(_all_of(Errands(), "backtest", **asked))
    assert told == _told(town)


def test_a_version_is_admitted_or_refused_with_the_reason(tmp_path: Path) -> None:
    Versions(tmp_path / "models").add(tiny_model(tmp_path / "model", {"bin": 0.9}), "tiny", NOW)
    folder = str(tmp_path / "models")
    assert asyncio.run(_all_of(Errands(), "admit", folder=folder, name="tiny")) == [{"admitted": "tiny"}]
    with pytest.raises(ErrandFailed, match="there is no version other"):
        asyncio.run(_all_of(Errands(), "admit", folder=folder, name="other"))


def test_nothing_to_harvest_is_told(town: TownFile, tmp_path: Path) -> None:
    with pytest.raises(ErrandFailed, match="nothing has been judged"):
        asyncio.run(_all_of(Errands(), "harvest", file=str(town.file), out=str(tmp_path / "harvest")))


def test_one_errand_runs_at_a_time_and_leaving_early_ends_it(town: TownFile) -> None:
    asked = {"file": str(town.file), "rules": RULES, "since": SINCE.isoformat(), "until": UNTIL.isoformat(), "cameras": []}

    async def leave_early() -> tuple[bool, bool]:
        errands = Errands()
        telling = errands.send("backtest", **asked)
        await anext(telling)
        busy = errands.is_busy
        await telling.aclose()
        return busy, errands.is_busy

    assert asyncio.run(leave_early()) == (True, False)
