"""Rules as somebody writes them: checked by the file's own reader, held against what stands in the file. Pure but for reading it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from rules.builtin import BUILT_IN
from town.problems import ConfigError
from town.rule_settings import RuleSettings
from town.rules_section import line_within, township_under
from town.township import Township


@dataclass(frozen=True, slots=True)
class Mistake:
    """What is wrong with a draft: on which of its lines, or where that is None on which line of the whole file."""

    line: int | None
    file_line: int
    path: str
    found: str
    allowed: str


@dataclass(frozen=True, slots=True)
class Checked:
    """A draft after the reader saw it: the township that it makes, or what is wrong."""

    rules: str
    township: Township | None
    mistakes: tuple[Mistake, ...] = ()


def check(file_text: str, rules: str, environ: Mapping[str, str], folder: Path) -> Checked:
    """What the township's reader says of a file with these rules."""
    try:
        return Checked(rules, township_under(file_text, rules, environ, BUILT_IN, folder))
    except ConfigError as error:
        found = ((line_within(file_text, rules, one.line), one) for one in error.problems)
        return Checked(rules, None, tuple(Mistake(line, one.line, one.path, one.found, one.allowed) for line, one in found))


def origin(rule: RuleSettings) -> str:
    """Whether a rule is `builtin`, `changed` from the built-in one, or a town's `own`."""
    if rule.id not in BUILT_IN:
        return "own"
    return "builtin" if RuleSettings.model_validate(BUILT_IN[rule.id]).version == rule.version else "changed"


def entry_of(settings: Mapping[str, Any]) -> str:
    """The entry that makes a rule what `settings` say, as YAML: what differs from the built-in rule, or from the defaults."""
    rule = RuleSettings.model_validate(dict(settings))
    told = rule.canonical
    usual = RuleSettings.model_validate(BUILT_IN[rule.id]).canonical if rule.id in BUILT_IN else _defaults(rule)
    own = {key: value for key, value in told.items() if key == "id" or value != usual.get(key)}
    return as_yaml([own])


def as_yaml(value: Any) -> str:
    return yaml.safe_dump(value, allow_unicode=True, sort_keys=False, width=120)


def _defaults(rule: RuleSettings) -> dict[str, Any]:
    set_by_it = rule.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    return {key: value for key, value in rule.canonical.items() if key not in set_by_it}
