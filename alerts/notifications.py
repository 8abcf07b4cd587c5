"""A notification: one thing that one recipient is to hear over one channel, and, once it has healed, that it is over. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from town.recipients import Matter

GIVE_UP_AFTER = timedelta(days=1)
"""So long a channel that does not take a message is tried."""
_FIRST_RETRY = timedelta(seconds=10)
_LONGEST_RETRY = timedelta(minutes=30)


class Saying(StrEnum):
    """What is to be said of a notification."""

    FAULT = "fault"
    HEALED = "healed"


@dataclass(frozen=True, slots=True)
class Notification:
    """A row of the notices' outbox. `subject` is what it is about (an order, a camera, a rule), `fault` what makes it the same fault again:
    one recipient has at most one unhealed of a fault and channel. `detail` is what the words are made of.

    It waits to be said while `due_at` is set.
    """

    recipient: str
    channel: str
    matter: Matter
    subject: str
    fault: str
    happened_at: datetime
    detail: Mapping[str, Any] = field(default_factory=dict)
    urgent: bool = False
    due_at: datetime | None = None
    leased_until: datetime | None = None
    tries: int = 0
    first_tried_at: datetime | None = None
    told_at: datetime | None = None
    healed_at: datetime | None = None
    healing_told_at: datetime | None = None
    given_up_at: datetime | None = None
    error: str = ""
    number: int = 0

    @property
    def left_to_say(self) -> Saying | None:
        """What nobody has said yet. Of a fault that healed before it was told nothing is."""
        if self.given_up_at:
            return None
        if self.told_at is None:
            return Saying.FAULT if self.healed_at is None else None
        return Saying.HEALED if self.healed_at and not self.healing_told_at else None

    @property
    def waits_since(self) -> datetime:
        return self.healed_at or self.happened_at

    def is_free(self, now: datetime) -> bool:
        """Whether it is due and nobody is at it."""
        return self.due_at is not None and self.due_at <= now and not self.is_leased(now)

    def is_leased(self, now: datetime) -> bool:
        return self.leased_until is not None and self.leased_until > now


def taken(one: Notification, now: datetime, lease: timedelta) -> Notification:
    """Nobody else says it until the lease is over."""
    return replace(one, leased_until=now + lease, tries=one.tries + 1, first_tried_at=one.first_tried_at or now)


def said(one: Notification, saying: Saying, now: datetime) -> Notification:
    """The channel took it. What healed meanwhile is the next thing to say."""
    after = replace(one, leased_until=None, tries=0, first_tried_at=None, error="")
    if saying is Saying.HEALED:
        return replace(after, healing_told_at=now, due_at=None)
    return replace(after, told_at=now, due_at=now if one.healed_at else None)


def failed(one: Notification, error: str, now: datetime) -> Notification:
    """The channel did not take it: it is tried again, after a day given up, and let be where it healed before anybody heard."""
    after = replace(one, leased_until=None, error=error, due_at=None)
    if one.left_to_say is None:
        return after
    if one.first_tried_at and now - one.first_tried_at >= GIVE_UP_AFTER:
        return replace(after, given_up_at=now)
    doublings = min(max(one.tries - 1, 0), 20)
    return replace(after, due_at=now + min(_LONGEST_RETRY, _FIRST_RETRY * (1 << doublings)))


def healed(one: Notification, now: datetime) -> Notification:
    """The fault is over: told where the fault was told, else nothing is. One that is being said right now is left to `said`."""
    after = replace(one, healed_at=now)
    if one.told_at and not one.given_up_at:
        return replace(after, due_at=now)
    return after if one.is_leased(now) else replace(after, due_at=None)


def dropped(one: Notification, error: str, now: datetime) -> Notification:
    """Nobody is there to be told any more."""
    return replace(one, due_at=None, leased_until=None, given_up_at=now if one.left_to_say else one.given_up_at, error=error)
