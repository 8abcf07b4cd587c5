"""What a person confirmed is read from CSV and YAML alike, and every mistake is told with its line."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from patrol.labels import Label, read_labels
from tests.unit.rules.places import LANE, STATION, township
from town.problems import ConfigError

TOWNSHIP = township(LANE, STATION)
NINE = datetime(2026, 5, 1, 1, tzinfo=UTC)
HALF_PAST = datetime(2026, 5, 1, 1, 30, tzinfo=UTC)
IN_LANE = Label("illegal-parking", "gate-3", "lane", NINE, HALF_PAST)
STILL_FULL = Label("bin-overflow", "gate-3", "station", NINE, None)

CSV = "camera,zone,from,to,rule\ngate-3,lane,2026-05-01 09:00,2026-05-01 09:30,\n\ngate-3,station,2026-05-01T01:00:00Z,,bin-overflow\n"
YAML = """
- {camera: gate-3, zone: lane, from: 2026-05-01 09:00, to: "2026-05-01 09:30"}
- {camera: gate-3, zone: station, from: 2026-05-01T01:00:00Z, rule: bin-overflow}
"""


def read(folder: Path, text: str, name: str = "labels.csv") -> tuple[Label, ...]:
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return read_labels(file, TOWNSHIP)


@pytest.mark.parametrize(("name", "text"), [("labels.csv", CSV), ("labels.yaml", YAML), ("labels.csv", "\ufeff" + CSV)])
def test_labels_are_read_in_the_towns_time(tmp_path: Path, name: str, text: str) -> None:
    assert read(tmp_path, text, name) == (IN_LANE, STILL_FULL)


def test_a_spreadsheets_times_are_understood(tmp_path: Path) -> None:
    assert read(tmp_path, "zone,camera,to,from\nlane,gate-3,2026/5/1 9:30,2026/5/1 9:00\n") == (IN_LANE,)


MISTAKES = {
    "gate-9,lane,2026-05-01 09:00,": ("camera", "the camera gate-9", "gate-3"),
    "gate-3,lanes,2026-05-01 09:00,": ("zone", "the zone lanes", "lane? One of"),
    "gate-3,lane,at nine,": ("from", "at nine", "2026-05-04 10:00"),
    "gate-3,lane,2026-05-01,": ("from", "2026-05-01", "2026-05-04 10:00"),
    "gate-3,lane,,": ("from", "(none)", "2026-05-04 10:00"),
    "gate-3,lane,2026-05-01 09:00,2026-05-01 08:00": ("to", "before its beginning", "a later time"),
    "gate-3,station,2026-05-01 09:00,": ("rule", "2 rules judge", "bin-overflow, exposed-garbage"),
    "gate-3,lane,2026-05-01 09:00,,fire-lane": ("rule", "does not judge this zone", "illegal-parking"),
}


@pytest.mark.parametrize("line", MISTAKES)
def test_a_mistake_is_told_with_its_line_and_what_is_allowed(tmp_path: Path, line: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, f"camera,zone,from,to,rule\ngate-3,lane,2026-05-01 09:00,,\n{line}\n")
    (problem,) = caught.value.problems
    column, found, allowed = MISTAKES[line]
    assert (problem.line, problem.path) == (3, column)
    assert found in problem.found
    assert allowed in problem.allowed


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, "camera,zone,from,to\n" + "gate-9,lane,2026-05-01 09:00,\n" * 3)
    assert [problem.line for problem in caught.value.problems] == [2, 3, 4]


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("labels.csv", "camera,zone,begin,to\n", "line 1: from: found no such column"),
        ("labels.csv", "camera,zone,from,to\na,b,c,d,e\n", "line 2: the file: found 5 cells under 4 columns"),
        ("labels.yaml", "camera: gate-3\n", "allowed: a list of labels"),
        ("labels.yaml", "- gate-3\n", "line 1: [0]: found 'gate-3'"),
        ("labels.yaml", "- camera: gate-3\n  zon: lane\n", "line 2: zon: found the unknown key zon; allowed: zone?"),
    ],
)
def test_a_file_of_another_form_is_refused(tmp_path: Path, name: str, text: str, told: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, text, name)
    assert told in str(caught.value)


def test_a_file_that_is_not_utf_8_is_refused(tmp_path: Path) -> None:
    (tmp_path / "labels.csv").write_bytes("垃圾桶满冒".encode("gb18030"))
    with pytest.raises(ConfigError, match="in UTF-8"):
        read_labels(tmp_path / "labels.csv", TOWNSHIP)
