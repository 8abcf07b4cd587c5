"""Small builders around notifications: a manager who sleeps at night, an engineer who does not."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from alerts.notifications import Notification
from town.places import Town
from town.recipients import Matter, NoticeSettings

NOW = datetime(2026, 5, 4, 2, 0, tzinfo=UTC)
"""Ten o'clock in Shanghai."""
NIGHT = datetime(2026, 5, 4, 16, 0, tzinfo=UTC)
"""Midnight there."""

WANG, LI = "wang", "li"
TOWN = Town(id="yizhuang", name="亦庄镇")


def settings(**changed: Any) -> NoticeSettings:
    wang = {"id": WANG, "role": "manager", "grids": ["g1"], "urls": ["WECOM_URL"], "quiet_hours": ["22:00-06:00"]}
    li = {"id": LI, "role": "engineer", "language": "en", "urls": ["MAIL_URL", "LARK_URL"]}
    return NoticeSettings.model_validate({"recipients": [wang, li], **changed})


def notification(number: int = 1, at: datetime = NOW, **changed: Any) -> Notification:
    subject = f"order/order-{number}"
    detail = {"order": f"order-0000{number}", "summary": f"桶站满冒 · {number}号门", "reason": "unclaimed", "attempt": 1}
    made = Notification(WANG, "WECOM_URL", Matter.OVERDUE, subject, f"overdue/{subject}/unclaimed/1", at, detail, due_at=at, number=number)
    return replace(made, **changed)


def after(**span: float) -> datetime:
    return NOW + timedelta(**span)
