"""Turns a `camera_config.yaml` into a `Township`, or into the whole list of what is wrong with it.

Reading does no other I/O than the file: nothing is opened, resolved or connected here.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic.json_schema import GenerateJsonSchema

from town.durations import show_duration
from town.problems import ConfigError, Problem, Where, path_of
from town.references import limits_of_nothing, name_problems, permit_problems, recipient_problems, rule_problems
from town.township import Township
from town.validation import SECRET_KEYS, is_address, shown, validation_problems
from town.yaml_tree import Tree, items_of, parse, walk

LARGEST_FILE_BYTES = 20_000_000
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_VARIABLE = re.compile(rf"\$\{{({_NAME.pattern})\}}")


def read_township(file: Path, environ: Mapping[str, str], built_in_rules: Mapping[str, Mapping[str, Any]]) -> Township:
    """Read a township from a file. Relative paths in it count from the file's folder. Raises ConfigError.

    `${NAME}` stands for a variable of `environ`. A rule with the id of a built-in one changes only what it names.
    """
    return township_of(_text_of(file), environ, built_in_rules, file.resolve().parent)


def read_under_rules(file: Path, rules: Path, environ: Mapping[str, str], built_in_rules: Mapping[str, Mapping[str, Any]]) -> Township:
    """The township of a file that is right, under the rules of another file: one with `rules:` alone, or another township's.

    The rules are checked as if they stood in the first file. What its permits and its limiter say of a rule that the other file does not
    have bears on nothing. Raises ConfigError; its problems are those of `rules`.
    """
    base, other = parse(_text_of(file)), parse(_text_of(rules))
    return _township_in(_bearing_on_its_rules(_with_rules_of(base, other), built_in_rules), environ, built_in_rules, file.resolve().parent)


def township_of(text: str, environ: Mapping[str, str], built_in_rules: Mapping[str, Mapping[str, Any]], folder: Path) -> Township:
    """The same from text that is already read."""
    return _township_in(parse(text), environ, built_in_rules, folder)


def _text_of(file: Path) -> str:
    try:
        if file.stat().st_size > LARGEST_FILE_BYTES:
            raise ConfigError([Problem(1, "", "a file of over 20 MB", "a township of a few thousand cameras")])
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError([Problem(1, "", f"{file} unreadable ({error})", "a readable YAML file in UTF-8")]) from error


def _with_rules_of(base: Tree, other: Tree) -> Tree:
    root = other.root if isinstance(other.root, dict) else {}
    if not root.keys() & {"rules", "town"}:
        raise ConfigError([Problem(1, "", shown(other.root), "rules: and a list of rules, or a whole township's file")])
    strays = [] if "town" in root else [key for key in root if key != "rules"]
    if strays:
        raise ConfigError(
            [Problem(other.line((key,)), key, f"the unknown key {key}", "rules: alone, or a whole township's") for key in strays]
        )
    kept = {key: value for key, value in base.root.items() if key != "rules"}
    lines = {where: line for where, line in base.lines.items() if where[:1] != ("rules",)}
    return Tree(
        kept | {key: value for key, value in root.items() if key == "rules"},
        lines | {where: line for where, line in other.lines.items() if where[:1] == ("rules",)},
        tuple(problem for problem in other.problems if problem.path.startswith("rules") or not problem.path),
    )


def _bearing_on_its_rules(tree: Tree, built_in_rules: Mapping[str, Any]) -> Tree:
    """Without the names of rules in permits and in the limiter that are none of the tree's; a permit for none but such goes whole."""
    known = {*built_in_rules, *(str(rule.get("id")) for _, rule in items_of(tree.root, "rules"))}
    named = [permit for _, permit in items_of(tree.root, "permits")]
    kept = [{**permit, "rules": [name for name in permit["rules"] if name in known]} if permit.get("rules") else permit for permit in named]
    permits = [now for before, now in zip(named, kept, strict=True) if now.get("rules") or not before.get("rules")]
    limiter = tree.root.get("limiter") or {}
    limits = {name: limit for name, limit in (limiter.get("rules") or {}).items() if name in known}
    return replace(tree, root={**tree.root, "permits": permits, "limiter": {**limiter, "rules": limits}})


def _township_in(tree: Tree, environ: Mapping[str, str], built_in_rules: Mapping[str, Mapping[str, Any]], folder: Path) -> Township:
    if not isinstance(tree.root, dict):
        raise ConfigError([Problem(1, "", shown(tree.root), "town, grids, cleaners, cameras, … as keys")])
    problems = [
        *tree.problems,
        *_plain_secrets(tree),
        *name_problems(tree),
        *permit_problems(tree, built_in_rules),
        *rule_problems(tree, built_in_rules),
        *recipient_problems(tree),
    ]
    filled, missing = _fill_in(tree, environ)
    problems += missing
    _root_paths(filled, folder)
    own_rules = filled.get("rules")
    filled["rules"] = _merge_rules(own_rules, built_in_rules)
    problems += limits_of_nothing(tree, filled["rules"])
    try:
        township = Township.model_validate(filled)
    except ValidationError as error:
        rule_places = _rule_places(own_rules, built_in_rules)
        raise ConfigError([*problems, *validation_problems(error, tree, rule_places, json_schema())]) from None
    if problems:
        raise ConfigError(problems)
    return township


