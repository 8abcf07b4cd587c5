"""`weisu model` as an operator meets it: a refusal changes nothing and says why."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from detectors.promotions import Promotions
from service import main
from tests.doubles.model_versions import tiny_model


class Desk:
    """An operator's terminal, beside a folder of versions."""

    def __init__(self, tmp_path: Path) -> None:
        self.folder = tmp_path / "models"

    def model(self, *args: str | Path) -> Result:
        return CliRunner().invoke(main, ["model", *map(str, args), "--folder", str(self.folder)])

    def listed(self) -> dict[str, Any]:
        return {row["name"]: row for row in json.loads(self.model("list", "--json").stdout)}


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    desk = Desk(tmp_path)
    for name, label in (("v2", "car"), ("v3", "bin")):
        assert desk.model("add", tiny_model(tmp_path / name, {label: 0.9}), "--name", name).exit_code == 0
    return desk


def test_a_version_is_promoted_and_rolled_back_with_reasons(desk: Desk) -> None:
    assert "shipped → v2" in desk.model("promote", "v2", "--why", "better at dusk", "--by", "wang").stdout
    assert "v2 → v3" in desk.model("promote", "v3").stdout
    assert "v3 → v2" in desk.model("rollback", "--why", "misses bins").stdout
    assert desk.listed()["v2"]["role"] == "promoted"
    first = Promotions(desk.folder).history()[0]
    assert (first.by, first.why) == ("wang", "better at dusk")


def test_the_list_shows_figures_and_damage(desk: Desk) -> None:
    (desk.folder / "v3" / "tiny.xml").write_text("tampered")
    rows = desk.listed()
    assert rows["v2"]["figures"] == {"mean_ap50": 0.91}
    assert (rows["v2"]["damage"], rows["shipped"]["damage"]) == ("", "")
    assert "another SHA-256" in rows["v3"]["damage"]
    assert "v3" in desk.model("list").stdout


def test_a_damaged_version_is_not_promoted(desk: Desk) -> None:
    (desk.folder / "v3" / "tiny.xml").write_text("tampered")
    result = desk.model("promote", "v3")
    assert result.exit_code == 1
    assert "tiny.xml has another SHA-256" in result.stderr
    assert Promotions(desk.folder).history() == ()


def test_a_rollback_to_a_damaged_version_is_refused(desk: Desk) -> None:
    desk.model("promote", "v2")
    desk.model("promote", "v3")
    (desk.folder / "v2" / "tiny.xml").unlink()
    assert desk.model("rollback").exit_code == 1
    assert Promotions(desk.folder).promoted() == "v3"


def test_there_is_nothing_before_the_first(desk: Desk) -> None:
    result = desk.model("rollback")
    assert result.exit_code == 1
    assert "nothing to go back to" in result.stderr


def test_showing_a_version_prints_its_card_recipe_and_checksums(desk: Desk) -> None:
    shown = desk.model("show", "v2").stdout
    assert all(part in shown for part in ("# A tiny network", "epochs: 3", "tiny.xml: "))
    assert len(json.loads(desk.model("show", "v2", "--json").stdout)["sha256"]) == 4


def test_a_card_cannot_command_the_terminal(tmp_path: Path, desk: Desk) -> None:
    source = tiny_model(tmp_path / "evil", {"car": 0.9})
    (source / "MODEL_CARD.md").write_text("red \x1b[31m\x07")
    desk.model("add", source, "--name", "evil")
    assert "\x1b" not in desk.model("show", "evil").stdout


def test_an_unknown_version_is_refused_with_those_that_exist(desk: Desk) -> None:
    result = desk.model("promote", "v9")
    assert result.exit_code == 1
    assert "shipped, v2, v3" in result.stderr


def test_the_folder_stands_beside_the_configuration(tmp_path: Path, desk: Desk) -> None:
    good = Path(__file__).parents[2] / "configs" / "good.yaml"
    (tmp_path / "town.yaml").write_text(good.read_text())
    result = CliRunner().invoke(main, ["model", "list", "--json", "--config", str(tmp_path / "town.yaml")])
    assert [row["name"] for row in json.loads(result.stdout)] == ["shipped", "v2", "v3"]


def test_a_fixed_model_is_pointed_out_where_it_keeps_a_promotion_from_running(tmp_path: Path, desk: Desk) -> None:
    good = Path(__file__).parents[2] / "configs" / "good.yaml"
    (tmp_path / "town.yaml").write_text(good.read_text() + "model: {path: v2}\n")
    result = CliRunner().invoke(main, ["model", "promote", "v3", "--config", str(tmp_path / "town.yaml")])
    assert result.exit_code == 0
    assert "model.path" in result.stderr
