"""`weisu backtest` over a database, as an engineer meets it."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from service import main
from storage.database import Database
from tests.doubles.evidence_samples import picture
from tests.unit.rules.places import NINE, bins, car, minutes, vehicles
from town.sight import Observation

ROOT = Path(__file__).parents[3]
WHOLE = "[[0, 0], [1, 0], [1, 1], [0, 1]]"
TOWN = """town: {{id: t, name: 镇}}
grids: [{{id: g1, name: 一, manager: m1}}]
storage: {{url: "sqlite:///{folder}/weisu.db"}}
cameras:
{cameras}"""
CAMERA = """  - id: {camera_id}
    name: 甲
    grid: g1
    position: {{lat: 39.8, lon: 116.5}}
    source: {{kind: http_snapshot, url: "http://10.0.0.1/"}}
    zones:
      - {{id: lane, kind: no_parking, polygon: {whole}}}
      - {{id: station, kind: bin_station, polygon: {whole}}}
"""
OTHER_RULES = "rules:\n  - {id: bin-overflow, for: {looks: 1}}\n  - {id: illegal-parking, limit: 1h}\n"
LABELS = "camera,zone,from,to,rule\ngate-3,lane,2026-05-01 09:00,2026-05-01 09:20,\ngate-3,station,2026-05-01 09:20,,bin-overflow\n"
MANY_LOOKS = 20_000


def seen() -> Iterator[Observation]:
    """A car stays from 9:00 to 9:20; a bin overflows at 9:05 for one look, and from 9:20 to 9:28."""
    for at in range(31):
        yield vehicles(at, *([car()] if at <= 20 else []))
        yield bins(at, int(at == 5 or 20 <= at <= 28))


def town_in(folder: Path, *camera_ids: str, looks: Iterator[Observation] | None = None) -> Path:
    """A township's file, with a database in which every camera saw the same."""
    cameras = "".join(CAMERA.format(camera_id=camera_id, whole=WHOLE) for camera_id in camera_ids)
    file = folder / "town.yaml"
    file.write_text(TOWN.format(folder=folder, cameras=cameras), encoding="utf-8")
    for name, text in (("other.yaml", OTHER_RULES), ("labels.csv", LABELS)):
        (folder / name).write_text(text, encoding="utf-8")
    database = Database.open(f"sqlite:///{folder}/weisu.db")
    with database.transaction() as book:
        for one in looks or seen():
            book.record_observations(
                [Observation(camera_id, one.zone_id, one.kind, one.seen_at, one.metrics, one.objects) for camera_id in camera_ids]
            )
        book.keep_picture(picture(id="look-1", camera_id="gate-3", taken_at=NINE + minutes(5), path="gate-3/05.jpg"))
    database.close()
    return file


@pytest.fixture
def town(tmp_path: Path) -> Path:
    return town_in(tmp_path, "gate-3")


def backtest(town: Path, *args: str) -> Result:
    given = [str(town.with_name(arg)) if arg.endswith((".yaml", ".csv", ".svg")) else arg for arg in args]
    return CliRunner().invoke(main, ["backtest", "--config", str(town), "--jobs", "1", *given])


def records(result: Result) -> list[dict[str, Any]]:
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_what_the_database_holds_is_judged(town: Path) -> None:
    found = [(line["rule"], line["opened_at"], line["closed_at"]) for line in records(backtest(town, "--json"))]
    assert found == [
        ("illegal-parking", "2026-05-01T01:10:00Z", "2026-05-01T01:22:00Z"),
        ("bin-overflow", "2026-05-01T01:21:00Z", "2026-05-01T01:30:00Z"),
    ]


def test_the_same_bytes_come_twice_and_from_two_processes(tmp_path: Path) -> None:
    town = town_in(tmp_path, "gate-3", "gate-4", "gate-5")
    once, twice, in_two = (backtest(town, "--json", "--jobs", jobs).stdout_bytes for jobs in ("1", "1", "2"))
    assert once == twice == in_two
    assert once.count(b"\n") == 6


def test_a_person_reads_lines_and_what_was_read(town: Path) -> None:
    result = backtest(town)
    assert result.stdout.splitlines()[0] == (
        "05-01 09:10 → 05-01 09:22 · gate-3 · 机动车违停 · lane · 20m to 21m · "
        "stayed at least 10m, already there at the first look; limit 10m"
    )
    assert "31 looks at 1 cameras, 0 of them unknown, 62 observations" in result.stderr


def test_only_a_span_and_only_some_cameras_are_judged(tmp_path: Path) -> None:
    town = town_in(tmp_path, "gate-3", "gate-4")
    result = backtest(town, "--json", "--camera", "gate-4", "--since", "2026-05-01T09:15:00", "--until", "2026-05-01T09:25:00")
    assert [(line["camera"], line["rule"], line["closed_at"]) for line in records(result)] == [("gate-4", "bin-overflow", None)]


def test_other_rules_judge_where_they_are_named(town: Path) -> None:
    found = records(backtest(town, "--rules", "other.yaml", "--json"))
    assert [(line["rule"], line["opened_at"][11:16]) for line in found] == [("bin-overflow", "01:05"), ("bin-overflow", "01:20")]


def test_against_other_rules_tells_what_is_gained_lost_and_moved_with_pictures(town: Path) -> None:
    changes = [
        (line["change"], line["rule"], line["opened_at"][11:16]) for line in records(backtest(town, "--against", "other.yaml", "--json"))
    ]
    assert changes == [("gained", "bin-overflow", "01:05"), ("lost", "illegal-parking", "01:10"), ("moved", "bin-overflow", "01:20")]
    told = backtest(town, "--against", "other.yaml").stdout
    assert f"        {town.parent / 'weisu-pictures' / 'gate-3' / '05.jpg'}\n" in told
    assert "moved   1m earlier · " in told
    assert told.endswith("1 gained, 1 lost, 1 moved, 0 the same\n")


