"""Code and document of the REST API are one contract."""

from functools import cache
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from console.api.app import bare_app
from console.api.bounds import cursor_of, page_of, read_cursor
from console.api.contract import openapi, openapi_yaml
from console.api.problem import REASONS, Refused
from console.deeds import Deed
from console.instants import Moment
from tests.unit.alerts.test_contract import references

FILE = Path(__file__).parents[3] / "docs" / "openapi.yaml"


@cache
def document() -> dict[str, Any]:
    return openapi(bare_app().routes)


def operations() -> list[dict[str, Any]]:
    return [operation for path in document()["paths"].values() for operation in path.values()]


def test_the_document_is_what_the_code_writes() -> None:
    assert FILE.read_text(encoding="utf-8") == openapi_yaml(bare_app().routes), "run `make contract`"


def test_every_reference_leads_somewhere() -> None:
    whole = document()
    for reference in set(references(whole)):
        place: Any = whole
        for step in reference.removeprefix("#/").split("/"):
            place = place[step]


def test_every_operation_says_who_may_ask_and_how_and_what_goes_wrong() -> None:
    for operation in operations():
        assert operation["x-roles"]
        assert "cleaner" not in operation["x-roles"]
        assert operation["security"] == [{"session": []}, {"token": []}]
        assert {"401", "403", "413", "422", "503"} <= set(operation["responses"])
        assert operation["description"]


def test_names_of_operations_are_unique() -> None:
    names = [operation["operationId"] for operation in operations()]
    assert len(names) == len(set(names))


def test_all_reasons_are_told() -> None:
    assert all(f"`{reason}` ({kind.status.value})" in document()["info"]["description"] for reason, kind in REASONS.items())


def test_what_is_sent_is_bounded() -> None:
    """Every text, number and list that an operation takes."""
    whole = document()
    taken = [parameter["schema"] for one in operations() for parameter in one.get("parameters", ())]
    bodies = ["NewSilence", "Unit", *(one["$ref"].rpartition("/")[2] for one in _deeds(whole))]
    taken += [field for name in bodies for field in whole["components"]["schemas"][name]["properties"].values()]
    for schema in taken:
        for one in schema.get("anyOf", [schema]):
            assert _is_bounded(one), schema


def _deeds(whole: dict[str, Any]) -> list[dict[str, str]]:
    schema = whole["paths"]["/orders/{order_id}/deeds"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    deeds: list[dict[str, str]] = schema["oneOf"]
    return deeds


def _is_bounded(schema: dict[str, Any]) -> bool:
    match schema.get("type"):
        case "string":
            return bool({"maxLength", "const", "enum", "pattern"} & schema.keys()) or schema.get("format") == "date-time"
        case "integer":
            return {"minimum", "maximum"} <= schema.keys()
        case "array":
            return "maxItems" in schema
    return True


def test_a_deed_is_told_apart_by_its_action() -> None:
    whole = document()
    assert len(_deeds(whole)) == 12
    for one in _deeds(whole):
        assert "action" in whole["components"]["schemas"][one["$ref"].rpartition("/")[2]]["required"]


@pytest.mark.parametrize(
    "said",
    [
        "2026-05-04",
        "2026-05-04T02:00:00",
        "2026-05-04T02:00:61Z",
        "2026-13-04T02:00:00Z",
        "0001-01-01T00:00:00+14:00",
        "1999-12-31T23:59:59Z",
        "2200-01-01T00:00:00Z",
        "9999-12-31T23:59:59-14:00",
        "٢٠٢٦-05-04T02:00:00Z",
        "1777860000",
        1777860000,
        1e300,
        True,
        None,
    ],
)
def test_what_is_no_instant_or_beyond_the_years_is_no_moment(said: Any) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Moment).validate_python(said)


def test_a_moment_is_in_utc() -> None:
    assert TypeAdapter(Moment).validate_python("2026-05-04T10:00:00+08:00").isoformat() == "2026-05-04T02:00:00+00:00"


def test_a_deed_is_read_by_its_action() -> None:
    assert TypeAdapter(Deed).validate_python({"action": "cancel", "reason": " 拆了 "}).reason == "拆了"


def test_a_page_goes_on_after_the_last_one_though_that_is_gone() -> None:
    shown, cursor = page_of(["a", "b", "c", "d"], str, None, 2)
    assert shown == ["a", "b"]
    assert page_of(["a", "c", "d"], str, cursor, 2) == (["c", "d"], None)


def test_a_cursor_says_what_it_was_given() -> None:
    assert read_cursor(cursor_of("三号门", 7), str, int) == ("三号门", 7)
    for cursor in (cursor_of("x", 7), cursor_of("x", "y", "z"), "", "%", "W10="):
        with pytest.raises(Refused):
            read_cursor(cursor, str, str)
