"""A city system reads orders over HTTP, with a token; nobody else reads anything."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import fromstring

import httpx
import pytest

from tests.doubles.people import NEAR, after, incident
from tests.doubles.served_town import TOKEN, TOKENS, ServedTown, served
from town.work import WorkOrder

KEY = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture
def town(tmp_path: Path) -> Iterator[ServedTown]:
    with served(tmp_path, {"open311_tokens": TOKENS}) as town:
        yield town


def asked(town: ServedTown, path: str, **query: Any) -> httpx.Response:
    return town.web.get(f"/open311/v2/{path}", params=query, headers=KEY)


def ids(town: ServedTown, **query: Any) -> list[str]:
    answer = asked(town, "requests.json", **query)
    assert answer.status_code == 200, answer.text
    return [one["service_request_id"] for one in answer.json()]


def three(town: ServedTown) -> list[WorkOrder]:
    """An overflowing station that was cleared, and two vehicles, a minute apart."""
    orders = [town.opens(incident())]
    town.clears(incident(), after(seconds=30))
    orders += [town.opens(incident(number, object_id=f"v{number}", at=after(minutes=number))) for number in (2, 3)]
    town.now = after(hours=1)
    return orders


@pytest.mark.parametrize("key", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": TOKEN}, {"Authorization": f"Basic {TOKEN}"}])
@pytest.mark.parametrize("path", ["discovery", "services", "services/bin-overflow", "requests", "requests/x"])
def test_without_the_key_everything_is_forbidden_in_the_standard_s_own_words(town: ServedTown, path: str, key: dict[str, str]) -> None:
    as_json, as_xml = (town.web.get(f"/open311/v2/{path}.{shape}", headers=key) for shape in ("json", "xml"))
    assert (as_json.status_code, as_json.json()) == (403, [{"code": 403, "description": "missing or invalid api_key"}])
    assert (as_xml.status_code, as_xml.headers["content-type"]) == (403, "text/xml; charset=utf-8")
    assert fromstring(as_xml.content).findtext("error/code") == "403"


def test_the_key_may_stand_in_the_address_as_the_standard_has_it(town: ServedTown) -> None:
    assert town.web.get("/open311/v2/services.json", params={"api_key": TOKEN}).status_code == 200
    assert town.web.get("/open311/v2/services.json", params={"api_key": ""}).status_code == 403


def test_services_are_listed_in_both_formats(town: ServedTown) -> None:
    as_json, as_xml = asked(town, "services.json"), asked(town, "services.xml")
    assert [one["service_code"] for one in as_json.json()] == ["bin-overflow", "illegal-parking"]
    assert [one.text for one in fromstring(as_xml.content).iter("service_code")] == ["bin-overflow", "illegal-parking"]
    assert as_json.headers["content-type"] == "application/json; charset=utf-8"


def test_a_service_has_a_definition_and_an_unknown_one_has_none(town: ServedTown) -> None:
    assert asked(town, "services/bin-overflow.json").json() == {"service_code": "bin-overflow", "attributes": []}
    unknown = asked(town, "services/9999.xml")
    assert (unknown.status_code, fromstring(unknown.content).findtext("error/code")) == (404, "404")


def test_requests_come_newest_first_and_are_chosen_by_every_argument(town: ServedTown) -> None:
    first, second, third = (order.id for order in three(town))
    assert ids(town) == [third, second, first]
    assert ids(town, status="open") == [third, second]
    assert ids(town, status="closed") == [first]
    assert ids(town, service_code="bin-overflow,nothing") == [first]
    assert ids(town, start_date=after(minutes=2).isoformat()) == [third, second]
    assert ids(town, end_date=after(minutes=2).isoformat()) == [second, first]
    assert ids(town, page_size=2) == [third, second]
    assert ids(town, page_size=2, page=2) == [first]
    assert ids(town, service_request_id=f"{first},unknown", status="open") == [first]


def test_one_request_says_when_something_last_happened_to_it(town: ServedTown) -> None:
    order = three(town)[1]
    town.hears(NEAR, "claim", order_id=order.id, at=after(minutes=8))
    (told,) = asked(town, f"requests/{order.id}.json").json()
    assert (told["status"], told["status_notes"], told["updated_datetime"]) == ("open", "已接", "2026-05-04T10:08:00+08:00")
    as_xml = fromstring(asked(town, f"requests/{order.id}.xml").content)
    assert as_xml.findtext("request/service_request_id") == order.id
    assert NEAR not in asked(town, f"requests/{order.id}.json").text


@pytest.mark.parametrize("order_id", ["unknown", "..%2fetc", "%00", "1' OR '1'='1", "x" * 3000])
def test_an_unknown_request_is_not_found(town: ServedTown, order_id: str) -> None:
    assert asked(town, f"requests/{order_id}.json").status_code == 404


def test_what_cannot_be_answered_is_a_bad_request_with_its_reason(town: ServedTown) -> None:
    answer = asked(town, "requests.json", status="half")
    assert (answer.status_code, answer.json()[0]["code"]) == (400, 400)
    assert "open or closed" in answer.json()[0]["description"]


def test_discovery_says_where_and_in_which_formats(town: ServedTown) -> None:
    (endpoint,) = asked(town, "discovery.json").json()["endpoints"]
    assert endpoint["url"] == f"{town.site.url}/open311/v2"
    assert endpoint["formats"] == ["text/xml", "application/json"]
    assert [one.text for one in fromstring(asked(town, "discovery.xml").content).iter("format")] == endpoint["formats"]


def test_nothing_can_be_written_and_no_other_format_is_spoken(town: ServedTown) -> None:
    assert town.web.post("/open311/v2/requests.json", headers=KEY, data={"service_code": "x"}).status_code == 405
    assert asked(town, "requests.html").status_code == 404
