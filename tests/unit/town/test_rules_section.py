"""The rules of a township's file are cut out and put back, and no other line is touched."""

import os
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from rules.builtin import BUILT_IN
from tests.doubles.people import plain_township
from tests.doubles.town_file import _Plain
from town.problems import ConfigError
from town.rules_section import entry_lines, line_within, section_of, township_under, with_entry, with_section

FILE = """# a town
town: {id: a}

# how it is judged
rules:
  - {id: bin-overflow, at_least: 2}
# a remark at the margin

  # and one within
  - id: own

# permits
permits: []
"""


def test_the_section_ends_before_the_comments_of_what_follows() -> None:
    section = section_of(FILE)
    assert section.first_line == 5
    assert section.text.splitlines()[0] == "rules:"
    assert section.text.splitlines()[-1] == "  - id: own"


def test_a_list_at_the_margin_belongs_to_the_section() -> None:
    assert section_of("rules:\n- id: a\n- id: b\nlooks: {}\n").text == "rules:\n- id: a\n- id: b\n"


def test_a_word_in_another_place_is_no_section() -> None:
    assert section_of("permits:\n  - {rules: [a]}\nrules_of: 3\n").text == ""


def test_putting_back_what_was_cut_out_changes_nothing() -> None:
    assert with_section(FILE, section_of(FILE).text) == FILE


def test_only_the_lines_of_the_rules_are_written_anew() -> None:
    written = with_section(FILE, "rules:\n  - id: other")
    assert written == FILE.replace(section_of(FILE).text, "rules:\n  - id: other\n")


def test_a_file_without_rules_gets_them_behind_an_empty_line() -> None:
    assert with_section("town: {}", "rules: []") == "town: {}\n\nrules: []\n"


def test_blank_rules_leave_no_section() -> None:
    assert "rules" not in with_section(FILE, "  \n")


@given(st.lists(st.sampled_from(["  - id: a\n", "# c\n", "\n", "    name: b\n"]), max_size=6))
def test_a_section_that_was_put_in_is_the_one_that_is_found(lines: list[str]) -> None:
    put = with_section(FILE, "".join(["rules:\n", *lines, "  - id: end\n"]))
    assert with_section(put, section_of(put).text) == put
    assert section_of(put).text.endswith("  - id: end\n")


def _town_text() -> str:
    return yaml.dump(plain_township(), Dumper=_Plain, allow_unicode=True)


def _problems(text: str, rules: str) -> list[tuple[int | None, str]]:
    with pytest.raises(ConfigError) as wrong:
        township_under(text, rules, os.environ, BUILT_IN, Path())
    return [(line_within(text, rules, one.line), one.found) for one in wrong.value.problems]


def test_a_mistake_has_its_line_within_the_rules() -> None:
    rules = "rules:\n  - id: bin-overflow\n    at_leest: 2\n"
    assert [line for line, _ in _problems(_town_text(), rules)] == [3]


def test_a_mistake_in_an_expression_has_its_line_too() -> None:
    rules = "rules:\n  - id: bin-overflow\n    at_least: 2\n    when: overflowing_shar >= 0.5\n"
    assert [line for line, _ in _problems(_town_text(), rules)] == [4]


def test_text_that_is_no_yaml_has_its_line_within_the_rules() -> None:
    assert [line for line, _ in _problems(_town_text(), "rules:\n  - id: a\n    when: [b\n  - id: c\n")] == [4]


def test_no_other_key_can_be_written_with_the_rules() -> None:
    ((line, found),) = _problems(_town_text(), "rules: []\nconsole: false\n")
    assert (line, found) == (2, "the key console")


def test_an_entry_takes_the_place_of_the_rule_s_own() -> None:
    rules = "rules:\n  - id: a\n    at_least: 1\n\n  # of b\n  - {id: b}\n"
    assert entry_lines(rules) == {"a": (2, 3), "b": (6, 6)}
    assert with_entry(rules, "a", "- id: a\n  at_least: 5\n") == rules.replace("at_least: 1", "at_least: 5")


def test_an_entry_of_a_rule_without_one_goes_behind_the_others() -> None:
    assert with_entry("rules: []\n", "a", "- id: a\n") == "rules:\n  - id: a\n"
    assert with_entry("rules:\n  - id: b", "a", "- id: a\n") == "rules:\n  - id: b\n  - id: a\n"
