"""Rewrites parts of a YAML text in the style that stands there: in flow within flow, as lines within lines, quoted where it was quoted."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

import yaml

from town.yaml_spans import Entry, Span

_PLAIN = re.compile(r"\w[^,\[\]{}#&*!|>'\"%@`:?\\\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff]*")
_USUAL_OFFSET = 2


class Uneditable(Exception):
    """A change cannot be made in this text; the text says why, and the way out."""


class Rewriting:
    """Collects replacements of a text's parts, and makes them all at once."""

    def __init__(self, text: str, root: Span) -> None:
        self._text = text
        self._newline = "\r\n" if "\r\n" in text else "\n"
        self._offset = _list_offset(root)
        self._parts: list[tuple[int, int, int, str]] = []

    def done(self) -> str:
        text = self._text
        for start, end, _, new in sorted(self._parts, reverse=True):
            text = text[:start] + new + text[end:]
        return text

    def add_item(self, holder: Span, entry: Entry | None, key: str, item: Mapping[str, Any]) -> None:
        """As the last of the list under `key` of `holder`, which may not be there yet."""
        listed = entry.value if entry else None
        if listed is not None and listed.items:
            self._insert_item(listed, item)
        elif holder.flow:
            whole = f"[{flow(item)}]"
            if listed is None:
                self._insert_entry(holder, key, whole)
            else:
                self._put(listed.start, listed.end, f" {whole}" if listed.start == listed.end else whole)
        else:
            lines = self._newline + self._item_lines(item, holder.column + self._offset, as_lines=False)
            if listed is None:
                self._insert_entry(holder, key, lines)
            else:
                self._put(_without_space_before(self._text, listed.start), listed.end, lines)

    def remove_item(self, listed: Span, number: int, entry: Entry | None) -> None:
        if len(listed.items) > 1:
            self._remove(listed, number, number + 1)
        elif listed.flow or entry is None:
            self._put(listed.start, listed.end, "[]")
        else:
            colon = self._text.index(":", entry.key_span.end) + 1
            self._put(colon, colon, " []")
            self._remove(listed, number, number + 1)

    def replace(self, span: Span, old: Any, new: Any) -> None:
        """Only what differs."""
        if _same(old, new):
            return
        if span.kind == "mapping" and isinstance(old, dict) and isinstance(new, Mapping) and any(one.key in new for one in span.entries):
            self._replace_mapping(span, old, new)
        elif (
            span.kind == "list" and isinstance(old, list) and isinstance(new, Sequence) and not isinstance(new, str) and new and span.items
        ):
            self._replace_list(span, old, list(new))
        else:
            self._put(span.start, span.end, (" " if span.start == span.end else "") + flow(new, span.quote))

    def _replace_mapping(self, span: Span, old: Mapping[str, Any], new: Mapping[str, Any]) -> None:
        for entry in span.entries:
            if entry.key in new:
                self.replace(entry.value, old.get(entry.key), new[entry.key])
        gone = [number for number, entry in enumerate(span.entries) if entry.key not in new and entry.key != "<<"]
        for first, until in _runs(gone):
            self._remove(span, first, until)
        written = {entry.key for entry in span.entries}
        for key in new:
            if key not in written and not (key in old and _same(old[key], new[key])):
                self._insert_entry(span, key, " " + flow(new[key]))

    def _replace_list(self, span: Span, old: list[Any], new: list[Any]) -> None:
        """Items that are alike at both ends stay; those between are changed in place, then taken out or put in."""
        head = _alike(old, new)
        tail = min(_alike(old[::-1], new[::-1]), len(old) - head, len(new) - head)
        before, after = old[head : len(old) - tail], new[head : len(new) - tail]
        paired = min(len(before), len(after))
        for number in range(paired):
            self.replace(span.items[head + number], before[number], after[number])
        if len(before) > paired:
            self._remove(span, head + paired, len(old) - tail)
        for item in after[paired:]:
            self._insert_item(span, item, head + paired)

    def _insert_item(self, listed: Span, item: Any, number: int | None = None) -> None:
        """Before the item of this number, or last."""
        number = len(listed.items) if number is None else number
        if listed.flow:
            written = flow(item)
            place = listed.items[number].start if number < len(listed.items) else listed.items[-1].end
            self._put(place, place, f"{written}, " if number < len(listed.items) else f", {written}")
            return
        as_lines = isinstance(item, Mapping) and not listed.items[-1].flow
        lines = self._item_lines(item, listed.column, as_lines)
        if number < len(listed.items):
            place = self._line_start(listed.items[number].start)
            self._put(place, place, lines + self._newline)
        else:
            place = self._line_end(listed.items[-1].end)
            self._put(place, place, self._newline + lines)

    def _item_lines(self, item: Any, column: int, as_lines: bool) -> str:
        lead = " " * column + "- "
        if not as_lines:
            return lead + flow(item)
        return lead + f"{self._newline}{' ' * (column + 2)}".join(f"{key}: {flow(value)}" for key, value in item.items())

    def _insert_entry(self, span: Span, key: str, value: str) -> None:
        """`value` begins with a space or on a line of its own."""
        written = f"{key}:{value if value[:1].isspace() else ' ' + value}"
        if not span.entries:
            self._put(span.start, span.end, "{" + written + "}")
        elif span.flow:
            self._put(span.entries[-1].value.end, span.entries[-1].value.end, f", {written}")
        else:
            place = self._line_end(span.entries[-1].value.end)
            self._put(place, place, self._newline + " " * span.column + written)

    def _remove(self, span: Span, first: int, until: int) -> None:
        """Those of a run of items or entries. With them go the comma before or behind them, and comments in their lines."""
        bounds = [(item.start, item.end) for item in span.items] or [(one.key_span.start, one.value.end) for one in span.entries]
        start, end = bounds[first][0], bounds[until - 1][1]
        if not span.flow:
            self._remove_lines(start, end, bounds[until][0] if until < len(bounds) else None, listed=bool(span.items))
        elif until < len(bounds):
            self._put(start, bounds[until][0], "")
        elif "#" not in self._text[bounds[first - 1][1] : start]:
            self._put(bounds[first - 1][1], end, "")
        else:
            comma = self._text.index(",", bounds[first - 1][1])
            self._put(comma, comma + 1, "")
            self._put(start, end, "")

    def _remove_lines(self, start: int, end: int, following: int | None, listed: bool) -> None:
        line_start = self._line_start(start)
        lead = self._text[line_start:start].strip()
        if lead in ({"-"} if listed else {""}):
            after = self._line_end(end)
            self._put(line_start, after + len(self._newline) if after < len(self._text) else after, "")
        elif following is not None and "#" not in self._text[end:following]:
            self._put(start, following, "")  # it shares its line with the dash of what it belongs to
        else:
            self._put(start, end, "")

    def _line_start(self, place: int) -> int:
        return self._text.rfind("\n", 0, place) + 1

    def _line_end(self, place: int) -> int:
        found = self._text.find(self._newline, place)
        return len(self._text) if found < 0 else found

    def _put(self, start: int, end: int, new: str) -> None:
        self._parts.append((start, end, len(self._parts), new))


