"""What a city system may ask and is told, by the words of GeoReport v2."""

import json
from datetime import datetime, timedelta
from typing import Any
from xml.etree.ElementTree import fromstring

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.georeport import LONGEST, MOST, BadRequest, Query, definition, query_of, requests, services
from console.georeport_formats import written
from tests.doubles.order_samples import order
from tests.doubles.people import GATE, NOW, after, categorised, township
from town.work import OrderState


def query(**asked: str) -> Query:
    return query_of(asked, NOW)


def test_nothing_asked_is_the_last_ninety_days_and_a_thousand_at_most() -> None:
    assert query() == Query((), (), NOW - LONGEST, NOW, None, MOST, 0)


def test_an_empty_argument_is_as_none() -> None:
    assert query(service_request_id="", service_code="", start_date="", end_date="", status="", page="", page_size="") == query()


def test_lists_are_told_apart_by_commas() -> None:
    asked = query(service_request_id="o-1, o-2,,o-1", service_code="0102,bikes", status="open,closed")
    assert (asked.order_ids, asked.codes, asked.ended) == (("o-1", "o-2"), ("0102", "bikes"), None)


@pytest.mark.parametrize(("status", "ended"), [("open", False), ("closed", True)])
def test_one_status_is_chosen(status: str, ended: bool) -> None:
    assert query(status=status).ended is ended


def test_a_start_alone_reaches_ninety_days_and_not_beyond_now() -> None:
    early, late = NOW - timedelta(days=200), NOW - timedelta(days=3)
    assert (query(start_date=early.isoformat()).until, query(start_date=late.isoformat()).until) == (early + LONGEST, NOW)


def test_an_end_alone_reaches_ninety_days_back() -> None:
    assert query(end_date="2026-01-01T00:00:00Z").since.isoformat() == "2025-10-03T00:00:00+00:00"


def test_an_offset_whose_plus_became_a_blank_is_understood() -> None:
    assert query(end_date="2026-05-04T08:00:00 08:00").until.isoformat() == "2026-05-04T00:00:00+00:00"


def test_pages_skip_what_came_before() -> None:
    assert (query(page="3", page_size="50").at_most, query(page="3", page_size="50").skip) == (50, 100)


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        ({"status": "opened"}, "open or closed"),
        ({"start_date": "2026-05-04"}, "with its offset"),
        ({"start_date": "2026-05-04T00:00:00"}, "with its offset"),
        ({"end_date": "yesterday"}, "with its offset"),
        ({"start_date": "0001-01-01T00:00:00+14:00"}, "with its offset"),
        ({"end_date": "0001-01-02T00:00:00Z"}, "a year that can be"),
        ({"start_date": "2026-05-04T00:00:00Z", "end_date": "2026-05-01T00:00:00Z"}, "after end_date"),
        ({"start_date": "2026-01-01T00:00:00Z", "end_date": "2026-05-01T00:00:00Z"}, "at most 90 days"),
        ({"page": "0"}, "from 1 to"),
        ({"page": "9" * 400}, "from 1 to"),
        ({"page_size": "1001"}, "from 1 to 1000"),
        ({"page_size": "١"}, "from 1 to 1000"),
        ({"service_request_id": ",".join(map(str, range(1001)))}, "at most 1000"),
    ],
)
def test_what_cannot_be_answered_is_told_with_the_way_out(asked: dict[str, str], why: str) -> None:
    with pytest.raises(BadRequest, match=why):
        query(**asked)


NAMES = ("service_request_id", "service_code", "start_date", "end_date", "status", "page", "page_size")


@given(st.dictionaries(st.sampled_from(NAMES), st.text()))
def test_whatever_is_asked_is_a_query_or_a_reason(asked: dict[str, str]) -> None:
    try:
        found = query_of(asked, NOW)
    except BadRequest as bad:
        assert str(bad)
    else:
        assert found.until - found.since <= LONGEST
        assert 1 <= found.at_most <= MOST


