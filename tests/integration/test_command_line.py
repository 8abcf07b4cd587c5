"""The `weisu` command as a person meets it."""

import json
import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result

from rules.builtin import BUILT_IN
from service import COMMANDS, main
from storage.database import Database
from tests.doubles.camera_servers import jpeg
from town.reading import read_township
from town.rule_settings import RuleSettings

ROOT = Path(__file__).parents[2]
CONFIGS = ROOT / "tests" / "configs"
RULES_COMMANDS = ("list", "show", "facts")
MODEL_COMMANDS = (
    "train",
    "evaluate",
    "export",
    "add",
    "list",
    "show",
    "promote",
    "rollback",
    "shadow",
    "disagreements",
    "judge",
    "harvest",
)


def weisu(*args: str | Path) -> Result:
    return CliRunner().invoke(main, [str(arg) for arg in args])


def test_help_names_every_command() -> None:
    result = weisu("--help")
    assert result.exit_code == 0
    assert all(f"  {name} " in result.output for name in ("run", *COMMANDS))


NESTED_COMMANDS = [
    *(f"model {name}" for name in MODEL_COMMANDS),
    *(f"rules {name}" for name in RULES_COMMANDS),
    *(f"limiter {name}" for name in ("list", "release", "discard")),
]


@pytest.mark.parametrize("name", ["run", *COMMANDS, *NESTED_COMMANDS])
def test_every_command_explains_itself(name: str) -> None:
    result = weisu(*name.split(), "--help")
    assert result.exit_code == 0
    assert "Usage:" in result.output


def test_a_right_file_is_said_to_be_right() -> None:
    result = weisu("check", ROOT / "camera_config.yaml")
    assert (result.exit_code, result.stderr) == (0, "")
    assert "亦庄镇 (yizhuang) is right: 2 cameras" in result.stdout


def test_a_wrong_file_is_refused_with_place_and_way_out() -> None:
    file = CONFIGS / "unknown_key.yaml"
    result = weisu("check", file)
    assert result.exit_code == 1
    assert f"{file}:4: cameras[0].evry: found the unknown key evry; allowed: every?" in result.stderr
    assert "nothing was opened" in result.stderr


def test_run_refuses_a_wrong_file_before_anything_is_opened(tmp_path: Path) -> None:
    text = (CONFIGS / "unknown_key.yaml").read_text() + f"storage: {{url: 'sqlite:///{tmp_path}/weisu.db'}}\n"
    (tmp_path / "wrong.yaml").write_text(text)
    result = weisu("run", "--config", tmp_path / "wrong.yaml")
    assert result.exit_code == 1
    assert not (tmp_path / "weisu.db").exists()


