"""`weisu report`: a manager reads the month's figures in Chinese, prints them, or hands them to a program."""

import csv
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any
from xml.dom.minidom import parseString

import pytest

from patrol.reporting import By, Span, report_on
from storage.cohorts import LookCount
from tests.doubles.look_samples import look
from tests.doubles.people import GATE, NEAR, SECOND, incident, plain_township
from tests.doubles.town_file import TownFile

TEN = datetime.now(UTC).replace(hour=2, minute=0, second=0, microsecond=0) - timedelta(days=9)
"""Ten o'clock in Shanghai, nine days ago: the command goes by the clock."""
DAY = TEN.date().isoformat()


def minutes(count: float) -> datetime:
    return TEN + timedelta(minutes=count)


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[TownFile]:
    made = TownFile(tmp_path)
    yield made
    made.store.close()


@pytest.fixture
def town(empty: TownFile) -> TownFile:
    """A bin order that was claimed after 2 minutes, done after 12 and verified after 20, and a false alarm; a look of two was clear."""
    bins = empty.opens(incident(at=TEN))
    empty.hears(NEAR, "claim", order_id=bins.id, at=minutes(2))
    empty.hears(NEAR, "done", order_id=bins.id, at=minutes(12))
    empty.clears(incident(at=TEN), at=minutes(20))
    empty.look(at=minutes(20))
    car = empty.opens(incident(2, object_id="v1", at=minutes(1)))
    empty.hears(SECOND, "claim", order_id=car.id, at=minutes(30))
    empty.hears(SECOND, "false_alarm", order_id=car.id, at=minutes(31), reason="是送货车")
    with empty.store.transaction() as book:
        book.record_look(look(1, camera_id=GATE, ended_at=TEN))
        book.record_look(look(2, camera_id=GATE, ended_at=minutes(5), outcome="failed"))
    return empty


def report(town: TownFile, *args: str) -> str:
    result = town.weisu("report", *args)
    assert result.exit_code == 0, result.output
    return result.stdout


