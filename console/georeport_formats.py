"""Open311's two formats: XML, and JSON made from the same values by the standard's convention."""

import json
from collections.abc import Mapping, Sequence
from typing import Any
from xml.etree.ElementTree import Element, SubElement, tostring

XML, JSON = "xml", "json"
MEDIA = {XML: "text/xml; charset=utf-8", JSON: "application/json; charset=utf-8"}

_ITEMS = {
    "services": "service",
    "service_requests": "request",
    "attributes": "attribute",
    "errors": "error",
    "endpoints": "endpoint",
    "formats": "format",
}
"""What an element of a list is called in XML; in JSON it has no name."""


def written(shape: str, root: str, value: Any) -> bytes:
    """A list of records or one record, as `shape`. `root` is its name in XML."""
    if shape == JSON:
        return json.dumps(value, ensure_ascii=False).encode()
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{tostring(_element(root, value), encoding="unicode")}'.encode()


def _element(name: str, value: Any) -> Element:
    element = Element(name)
    _fill(element, value)
    return element


def _fill(element: Element, value: Any) -> None:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            _fill(SubElement(element, key), inner)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for inner in value:
            _fill(SubElement(element, _ITEMS[element.tag]), inner)
    else:
        element.text = _text(value)


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return "".join(char if _may_stand(char) else "\N{REPLACEMENT CHARACTER}" for char in str(value))


def _may_stand(char: str) -> bool:
    """Whether XML 1.0 can hold a character at all, escaped or not."""
    code = ord(char)
    return char in "\t\n\r" or 0x20 <= code <= 0xD7FF or 0xE000 <= code <= 0xFFFD or code >= 0x10000
