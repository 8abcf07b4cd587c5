"""What a phone is shown: the orders that its cleaner knows, and what was told of others. Pure."""

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from alerts.cleaner import News
from alerts.cleaner_state import CleanerState, Verdict
from alerts.messages import ClaimLost, ClaimWon, LiveOrder, Offer, Recall, Redo, Update

TOLD_FOR = timedelta(hours=12)
TOLD_AT_MOST = 20
ANSWERED_AT_MOST = 100
GIVEN = "given"
"""The reason of an order that a manager or a colleague gave: its message bears none."""


@dataclass(frozen=True, slots=True)
class Told:
    """One thing that a cleaner is to read: what became of an order. `answer`: it answers what they said themselves."""

    id: str
    order_id: str
    kind: str
    reason: str
    title: str
    place: str
    at: datetime
    answer: bool

    def plain(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__} | {"at": self.at.isoformat()}


@dataclass
class Reading:
    """What one cleaner's messages come to beside the orders themselves: the latest only."""

    told: deque[Told] = field(default_factory=lambda: deque(maxlen=TOLD_AT_MOST))
    answered: deque[str] = field(default_factory=lambda: deque(maxlen=ANSWERED_AT_MOST))
    why: dict[str, str] = field(default_factory=dict)

    def take(self, news: Iterable[News], before: CleanerState, after: CleanerState, now: datetime) -> None:
        """Read what came while the state went from `before` to `after`."""
        for one in news:
            message = one.message
            if message.answers and message.answers not in self.answered:
                self.answered.append(message.answers)
            if isinstance(message, Offer | Redo) and message.why:
                self.why[message.order_id] = message.why
            told = _told(one, before.orders.get(message.order_id) or after.orders.get(message.order_id), now)
            if told is not None:
                self.told.append(told)
        self.why = {order_id: why for order_id, why in self.why.items() if order_id in after.orders}
        while self.told and now - self.told[0].at > TOLD_FOR:
            self.told.popleft()


def order_lines(state: CleanerState, why: Mapping[str, str]) -> list[dict[str, Any]]:
    """The orders as a page reads them: without links, since the page asks for pictures by the order's id."""
    links = {"before_picture", "after_picture"}
    return [line.model_dump(mode="json", exclude=links) | {"why": why.get(line.order_id, "")} for line in state.orders.values()]


def _told(news: News, line: LiveOrder | None, now: datetime) -> Told | None:
    message, reason = news.message, _reason(news)
    if not reason:
        return None
    title, place = (line.title, f"{line.camera} · {line.zone}") if line else ("", "")
    return Told(message.msg_id, message.order_id, message.type, reason, title, place, now, message.answers is not None)


def _reason(news: News) -> str:
    """What there is to say beside the change of the list; empty where there is nothing."""
    message = news.message
    if news.verdict not in {Verdict.TAKEN, Verdict.ANSWER_ONLY}:
        return ""
    if isinstance(message, ClaimLost | Recall | Update):
        return message.reason
    return GIVEN if isinstance(message, ClaimWon) and message.answers is None else ""
