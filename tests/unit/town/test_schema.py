"""An editor that is given `weisu schema` accepts what weisu accepts, and marks what it can see to be wrong."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from rules.builtin import BUILT_IN
from town.reading import json_schema, read_township

CONFIGS = Path(__file__).parents[2] / "configs"


def errors(file: Path) -> list[Any]:
    return list(Draft202012Validator(json_schema()).iter_errors(yaml.safe_load(file.read_text())))


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(json_schema())


def test_a_default_is_what_a_file_may_say() -> None:
    defaults = [
        one["default"] for noun in json_schema()["$defs"].values() for one in noun.get("properties", {}).values() if "default" in one
    ]
    assert "10m" in defaults
    assert not [one for one in defaults if str(one).startswith("PT")]


@pytest.mark.parametrize("file", [CONFIGS / "good.yaml", CONFIGS.parents[1] / "camera_config.yaml"])
def test_a_right_file_has_no_mark(file: Path) -> None:
    assert errors(file) == []


@pytest.mark.parametrize(
    "name",
    [
        "unknown_key",
        "duration_without_unit",
        "unknown_zone_kind",
        "corner_outside",
        "shift_not_a_time",
        "unknown_day",
        "permit_without_camera",
        "picture_kind_unknown",
    ],
)
def test_a_wrong_file_is_marked(name: str) -> None:
    assert errors(CONFIGS / f"{name}.yaml")


def test_rules_and_permits_with_all_their_keys_have_no_mark(tmp_path: Path) -> None:
    file = tmp_path / "town.yaml"
    file.write_text(
        (CONFIGS / "good.yaml")
        .read_text()
        .replace("}}\n", "}, zones: [{id: lane, kind: no_parking, polygon: [[0, 0], [1, 0], [1, 1]]}]}\n")
        + """
rules:
  - {id: illegal-parking, when: vehicle_count < 3, severity: "0.5", legal_stop: {for: 5m, active: ["06:00-08:00"]}}
  - {id: fire-lane, active: ["22:00-06:00", {days: [workdays]}, {hours: "06:00-22:00", days: [sat, holidays]}]}
permits:
  - {id: crane, reason: 吊装, zone: a/lane, rules: [fire-lane], from: "2026-05-04", until: "2026-05-08", active: [{days: [mon]}]}
  - {id: doctor, reason: 医生, zone: a/lane, place: [[0, 0], [1, 0], [1, 1]]}
"""
    )
    assert errors(file) == []
    assert len(read_township(file, {}, BUILT_IN).permits) == 2