def fresh_variables(before: Any, after: Tree) -> Iterator[Problem]:
    """A problem for each `${NAME}` that plain values do not have yet: what may be a secret is not for everybody who edits to see."""
    named = [(where, value) for where, value in walk(before) if isinstance(value, str) and _VARIABLE.search(value)]
    known = Counter((where[-1:], value) for where, value in named)
    for where, value in walk(after.root):
        if isinstance(value, str) and _VARIABLE.search(value):
            known[where[-1:], value] -= 1
            if known[where[-1:], value] < 0:
                allowed = "the value itself: only who writes the file by hand names variables of the environment"
                yield Problem(after.line(where), path_of(where), shown(value), allowed)


def json_schema() -> dict[str, Any]:
    """The JSON Schema of the file, for editors: what `read_township` accepts."""
    schema = Township.model_json_schema(schema_generator=_AsInFiles)
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = "weisu camera_config.yaml"
    schema["required"] = [key for key in schema["required"] if key != "rules"]
    # A rule that names a built-in one needs nothing but its id: the rest is the built-in's.
    schema["$defs"]["RuleSettings"]["required"] = ["id"]
    return schema


class _AsInFiles(GenerateJsonSchema):
    """Defaults as a file gives them: 10m, and not ISO 8601's PT10M."""

    def encode_default(self, dft: Any) -> Any:
        return show_duration(dft) if isinstance(dft, timedelta) else super().encode_default(dft)


def _plain_secrets(tree: Tree) -> Iterator[Problem]:
    for where, value in walk(tree.root):
        if where and where[-1] in SECRET_KEYS and isinstance(value, str | int) and not _VARIABLE.fullmatch(str(value)):
            allowed = 'a variable of the environment, such as "${CAM_PASSWORD}"'
            yield Problem(tree.line(where), path_of(where), "a secret written out", allowed)


def _fill_in(tree: Tree, environ: Mapping[str, str]) -> tuple[dict[str, Any], list[Problem]]:
    """A copy of the tree with its `${NAME}`s replaced, and a problem for each that is not set."""
    problems: list[Problem] = []

    def named(value: str, where: Where) -> str:
        """A variable that holds an address stays a name, so that no setting ever holds the address."""
        name = match[1] if (match := _VARIABLE.fullmatch(value)) else value
        if _NAME.fullmatch(name) and not environ.get(name):
            problems.append(Problem(tree.line(where), path_of(where), f"{name}, which is not set", f"set {name} in the environment"))
        return name

    def filled(value: Any, where: Where) -> Any:
        if isinstance(value, dict):
            return {key: filled(child, (*where, key)) for key, child in value.items()}
        if isinstance(value, list):
            return [filled(child, (*where, number)) for number, child in enumerate(value)]
        if not isinstance(value, str):
            return value
        if is_address(where) and "urls" in where:
            return named(value, where)
        unset = [name for name in _VARIABLE.findall(value) if not environ.get(name)]
        problems.extend(
            Problem(tree.line(where), path_of(where), f"${{{name}}}, which is not set", f"set {name} in the environment") for name in unset
        )
        return _VARIABLE.sub(lambda match: environ.get(match[1]) or "unset", value)

    return filled(tree.root, ()), problems


def _root_paths(filled: dict[str, Any], folder: Path) -> None:
    """Make relative paths count from the file's folder, that of the models too where the file leaves it out."""
    cameras = filled.get("cameras")
    sources = (
        [c["source"] for c in cameras if isinstance(c, dict) and isinstance(c.get("source"), dict)] if isinstance(cameras, list) else []
    )
    model, storage = filled.setdefault("model", {}), filled.get("storage")
    if isinstance(model, dict):
        model.setdefault("folder", "models")
    places = [(model, "path"), (model, "folder"), (storage, "pictures"), (filled.get("mqtt"), "ca_file")]
    for holder, key in [*((s, "path") for s in sources), *places]:
        if isinstance(holder, dict) and isinstance(holder.get(key), str):
            holder[key] = str(folder / Path(holder[key]).expanduser())
    for _, recipient in items_of(filled.get("notices"), "recipients"):
        if isinstance(recipient.get("url_files"), list):
            recipient["url_files"][:] = [str(folder / Path(str(file)).expanduser()) for file in recipient["url_files"]]


def _merge_rules(own: Any, built_in: Mapping[str, Mapping[str, Any]]) -> Any:
    """The built-in rules, each changed by the file's rule of the same id, then the file's others."""
    if own is None:
        return [dict(rule) for rule in built_in.values()]
    if not isinstance(own, list) or not all(isinstance(rule, dict) for rule in own):
        return own
    by_id = {str(rule.get("id")): rule for rule in own}
    merged = [_merged(rule, by_id.get(rule_id, {})) for rule_id, rule in built_in.items()]
    return [*merged, *(rule for rule in own if str(rule.get("id")) not in built_in)]


def _merged(base: Mapping[str, Any], change: Mapping[str, Any]) -> dict[str, Any]:
    nested = {
        key: _merged(base[key], value) for key, value in change.items() if isinstance(value, dict) and isinstance(base.get(key), dict)
    }
    return {**base, **change, **nested}


def _rule_places(own: Any, built_in: Mapping[str, Any]) -> dict[int, int | None]:
    """Where each rule of the merged list stands in the file's own list; None for one the file does not name."""
    if not isinstance(own, list):
        return {}
    places = {str(rule.get("id")): number for number, rule in enumerate(own) if isinstance(rule, dict)}
    names = [*built_in, *(name for name in places if name not in built_in)]
    return {number: places.get(name) for number, name in enumerate(names)}
