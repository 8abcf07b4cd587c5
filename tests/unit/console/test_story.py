"""An order's story, from what is stored of it."""

from dataclasses import replace
from typing import Any

import pytest

from console.manager.story import Moment, story
from console.wording import words_in
from patrol.order_text import OrderFile, OrderText
from patrol.wording import wording
from storage.order_lists import Receipt
from tests.doubles.people import NEAR, SECOND, Office, after, incident, township
from town.work import Incident, WorkOrder

PLAIN = wording("zh")


def say(name: str, **facts: Any) -> str:
    return words_in("zh")("order", name, **facts)


def told(office: Office, order: WorkOrder, what: Incident | None, receipts: list[Receipt] | None = None) -> list[Moment]:
    with office.store.transaction() as book:
        file = OrderFile(order, list(book.events(order.id)))
    return story(file, what, receipts or [], OrderText(township(), PLAIN), PLAIN, say)


@pytest.fixture
def office() -> Office:
    return Office()


def test_it_begins_with_what_the_camera_saw_and_says_to_whom_the_order_was_offered_and_why(office: Office) -> None:
    what = replace(incident(), certain_dwell_s=600.0, possible_dwell_s=900.0)
    seen, opened, offered = told(office, office.opens(what, after(seconds=2)), what)
    assert (seen.what, seen.at) == ("摄像头看到", what.opened_at)
    assert opened.why == "已确定持续 10分钟，至多 15分钟"
    assert NEAR in offered.who
    assert offered.lines[0].startswith(f"保洁员{NEAR}：第1圈")


def test_who_received_an_offer_at_about_the_same_time_is_told_in_one_moment(office: Office) -> None:
    what = incident()
    order = office.opens(what)
    times = [after(seconds=5), after(seconds=9), after(minutes=2)]
    receipts = [Receipt(name, what.opened_at, at) for name, at in zip((SECOND, NEAR, "third"), times, strict=True)]
    received = [one for one in told(office, order, what, [*receipts, Receipt("far", None, None)]) if one.name == "received"]
    assert [(one.at, one.who) for one in received] == [(times[0], f"保洁员{SECOND}、保洁员{NEAR}"), (times[2], "保洁员third")]


def test_all_stands_in_the_order_of_time(office: Office) -> None:
    what = incident()
    order = office.opens(what)
    office.hears(NEAR, "claim", after(minutes=2), order_id=order.id)
    moments = told(office, order, what, [Receipt(NEAR, what.opened_at, after(minutes=1))])
    assert [one.name for one in moments] == ["seen", "open", "offer", "received", "claim"]
    assert sorted(one.at for one in moments) == [one.at for one in moments]


def test_a_rule_s_own_account_is_left_out_and_a_person_s_reason_kept(office: Office) -> None:
    what = incident()
    order = office.opens(what)
    office.hears(NEAR, "claim", after(minutes=1), order_id=order.id)
    office.hears(NEAR, "cannot", after(minutes=2), order_id=order.id, reason="车挡着")
    office.clears(what, after(minutes=9))
    moments = {one.name: one for one in told(office, order, what)}
    assert moments["cannot"].why == "车挡着"
    assert moments["cannot"].tone == "bad"
    assert moments["self_clear"].why == ""
    assert moments["self_clear"].tone == "good"


def test_an_order_whose_incident_is_gone_is_told_from_its_opening_on(office: Office) -> None:
    assert told(office, office.opens(incident()), None)[0].name == "open"
