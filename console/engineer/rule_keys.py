"""What may be written in a rule, from the schema of the township's file: for the list beside the editor, and for its completion."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from console.wording import Words
from town.facts import METRICS, facts_of
from town.places import ZoneKind

NESTED = {"for": "Sustain", "deadlines": "Deadlines"}
"""Keys that hold keys of their own, and their names in the schema."""

EXPRESSIONS = ("when", "severity")


@dataclass(frozen=True, slots=True)
class Key:
    """A key, the one that it stands in (empty for a rule's own), its default as a file gives it, and its values, if they are few."""

    name: str
    within: str
    default: str
    values: tuple[str, ...]


def keys_of_rules(schema: Mapping[str, Any]) -> list[Key]:
    """Every key that a rule may have, in the schema's order, those that stand within another behind it."""
    found = []
    for name, described in _properties(schema, "RuleSettings"):
        found.append(Key(name, "", _default(described), _values(name, described, schema)))
        if name in NESTED:
            found += [Key(one, name, _default(told), _values(one, told, schema)) for one, told in _properties(schema, NESTED[name])]
        if name == "active":
            spell = next(one for one in described["items"]["anyOf"] if one["type"] == "object")["properties"]
            found += [Key(one, name, "", _values(one, told, schema)) for one, told in spell.items()]
    return found


def facts() -> dict[str, tuple[str, tuple[str, ...]]]:
    """What conditions may name: each with its type and the kinds of observation in whose rules it is known."""
    known: dict[str, tuple[str, tuple[str, ...]]] = {}
    for kind in METRICS:
        for name, type_ in facts_of(kind, stays=True).items():
            known[name] = (type_, (*known.get(name, ("", ()))[1], kind))
    return known


def completion(keys: list[Key], words: Words) -> dict[str, Any]:
    """What the editor offers: keys, the values of some, and the names that conditions know."""
    return {
        "keys": [
            {"label": one.name, "detail": one.within or one.default, "info": meaning(one, words), "apply": f"{one.name}: "} for one in keys
        ],
        "values": {one.name: [{"label": value} for value in one.values] for one in keys if one.values},
        "facts": [{"label": name, "detail": type_, "info": " · ".join(kinds)} for name, (type_, kinds) in facts().items()],
        "expressions": EXPRESSIONS,
    }


def meaning(key: Key, words: Words) -> str:
    return words("rules", f"key_{key.name}")


def _properties(schema: Mapping[str, Any], name: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    yield from schema["$defs"][name]["properties"].items()


def _default(described: Mapping[str, Any]) -> str:
    default = described.get("default")
    if default in (None, "", []) or isinstance(default, dict):
        return ""
    return str(default).lower() if isinstance(default, bool) else f"{default:g}" if isinstance(default, float) else str(default)


def _values(name: str, described: Mapping[str, Any], schema: Mapping[str, Any]) -> tuple[str, ...]:
    if name == "zones":
        return tuple(ZoneKind)
    if name == "metric":
        return tuple(metric for metrics in METRICS.values() for metric in metrics)
    if described.get("type") == "boolean":
        return ("true", "false")
    referred = schema["$defs"].get(str(described.get("$ref", "")).rpartition("/")[2], {})
    items = described.get("items", {})
    return tuple(described.get("enum") or referred.get("enum") or (items.get("enum") if isinstance(items, dict) else None) or ())
