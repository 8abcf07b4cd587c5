"""A YAML text as places that know where they begin and end in it, so that one can be rewritten and all else stays as it was typed."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from town.problems import ConfigError, Problem


@dataclass(frozen=True, slots=True)
class Entry:
    """A key of a mapping and what stands under it."""

    key: str
    key_span: "Span"
    value: "Span"


@dataclass(frozen=True, slots=True)
class Span:
    """A value's place in the text: from `start` until before `end`, its first character in `column`.

    An alias is one without entries and items, whatever it stands for. `quote` is `'`, `"`, `|`, `>` or empty.
    """

    kind: str
    start: int
    end: int
    column: int
    flow: bool = True
    quote: str = ""
    entries: tuple[Entry, ...] = field(default=())
    items: tuple["Span", ...] = field(default=())

    def entry(self, key: str) -> Entry | None:
        return next((entry for entry in self.entries if entry.key == key), None)

    def walk(self) -> Iterator["Span"]:
        yield self
        for child in (*self.items, *(entry.value for entry in self.entries)):
            yield from child.walk()


def spans(text: str) -> Span | None:
    """The place of the whole document; None for an empty one. Raises ConfigError for text that is not YAML."""
    events: Iterator[Any] = yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    try:
        found = [event for event in events if not isinstance(event, yaml.StreamStartEvent | yaml.StreamEndEvent)]
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise ConfigError([Problem(mark.line + 1 if mark else 1, "", "text that is not YAML", "valid YAML")]) from error
    inside = [event for event in found if not isinstance(event, yaml.DocumentStartEvent | yaml.DocumentEndEvent)]
    return _value(iter(inside), text) if inside else None


def _value(events: Iterator[Any], text: str) -> Span:
    return _from(next(events), events, text)


def _from(event: Any, events: Iterator[Any], text: str) -> Span:
    start, column = event.start_mark.index, event.start_mark.column
    if isinstance(event, yaml.AliasEvent):
        return Span("alias", start, _until(event), column)
    if isinstance(event, yaml.ScalarEvent):
        return Span("scalar", start, _end_of_scalar(event, text), column, quote=(event.style or "").strip())
    flow = bool(event.flow_style)
    if isinstance(event, yaml.SequenceStartEvent):
        items: list[Span] = []
        last = next(events)
        while not isinstance(last, yaml.SequenceEndEvent):
            items.append(_from(last, events, text))
            last = next(events)
        end = _until(last) if flow or not items else items[-1].end
        return Span("list", start, end, column, flow, items=tuple(items))
    entries: list[Entry] = []
    last = next(events)
    while not isinstance(last, yaml.MappingEndEvent):
        key = _from(last, events, text)
        entries.append(Entry(str(getattr(last, "value", "")), key, _value(events, text)))
        last = next(events)
    end = _until(last) if flow or not entries else entries[-1].value.end
    return Span("mapping", start, end, column, flow, entries=tuple(entries))


def _until(event: Any) -> int:
    return int(event.end_mark.index)


def _end_of_scalar(event: Any, text: str) -> int:
    """Without the empty lines that a block of text takes with it."""
    start, end = event.start_mark.index, event.end_mark.index
    return start + len(text[start:end].rstrip()) if event.style in {"|", ">"} else int(end)
