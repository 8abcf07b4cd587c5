"""An engineer's change reaches the township's file whole and checked, or not at all."""

import os
import stat
from pathlib import Path

import pytest

from console.engineer.difference import changed_lines
from console.engineer.township_file import proposed, write
from town.editing import Put, zones_of
from town.problems import ConfigError
from town.writing import NotWritten, text_now

SAMPLE = Path(__file__).parents[3] / "camera_config.yaml"
STATION = {"id": "station", "name": "三号门桶站", "kind": "bin_station", "polygon": [[0.1, 0.2], [0.8, 0.2], [0.9, 0.9], [0.1, 0.9]]}
MOVED = Put(zones_of("gate-3"), STATION)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "town.yaml"
    file.write_bytes(SAMPLE.read_bytes())
    file.chmod(0o640)
    return file


def test_a_change_is_shown_before_it_is_written(file: Path) -> None:
    proposal = proposed(text_now(file), [MOVED], file, {})

    assert [sign for sign, _ in changed_lines(proposal.before, proposal.after) if sign in "+-"] == ["-", "+"]
    assert proposal.township is not None
    assert file.read_bytes() == SAMPLE.read_bytes()


def test_what_is_written_keeps_permissions_and_every_other_byte(file: Path) -> None:
    write(file, proposed(text_now(file), [MOVED], file, {}))

    after = file.read_text(encoding="utf-8")
    assert after == SAMPLE.read_text(encoding="utf-8").replace("[[0.1, 0.2], [0.9, 0.2], [0.9, 0.9]", "[[0.1, 0.2], [0.8, 0.2], [0.9, 0.9]")
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert {path.name for path in file.parent.iterdir()} == {"town.yaml", ".town.yaml.lock"}


def test_a_link_stays_and_what_it_leads_to_is_written(file: Path, tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    link = tmp_path / "etc/weisu.yaml"
    link.symlink_to(file)

    write(link, proposed(text_now(link), [MOVED], link, {}))

    assert link.is_symlink()
    assert "[0.8, 0.2]" in file.read_text(encoding="utf-8")


def test_a_wrong_zone_is_refused_with_its_line_by_the_services_own_reader(file: Path) -> None:
    crossing = Put(zones_of("gate-3"), STATION | {"polygon": [[0.1, 0.1], [0.9, 0.9], [0.9, 0.1], [0.1, 0.9]]})
    proposal = proposed(text_now(file), [crossing], file, {})

    line = next(number for number, line in enumerate(proposal.after.splitlines(), 1) if "id: station" in line)
    assert [(problem.line, problem.path) for problem in proposal.problems] == [(line, "cameras[0].zones[0].polygon")]
    with pytest.raises(NotWritten):
        write(file, proposal)
    assert file.read_bytes() == SAMPLE.read_bytes()


def test_whoever_was_quicker_keeps_what_they_wrote(file: Path) -> None:
    proposal = proposed(text_now(file), [MOVED], file, {})
    file.write_text("# somebody else's\n", encoding="utf-8")

    with pytest.raises(NotWritten) as refused:
        write(file, proposal)

    assert refused.value.reason == "changed"
    assert file.read_text(encoding="utf-8") == "# somebody else's\n"
    assert {path.name for path in file.parent.iterdir()} == {"town.yaml", ".town.yaml.lock"}


def test_a_file_that_may_not_be_written_is_said(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda _path, _mode: False)  # root, whom tests may run as, may write everything

    with pytest.raises(NotWritten) as refused:
        write(file, proposed(text_now(file), [MOVED], file, {}))

    assert refused.value.reason == "read_only"


def test_a_folder_in_which_nothing_can_be_made_is_said(file: Path) -> None:
    (file.parent / ".town.yaml.lock").mkdir()

    with pytest.raises(NotWritten) as refused:
        write(file, proposed(text_now(file), [MOVED], file, {}))

    assert refused.value.reason == "read_only"
    assert file.read_bytes() == SAMPLE.read_bytes()


def test_values_of_variables_are_nowhere_in_what_is_shown(file: Path) -> None:
    text = text_now(file).replace('url: "http://10.0.0.7/', 'username: u, password: "${CAM_PASSWORD}", url: "http://10.0.0.7/')
    proposal = proposed(text, [MOVED], file, {"CAM_PASSWORD": "hunter2-hunter2"})

    assert "hunter2" not in proposal.before + proposal.after
    assert "${CAM_PASSWORD}" in proposal.after


def test_a_file_that_is_not_text_is_said(file: Path) -> None:
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match="unreadable"):
        text_now(file)


def test_a_zone_does_not_show_what_the_environment_holds(file: Path) -> None:
    proposal = proposed(text_now(file), [Put(zones_of("gate-3"), STATION | {"name": "${CAM_PASSWORD}"})], file, {"CAM_PASSWORD": "hunter2"})
    assert proposal.township is None
    assert "hunter2" not in str(proposal)
    assert [problem.path for problem in proposal.problems] == ["cameras[0].zones[0].name"]
