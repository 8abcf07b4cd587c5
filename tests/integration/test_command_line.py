"""The `weisu` command as a person meets it."""

import json
import socket
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from service import COMMANDS, main
from tests.doubles.camera_servers import jpeg

ROOT = Path(__file__).parents[2]
CONFIGS = ROOT / "tests" / "configs"
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


NESTED_COMMANDS = [*(f"model {name}" for name in MODEL_COMMANDS), *(f"limiter {name}" for name in ("list", "release", "discard"))]


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
            + f"mqtt: {{broker: embedded, port: {port}}}\nstorage: {{url: 'sqlite:///{tmp_path}/weisu.db'}}\n"
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
