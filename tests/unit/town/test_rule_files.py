"""A township under the rules of another file: its own rules aside, and as strictly checked."""

from datetime import timedelta
from pathlib import Path

import pytest

from rules.builtin import BUILT_IN
from town.problems import ConfigError
from town.reading import read_under_rules
from town.township import Township

BASE = """town: {id: t, name: 镇}
grids: [{id: g1, name: 一, manager: m1}]
rules:
  - {id: illegal-parking, limit: 3m}
cameras:
  - {id: a, name: 甲, grid: g1, position: {lat: 39.8, lon: 116.5}, source: {kind: http_snapshot, url: "http://10.0.0.1/"}}
"""
BY_THEMSELVES = "rules:\n  - {id: bin-overflow, at_least: 2}\n"
ANOTHER_TOWNS = BY_THEMSELVES + "town: {id: other, name: 别处}\ncameras: []\nbroken: as can be\n"


def under(folder: Path, rules: str) -> Township:
    (folder / "town.yaml").write_text(BASE, encoding="utf-8")
    (folder / "rules.yaml").write_text(rules, encoding="utf-8")
    return read_under_rules(folder / "town.yaml", folder / "rules.yaml", {}, BUILT_IN)


@pytest.mark.parametrize("rules", [BY_THEMSELVES, ANOTHER_TOWNS])
def test_the_rules_are_the_other_files_and_all_else_stays(tmp_path: Path, rules: str) -> None:
    township = under(tmp_path, rules)
    assert (township.town.id, [camera.id for camera in township.cameras]) == ("t", ["a"])
    assert township.rule_by_id["bin-overflow"].at_least == 2
    assert township.rule_by_id["illegal-parking"].limit == timedelta(minutes=10)  # the built-in's, not the first file's


BESIDES = """
permits:
  - {id: all, reason: 吊装, zone: a/lane}
  - {id: mine, reason: 吊装, zone: a/lane, rules: [mine]}
  - {id: both, reason: 吊装, zone: a/lane, rules: [mine, fire-lane]}
limiter: {rules: {mine: {orders: 3}, fire-lane: {orders: 4}}}
"""


def test_permits_and_limits_of_a_rule_that_the_other_file_lacks_bear_on_nothing(tmp_path: Path) -> None:
    lane = "zones: [{id: lane, kind: no_parking, polygon: [[0, 0], [1, 0], [1, 1]]}]"
    (tmp_path / "town.yaml").write_text(BASE.replace("position:", f"{lane}, position:") + BESIDES, encoding="utf-8")
    (tmp_path / "rules.yaml").write_text(BY_THEMSELVES, encoding="utf-8")
    township = read_under_rules(tmp_path / "town.yaml", tmp_path / "rules.yaml", {}, BUILT_IN)
    assert {permit.id: permit.rules for permit in township.permits} == {"all": frozenset(), "both": {"fire-lane"}}
    assert list(township.limiter.rules) == ["fire-lane"]


def test_another_township_without_rules_of_its_own_has_the_built_in_ones(tmp_path: Path) -> None:
    assert under(tmp_path, "town: {id: other}\n").rule_by_id["illegal-parking"].limit == timedelta(minutes=10)


@pytest.mark.parametrize(
    ("rules", "told"),
    [
        ("\n\nrules:\n  - {id: bin-overflow, for: {looks: 4}}\n", "line 4: rules[0].for: found keys looks; allowed: looks (4) cannot"),
        ("rules:\n  - id: bin-overflow\n    at_lest: 2\n", "line 3: rules[0].at_lest: found the unknown key at_lest; allowed: at_least?"),
        ("rules: []\nzones: []\n", "line 2: zones: found the unknown key zones; allowed: rules: alone, or a whole township's"),
        ("rules:\n  - {id: mine}\n  - {id: mine}\n", "line 3: rules[1].id: found the id mine again"),
        ("ruls: []\n", "allowed: rules: and a list of rules, or a whole township's file"),
        ("", "found nothing; allowed: rules: and a list"),
        ("rules: [\n", "text that is not YAML"),
    ],
)
def test_a_mistake_is_told_as_it_would_be_in_the_towns_file(tmp_path: Path, rules: str, told: str) -> None:
    with pytest.raises(ConfigError) as caught:
        under(tmp_path, rules)
    assert told in str(caught.value)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    (tmp_path / "town.yaml").write_text(BASE, encoding="utf-8")
    with pytest.raises(ConfigError, match="unreadable"):
        read_under_rules(tmp_path / "town.yaml", tmp_path / "none.yaml", {}, BUILT_IN)
