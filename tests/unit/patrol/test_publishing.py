"""Rules are published into the township's file, with author and reason, whole or not at all."""

from pathlib import Path

import pytest
import yaml

from patrol.publishing import ROLLBACK, Publications, PublishingError
from rules.builtin import BUILT_IN
from tests.doubles.people import NOW, plain_township
from tests.doubles.town_file import _Plain
from town.problems import ConfigError
from town.reading import read_township


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file, told = tmp_path / "town.yaml", plain_township()
    del told["rules"]
    file.write_text(yaml.dump(told, Dumper=_Plain, allow_unicode=True) + "# the end\n", encoding="utf-8")
    file.chmod(0o600)
    return file


@pytest.fixture
def published(file: Path) -> Publications:
    return Publications(file, {}, BUILT_IN)


NEW = "rules:\n  - {id: bin-overflow, at_least: 2}  # two bins\n"


def test_what_is_published_is_what_the_file_says(file: Path, published: Publications) -> None:
    before = file.read_text()
    done = published.publish(NEW, published.rules(), "wang", "too many", NOW)
    assert read_township(file, {}, BUILT_IN).rule_by_id["bin-overflow"].at_least == 2
    assert file.read_text().startswith(before)
    assert [rule_id for rule_id, _, _ in done.changes] == ["bin-overflow"]
    assert file.stat().st_mode & 0o777 == 0o600


def test_author_reason_and_what_stood_there_are_kept(published: Publications) -> None:
    first = published.publish(NEW, published.rules(), "wang", " too many ", NOW)
    second = published.publish("", NEW, "li", "as before", NOW, ROLLBACK)
    assert published.history() == [second, first]
    assert (first.by, first.why, first.after, second.before, second.after) == ("wang", "too many", NEW, NEW, "")


def test_going_back_goes_back_to_the_versions_of_before(published: Publications) -> None:
    first = published.publish(NEW, "", "wang", "too many", NOW)
    back = published.publish(first.before, first.after, "wang", "missed some", NOW, ROLLBACK)
    ((rule_id, old, new),) = first.changes
    assert back.changes == ((rule_id, new, old),)


def test_line_ends_of_the_file_stay_what_they_are(file: Path, published: Publications) -> None:
    file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    published.publish(NEW, "", "wang", "two lines", NOW)
    assert file.read_bytes().count(b"\n") == file.read_bytes().count(b"\r\n")
    assert published.rules() == NEW
    published.publish("", NEW, "wang", "back", NOW, ROLLBACK)


def test_a_wrong_rule_changes_nothing(file: Path, published: Publications) -> None:
    before = file.read_text()
    with pytest.raises(ConfigError):
        published.publish("rules:\n  - {id: bin-overflow, at_leest: 2}\n", "", "wang", "x", NOW)
    assert file.read_text() == before
    assert published.history() == []


@pytest.mark.parametrize(
    ("rules", "over", "why", "refusal"),
    [(NEW, "rules: []\n", "x", "contested"), ("", "", "x", "unchanged"), (NEW, "", "  ", "no_reason")],
)
def test_refusals_are_named_and_change_nothing(file: Path, published: Publications, rules: str, over: str, why: str, refusal: str) -> None:
    before = file.read_text()
    with pytest.raises(PublishingError, match=refusal):
        published.publish(rules, over, "wang", why, NOW)
    assert file.read_text() == before


def test_damaged_notes_are_named_with_their_line(file: Path, published: Publications) -> None:
    file.with_name("town.rules.jsonl").write_text("{}\n")
    with pytest.raises(PublishingError, match="line 1"):
        published.history()
