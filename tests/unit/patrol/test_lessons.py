"""A judgement puts right what a network saw, and only that."""

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from patrol.lessons import TO_LABEL, TRAIN, VAL, Lesson, lesson_of, split_of
from tests.doubles.evidence_samples import disagreement, picture
from tests.doubles.order_samples import NOW, order
from tests.doubles.people import GATE, LANE, STATION, township
from town.evidence import Disagreement, Kept, Purpose, Side
from town.geometry import Box
from town.sight import Detection
from town.work import OrderState, WorkOrder

TOWN = township(
    rules=[
        {"id": "full", "name": "满冒", "zones": ["bin_station"], "observes": "bins", "metric": "overflowing_count", "skill": "bins"},
        {"id": "bags", "name": "暴露", "zones": ["bin_station"], "observes": "bins", "metric": "garbage_count", "skill": "bins"},
        {"id": "bins", "name": "桶多", "zones": ["bin_station"], "observes": "bins", "metric": "bin_count", "skill": "bins"},
        {"id": "parked", "name": "违停", "zones": ["no_parking"], "observes": "vehicles", "skill": "parking"},
    ]
)
IN, ALSO_IN, OUT = Box(0.2, 0.2, 0.4, 0.4), Box(0.5, 0.5, 0.7, 0.7), Box(0.91, 0.91, 1.0, 1.0)
SEEN = (
    Detection("overflowing_bin", 0.9, IN),
    Detection("overflowing_bin", 0.6, OUT),
    Detection("garbage", 0.5, ALSO_IN),
    Detection("car", 0.8, ALSO_IN),
    Detection("bin", 0.2, IN),
)
CONFIRMED, FALSE, LIVE = OrderState.CLOSED, OrderState.FALSE_ALARM, OrderState.VERIFYING


def ordered(rule_id: str, state: OrderState, **changed: Any) -> WorkOrder:
    zone = LANE if rule_id == "parked" else STATION
    return order(camera_id=GATE, zone_id=zone, rule_id=rule_id, state=state, **changed)


def kept(*orders: WorkOrder, otherwise: Disagreement | None = None) -> Kept:
    shown = picture(camera_id=GATE, detections=SEEN)
    return Kept(shown, tuple((Purpose.OPENED, one) for one in orders), otherwise)


def lesson(*orders: WorkOrder, otherwise: Disagreement | None = None) -> Lesson:
    found = lesson_of(kept(*orders, otherwise=otherwise), TOWN)
    assert found
    return found


def labels(of: Lesson) -> list[str]:
    return [label for label, _ in of.boxes]


def test_what_was_confirmed_is_as_it_was_seen_but_for_what_was_faint() -> None:
    taught = lesson(ordered("full", CONFIRMED))
    assert labels(taught) == ["overflowing_bin", "overflowing_bin", "garbage", "car"]
    assert (taught.told["unsure"], taught.told["changed"]) == (1, [])


def test_a_falsely_overflowing_bin_of_the_zone_becomes_a_bin() -> None:
    taught = lesson(ordered("full", FALSE))
    assert labels(taught) == ["bin", "overflowing_bin", "garbage", "car"]
    assert taught.boxes[0][1] == IN
    assert taught.told["changed"] == ["overflowing_bin: bin"]


def test_false_garbage_is_dropped() -> None:
    assert labels(lesson(ordered("bags", FALSE))) == ["overflowing_bin", "overflowing_bin", "car"]


def test_a_permitted_car_is_still_a_car() -> None:
    taught = lesson(ordered("parked", FALSE))
    assert "car" in labels(taught)
    assert "labels stay" in taught.told["changed"][0]


def test_two_judgements_about_one_picture_both_count() -> None:
    assert labels(lesson(ordered("full", FALSE), ordered("bags", FALSE, id="order-2"))) == ["bin", "overflowing_bin", "car"]


def test_where_the_zone_is_gone_the_orders_own_box_is_put_right() -> None:
    taught = lesson(replace(ordered("full", FALSE, box=OUT), zone_id="demolished"))
    assert labels(taught) == ["overflowing_bin", "bin", "garbage", "car"]


@pytest.mark.parametrize(("rule_id", "why"), [("bins", "bin_count"), ("abolished", "rule_unknown")])
def test_what_no_rule_explains_is_for_a_person_to_label(rule_id: str, why: str) -> None:
    taught = lesson(ordered(rule_id, FALSE))
    assert taught.split == TO_LABEL
    assert why in taught.told["to_label"]


@pytest.mark.parametrize("state", [LIVE, OrderState.SELF_CLEARED, OrderState.CANCELLED])
def test_what_nobody_judged_teaches_nothing(state: OrderState) -> None:
    assert lesson_of(kept(ordered("full", state)), TOWN) is None
    assert lesson_of(kept(otherwise=disagreement()), TOWN) is None


def test_a_disagreement_teaches_what_the_right_side_saw() -> None:
    assert labels(lesson(otherwise=disagreement(judged=Side.PROMOTED))) == ["overflowing_bin", "overflowing_bin", "garbage", "car"]
    assert labels(lesson(otherwise=disagreement(judged=Side.CANDIDATE))) == ["bin"]


def test_where_neither_was_right_a_person_labels() -> None:
    assert lesson(ordered("full", CONFIRMED), otherwise=disagreement(judged=Side.NEITHER)).split == TO_LABEL


def test_the_line_tells_where_a_picture_came_from() -> None:
    told = lesson(ordered("full", FALSE), otherwise=replace(disagreement(), judged=Side.PROMOTED, judged_by="wang", number=7)).told
    assert told["orders"] == [{"id": "order-1", "rule": "full", "judged": "false_alarm", "shows": "opened"}]
    assert told["disagreement"] == {"id": 7, "candidate": "v2", "judged": "promoted", "by": "wang"}
    assert (told["camera"], told["version"], told["taken_at"]) == (GATE, "shipped", NOW.isoformat())


def test_a_cameras_day_stands_on_one_side_and_one_in_five_is_to_score_on() -> None:
    sides = Counter(split_of(f"camera-{number}", f"2026-05-{day:02}") for number in range(100) for day in range(1, 31))
    assert sides[TRAIN] + sides[VAL] == 3000
    assert 500 <= sides[VAL] <= 700
    assert split_of("gate", "2026-05-04") == split_of("gate", "2026-05-04")
