"""Code, JSON Schema and document are one contract."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.contract import CHANNELS, asyncapi_yaml
from alerts.messages import BadMessage, Downward, Payload, Upward, parse_upward
from alerts.presence import presence_words, service_words
from alerts.topics import Topics
from tests.doubles import contract
from tests.doubles.people import NOW

TOPICS = Topics("yizhuang")


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield from ([value["$ref"]] if isinstance(value.get("$ref"), str) else [])
        value = list(value.values())
    for one in value if isinstance(value, list) else ():
        yield from references(one)


def test_the_document_is_what_the_code_writes() -> None:
    assert contract.FILE.read_text(encoding="utf-8") == asyncapi_yaml(), "run `make contract`"


def test_every_reference_leads_somewhere() -> None:
    for reference in set(references(contract.document())):
        place: Any = contract.document()
        for step in reference.removeprefix("#/").split("/"):
            place = place[step]


def test_every_type_of_payload_has_its_channel() -> None:
    said = {kind for channel in CHANNELS for kind in channel.said}

    assert said == {kind for kind in subclasses(Payload) if "type" in kind.model_fields}
    assert set(Upward.__args__) | set(Downward.__args__) <= said  # type: ignore[attr-defined]


def subclasses(kind: type[Payload]) -> Iterator[type[Payload]]:
    for one in kind.__subclasses__():
        yield one
        yield from subclasses(one)


def test_every_topic_of_the_code_is_a_channel() -> None:
    topics = [TOPICS.inbox("c01"), TOPICS.snapshot("c01"), TOPICS.up("c01"), TOPICS.presence("c01"), TOPICS.grid_orders("g1")]
    topics += [TOPICS.grid_board("g1"), TOPICS.camera_status("gate"), TOPICS.service_status, TOPICS.dead_letter]

    assert all(contract.allowed_at(topic) for topic in topics)
    assert not contract.allowed_at(f"{TOPICS.root}/cleaners/c01/else")


def test_births_and_wills_are_of_the_contract() -> None:
    for word in (*service_words(TOPICS, "0.1.0", NOW), *presence_words(TOPICS, "c01", "boot-1")):
        contract.check(word.payload, word.topic)


HEAD = {"v": 1, "event_id": "event-0001", "issued_at": NOW.isoformat()}
CLAIM = {**HEAD, "type": "claim", "order_id": "order-1"}
CANNOT = {**HEAD, "type": "cannot", "order_id": "order-1", "reason": "需要吊车"}


@pytest.mark.parametrize("good", [CLAIM, CANNOT, {**CLAIM, "new_key": [1]}, {**HEAD, "type": "hello", "boot_id": "b1"}])
def test_schema_and_code_take_the_same(good: dict[str, Any]) -> None:
    payload = json.dumps(good).encode()
    parse_upward(payload)

    assert contract.complaints(payload) == []


@pytest.mark.parametrize(
    "bad",
    [
        {**CLAIM, "v": 2},
        {**CLAIM, "event_id": "short"},
        {**CLAIM, "order_id": "../x"},
        {**CANNOT, "reason": ""},
        {**CANNOT, "reason": "x" * 201},
        {**CANNOT, "reason": "two\nlines"},
        {key: value for key, value in CLAIM.items() if key != "order_id"},
    ],
)
def test_schema_and_code_refuse_the_same(bad: dict[str, Any]) -> None:
    payload = json.dumps(bad).encode()

    assert contract.complaints(payload)
    with pytest.raises(BadMessage):
        parse_upward(payload)


@given(st.dictionaries(st.sampled_from([*CANNOT, "boot_id", "msg_id"]), st.one_of(st.none(), st.integers(), st.text(max_size=12))))
def test_what_the_schema_takes_the_code_takes_but_for_dates(changes: dict[str, Any]) -> None:
    said = {**CANNOT, **changes, "type": "cannot", "issued_at": NOW.isoformat()}
    payload = json.dumps(said).encode()
    if not contract.complaints(payload):
        parse_upward(payload)
