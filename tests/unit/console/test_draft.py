"""A draft of rules is checked by the file's own reader, and what is shown of it is what it says."""

import os
from pathlib import Path

import pytest
import yaml

from console.engineer.draft import check, entry_of, origin
from console.engineer.rule_keys import completion, facts, keys_of_rules
from console.wording import LANGUAGES, words_in
from rules.builtin import BUILT_IN
from tests.doubles.people import plain_township
from tests.doubles.town_file import _Plain
from town.reading import json_schema
from town.rule_settings import RuleSettings
from town.rules_section import with_section

TEXT = yaml.dump(plain_township(), Dumper=_Plain, allow_unicode=True)


def test_a_right_draft_makes_a_township() -> None:
    checked = check(TEXT, "rules:\n  - {id: bin-overflow, at_least: 2}\n", os.environ, Path())
    assert checked.township
    assert checked.township.rule_by_id["bin-overflow"].at_least == 2
    assert not checked.mistakes


def test_a_mistake_says_on_which_line_of_the_draft_it_stands() -> None:
    checked = check(TEXT, "rules:\n  - id: bin-overflow\n    when: overflowing_shar > 1\n", os.environ, Path())
    assert checked.township is None
    assert [(one.line, one.path) for one in checked.mistakes] == [(3, "rules[0].when")]


def test_a_mistake_elsewhere_says_on_which_line_of_the_file() -> None:
    text = TEXT + "permits:\n  - {id: fair, reason: 庙会, zone: gate/lane, rules: [gone]}\n"
    (mistake,) = check(text, "rules: []\n", os.environ, Path()).mistakes
    assert mistake.line is None
    assert mistake.path.startswith("permits")


@pytest.mark.parametrize(("changed", "is_"), [({}, "builtin"), ({"at_least": 2}, "changed"), ({"id": "mine"}, "own")])
def test_a_rule_says_where_it_comes_from(changed: dict[str, object], is_: str) -> None:
    assert origin(RuleSettings.model_validate({**BUILT_IN["bin-overflow"], **changed})) == is_


@pytest.mark.parametrize("rule_id", ["bin-overflow", "mine"])
def test_an_entry_makes_the_very_version_it_was_made_from(rule_id: str) -> None:
    was = RuleSettings.model_validate({**BUILT_IN["bin-overflow"], "id": rule_id, "at_least": 3, "when": "overflowing_share > 0.5"})
    entry = "rules:\n" + "".join(f"  {line}\n" for line in entry_of(was.canonical).splitlines())
    township = check(TEXT, entry, os.environ, Path()).township
    assert township
    assert township.rule_by_id[rule_id].version == was.version


def test_an_entry_of_a_built_in_rule_names_only_what_differs() -> None:
    was = RuleSettings.model_validate({**BUILT_IN["bin-overflow"], "at_least": 3})
    assert yaml.safe_load(entry_of(was.canonical)) == [{"id": "bin-overflow", "at_least": 3.0}]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_key_of_the_schema_has_its_meaning(language: str) -> None:
    keys = keys_of_rules(json_schema())
    offered = completion(keys, words_in(language))
    assert {"at_least", "for", "lasting", "days", "skill"} <= {one["label"] for one in offered["keys"]}
    assert all(one["info"] for one in offered["keys"])
    assert [one["label"] for one in offered["values"]["observes"]] == ["bins", "vehicles", "bikes"]
    assert [one["label"] for one in offered["values"]["enabled"]] == ["true", "false"]


def test_a_name_says_in_which_rules_conditions_know_it() -> None:
    assert facts()["overflowing_share"] == ("double", ("bins",))
    assert facts()["local.hour"] == ("int", ("bins", "vehicles", "bikes"))


@pytest.mark.parametrize("name", ["${CAM_PASSWORD}", '"\\u0024{CAM_PASSWORD}"', "a${CAM_PASSWORD}b"])
def test_a_draft_does_not_show_what_the_environment_holds(name: str) -> None:
    checked = check(TEXT, f"rules:\n  - id: bin-overflow\n    name: {name}\n", {"CAM_PASSWORD": "hunter2"}, Path())
    assert checked.township is None
    assert "hunter2" not in str(checked)
    assert [(one.line, one.path) for one in checked.mistakes] == [(3, "rules[0].name")]


def test_a_variable_that_the_file_names_already_stays() -> None:
    rules = "rules:\n  - {id: bin-overflow, name: '${STREET}'}\n"
    assert check(with_section(TEXT, rules), rules.replace("}\n", ", at_least: 2}\n"), {"STREET": "前街"}, Path()).township
