"""Edits a township's file as text: what changes is rewritten in place, and every other character stays, comments and order included."""

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from town.problems import ConfigError, Problem
from town.yaml_rewriting import Rewriting, Uneditable
from town.yaml_spans import Entry, Span, spans
from town.yaml_tree import parse

Place = tuple[str, ...]
"""The way to a list: keys, and ids of items: `RULES`, or what `zones_of` gives."""

RULES: Place = ("rules",)
_BYTE_ORDER_MARK = "\ufeff"


def zones_of(camera_id: str) -> Place:
    return ("cameras", camera_id, "zones")


@dataclass(frozen=True, slots=True)
class Put:
    """An item of a list takes the place of the one called `was`, or of its own id; where there is none, it comes last.

    A mapping changes only what differs from what stands there. Text is YAML of one item, and stands as it is written, comments included.
    """

    place: Place
    item: Mapping[str, Any] | str
    was: str = ""


@dataclass(frozen=True, slots=True)
class Remove:
    """The item of this id leaves its list."""

    place: Place
    id: str


Change = Put | Remove


def edited(text: str, change: Change) -> str:
    """The text with a change made. Every line without a part in it is the same, byte for byte; `${NAME}` stays as it is written.

    What comes out says what went in, changed so and in nothing else: that is read back and compared. Raises ConfigError where the text or
    the item is not YAML, and Uneditable where the text has a form (an anchor, say) in which the change cannot be made.
    """
    mark = _BYTE_ORDER_MARK if text.startswith(_BYTE_ORDER_MARK) else ""
    text = text.removeprefix(mark)
    before = parse(text)
    if before.problems:
        raise ConfigError(before.problems)
    wanted = _changed(before.root, change)
    root = spans(text)
    if root is None:
        raise Uneditable("the file is empty")
    after = _rewritten(text, root, before.root, change)
    if not _says(after, wanted):
        raise Uneditable("the file is written in a way that cannot be edited here: change it in a text editor")
    return mark + after


def text_of(text: str, place: Place, item_id: str) -> str:
    """An item as it stands in the text, comments included, without the indentation of its list; empty where there is none."""
    text = text.removeprefix(_BYTE_ORDER_MARK)
    root, plain = spans(text), parse(text).root
    if root is None:
        return ""
    items, span = _list_at(plain, root, place)
    number = _number_of(items, item_id)
    if number is None or span is None or number >= len(span.items):
        return ""
    item = span.items[number]
    lines = text[item.start : item.end].splitlines()
    return "\n".join([*lines[:1], *(line[item.column :] if not line[: item.column].strip() else line.lstrip() for line in lines[1:])])


def _says(text: str, wanted: Any) -> bool:
    try:
        return bool(parse(text).root == wanted)
    except ConfigError:
        return False


def _changed(root: Any, change: Change) -> Any:
    """The plain values as they are to be."""
    root = copy.deepcopy(root)
    holder: Any = root
    for step in change.place[:-1]:
        holder = _step(holder, step)
    items = list(holder.get(change.place[-1]) or [])
    if isinstance(change, Remove):
        number = _number_of(items, change.id)
        if number is None:
            raise Uneditable(f"the file has no {change.id} there any more")
        del items[number]
    else:
        item = _plain_item(change)
        number = _number_of(items, change.was or str(item.get("id")))
        if change.was and number is None:
            raise Uneditable(f"the file has no {change.was} there any more")
        items[len(items) if number is None else number : None if number is None else number + 1] = [item]
    holder[change.place[-1]] = items
    return root


def _plain_item(change: Put) -> dict[str, Any]:
    if not isinstance(change.item, str):
        return dict(change.item)
    read = parse(change.item)
    if read.problems:
        raise ConfigError(read.problems)
    if not isinstance(read.root, dict) or not read.root.get("id"):
        raise ConfigError([Problem(1, "", "something else", "one item with its keys, and id among them")])
    return read.root


def _rewritten(text: str, root: Span, plain: Any, change: Change) -> str:
    rewriting = Rewriting(text, root)
    holder, holder_plain = root, plain
    for step in change.place[:-1]:
        holder, holder_plain = _span_step(holder, holder_plain, step), _step(holder_plain, step)
    key = change.place[-1]
    entry = holder.entry(key)
    items = holder_plain.get(key) or []
    number = _number_of(items, change.id if isinstance(change, Remove) else change.was or str(_plain_item(change).get("id")))
    if isinstance(change, Remove):
        rewriting.remove_item(_value_of(entry), number or 0, entry)
    elif number is None:
        rewriting.add_item(holder, entry, key, change.item)
    else:
        item = _value_of(entry).items[number]
        rewriting.replace_item(item, items[number], change.item)
    return rewriting.done()


def _list_at(plain: Any, root: Span, place: Place) -> tuple[Sequence[Any], Span | None]:
    for step in place[:-1]:
        root, plain = _span_step(root, plain, step), _step(plain, step)
    entry = root.entry(place[-1])
    return (plain.get(place[-1]) or [], entry.value if entry else None) if isinstance(plain, dict) else ([], None)


def _step(plain: Any, step: str) -> Any:
    if isinstance(plain, dict) and step in plain:
        return plain[step]
    number = _number_of(plain, step) if isinstance(plain, list) else None
    if number is None:
        raise Uneditable(f"the file has no {step} any more")
    return plain[number]


def _span_step(span: Span, plain: Any, step: str) -> Span:
    if isinstance(plain, dict):
        entry = span.entry(step)
        return _value_of(entry)
    number = _number_of(plain, step)
    if number is None or number >= len(span.items):
        raise Uneditable(f"the file has no {step} of its own")
    return span.items[number]


def _number_of(items: Any, item_id: str) -> int | None:
    return next((number for number, item in enumerate(items) if isinstance(item, dict) and str(item.get("id")) == item_id), None)


def _value_of(entry: Entry | None) -> Span:
    if entry is None or entry.value.kind == "alias":
        raise Uneditable("the file says this by an anchor: change it in a text editor")
    return entry.value
