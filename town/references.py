"""Names and settings of a township's file held against each other: what is used and never defined, defined twice, or bears on nothing."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from town.problems import Problem, Where, path_of
from town.validation import choices
from town.yaml_tree import Tree, items_of, walk


def name_problems(tree: Tree) -> Iterator[Problem]:
    """Names that are used twice, or used and never defined."""
    for key in ("grids", "cleaners", "cameras", "rules", "permits"):
        yield from _doubled(tree, (key,), items_of(tree.root, key))
    for number, camera in items_of(tree.root, "cameras"):
        yield from _doubled(tree, ("cameras", number, "zones"), items_of(camera, "zones"))
    grids = [str(grid.get("id")) for _, grid in items_of(tree.root, "grids")]
    for key in ("cleaners", "cameras"):
        for number, item in items_of(tree.root, key):
            if "grid" in item and str(item["grid"]) not in grids:
                where = (key, number, "grid")
                yield Problem(
                    tree.line(where), path_of(where), f"the grid {item['grid']}, which is not defined", choices(str(item["grid"]), grids)
                )


def permit_problems(tree: Tree, built_in_rules: Mapping[str, Any]) -> Iterator[Problem]:
    """Zones and rules that a permit names and nobody defined."""
    zones = [
        f"{camera.get('id')}/{zone.get('id')}" for _, camera in items_of(tree.root, "cameras") for _, zone in items_of(camera, "zones")
    ]
    rules = list(dict.fromkeys([*built_in_rules, *(str(rule.get("id")) for _, rule in items_of(tree.root, "rules"))]))
    for number, permit in items_of(tree.root, "permits"):
        asked = permit.get("rules")
        names = [(("permits", number, "rules", i), str(rule), rules) for i, rule in enumerate(asked if isinstance(asked, list) else [])]
        zone = [(("permits", number, "zone"), str(permit["zone"]), zones)] if "zone" in permit else []
        for where, name, known in [*zone, *names]:
            if name not in known:
                yield Problem(tree.line(where), path_of(where), f"{name}, which is not defined", choices(name, known))


def limits_of_nothing(tree: Tree, rules: Any) -> Iterator[Problem]:
    """Limits of the limiter for rules that nobody defined."""
    limiter = tree.root.get("limiter")
    limits = limiter.get("rules") if isinstance(limiter, dict) else None
    known = [str(rule.get("id")) for rule in rules if isinstance(rule, dict)] if isinstance(rules, list) else []
    for name in limits if isinstance(limits, dict) else ():
        if str(name) not in known:
            where = ("limiter", "rules", name)
            yield Problem(tree.line(where), path_of(where), f"the rule {name}, which is not defined", choices(str(name), known))


def rule_problems(tree: Tree, built_in_rules: Mapping[str, Any]) -> Iterator[Problem]:
    """Rules that were meant to change a built-in one, and settings without effect."""
    yield from _almost_built_in(tree, built_in_rules)
    yield from _idle_settings(tree, built_in_rules)


_OF_AMOUNTS: Mapping[str, Any] = {"at_least": 1, "clear_below": None, "for": {"looks": 2, "of": 3, "within": "10m"}}
_OF_STAYS: Mapping[str, Any] = {"limit": "10m"}
"""Settings that bear on one sort of rule alone, with the defaults that `weisu rules show` prints for the other."""


def _idle_settings(tree: Tree, built_in_rules: Mapping[str, Any]) -> Iterator[Problem]:
    """Settings that bear on the other sort of rule, where somebody meant something by them."""
    for number, rule in items_of(tree.root, "rules"):
        base = built_in_rules.get(str(rule.get("id")), {})
        if {**base, **rule}.get("metric") is None:
            idle, sort, allowed = _OF_AMOUNTS, "stays", "only with a metric; without one, limit says how long a stay may last"
        else:
            idle, sort, allowed = _OF_STAYS, "amounts", "only without a metric; with one, for: {lasting: 15m} says how long it must last"
        for key, default in idle.items():
            if key in rule and rule[key] not in (base.get(key), default):
                where = ("rules", number, key)
                yield Problem(tree.line(where), path_of(where), f"{key} in a rule about {sort}", allowed)


_NEEDED = ("name", "zones", "observes", "skill")


def _almost_built_in(tree: Tree, built_in_rules: Mapping[str, Any]) -> Iterator[Problem]:
    """A rule without its parts, which was meant to change a built-in one."""
    for number, rule in items_of(tree.root, "rules"):
        name, where = str(rule.get("id")), ("rules", number, "id")
        if name not in built_in_rules and not rule.keys() >= set(_NEEDED):
            allowed = f"{choices(name, list(built_in_rules))}; a rule of your own needs {', '.join(_NEEDED)}"
            yield Problem(tree.line(where), path_of(where), f"{name}, which is not built in", allowed)


def recipient_problems(tree: Tree) -> Iterator[Problem]:
    """Addresses that are written out, ids and channels that are used twice, and grids that nobody defined."""
    grids = [str(grid.get("id")) for _, grid in items_of(tree.root, "grids")]
    recipients = items_of(tree.root.get("notices"), "recipients")
    yield from _doubled(tree, ("notices", "recipients"), recipients)
    for number, recipient in recipients:
        place = ("notices", "recipients", number)
        asked = recipient.get("grids")
        for i, grid in enumerate(asked if isinstance(asked, list) else []):
            if str(grid) not in grids:
                where = (*place, "grids", i)
                yield Problem(tree.line(where), path_of(where), f"the grid {grid}, which is not defined", choices(str(grid), grids))
        yield from _address_problems(tree, place, recipient)


def _address_problems(tree: Tree, place: Where, recipient: Mapping[str, Any]) -> Iterator[Problem]:
    seen: set[str] = set()
    for where, value in walk({key: recipient.get(key) for key in ("urls", "url_files")}, place):
        if not isinstance(value, str):
            continue
        if "://" in value:
            allowed = "the name of an environment variable that holds it, such as WECOM_URL, or under url_files a file that does"
            yield Problem(tree.line(where), path_of(where), "an address written out, and with it its token or password", allowed)
        channel = Path(value).name
        if channel in seen:
            yield Problem(tree.line(where), path_of(where), "the same variable or name of a file again", "each once for a recipient")
        seen.add(channel)


def _doubled(tree: Tree, where: Where, items: Sequence[tuple[int, Mapping[str, Any]]]) -> Iterator[Problem]:
    first: dict[Any, int] = {}
    for number, item in items:
        name = str(item.get("id"))
        if name in first and "id" in item:
            place = (*where, number, "id")
            earlier = tree.line((*where, first[name], "id"))
            yield Problem(tree.line(place), path_of(place), f"the id {name} again (first on line {earlier})", "an id of its own")
        first.setdefault(name, number)