def flow(value: Any, quote: str = "") -> str:
    """A plain value on one line. Text is quoted where it has to be, or was. Raises Uneditable for what YAML has no word for."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{flow(str(key))}: {flow(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(flow(one) for one in value) + "]"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return _number(value)
    return _text(str(value), quote)


def _number(value: float) -> str:
    """Without an exponent, which YAML's readers disagree about."""
    number = Decimal(repr(value))
    if not number.is_finite():
        raise Uneditable(f"{value} is no number for a file")
    written = f"{number:f}"
    return written if "." in written else written + ".0"


def _text(value: str, quote: str) -> str:
    if quote == "'" and value.isprintable():
        return "'" + value.replace("'", "''") + "'"
    if not quote and _PLAIN.fullmatch(value) and value == value.rstrip() and yaml.safe_load(value) == value:
        return value
    return "".join(one if one.isprintable() else f"\\U{ord(one):08X}" for one in json.dumps(value, ensure_ascii=False))


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, list) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(map(_same, one, other))
    return bool(one == other)


def _alike(old: list[Any], new: list[Any]) -> int:
    pairs = zip(old, new, strict=False)
    return next((number for number, (one, other) in enumerate(pairs) if not _same(one, other)), min(len(old), len(new)))


def _runs(numbers: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Each run of numbers that follow each other, as its first and what comes after its last."""
    for first in numbers:
        if first - 1 not in numbers:
            yield first, next(after for after in range(first, first + len(numbers) + 1) if after not in numbers)


def _list_offset(root: Span) -> int:
    """How far the file's lists stand in from their keys."""
    within = (
        entry.value.column - span.column
        for span in root.walk()
        for entry in span.entries
        if not span.flow and entry.value.kind == "list" and not entry.value.flow
    )
    return next(within, _USUAL_OFFSET)


def _without_space_before(text: str, place: int) -> int:
    return len(text[:place].rstrip(" "))