def test_run_says_what_stands_in_its_way_and_ends(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        (tmp_path / "town.yaml").write_text(
            (CONFIGS / "good.yaml").read_text()
            + f"mqtt: {{broker: embedded, port: {port}}}\nconsole: off\nstorage: {{url: 'sqlite:///{tmp_path}/weisu.db'}}\n"
        )
        result = weisu("run", "--config", tmp_path / "town.yaml")
    assert result.exit_code == 1
    assert f"127.0.0.1:{port}" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_database_that_cannot_be_opened_is_named(tmp_path: Path) -> None:
    (tmp_path / "town.yaml").write_text(
        (CONFIGS / "good.yaml").read_text() + f"storage: {{url: 'sqlite:///{tmp_path}/no/such/weisu.db'}}\n"
    )
    result = weisu("run", "--config", tmp_path / "town.yaml")
    assert result.exit_code == 1
    assert "no/such/weisu.db" in result.stderr


def test_the_schema_knows_what_the_file_may_hold() -> None:
    schema = json.loads(weisu("schema").stdout)
    assert set(schema["properties"]) >= {"town", "grids", "cleaners", "cameras", "rules", "mqtt", "storage"}
    assert schema["additionalProperties"] is False
    assert schema["$defs"]["RuleSettings"]["required"] == ["id"]


def test_detect_prints_a_line_a_picture_and_names_what_is_none(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(jpeg(320, 240))
    (tmp_path / "b.txt").write_text("not a picture")
    result = weisu("detect", tmp_path, "--jsonl")
    (line,) = (json.loads(line) for line in result.stdout.splitlines())
    assert line["path"] == str(tmp_path / "a.jpg")
    assert isinstance(line["detections"], list)
    assert result.exit_code == 1
    assert "b.txt" in result.stderr


def test_detect_draws_what_it_sees_into_a_folder(tmp_path: Path) -> None:
    for folder in ("east", "west"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "gate.jpg").write_bytes(jpeg(320, 240))
    result = weisu("detect", tmp_path / "east", tmp_path / "west", "--draw", tmp_path / "drawn")
    assert result.exit_code == 0
    assert sorted(file.name for file in (tmp_path / "drawn").iterdir()) == ["gate-1.jpg", "gate.jpg"]


def test_training_says_what_its_start_lacks(tmp_path: Path) -> None:
    (tmp_path / "start.pt").write_bytes(b"no checkpoint")
    (tmp_path / "dataset.yaml").write_text("names: {}")
    result = weisu("model", "train", "--data", tmp_path, "--start", tmp_path / "start.pt", "--out", tmp_path / "out")
    assert result.exit_code == 1
    assert "start.pt" in result.stderr
    assert "Traceback" not in result.stderr


def test_backtest_asks_which_camera_is_meant(tmp_path: Path) -> None:
    result = weisu("backtest", tmp_path, "--config", ROOT / "camera_config.yaml")
    assert result.exit_code == 2
    assert "gate-3, fire-lane-2" in result.stderr


def test_backtest_tells_a_misnamed_recording(tmp_path: Path) -> None:
    (tmp_path / "holiday.jpg").write_bytes(jpeg(320, 240))
    result = weisu("backtest", tmp_path, "--config", ROOT / "camera_config.yaml", "--camera", "gate-3")
    assert result.exit_code == 1
    assert "holiday.jpg" in result.stderr


def test_a_cleaner_without_a_password_is_told_what_to_write() -> None:
    result = weisu("cleaner", "c01", "--config", ROOT / "camera_config.yaml")
    assert result.exit_code == 1
    assert 'password: "${C01_PASSWORD}"' in result.stderr


def test_an_unknown_cleaner_is_refused_with_those_who_exist() -> None:
    result = weisu("cleaner", "c99", "--config", ROOT / "camera_config.yaml")
    assert result.exit_code == 2
    assert "c01, c02, c03, c04" in result.stderr


@pytest.fixture
def town_file(tmp_path: Path) -> Path:
    file = tmp_path / "town.yaml"
    storage = f"storage: {{url: 'sqlite:///{tmp_path / 'weisu.db'}'}}\n"
    file.write_text((CONFIGS / "good.yaml").read_text() + storage + "rules: [{id: fire-lane, limit: 3m}]\n")
    return file


def test_rules_are_listed_with_their_versions(town_file: Path) -> None:
    result = weisu("rules", "list", "--config", town_file)
    versions = [line.split()[:2] for line in result.stdout.splitlines()]
    assert versions == [[rule.version, rule.id] for rule in read_township(town_file, {}, BUILT_IN).rules]


def test_what_is_shown_of_a_rule_is_a_rule_with_that_version(town_file: Path) -> None:
    shown = weisu("rules", "show", "fire-lane", "--config", town_file).stdout
    rule = RuleSettings.model_validate(yaml.safe_load(shown)[0])
    assert (rule.limit, shown.splitlines()[0]) == (timedelta(minutes=3), f"# version {rule.version}")


def test_a_version_of_before_is_shown_from_the_database(town_file: Path, tmp_path: Path) -> None:
    built_in = RuleSettings.model_validate(BUILT_IN["fire-lane"])
    database = Database.open(f"sqlite:///{tmp_path / 'weisu.db'}")
    with database.transaction() as book:
        book.note_rules([built_in], datetime(2026, 5, 1, 1, tzinfo=UTC))
    database.close()
    before = weisu("rules", "show", "fire-lane", "--version", built_in.version[:5], "--config", town_file).stdout
    assert RuleSettings.model_validate(yaml.safe_load(before)[0]) == built_in
    now = weisu("rules", "show", "fire-lane", "--config", town_file).stdout
    assert f"in force since 2026-05-01 09:00: {built_in.version}" in now
    never = weisu("rules", "show", "fire-lane", "--version", "ffff", "--config", town_file)
    assert (never.exit_code, f"it was: {built_in.version}" in never.stderr) == (2, True)


def test_a_rule_that_is_not_there_is_refused_with_those_that_are(town_file: Path) -> None:
    result = weisu("rules", "show", "fire-line", "--config", town_file)
    assert (result.exit_code, "fire-lane" in result.stderr) == (2, True)


def test_facts_are_what_an_expression_may_name() -> None:
    assert "overflowing_share    double" in weisu("rules", "facts", "bins").stdout
    assert "certain_dwell" not in weisu("rules", "facts", "bins").stdout
    assert "certain_dwell" in weisu("rules", "facts", "vehicles", "--stays").stdout


def test_notices_and_accepting_a_view_need_no_running_service(tmp_path: Path) -> None:
    config = tmp_path / "town.yaml"
    config.write_text((CONFIGS / "good.yaml").read_text("utf-8") + f'storage: {{url: "sqlite:///{tmp_path / "weisu.db"}"}}\n', "utf-8")
    none_yet = weisu("notices", "--config", config)
    refused = weisu("camera", "accept-view", "a", "--config", config)
    Database.open(f"sqlite:///{tmp_path / 'weisu.db'}").close()
    assert (none_yet.exit_code, refused.exit_code) == (0, 1)
    assert "nothing is wrong with any camera" in none_yet.output
    assert "no view to accept" in refused.output
    assert weisu("camera", "accept-view", "nobody", "--config", config).exit_code == 2
    assert weisu("camera", "accept-view", "a", "--config", config).exit_code == 0
    assert json.loads(weisu("notices", "--json", "--config", config).output) == []
