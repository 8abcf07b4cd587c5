"""Payloads survive the wire, stay within 4 KiB, and what is wrong with one has a name."""

import json
from typing import Any
from uuid import RFC_4122, UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.messages import (
    MAX_BYTES,
    BadMessage,
    Claim,
    ClaimLost,
    Offer,
    Recall,
    encode,
    message_id,
    parse_downward,
    parse_position,
    parse_upward,
)
from tests.doubles.people import NEAR, NOW, after
from town.geometry import Position
from town.rule_settings import Priority


def offer(**changed: Any) -> Offer:
    fields: dict[str, Any] = {
        "msg_id": "m-1",
        "order_id": "o-1",
        "rev": 2,
        "issued_at": NOW,
        "expires_at": after(minutes=10),
        "title": "桶站满冒",
        "camera": "三号门",
        "zone": "三号门桶站",
        "grid": "第一网格",
        "position": Position(39.79, 116.5),
        "priority": Priority.HIGH,
        "attempt": 1,
        "claim_by": after(minutes=10),
        "done_by": after(minutes=70),
        "distance_m": 120,
    }
    return Offer(**{**fields, **changed})


def said(**changed: Any) -> bytes:
    fields = {"v": 1, "type": "claim", "event_id": "event-0001", "issued_at": NOW.isoformat(), "order_id": "o-1"}
    return json.dumps({**fields, **changed}).encode()


def test_an_offer_comes_back_as_it_was_sent() -> None:
    assert parse_downward(encode(offer())) == offer()


def test_chinese_stands_in_the_payload_as_itself() -> None:
    assert "桶站满冒".encode() in encode(offer())


def test_a_payload_above_4_kib_is_never_sent() -> None:
    with pytest.raises(BadMessage, match="too_large"):
        encode(offer(title="满" * MAX_BYTES))


def test_a_claim_is_read() -> None:
    assert parse_upward(said()) == Claim(event_id="event-0001", issued_at=NOW, order_id="o-1")


@pytest.mark.parametrize("number", [91, 10**400])
def test_a_place_that_is_nowhere_on_earth_is_a_bad_message(number: int) -> None:
    payload = {"v": 1, "type": "position", "issued_at": NOW.isoformat(), "position": {"lat": number, "lon": 116.5}}
    with pytest.raises(BadMessage, match="bad_schema"):
        parse_position(json.dumps(payload).encode())


def test_a_key_that_a_newer_client_adds_is_passed_over() -> None:
    assert parse_upward(said(mood="good")) == parse_upward(said())


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"", "not_json"),
        (b"{", "not_json"),
        (b"\xff\xfe", "not_json"),
        (b"[" * 4000, "not_json"),
        (b"[]", "bad_schema"),
        (b"null", "bad_schema"),
        (b"{}", "unknown_type"),
        (said(type="offer"), "unknown_type"),
        (said(type=["claim"]), "unknown_type"),
        (said(v=2), "bad_version"),
        (said(order_id=""), "bad_schema"),
        (said(order_id="a/b"), "bad_schema"),
        (said(order_id="o" * 65), "bad_schema"),
        (said(event_id="short"), "bad_schema"),
        (said(issued_at="2026-05-04T10:00:00"), "bad_schema"),
        (said(type="cannot"), "bad_schema"),
        (said(type="false_alarm", reason=""), "bad_schema"),
        (said(type="cannot", reason="x" * 201), "bad_schema"),
        (said(type="cannot", reason="two\nlines"), "bad_schema"),
        (said(type="cannot", reason="nul\x00"), "bad_schema"),
        (said(more="x" * MAX_BYTES), "too_large"),
    ],
)
def test_what_is_wrong_with_a_payload_has_a_name(payload: bytes, reason: str) -> None:
    with pytest.raises(BadMessage) as caught:
        parse_upward(payload)
    assert caught.value.reason == reason


@given(st.binary(max_size=300) | st.recursive(st.none() | st.text() | st.integers(), st.lists).map(lambda v: json.dumps(v).encode()))
def test_no_bytes_at_all_break_the_reader(payload: bytes) -> None:
    with pytest.raises(BadMessage):
        parse_upward(payload)


def test_the_same_facts_give_the_same_message_id_and_others_another() -> None:
    assert message_id(NOW, "o-1", 2, NEAR) == message_id(NOW, "o-1", 2, NEAR)
    assert len({message_id(NOW, "o-1", rev, name) for rev in range(50) for name in ("a", "b")}) == 100


@given(st.text(max_size=20), st.integers(min_value=0, max_value=10**6))
def test_a_message_id_is_a_uuid7_of_its_instant(text: str, later_s: int) -> None:
    at = after(seconds=later_s)
    made = UUID(message_id(at, text))
    assert (made.version, made.variant, made.int >> 80) == (7, RFC_4122, int(at.timestamp() * 1000))


def test_what_answers_nothing_says_so_by_leaving_it_out() -> None:
    recall = Recall(msg_id="m", order_id="o", rev=1, issued_at=NOW, reason="self_cleared")
    lost = ClaimLost(msg_id="m", order_id="o", rev=1, issued_at=NOW, reason="taken", answers="event-0001")
    assert b"answers" not in encode(recall)
    assert json.loads(encode(lost))["answers"] == "event-0001"
