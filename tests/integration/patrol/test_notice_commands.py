"""`weisu notices` tells who was told of what, and whether somebody can be reached."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from alerts.notifications import Saying, dropped, said
from service import main
from tests.doubles.people import after, incident
from tests.doubles.town_file import TownFile
from tests.doubles.webhook import webhook

PEOPLE = {
    "recipients": [
        {"id": "wang", "role": "manager", "urls": ["WANG_URL"]},
        {"id": "li", "role": "engineer", "language": "en", "url_files": ["li.url"]},
    ]
}


@pytest.fixture
def town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TownFile]:
    monkeypatch.setenv("WANG_URL", "json://127.0.0.1:9/")
    made = TownFile(tmp_path, notices=PEOPLE)
    yield made
    made.store.close()


def test_a_test_reaches_the_recipient_in_their_language(town: TownFile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with webhook() as hook:
        monkeypatch.setenv("WANG_URL", hook.address())
        (tmp_path / "li.url").write_text(hook.address() + "\n")
        sent, to_li = town.weisu("notices", "test", "wang"), town.weisu("notices", "test", "li")
    assert (sent.exit_code, sent.output) == (0, "wang · WANG_URL：已发出\n")
    assert (to_li.exit_code, to_li.output) == (0, "li · li.url: sent\n")
    assert [letter["title"] for letter in hook.letters] == ["【未诉先办】亦庄镇：测试", "[weisu] 亦庄镇: a test"]


def test_a_test_that_fails_says_why_and_tells_nothing_of_the_address(town: TownFile, monkeypatch: pytest.MonkeyPatch) -> None:
    with webhook(500) as hook:
        monkeypatch.setenv("WANG_URL", hook.address())
        failed = town.weisu("notices", "test", "wang")
    assert (failed.exit_code, failed.output) == (1, "wang · WANG_URL：没有发出，refused (HTTP 500)\n")


def test_nobody_is_tested_who_is_not_named_or_whose_file_is_missing(town: TownFile, tmp_path: Path) -> None:
    nobody, missing = town.weisu("notices", "test", "zhao"), town.weisu("notices", "test", "li")
    (tmp_path / "li.url").write_text("mailto://hunter2\nmailto://hunter3\n")
    two = town.weisu("notices", "test", "li")
    assert (nobody.exit_code, missing.exit_code, two.exit_code) == (2, 1, 1)
    assert "zhao is not one of wang, li" in nobody.output
    assert "li.url is unreadable" in missing.output
    assert "must hold one address" in two.output
    assert "hunter" not in two.output


def test_what_was_told_is_listed_with_what_waits_and_what_was_given_up(town: TownFile) -> None:
    town.opens(incident(1, object_id="v1"))
    town.opens(incident(2, object_id="v2"))
    town.opens(incident(3))
    town.desk.sweep(after(minutes=10))
    with town.store.transaction() as book:
        first, second, _ = book.notifications([1, 2, 3])
        book.change_notification(said(first, Saying.FAULT, after(minutes=16)))
        book.change_notification(dropped(second, "no_recipient", after(minutes=16)))
    listed = json.loads(town.weisu("notices", "told", "--days", "20000", "--format", "json").output)
    assert [one["stands"] for one in listed] == ["goes", "given_up", "told"]
    text = town.weisu("notices", "told", "--days", "20000").output
    assert "wang · WANG_URL · 05-04 10:16 已发 · 05-04 10:10 到时无人接单" in text
    assert "放弃" in text
    assert "到时无人接单" in town.weisu("notices").output
    assert "nobody claimed it in time" in town.weisu("notices", "told", "--days", "20000", "--lang", "en").output


def test_where_nobody_was_told_it_says_so(town: TownFile) -> None:
    assert town.weisu("notices", "told").output == "最近没有通知\n"


def test_the_township_s_file_may_be_named_before_the_command_or_after_it(town: TownFile, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(town.file.parent)  # where there is no camera_config.yaml
    before = CliRunner().invoke(main, ["notices", "--config", "town.yaml", "told"])
    after_it = CliRunner().invoke(main, ["notices", "told", "--config", "town.yaml"])
    assert (before.output, after_it.output) == ("最近没有通知\n",) * 2
