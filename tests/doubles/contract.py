"""Holds messages to `docs/asyncapi.yaml` as a stranger would: by the written document alone, with a JSON Schema validator."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator

from alerts.messages import MAX_BYTES

FILE = Path(__file__).parents[2] / "docs" / "asyncapi.yaml"


@cache
def document() -> dict[str, Any]:
    read: dict[str, Any] = yaml.load(FILE.read_text(encoding="utf-8"), yaml.CSafeLoader)
    return read


def check(payload: bytes, topic: str = "") -> None:
    """Raises where a message is not of the contract, or not one for its topic."""
    assert len(payload) <= MAX_BYTES
    said = json.loads(payload)
    _validator(said["type"]).validate(said)
    if topic:
        assert said["type"] in allowed_at(topic), f"{said['type']} at {topic}"


def complaints(payload: bytes) -> list[str]:
    """All that the written schema has against a message of a type that it knows."""
    said = json.loads(payload)
    return [error.message for error in _validator(said["type"]).iter_errors(said)]


def allowed_at(topic: str) -> set[str]:
    """The types that may be said at a topic; none at one that the document does not have."""
    for channel in document()["channels"].values():
        pattern = channel["address"].split("/")
        if len(pattern) == len(topic.split("/")) and all(map(_fits, pattern, topic.split("/"))):
            return set(channel["messages"])
    return set()


def _fits(wanted: str, found: str) -> bool:
    return wanted.startswith("{") or wanted == found


@cache
def _validator(kind: str) -> Draft202012Validator:
    return Draft202012Validator(document()["components"]["messages"][kind]["payload"] | {"components": document()["components"]})