def test_rules_of_one_category_are_one_service() -> None:
    found = services(categorised())
    assert [(one["service_code"], one["service_name"]) for one in found] == [
        ("0102", "桶站满冒、暴露垃圾"),
        ("0301", "机动车违停、占用消防通道"),
    ]
    assert all(one["metadata"] is False and one["type"] == "realtime" for one in found)


def test_a_service_asks_for_nothing_more_and_an_unknown_one_is_none() -> None:
    assert definition(categorised(), "0102") == {"service_code": "0102", "attributes": []}
    assert definition(categorised(), "9999") is None


def told(town: Any = None, changed_at: datetime = NOW, **changed: Any) -> dict[str, Any]:
    (one,) = requests(town or township(), [order(camera_id=GATE, category="", opened_at=NOW, **changed)], {"order-1": changed_at})
    return one


def test_a_request_tells_what_where_since_when_and_how_it_stands() -> None:
    told_of = told(changed_at=after(minutes=5), done_by=after(hours=1))
    assert told_of == {
        "service_request_id": "order-1",
        "status": "open",
        "status_notes": "已派，待接",
        "service_name": "桶站满冒",
        "service_code": "bin-overflow",
        "description": "三号门桶站满冒",
        "agency_responsible": "第一网格",
        "service_notice": None,
        "requested_datetime": "2026-05-04T10:00:00+08:00",
        "updated_datetime": "2026-05-04T10:05:00+08:00",
        "expected_datetime": "2026-05-04T11:00:00+08:00",
        "address": "三号门桶站，三号门，第一网格，亦庄镇",
        "address_id": None,
        "zipcode": None,
        "lat": 39.791,
        "long": 116.502,
        "media_url": None,
    }


def test_an_ended_order_is_closed_since_its_end() -> None:
    ended = told(state=OrderState.CLOSED, ended_at=after(minutes=9), changed_at=after(minutes=30))
    assert (ended["status"], ended["updated_datetime"], ended["expected_datetime"]) == ("closed", "2026-05-04T10:09:00+08:00", None)


def test_nobody_learns_who_was_sent_nor_where_the_camera_s_line_ends() -> None:
    text = json.dumps(told(holder="near", offered_to=("near", "second"), state=OrderState.CLAIMED), ensure_ascii=False)
    assert not [word for word in ("near", "second", "保洁员", "10.0.0.7", "manager-1", "gate") if word in text]


def test_an_order_of_a_rule_and_a_camera_that_are_gone_is_still_told() -> None:
    (gone,) = requests(township(), [order(rule_id="old-rule", category="", camera_id="old")], {})
    assert (gone["service_name"], gone["address"]) == ("old-rule", "第一网格，亦庄镇")


def test_xml_escapes_what_a_title_may_hold() -> None:
    hostile = "<script>alert('&')</script> ]]> \x00\x1b \ud800 桶站"
    data = written("xml", "service_requests", [told(summary=hostile)])
    assert data.startswith(b'<?xml version="1.0" encoding="UTF-8"?>\n<service_requests><request><service_request_id>')
    (description,) = fromstring(data).iter("description")
    assert description.text == "<script>alert('&')</script> ]]> �� � 桶站"


@given(st.text())
def test_every_text_comes_back_from_xml_as_far_as_xml_can_hold_it(text: str) -> None:
    (found,) = fromstring(written("xml", "errors", [{"code": 400, "description": f"<{text}"}])).iter("description")
    assert found.text
    assert found.text.startswith("<")


def test_lists_and_truths_are_written_as_the_standard_has_them() -> None:
    value = [{"service_code": "1", "metadata": False, "zipcode": None}]
    expected = "<services><service><service_code>1</service_code><metadata>false</metadata><zipcode /></service></services>"
    assert written("xml", "services", value).decode().splitlines()[1] == expected
    assert json.loads(written("json", "services", value)) == value
