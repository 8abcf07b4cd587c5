"""A YAML file as plain values that remember their lines."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from town.problems import ConfigError, Problem, Where, path_of

DEEPEST = 200
"""Nested further, libyaml overruns the stack of its caller."""
_ROOM = 100_000


@dataclass(frozen=True)
class Tree:
    """A YAML file as plain values, with the line of every place and the doubled keys that YAML would swallow."""

    root: Any
    lines: Mapping[Where, int]
    problems: tuple[Problem, ...]

    def line(self, where: Where) -> int:
        while where and where not in self.lines:
            where = where[:-1]
        return self.lines.get(where, 1)

    def at(self, where: Where) -> Any:
        value = self.root
        for step in where:
            value = value[step]
        return value


_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def parse(text: str) -> Tree:
    """Raises ConfigError: for what is no YAML, is nested too deep, or grows out of all proportion by its aliases."""
    loader = _Loader(text)
    lines: dict[Where, int] = {}
    problems: list[Problem] = []
    try:
        _refuse_bombs(text)
        node = loader.get_single_node()
        root = _plain(loader, node, (), lines, problems) if node else None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        what = getattr(error, "problem", None) or str(error)
        raise ConfigError([Problem(mark.line + 1 if mark else 1, "", f"text that is not YAML ({what})", "valid YAML")]) from None
    except RecursionError:
        raise ConfigError([Problem(1, "", "values nested without end", "valid YAML")]) from None
    finally:
        loader.dispose()
    return Tree(root, lines, tuple(problems))


def _refuse_bombs(text: str) -> None:
    """Before anything is built: how deep it goes, and how many values it has once each alias is written out."""
    most = _ROOM + 4 * len(text)
    sizes: dict[str | None, int] = {}
    within: list[tuple[str | None, int]] = [(None, 0)]
    for event in yaml.parse(text, _Loader):
        if isinstance(event, yaml.CollectionStartEvent):
            within.append((event.anchor, 1))
        elif isinstance(event, yaml.AliasEvent):
            _grow(within, sizes.get(event.anchor, 1))
        elif isinstance(event, yaml.CollectionEndEvent | yaml.ScalarEvent):
            anchor, size = within.pop() if isinstance(event, yaml.CollectionEndEvent) else (event.anchor, 1)
            sizes[anchor] = size
            _grow(within, size)
        if len(within) > DEEPEST or within[-1][1] > most:
            line = event.start_mark.line + 1 if event.start_mark else 1
            raise ConfigError([Problem(line, "", "values nested or repeated without end", "valid YAML")])


def _grow(within: list[tuple[str | None, int]], size: int) -> None:
    anchor, so_far = within.pop()
    within.append((anchor, so_far + size))


def _plain(loader: Any, node: yaml.Node, where: Where, lines: dict[Where, int], problems: list[Problem]) -> Any:
    lines.setdefault(where, node.start_mark.line + 1)
    if isinstance(node, yaml.SequenceNode):
        return [_plain(loader, item, (*where, number), lines, problems) for number, item in enumerate(node.value)]
    if not isinstance(node, yaml.MappingNode):
        return _scalar(loader, node, where, problems)
    loader.flatten_mapping(node)
    plain: dict[str, Any] = {}
    for key_node, value_node in node.value:
        key = str(_scalar(loader, key_node, where, problems))
        if key in plain:
            problems.append(Problem(key_node.start_mark.line + 1, path_of(where), f"the key {key} twice", "each key once"))
        lines[(*where, key)] = key_node.start_mark.line + 1
        plain[key] = _plain(loader, value_node, (*where, key), lines, problems)
    return plain


def _scalar(loader: Any, node: yaml.Node, where: Where, problems: list[Problem]) -> Any:
    try:
        return loader.construct_object(node)
    except (ValueError, LookupError, AttributeError, TypeError):  # what PyYAML itself lets through, as of 2026-02-30
        found, allowed = "a date or number that there is not", "one that there is, or text in quotes"
        problems.append(Problem(node.start_mark.line + 1, path_of(where), found, allowed))
        return None


def walk(value: Any, where: Where = ()) -> Iterator[tuple[Where, Any]]:
    yield where, value
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, child in children:
        yield from walk(child, (*where, step))


def items_of(holder: Any, key: str) -> list[tuple[int, Mapping[str, Any]]]:
    """The mappings in the list under a key, with their places; none where there is no such list."""
    items = holder.get(key) if isinstance(holder, Mapping) else None
    return [(number, item) for number, item in enumerate(items) if isinstance(item, dict)] if isinstance(items, list) else []
