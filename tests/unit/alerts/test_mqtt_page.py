"""The page for people who write a client is held to the code."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from alerts import messages
from alerts.messages import Downward, Payload, Upward, parse_downward, parse_snapshot, parse_upward
from alerts.phrases import PHRASES, REASONS
from alerts.topics import Topics
from tests.doubles import contract

PAGE = (Path(__file__).parents[3] / "docs" / "mqtt.md").read_text(encoding="utf-8")
EXAMPLES: list[str] = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
TYPES = [json.loads(example)["type"] for example in EXAMPLES]


def parse(example: str) -> Payload:
    kind = json.loads(example)["type"]
    payload = json.dumps(json.loads(example), ensure_ascii=False).encode()
    if kind == "snapshot":
        return parse_snapshot(payload)
    others = {
        "presence": messages.Presence,
        "position": messages.PositionReport,
        "board": messages.Board,
        "camera_status": messages.CameraStatus,
    }
    if kind in others:
        return others[kind].model_validate_json(payload)
    return parse_upward(payload) if kind in names(Upward) else parse_downward(payload)


def names(union: Any) -> set[str]:
    return {kind.model_fields["type"].default for kind in union.__args__}


@pytest.mark.parametrize("example", EXAMPLES, ids=TYPES)
def test_every_example_is_a_message_of_the_contract(example: str) -> None:
    assert parse(example).model_dump(mode="json")["type"] == json.loads(example)["type"]


@pytest.mark.parametrize("example", EXAMPLES, ids=TYPES)
def test_every_example_is_a_message_of_the_written_document(example: str) -> None:
    contract.check(json.dumps(json.loads(example)).encode())


@pytest.mark.parametrize("example", EXAMPLES, ids=TYPES)
def test_no_example_has_a_key_that_the_code_does_not_know(example: str) -> None:
    assert set(json.loads(example)) <= set(type(parse(example)).model_fields)


def test_every_type_is_named_on_the_page() -> None:
    missing = [kind for kind in names(Upward) | names(Downward) if f"`{kind}`" not in PAGE]

    assert not missing


def test_every_topic_of_the_code_is_on_the_page() -> None:
    topics = Topics("t")
    used = [topics.inbox("x"), topics.snapshot("x"), topics.up("x"), topics.presence("x"), topics.grid_orders("x"), topics.grid_board("x")]
    used += [topics.position("x"), topics.camera_status("x"), topics.service_status, topics.dead_letter]
    written = [topic.removeprefix(f"{topics.root}/").replace("/x/", "/{id}/") for topic in used]

    assert not [topic for topic in written if f"| `{topic}` |" not in PAGE]


def test_every_reason_that_a_cleaner_may_be_told_is_on_the_page_and_has_words() -> None:
    rows = re.search(r"\| Reason \| In \| Says \|\n\|---\|---\|---\|\n(.*?)\n\n", PAGE, re.DOTALL)
    assert rows
    told = {word for row in rows[1].splitlines() for word in re.findall(r"`(\w+)`", row.split("|")[1])}

    assert told == set(REASONS)
    assert all(set(reasons) == told for reasons in PHRASES.values())


def test_the_page_names_the_size_that_the_code_allows() -> None:
    assert f"at most {messages.MAX_BYTES} bytes" in PAGE
