"""A letter tells a person, in their language and the town's time, how many of what, and the first few in words."""

from typing import Any

import pytest

from alerts.grouping import Batch
from alerts.notifications import Notification, Saying, failed, healed, said, taken
from patrol.letters import LetterWriter
from patrol.wording import LANGUAGES, wording
from tests.doubles.notification_samples import LI, NOW, WANG, after, notification, settings
from tests.doubles.people import township
from tests.unit.alerts.test_notifications import LEASE
from town.recipients import MATTERS, Matter, Role

TOWNSHIP = township(notices=settings())
WRITER = LetterWriter(TOWNSHIP)

ORDER = {"order": "order-00001", "summary": "桶站满冒", "reason": "unclaimed", "attempt": 1, "unit": "城管"}
CAMERA = {"camera": "gate", "name": "三号门", "reason": "black"}
DETAILS: dict[Matter, dict[str, Any]] = {
    **dict.fromkeys(MATTERS[Role.MANAGER], ORDER),
    **dict.fromkeys((Matter.NO_PICTURE, Matter.UNFIT_VIEW), CAMERA),
    Matter.RULE_PAUSED: {"rule": "bin-overflow", "name": "桶站满冒", "orders": 20, "within_s": 600.0},
    Matter.MODEL_REFUSED: {"role": "candidate", "reason": "no such file"},
    Matter.DEAD_LETTERS: {"cleaner": "c01", "reason": "not_json"},
    Matter.DISK: {"free_mb": 120},
    Matter.PICTURES_OVERDUE: {"count": 3},
}


def batch(recipient_id: str, *ones: Notification) -> Batch:
    recipient = TOWNSHIP.notices.recipient(recipient_id)
    assert recipient is not None
    return Batch(recipient, recipient.channels[0], ones)


def test_a_manager_reads_chinese_with_counts_and_the_first_few() -> None:
    ones = [notification(number, after(minutes=number)) for number in range(1, 8)]
    over = healed(said(taken(notification(8), NOW, LEASE), Saying.FAULT, NOW), after(hours=1))
    letter = WRITER.letter(batch(WANG, *ones, over))
    assert letter.title == "【未诉先办】亦庄镇：工单超时7件，已恢复1件"
    lines = letter.body.splitlines()
    assert lines[0] == "· 05-04 10:01 到时无人接单：桶站满冒 · 1号门（工单 er-00001，第1次派单）"
    assert lines[-2:] == ["……另有3件", "全部工单：weisu order list"]
    assert len(lines) == 7


def test_what_is_urgent_says_so() -> None:
    assert "紧急" in WRITER.letter(batch(WANG, notification(urgent=True))).title


def test_an_engineer_may_read_english() -> None:
    disk = notification(recipient=LI, matter=Matter.DISK, detail={"free_mb": 120})
    letter = WRITER.letter(batch(LI, disk))
    assert letter.title == "[weisu] 亦庄镇: 1 disk nearly full"
    assert letter.body.splitlines()[0] == "- 05-04 10:00 the database's disk has only 120 MB left"


def test_that_it_is_over_is_told_with_what_it_was() -> None:
    over = healed(said(taken(notification(), NOW, LEASE), Saying.FAULT, NOW), after(hours=1))
    assert WRITER.letter(batch(WANG, over)).body.startswith("· 05-04 11:00 已恢复：到时无人接单")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("matter", Matter)
def test_every_matter_can_be_told(matter: Matter, language: str) -> None:
    line = WRITER.row(notification(matter=matter, detail=DETAILS[matter]), wording(language), NOW)
    assert line.startswith("wang · WECOM_URL · ")
    assert "{" not in line


def test_a_row_says_where_it_stands_and_why() -> None:
    refused = failed(taken(notification(), NOW, LEASE), "unreachable", NOW)
    assert "没有发出，再试，试过1次：连不上对方" in WRITER.row(refused, wording("zh"), NOW)
    told = said(taken(notification(), NOW, LEASE), Saying.FAULT, NOW)
    assert "05-04 10:00 已发" in WRITER.row(told, wording("zh"), NOW)
