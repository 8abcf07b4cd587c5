"""What managers and engineers read: a batch of notifications as one letter, in the recipient's language and the town's time. Pure."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime

from alerts.grouping import Batch, Why, standing
from alerts.notifications import Notification, Saying
from alerts.post import Letter
from patrol.order_text import SHORT
from patrol.wording import Wording, wording
from town.recipients import Matter, Recipient
from town.township import Township

FIRST_LINES = 5
"""So many of a letter's notifications are told in words; the others are counted."""
_LONGEST_LINE = 160
_OF_ORDERS = frozenset({Matter.OVERDUE, Matter.NOBODY_TO_SEND, Matter.THIRD_RETURN, Matter.THIRD_ATTEMPT, Matter.UNIT_LATE})


class LetterWriter:
    """The letters of one township."""

    def __init__(self, township: Township) -> None:
        self._town = township.town
        self._settings = township.notices

    def letter(self, batch: Batch) -> Letter:
        """Counts in the title, the first few in words, the number of the others."""
        words = wording(batch.recipient.language)
        between = str(words.of("between", "metrics"))
        title = "urgent_title" if batch.is_urgent else "title"
        counts = between.join(_counts(batch.notifications, words))
        lines = [self._line(one, words) for one in batch.notifications[:FIRST_LINES]]
        if len(batch.notifications) > FIRST_LINES:
            lines.append(words.told("notices", "more", n=len(batch.notifications) - FIRST_LINES))
        lines.append(words.of("notices", f"see_{batch.recipient.role}"))
        return Letter(words.told("notices", title, town=self._town.name, counts=counts), "\n".join(lines))

    def test(self, recipient: Recipient) -> Letter:
        words = wording(recipient.language)
        body = words.told("notices", "test_body", recipient=recipient.id)
        return Letter(words.told("notices", "test_title", town=self._town.name), body)

    def row(self, one: Notification, words: Wording, now: datetime) -> str:
        """One notification in a line of `weisu notices`: who, over which channel, where it stands, what it is."""
        told = f"{self._time(one.happened_at)} {self._what(one, words)}"
        return words.told("notices", "row", recipient=one.recipient, channel=one.channel, state=self._state(one, words, now), what=told)

    def _state(self, one: Notification, words: Wording, now: datetime) -> str:
        why = standing(one, self._settings, self._town, now)
        state = words.of("notice_states", why)
        if one.error and why not in {Why.TOLD, Why.NO_RECIPIENT}:
            return words.told("notices", "tries", state=state, n=one.tries, error=words.of("post_reasons", one.error))
        if one.told_at and why is Why.TOLD:
            return words.told("notices", "healing_told_at" if one.healing_told_at else "told_at", at=self._time(one.told_at))
        return state

    def _line(self, one: Notification, words: Wording) -> str:
        is_over = one.left_to_say is Saying.HEALED
        what = self._what(one, words)
        return words.told("notices", "healed_line" if is_over else "line", at=self._time(one.waits_since), what=what)[:_LONGEST_LINE]

    def _what(self, one: Notification, words: Wording) -> str:
        facts = dict(one.detail)
        if "reason" in facts:
            facts["why"] = words.of("order_reasons" if one.matter in _OF_ORDERS else "reasons", facts["reason"])
        if "order" in facts:
            facts["order"] = facts["order"][-SHORT:]
        if "within_s" in facts:
            facts["within"] = words.duration(facts["within_s"])
        return words.told("notices", one.matter, **facts)

    def _time(self, at: datetime) -> str:
        return f"{at.astimezone(self._town.zone):%m-%d %H:%M}"


def _counts(notifications: tuple[Notification, ...], words: Wording) -> Iterator[str]:
    """For example 工单超时2件; what is over is one number."""
    begun = Counter(one.matter for one in notifications if one.left_to_say is Saying.FAULT)
    for matter, n in begun.items():
        yield words.told("notices", "count", matter=words.of("matters", matter), n=n)
    over = len(notifications) - begun.total()
    if over:
        yield words.told("notices", "healed_count", n=over)
