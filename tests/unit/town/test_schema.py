"""An editor that is given `weisu schema` accepts what weisu accepts, and marks what it can see to be wrong."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from town.reading import json_schema

CONFIGS = Path(__file__).parents[2] / "configs"


def errors(file: Path) -> list[Any]:
    return list(Draft202012Validator(json_schema()).iter_errors(yaml.safe_load(file.read_text())))


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(json_schema())


@pytest.mark.parametrize("file", [CONFIGS / "good.yaml", CONFIGS.parents[1] / "camera_config.yaml"])
def test_a_right_file_has_no_mark(file: Path) -> None:
    assert errors(file) == []


@pytest.mark.parametrize("name", ["unknown_key", "duration_without_unit", "unknown_zone_kind", "corner_outside", "shift_not_a_time"])
def test_a_wrong_file_is_marked(name: str) -> None:
    assert errors(CONFIGS / f"{name}.yaml")
