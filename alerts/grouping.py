"""Which notifications go out now, and in which message: a pure function of those that wait, the settings and the time."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from alerts.notifications import Notification, Saying
from town.places import Town
from town.recipients import NoticeSettings, Recipient


class Why(StrEnum):
    """Where a notification stands."""

    GOES = "goes"
    GATHERING = "gathering"
    """It waits for others to go with it."""
    QUIET_HOURS = "quiet_hours"
    RETRYING = "retrying"
    """The channel did not take it; it is tried again later."""
    BEING_SENT = "being_sent"
    TOLD = "told"
    HEALED_UNTOLD = "healed_untold"
    GIVEN_UP = "given_up"
    NO_RECIPIENT = "no_recipient"
    """The configuration names its recipient or channel no more."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What one recipient is told in one message over one channel, the urgent first, then in the order in which it happened."""

    recipient: Recipient
    channel: str
    notifications: tuple[Notification, ...]

    @property
    def is_urgent(self) -> bool:
        return any(is_urgent(one) for one in self.notifications)


def is_urgent(one: Notification) -> bool:
    """Whether it wakes people. That something urgent is over does not."""
    return one.urgent and one.left_to_say is Saying.FAULT


def is_quiet(recipient: Recipient, town: Town, now: datetime) -> bool:
    return any(window.holds(now, town.zone) for window in recipient.quiet_hours)


def batches(waiting: Iterable[Notification], settings: NoticeSettings, town: Town, now: datetime) -> Sequence[Batch]:
    """The messages that are due now, those with something urgent first.

    The first that waits for `group_within`, or is urgent, takes along all that may go to its recipient over its channel.
    """
    by_channel: dict[tuple[Recipient, str], list[Notification]] = {}
    for one in waiting:
        recipient = recipient_of(one, settings)
        if recipient and _may_go(one, recipient, town, now):
            by_channel.setdefault((recipient, one.channel), []).append(one)
    ripe = {key: ones for key, ones in by_channel.items() if any(_is_ripe(one, settings, now) for one in ones)}
    made = [Batch(recipient, channel, tuple(sorted(ones, key=_urgent_first))) for (recipient, channel), ones in ripe.items()]
    return sorted(made, key=lambda batch: (not batch.is_urgent, batch.notifications[0].waits_since))


def standing(one: Notification, settings: NoticeSettings, town: Town, now: datetime) -> Why:
    """Where one notification stands now, by itself: others may take it along sooner."""
    recipient = recipient_of(one, settings)
    if recipient is None and (one.given_up_at or one.left_to_say):
        return Why.NO_RECIPIENT
    if recipient is None or one.left_to_say is None:
        return Why.GIVEN_UP if one.given_up_at else Why.TOLD if one.told_at else Why.HEALED_UNTOLD
    if one.is_leased(now):
        return Why.BEING_SENT
    if is_quiet(recipient, town, now) and not is_urgent(one):
        return Why.QUIET_HOURS
    return Why.RETRYING if one.error else Why.GOES if _is_ripe(one, settings, now) else Why.GATHERING


def recipient_of(one: Notification, settings: NoticeSettings) -> Recipient | None:
    recipient = settings.recipient(one.recipient)
    return recipient if recipient and one.channel in recipient.channels else None


def _may_go(one: Notification, recipient: Recipient, town: Town, now: datetime) -> bool:
    return one.left_to_say is not None and one.is_free(now) and (is_urgent(one) or not is_quiet(recipient, town, now))


def _is_ripe(one: Notification, settings: NoticeSettings, now: datetime) -> bool:
    return is_urgent(one) or now - one.waits_since >= settings.group_within


def _urgent_first(one: Notification) -> tuple[bool, datetime, int]:
    return not is_urgent(one), one.waits_since, one.number