def told(town: TownFile, *args: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(report(town, "--format", "json", *args))
    return found


def counts(rates: dict[str, dict[str, Any]]) -> dict[str, tuple[int, int]]:
    return {name: (rate["count"], rate["of"]) for name, rate in rates.items()}


def test_the_figures_are_those_of_the_day(town: TownFile) -> None:
    whole = told(town, "--from", DAY, "--to", DAY)["whole"]
    assert whole["orders"] == 2
    assert counts(whole["rates"]) == {
        "response": (1, 2),
        "resolution": (1, 1),
        "first_time_fix": (1, 1),
        "precision": (1, 2),
        "recurrence": (0, 1),
    }
    assert whole["shares"]["false_alarm"]["share"] == 0.5
    assert [whole["times_s"][name]["p99"] for name in ("offer_to_claim", "claim_to_done", "done_to_verified")] == [29 * 60, 600, 480]
    assert (whole["looks"]["count"], whole["looks"]["of"]) == (1, 2)
    assert whole["fairness_gini"] == pytest.approx(5 / 7, abs=1e-4)  # seven had a shift of 8 hours, and two of them one order each


def test_what_needs_complaints_is_said_to_be_unknown(town: TownFile) -> None:
    assert set(told(town)["unknown"].values()) == {"no complaints recorded"}
    shown = report(town)
    assert shown.count("没有诉求记录") == 4
    assert report(town, "--lang", "en").count("no complaints recorded") == 4


@pytest.mark.parametrize(
    ("by", "keys"),
    [
        (By.GRID, ["g1"]),
        (By.CLEANER, [NEAR, SECOND]),
        (By.CAMERA, [GATE]),
        (By.CATEGORY, ["bin-overflow", "illegal-parking"]),
        (By.DAY, [DAY]),
    ],
)
def test_orders_are_grouped(town: TownFile, by: By, keys: list[str]) -> None:
    groups = told(town, "--by", by.value)["groups"]
    assert [group["key"] for group in groups] == keys
    assert sum(group["orders"] for group in groups) == 2
    assert {group["rank"] for group in groups} == {None}
    assert keys[0] in report(town, "--by", by.value)


def test_an_order_outside_the_span_does_not_count(town: TownFile) -> None:
    day_after = (TEN + timedelta(days=1)).date().isoformat()
    assert told(town, "--from", day_after)["whole"]["orders"] == 0
    assert told(town, "--from", DAY, "--to", f"{DAY} 10:01")["whole"]["orders"] == 1


def test_nothing_opened_is_said_in_every_format(empty: TownFile) -> None:
    assert "没有立案的工单" in report(empty)
    assert "没有立案的工单" in report(empty, "--format", "html")
    whole = told(empty)["whole"]
    assert (whole["rates"]["response"]["share"], whole["fairness_gini"], whole["times_s"]["offer_to_claim"]) == (None, None, None)


def test_the_csv_has_a_line_a_figure(town: TownFile) -> None:
    text = report(town, "--format", "csv", "--by", "cleaner")
    rows = list(csv.DictReader(StringIO(text.removeprefix("\ufeff"))))
    by_figure = {(row["group"], row["figure"]): row for row in rows}
    assert text.startswith("\ufeff")
    assert (by_figure["", "resolution"]["count"], by_figure["", "resolution"]["of"]) == ("1", "1")
    assert by_figure[NEAR, "claim_to_done_p50_s"]["value"] == "600.0"
    assert by_figure["", "coverage"]["note"] == "no complaints recorded"


@pytest.mark.parametrize("name", ["=HYPERLINK(1)", "+1", "-1", "@SUM(A1)"])
def test_no_name_is_a_formula_to_a_spreadsheet(tmp_path: Path, name: str) -> None:
    town = TownFile(tmp_path, grids=[plain_township()["grids"][0] | {"name": name}])
    town.opens(incident(at=TEN))
    rows = csv.DictReader(StringIO(report(town, "--format", "csv").removeprefix("\ufeff")))
    assert {row["name"] for row in rows if row["by"] == "grid"} == {f"'{name}"}


def test_the_page_stands_alone_and_has_no_script(town: TownFile) -> None:
    text = report(town, "--format", "html", "--by", "cleaner")
    assert "<script" not in text
    assert not re.search(r"(?:src|href)=|url\(|@import", text)
    assert "size: A4" in text
    drawings = re.findall(r"<svg.*?</svg>", text, re.DOTALL)
    assert [parseString(drawing).documentElement.tagName for drawing in drawings] == ["svg"] * 4  # type: ignore[union-attr]
    assert "保洁员near" in text
    assert '<html lang="en">' in report(town, "--format", "html", "--lang", "en")


@pytest.mark.parametrize(
    ("args", "way_out"),
    [
        (["--from", "yesterday"], "or a day: 2026-11-25"),
        (["--to", "2026-13-01"], "or a day: 2026-11-25"),
        (["--to", "9999-12-31"], "no calendar goes so far"),
        (["--from", "0001-01-01"], "no calendar goes so far"),
        (["--to", "0001-01-10"], "no calendar goes so far"),
        (["--from", "2999-01-01"], "nothing before"),
        (["--from", "2026-05-02", "--to", "2026-05-01"], "nothing before"),
    ],
)
def test_a_span_that_is_none_is_refused_with_the_way_out(empty: TownFile, args: list[str], way_out: str) -> None:
    result = empty.weisu("report", *args)
    assert (result.exit_code, way_out in result.output.replace("\n", " ")) == (2, True)


def test_names_are_text_on_the_page(tmp_path: Path) -> None:
    made = TownFile(tmp_path, grids=[{"id": "g1", "name": "<b>一&二</b>", "manager": "m1"}])
    made.opens(incident(at=TEN))
    text = report(made, "--format", "html")
    made.store.close()
    assert "<b>" not in text
    assert "&lt;b&gt;一&amp;二&lt;/b&gt;" in text


def test_a_report_on_some_grids_tells_theirs_and_compares_all(tmp_path: Path) -> None:
    plain = plain_township()
    grids = [*plain["grids"], {"id": "g2", "name": "第二网格", "manager": "other"}]
    cameras = [*plain["cameras"], {**plain["cameras"][0], "id": "yard", "name": "院里", "grid": "g2"}]
    town = TownFile(tmp_path, grids=grids, cameras=cameras)
    town.opens(incident(at=TEN))
    town.camera = town.township.camera_by_id["yard"]
    town.opens(replace(incident(2, at=TEN), key=replace(incident().key, camera_id="yard")))
    with town.store.transaction() as book:
        book.record_look(look(1, camera_id=GATE, ended_at=TEN))
        book.record_look(look(2, camera_id="yard", ended_at=TEN))
    now = datetime.now(UTC)
    span = Span(TEN - timedelta(hours=1), now)
    by_grid, by_camera = (report_on(town.store, town.township, span, by, now, {"g1"}) for by in (By.GRID, By.CAMERA))
    assert [(group.key, group.figures.orders) for group in by_grid.groups] == [("g1", 1), ("g2", 1)]
    assert [(group.key, group.figures.orders) for group in by_camera.groups] == [(GATE, 1)]
    assert (by_grid.whole.orders, by_grid.whole.looks, list(by_grid.grids)) == (1, LookCount(1, 1), ["第一网格"])
    assert report_on(town.store, town.township, span, By.GRID, now).whole.orders == 2
    town.store.close()
