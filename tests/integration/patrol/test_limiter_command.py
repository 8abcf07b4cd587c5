"""`weisu limiter` as an engineer meets it."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from service import main
from tests.integration.patrol.test_limiting import RULE, Snowfall, town_text


class Town:
    """A township file whose database has seen snow."""

    def __init__(self, folder: Path) -> None:
        self.snow = Snowfall(folder)
        self.file = folder / "town.yaml"
        self.file.write_text(f"{town_text(8)}storage: {{url: '{self.snow.url}'}}\n", encoding="utf-8")

    def weisu(self, *args: str) -> Result:
        return CliRunner().invoke(main, ["limiter", *args, "--config", str(self.file)])


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    made = Town(tmp_path)
    yield made
    made.snow.database.close()


def test_a_calm_township_has_no_paused_rule(town: Town) -> None:
    assert town.weisu("list").output == "no rule is paused\n"


def test_the_list_says_why_what_is_held_and_what_cleared_and_the_way_out(town: Town) -> None:
    town.snow.fires(0, 1, 2, 3, 4)
    town.snow.clears(4)
    lines = town.weisu("list").output.splitlines()
    assert lines[0] == "bin-overflow 垃圾桶满冒"
    assert lines[1] == "  paused 2026-03-02 09:00:09: more than 3 orders within 10m"
    assert lines[2].startswith("  2 orders held back, 1 still held: `weisu limiter release bin-overflow` or")
    reason = "overflowing_count 1, at least 1 in 2 of 3 looks"
    assert lines[3] == f"  - 2026-03-02 09:00:09 · 门 (gate-3) station · {reason} · held"
    assert lines[4] == f"  - 2026-03-02 09:00:10 · 门 (gate-4) station · {reason} · cleared 2026-03-02 09:00:12"


def test_the_list_is_there_for_programs_too(town: Town) -> None:
    town.snow.fires(0, 1, 2, 3)
    (pause,) = json.loads(town.weisu("list", "--format", "json").output)
    assert (pause["rule"], pause["orders"], pause["within_s"], pause["ended"]) == (RULE, 3, 600.0, None)
    assert [(one["camera"], one["fate"]) for one in pause["held"]] == [("gate-3", "held")]


def test_one_command_releases(town: Town) -> None:
    town.snow.fires(0, 1, 2, 3)
    assert town.weisu("release", RULE, "--by", "wang").output == "bin-overflow runs again: 1 order opened\n"
    assert len(town.snow.orders) == 4
    assert "released" in town.weisu("list", "--all").output
    assert "by wang" in town.weisu("list", "--all").output


def test_one_command_discards(town: Town) -> None:
    town.snow.fires(0, 1, 2, 3, 4)
    assert town.weisu("discard", RULE).output == "bin-overflow runs again: 2 orders discarded\n"
    assert len(town.snow.orders) == 3


def test_a_rule_that_is_not_paused_is_told_with_those_that_are(town: Town) -> None:
    town.snow.fires(0, 1, 2, 3)
    result = town.weisu("release", "fire-lane")
    assert (result.exit_code, result.stderr) == (1, "Error: fire-lane is not paused; paused: bin-overflow\n")


def test_without_a_database_it_says_so(town: Town, tmp_path: Path) -> None:
    town.file.write_text(town.file.read_text(encoding="utf-8").replace("weisu.db", "none.db"), encoding="utf-8")
    assert "has this township's service run?" in town.weisu("list").stderr
    assert not (tmp_path / "none.db").exists()