def test_labels_give_precision_recall_and_delay(town: Path) -> None:
    *_, overflow, parking = records(backtest(town, "--labels", "labels.csv", "--rules", "other.yaml", "--json"))
    assert {name: overflow[name] for name in ("labels", "found", "opened", "false", "precision", "recall", "delay_p50_s")} == {
        "labels": 1,
        "found": 1,
        "opened": 2,
        "false": 1,
        "precision": 0.5,
        "recall": 1.0,
        "delay_p50_s": 0.0,
    }
    assert (parking["recall"], parking["precision"]) == (0.0, None)
    told = backtest(town, "--labels", "labels.csv", "--rules", "other.yaml").stdout
    assert " · false\n" in told
    assert "missed  05-01 09:00 → 05-01 09:20 · gate-3 · 机动车违停 · lane\n" in told
    assert "0.500" in told


def test_a_wrong_label_is_told_with_its_line(town: Path) -> None:
    town.with_name("labels.csv").write_text("camera,zone,from,to\ngate-3,lain,2026-05-01 09:00,\n", encoding="utf-8")
    result = backtest(town, "--labels", "labels.csv")
    assert result.exit_code == 1
    assert "labels.csv:2: zone: found the zone lain; allowed: lane?" in result.stderr


def test_labels_of_elsewhere_are_left_out_and_counted(town: Path) -> None:
    result = backtest(town, "--labels", "labels.csv", "--until", "2026-05-01T09:10:00", "--json")
    assert "1 labels are of other cameras or times" in result.stderr


def test_a_sweep_prints_the_frontier_and_draws_it(town: Path) -> None:
    grid = "rules.bin-overflow.for.looks=1..4,rules.illegal-parking.limit=10m|1h"
    found = records(backtest(town, "--labels", "labels.csv", "--sweep", grid, "--json"))
    best = [line["settings"] for line in found if line["frontier"]]
    assert len(found) == 6
    assert {"rules.bin-overflow.for.looks": 2, "rules.illegal-parking.limit": "10m"} in best
    result = backtest(town, "--labels", "labels.csv", "--sweep", grid, "--plot", "frontier.svg")
    assert "left out bin-overflow.for.looks=4: looks (4) cannot be more than of (3)" in result.stderr
    assert "6 combinations" in result.stdout
    assert town.with_name("frontier.svg").read_text().endswith("</svg>\n")


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (["--sweep", "rules.bin-overflow.at_least=1"], "--sweep needs --labels"),
        (["--plot", "frontier.svg"], "--plot draws what --sweep found"),
        (["--sweep", "x", "--labels", "labels.csv", "--against", "other.yaml"], "ask one"),
        (["--labels", "labels.csv", "--sweep", "rules.fire-lane.limit=1m"], "nothing is labelled of fire-lane"),
        (["--labels", "labels.csv", "--sweep", "rules.fire-lane.limit=1"], "such as 30s, 10m"),
        (["--camera", "gate-9"], "gate-9 is not one of gate-3"),
        ([".", "--since", "2026-05-01"], "are for stored looks"),
    ],
)
def test_what_makes_no_sense_is_refused_with_the_way_out(town: Path, args: list[str], told: str) -> None:
    result = backtest(town, *args)
    assert result.exit_code != 0
    assert told in " ".join(result.stderr.split())
    assert result.stdout == ""


def test_a_township_that_never_ran_is_told_so(tmp_path: Path) -> None:
    town = town_in(tmp_path, "gate-3")
    (tmp_path / "weisu.db").unlink()
    assert "there is no database" in backtest(town).stderr


def test_a_database_of_before_appearances_is_judged_and_told(tmp_path: Path) -> None:
    town = town_in(tmp_path, "gate-3", looks=iter([vehicles(at, car(())) for at in range(12)]))
    result = backtest(town, "--json")
    assert len(records(result)) == 1
    assert "12 vehicles were stored without how they look" in result.stderr


@pytest.fixture
def heard_ctrl_c() -> Iterator[None]:
    """A suite that a shell runs in the background ignores Ctrl-C, and so would all that it starts."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("heard_ctrl_c")
@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C is sent otherwise there")
@pytest.mark.parametrize("jobs", ["1", "2"])
def test_ctrl_c_ends_it_with_a_line_and_leaves_nothing(tmp_path: Path, jobs: str) -> None:
    """All processes of the terminal get the signal, once the bar has begun."""
    town = town_in(tmp_path, "gate-3", "gate-4", looks=(bins(at / 60, 0) for at in range(MANY_LOOKS)))
    command = [sys.executable, "-m", "service", "backtest", "--config", str(town), "--jobs", jobs]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True) as process:
        assert process.stderr
        assert process.stdout
        assert process.stderr.readline() == "cameras\n"
        os.killpg(process.pid, signal.SIGINT)
        said, printed = process.stderr.read(), process.stdout.read()
        assert process.wait(60) == 130
    assert said.strip() == "weisu: stopped before the end; nothing was printed or written"
    assert printed == ""
    assert sorted(file.name for file in tmp_path.iterdir() if "weisu.db" not in file.name) == ["labels.csv", "other.yaml", "town.yaml"]


def test_a_span_without_looks_opens_nothing_and_says_so(town: Path) -> None:
    result = backtest(town, "--since", "2027-01-01")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "0 looks" in result.stderr
