"""What happened is told in a sentence, Chinese first; what nobody needs to read is not told."""

from dataclasses import replace

from alerts.lifecycle import Action
from simulator.story import tell
from tests.doubles.people import FAR, NEAR, NOW, SECOND, Office, incident, township
from town.work import OrderEvent, OrderState, WorkOrder

TOWN = township()


def opened() -> WorkOrder:
    return Office().opens(incident())


def told(action: str, actor: str = "service", **detail: object) -> str:
    event = OrderEvent("order", 2, NOW, action, actor, OrderState.OPEN, OrderState.OFFERED, detail=detail)
    line = tell(event, opened(), TOWN)
    return line.plain(TOWN.town.zone) if line else ""


def test_an_order_is_opened_at_a_place_for_a_problem() -> None:
    assert told(Action.OPEN) == "10:00:00 三号门桶站 桶站满冒：立案（opened）"


def test_an_offer_names_all_who_got_it() -> None:
    told_offer = told(Action.OFFER, to={NEAR: "ring 1", SECOND: "ring 1", FAR: "ring 2"})
    assert told_offer == "10:00:00 三号门桶站 桶站满冒：派给3人：保洁员near、保洁员second、保洁员far（offered to 3）"


def test_who_claims_and_who_reports_is_named() -> None:
    assert "保洁员near 接单（claimed）" in told(Action.CLAIM, NEAR)
    assert "保洁员near 反馈已处置（reports done）" in told(Action.DO, NEAR)


def test_verification_is_told_whether_it_holds_or_not() -> None:
    assert "镜头核查通过，结案（verified, closed）" in told(Action.CLOSE)
    assert "镜头核查未通过，再派件（verification failed, offered again）" in told(Action.REDO)


def test_a_look_that_was_only_counted_is_not_told() -> None:
    assert told(Action.COUNT_LOOK) == ""


def test_every_other_action_has_its_words() -> None:
    assert all(told(action) for action in Action if action not in {Action.COUNT_LOOK, Action.SEE_CLEAR, Action.CANCEL})


def test_a_place_that_left_the_configuration_still_has_a_name() -> None:
    order = replace(opened(), camera_id="gone", rule_id="old-rule")
    event = OrderEvent(order.id, 2, NOW, Action.CLAIM, NEAR, OrderState.OFFERED, OrderState.CLAIMED)
    line = tell(event, order, TOWN)
    assert line is not None
    assert (line.place, line.problem) == ("gone", "old-rule")
