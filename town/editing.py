"""Edits a township's file as text: what changes is rewritten in place, and every other character stays, comments and order included."""

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from town.problems import ConfigError
from town.yaml_rewriting import Rewriting, Uneditable
from town.yaml_spans import Entry, Span, spans
from town.yaml_tree import parse

Place = tuple[str, ...]
"""The way to a list: keys, and ids of items: what `zones_of` gives."""

_BYTE_ORDER_MARK = "\ufeff"


def zones_of(camera_id: str) -> Place:
    return ("cameras", camera_id, "zones")


@dataclass(frozen=True, slots=True)
class Put:
    """An item of a list takes the place of the one called `was`, or of its own id; where there is none, it comes last.

    Only what differs from what stands there is changed.
    """

    place: Place
    item: Mapping[str, Any]
    was: str = ""


@dataclass(frozen=True, slots=True)
class Remove:
    """The item of this id leaves its list."""

    place: Place
    id: str


Change = Put | Remove


def edited(text: str, change: Change) -> str:
    """The text with a change made. Every line without a part in it is the same, byte for byte; `${NAME}` stays as it is written.

    What comes out says what went in, changed so and in nothing else: that is read back and compared. Raises ConfigError where the text is
    not YAML, and Uneditable where it has a form (an anchor, say) in which the change cannot be made.
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


def _called(change: Change) -> str:
    """The id of the item as it stands in the text."""
    return change.id if isinstance(change, Remove) else change.was or str(change.item["id"])


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
        number = _number_of(items, _called(change))
        if change.was and number is None:
            raise Uneditable(f"the file has no {change.was} there any more")
        items[len(items) if number is None else number : None if number is None else number + 1] = [dict(change.item)]
    holder[change.place[-1]] = items
    return root


def _rewritten(text: str, root: Span, plain: Any, change: Change) -> str:
    rewriting = Rewriting(text, root)
    holder, holder_plain = root, plain
    for step in change.place[:-1]:
        holder, holder_plain = _span_step(holder, holder_plain, step), _step(holder_plain, step)
    key = change.place[-1]
    entry = holder.entry(key)
    items = holder_plain.get(key) or []
    number = _number_of(items, _called(change))
    if isinstance(change, Remove):
        rewriting.remove_item(_value_of(entry), number or 0, entry)
    elif number is None:
        rewriting.add_item(holder, entry, key, change.item)
    else:
        rewriting.replace(_value_of(entry).items[number], items[number], change.item)
    return rewriting.done()


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
