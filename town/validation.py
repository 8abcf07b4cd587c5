"""Turns a validator's errors into problems that a person can act on."""

import difflib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from town.problems import Problem, Step, Where, path_of
from town.yaml_tree import Tree

SECRET_KEYS = frozenset({"password"})


def is_secret(where: Where) -> bool:
    """Whether what stands at a place may be a secret, or an address that holds one."""
    return bool(where) and (where[-1] in SECRET_KEYS or is_address(where))


def is_address(where: Where) -> bool:
    """Whether a place is one of a recipient's addresses, which are never written there themselves."""
    return where[:2] == ("notices", "recipients") and bool({"urls", "url_files"} & {*where})


def validation_problems(
    error: ValidationError, tree: Tree, rule_places: Mapping[int, int | None], schema: Mapping[str, Any]
) -> Iterator[Problem]:
    for fault in error.errors(include_url=False, include_input=False):
        where = _place_in_file(fault["loc"], tree.root, rule_places)
        yield Problem(tree.line(where), path_of(where), _found(fault, where, tree), _allowed(fault, schema))


def _place_in_file(loc: Where, root: Any, rule_places: Mapping[int, int | None]) -> Where:
    """The validator's path without the tags of unions, which no file has."""
    if len(loc) > 1 and loc[0] == "rules" and isinstance(loc[1], int) and rule_places.get(loc[1]) is not None:
        loc = ("rules", rule_places[loc[1]] or 0, *loc[2:])
    where: list[Step] = []
    value = root
    for number, step in enumerate(loc):
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            if isinstance(value, dict) and number < len(loc) - 1:
                continue  # a tag
            return (*where, step)
        where.append(step)
    return tuple(where)


def _found(fault: Any, where: Where, tree: Tree) -> str:
    if fault["type"] == "missing":
        return "nothing"
    if fault["type"] == "extra_forbidden":
        return f"the unknown key {where[-1]}"
    try:
        value = tree.at(where)
    except (KeyError, IndexError, TypeError):
        return "nothing"
    if is_secret(where):
        return "something else, which is not shown" if is_address(where) else "a secret that does not fit"
    return shown(value)


def shown(value: Any) -> str:
    if isinstance(value, str) and "@" in value:
        return "an address with a user name or password in it"
    if isinstance(value, dict):
        return f"keys {', '.join(map(str, value)) or '(none)'}"
    text = "nothing" if value is None else repr(value)
    return text if len(text) <= 80 else text[:77] + "…"


def _allowed(fault: Any, schema: Mapping[str, Any]) -> str:
    kind, loc = fault["type"], fault["loc"]
    if kind == "extra_forbidden":
        return choices(str(loc[-1]), sorted(_keys_at(schema, loc[:-1])))
    if kind == "missing":
        return f"the key {loc[-1]} is needed"
    if kind == "model_type":
        return f"keys and their values, {{key: value}}, of {', '.join(sorted(_keys_at(schema, loc)))}"
    message = str(fault["msg"]).removeprefix("Value error, ").removeprefix("Input should be ")
    context = fault.get("ctx", {})
    if "pattern" in context:
        return _PATTERNS.get(context["pattern"], message)
    if "expected_tags" in context:
        return f"{str(context['discriminator']).strip(chr(39))}: {context['expected_tags']}"
    return _KINDS.get(kind) or message[0].lower() + message[1:]


_KINDS = {
    "string_type": "text, in quotes where it looks like a number",
    "tuple_type": "a list, [a, b]",
    "frozen_set_type": "a list, [a, b]",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
}
_PATTERNS = {
    r"^[A-Za-z_][A-Za-z0-9_]*$": "the name of an environment variable that holds the address, such as WECOM_URL",
    r"^[a-z0-9]+(-[a-z0-9]+)*$": "lower-case letters, digits and single hyphens, such as gate-3",
    r"^[a-z0-9-]+/[a-z0-9-]+$": "a camera and its zone, such as gate-3/lane",
    r"^https?://[^\s@]+$": "http://host/path or https://host/path; user name and password go into their own keys",
    r"^https?://(\[[0-9A-Fa-f:]+\]|[A-Za-z0-9.-]+)(:[0-9]{1,5})?/[^\s@]*$": "an address such as https://tiles.town.example/{z}/{x}/{y}.png",
    r"^(\[[0-9A-Fa-f:]+\]|[A-Za-z0-9.-]+):[0-9]{1,5}$": "an address and a port, such as 127.0.0.1:8080 or [::1]:8080",
    r"^[0-9a-f]{64}$": "the SHA-256 of a token as 64 lower-case hex digits: `weisu console token` makes both",
    r"^rtsps?://[^\s@]+$": "rtsp://host/path; user name and password go into their own keys",
}


def choices(given: str, known: Sequence[str]) -> str:
    close = difflib.get_close_matches(given, known, n=1)
    return (f"{close[0]}? One of " if close else "") + (", ".join(known) or "none is defined")


def _keys_at(schema: Mapping[str, Any], loc: Where) -> set[str]:
    """The keys that the schema allows at a place; those of every alternative where there are several."""
    heres = [schema]
    for step in loc:
        nexts: list[Mapping[str, Any]] = []
        several = [option for one in heres for option in _options(schema, one)]
        tagged = [option for option in several if _has_tag(option, step)]
        for here in tagged or several:
            if isinstance(step, int):
                nexts += [here["items"]] if "items" in here else []
            elif step in here.get("properties", {}):
                nexts.append(here["properties"][step])
            elif "properties" in here:
                nexts.append(here)  # the step is the tag of a union, and we stand in one of its members
        heres = nexts
    return {key for one in heres for option in _options(schema, one) for key in option.get("properties", {})}


def _has_tag(option: Mapping[str, Any], tag: Step) -> bool:
    return any(value.get("const") == tag for value in option.get("properties", {}).values())


def _options(schema: Mapping[str, Any], here: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    if "$ref" in here:
        return _options(schema, schema["$defs"][here["$ref"].rsplit("/", 1)[1]])
    several = here.get("oneOf") or here.get("anyOf")
    return [option for one in several for option in _options(schema, one)] if several else [here]
