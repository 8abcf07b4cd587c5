"""The lines of a township's file that hold its `rules:`, cut out and put back without touching any other line."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from town.problems import ConfigError, Problem
from town.reading import fresh_variables, township_of
from town.township import Township
from town.validation import shown
from town.yaml_tree import items_of, parse

_HEAD = re.compile(r"""(rules|"rules"|'rules')\s*:(\s|$)""")
_GOES_ON = re.compile(r"(\s|#|-\s|-$|$)")
_ENDS = re.compile(r"\r\n|\r|\n")
_IDLE = re.compile(r"(#|\s*$)")


@dataclass(frozen=True, slots=True)
class Section:
    """The text of `rules:` with all that stands below it, and the line of the file on which it begins (1 is the first).

    The text is empty where the file has none; it would then begin behind the last line.
    """

    text: str
    first_line: int

    @property
    def line_count(self) -> int:
        return len(self.text.splitlines())


def section_of(text: str) -> Section:
    """The rules of a file. Comments at the margin behind them belong to what follows."""
    lines = text.splitlines(keepends=True)
    first = next((number for number, line in enumerate(lines) if _HEAD.match(line)), len(lines))
    end = first + 1
    while end < len(lines) and _GOES_ON.match(lines[end]):
        end += 1
    while end > first + 1 and end <= len(lines) and _IDLE.match(lines[end - 1]):
        end -= 1
    return Section("".join(lines[first:end]), first + 1)


def with_section(text: str, rules: str) -> str:
    """The file with other rules; with none where `rules` is blank. The other lines are those that they were; new ones end as these do."""
    lines, before, end = text.splitlines(keepends=True), section_of(text), "\r\n" if "\r\n" in text else "\n"
    written = "".join(f"{line}{end}" for line in _ENDS.split(rules.rstrip())) if rules.strip() else ""
    first = before.first_line - 1
    ahead = "".join(lines[:first])
    if not before.text and written:
        written = f"{end}{written}" if ahead.endswith("\n") or not ahead else f"{end}{end}{written}"
    return ahead + written + "".join(lines[first + before.line_count :])


def township_under(
    text: str, rules: str, environ: Mapping[str, str], built_in_rules: Mapping[str, Mapping[str, Any]], folder: Path
) -> Township:
    """The township of a file's text under other rules, which name no variable of the environment that the file's own do not.

    Raises ConfigError, its lines those of the file that would be written.
    """
    if rules.strip():
        _refuse_strays(rules, _begins_at(text))
        _refuse_variables(rules, section_of(text).text, _begins_at(text))
    return township_of(with_section(text, rules), environ, built_in_rules, folder)


def line_within(text: str, rules: str, line: int) -> int | None:
    """The line of `rules` at which a line of the file stands that `with_section` makes; None for one of the rest of the file."""
    within = line - _begins_at(text) + 1
    return within if 1 <= within <= max(len(rules.splitlines()), 1) else None


def with_entry(rules: str, rule_id: str, entry: str) -> str:
    """The rules with an entry (YAML of a list with one item) in the place of the rule's own, or behind all others."""
    lines = rules.splitlines(keepends=True) or ["rules:\n"]
    spans = entry_lines(rules)
    written = [f"  {line}\n" for line in entry.rstrip().splitlines()]
    if rule_id in spans:
        first, end = spans[rule_id]
        return "".join([*lines[: first - 1], *written, *lines[end:]])
    if not spans:
        lines[0] = "rules:\n"  # it may have said `rules: []`
    return "".join([*(line if line.endswith("\n") else f"{line}\n" for line in lines), *written])


def entry_lines(rules: str) -> dict[str, tuple[int, int]]:
    """From which to which line (1 is the first, both included) each rule's entry stands, by id; empty where they cannot be read."""
    try:
        tree = parse(rules)
    except ConfigError:
        return {}
    found = [(tree.line(("rules", number)), str(rule.get("id"))) for number, rule in items_of(tree.root, "rules")]
    lines = rules.splitlines()
    ends = [line - 1 for line, _ in [*found, (len(lines) + 1, "")][1:]]
    return {rule_id: (first, _without_idle_end(lines, first, end)) for (first, rule_id), end in zip(found, ends, strict=True)}


def _begins_at(text: str) -> int:
    """The line at which rules stand once they are written: where the file has none yet, behind an empty line."""
    before = section_of(text)
    return before.first_line + (not before.text)


def _without_idle_end(lines: Sequence[str], first: int, end: int) -> int:
    while end > first and not lines[end - 1].split("#")[0].strip():
        end -= 1
    return end


def _refuse_strays(rules: str, first_line: int) -> None:
    """Nothing but `rules:` may be written here: another key would replace what stands elsewhere in the file."""
    try:
        tree = parse(rules)
    except ConfigError as error:
        shifted = [Problem(one.line + first_line - 1, one.path, one.found, one.allowed) for one in error.problems]
        raise ConfigError(shifted) from None
    if not isinstance(tree.root, dict):
        raise ConfigError([Problem(first_line, "", shown(tree.root), "rules: and a list of rules")])
    strays = [key for key in tree.root if key != "rules"]
    if strays or not section_of(rules).text:
        named = strays or ["rules"]
        raise ConfigError(
            [Problem(tree.line((key,)) + first_line - 1, key, f"the key {key}", "rules: at the margin, and a list") for key in named]
        )


def _refuse_variables(rules: str, before: str, first_line: int) -> None:
    try:
        known = parse(before).root
    except ConfigError:
        known = None
    fresh = [Problem(one.line + first_line - 1, one.path, one.found, one.allowed) for one in fresh_variables(known, parse(rules))]
    if fresh:
        raise ConfigError(fresh)
