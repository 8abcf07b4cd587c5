"""Rules are taken from the file as it changes, all or nothing; a wrong file is refused once, with its reasons."""

import logging
import os
from pathlib import Path

import pytest

from patrol.rule_watch import RuleWatch
from rules.builtin import BUILT_IN
from town.reading import read_township
from town.township import Township

GOOD = (Path(__file__).parents[2] / "configs" / "good.yaml").read_text()


class Desk:
    """An engineer's file, the watch over it and the town that runs."""

    def __init__(self, folder: Path, text: str = GOOD) -> None:
        self.file = folder / "town.yaml"
        self.file.write_text(text)
        self.running: Township = read_township(self.file, {}, BUILT_IN)
        self.watch = RuleWatch(self.file, self.running, {}, BUILT_IN)
        self._tick = 0

    def write(self, text: str) -> Township | None:
        """Write the file a second later than before, and let the watch look."""
        self.file.write_text(text)
        self._tick += 1
        os.utime(self.file, (2_000_000_000 + self._tick,) * 2)
        return self.watch.changed()


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_an_unchanged_file_is_not_read(desk: Desk) -> None:
    assert desk.watch.changed() is None


def test_changed_rules_and_permits_are_taken_with_all_else_as_it_was(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        under_new_rules = desk.write(GOOD + "rules: [{id: illegal-parking, limit: 5m}, {id: messy-bikes, enabled: false}]\n")
    assert under_new_rules
    assert under_new_rules.rule_by_id["illegal-parking"].limit.total_seconds() == 300
    assert under_new_rules.cameras == desk.running.cameras
    changes = caplog.messages[0].split("; ")
    assert [change.rsplit(": ")[-1].split()[0] for change in changes] == ["illegal-parking", "messy-bikes"]


def test_one_wrong_rule_refuses_the_whole_file_and_is_told_once(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    wrong = 'rules: [{id: illegal-parking, limit: 5m}, {id: bin-overflow, when: "overflow > 1"}]\n'
    assert desk.write(GOOD + wrong) is None
    assert desk.watch.changed() is None
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    assert "rules[1].when" in caplog.text
    assert "overflowing_count" in caplog.text


def test_a_file_that_was_put_right_is_taken(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    desk.write(GOOD + "rules: [{id: illegal-parking, limit: five}]\n")
    assert desk.write(GOOD + "rules: [{id: illegal-parking, limit: 5m}]\n")
    caplog.clear()


def test_a_file_that_was_put_back_says_so_though_nothing_changes(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    desk.write(GOOD + "rules: [{id: illegal-parking, limit: five}]\n")
    caplog.clear()
    with caplog.at_level(logging.INFO):
        assert desk.write(GOOD) is None
    assert ["is right again" in message for message in caplog.messages] == [True]


def test_a_file_written_anew_without_other_rules_changes_nothing(desk: Desk) -> None:
    assert desk.write(GOOD + "# a remark\n") is None


def test_what_is_not_a_rule_waits_for_the_next_start_and_says_so(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    taken = desk.write(GOOD.replace("name: 甲", "name: 乙") + "rules: [{id: illegal-parking, limit: 5m}]\n")
    assert taken
    assert taken.cameras[0].name == "甲"
    assert "at the next start: cameras" in caplog.text


def test_a_file_that_is_gone_is_told_and_the_rules_stay(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    desk.file.unlink()
    assert desk.watch.changed() is None
    assert "unreadable" in caplog.text


def test_asked_anew_the_watch_reads_a_file_that_nobody_wrote(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    desk.write(GOOD + "rules: [{id: illegal-parking, limit: five}]\n")
    desk.watch.ask_anew()
    assert desk.watch.changed() is None
    assert len(caplog.records) == 2
