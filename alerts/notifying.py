"""From what happened to who is to hear of it: rows of the notices' outbox, written in the transaction that decided; sent elsewhere."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from alerts.lifecycle import Action, Transition
from alerts.notifications import Notification, healed
from alerts.stores import NotificationBook
from town.recipients import Matter, NoticeSettings
from town.rule_settings import Priority
from town.work import ENDED, WorkOrder


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that people should hear of. `which` tells several faults of a matter and subject apart; empty where there is only one."""

    matter: Matter
    subject: str
    detail: Mapping[str, Any] = field(default_factory=dict)
    grid_id: str = ""
    urgent: bool = False
    which: str = ""

    @property
    def fault(self) -> str:
        return "/".join(part for part in (self.matter, self.subject, self.which) if part)


def addressed(happening: Happening, settings: NoticeSettings, now: datetime) -> Iterator[Notification]:
    """A notification for each channel of each recipient whom it concerns."""
    for recipient in settings.recipients:
        if recipient.hears_of(happening.matter, happening.grid_id):
            for channel in recipient.channels:
                yield Notification(
                    recipient.id,
                    channel,
                    happening.matter,
                    happening.subject,
                    happening.fault,
                    now,
                    happening.detail,
                    happening.urgent,
                    due_at=now,
                )


def notify(book: NotificationBook, settings: NoticeSettings, happening: Happening, now: datetime) -> None:
    """Let all whom it concerns hear of it, unless they are to hear, or have heard, of this very fault, and it has not healed since."""
    for one in addressed(happening, settings, now):
        book.begin_notification(one)


def heal(book: NotificationBook, subject: str, now: datetime, matters: Collection[Matter] = ()) -> None:
    """What was wrong with a subject, in these matters or in all, is over."""
    for one in book.unhealed_notifications(subject):
        if not matters or one.matter in matters:
            book.change_notification(healed(one, now))


def of_order(order: WorkOrder) -> str:
    return f"order/{order.id}"


def of_camera(camera_id: str) -> str:
    return f"camera/{camera_id}"


def of_rule(rule_id: str) -> str:
    return f"rule/{rule_id}"


def note_transition(book: NotificationBook, settings: NoticeSettings, transition: Transition, now: datetime) -> None:
    """What a step of an order means for those who answer for it."""
    if not settings.recipients:
        return
    order, event = transition.after, transition.event
    if order.state in ENDED:
        heal(book, of_order(order), now)
    elif event.action in _HEALS:
        heal(book, of_order(order), now, _HEALS[Action(event.action)])
    for happening in happenings(transition):
        notify(book, settings, happening, now)


_WAITS_FOR_A_MANAGER = frozenset({Matter.NOBODY_TO_SEND, Matter.THIRD_RETURN, Matter.THIRD_ATTEMPT})

_HEALS: Mapping[Action, frozenset[Matter]] = {
    Action.OFFER: frozenset({Matter.NOBODY_TO_SEND}),
    Action.NAME_OWNER: _WAITS_FOR_A_MANAGER,
    Action.GATHER: frozenset({Matter.UNIT_LATE}),
    Action.DEFER: _WAITS_FOR_A_MANAGER | {Matter.UNIT_LATE},
    Action.WHISTLE: _WAITS_FOR_A_MANAGER,
}
"""What is over though the order goes on."""


def happenings(transition: Transition) -> Iterator[Happening]:
    """What of a step managers should hear of. What is overdue again in the same attempt is the same fault."""
    order, event = transition.after, transition.event
    match event.action:
        case Action.OVERDUE if event.reason == "unit_not_reported":
            for unit in event.detail["units"]:
                yield _happening(Matter.UNIT_LATE, transition, unit, unit=unit)
        case Action.OVERDUE | Action.RELEASE:
            yield _happening(Matter.OVERDUE, transition, f"{event.reason}/{order.attempt}")
        case Action.STRAND:
            yield _happening(Matter.NOBODY_TO_SEND, transition)
        case Action.THIRD_RETURN:
            yield _happening(Matter.THIRD_RETURN, transition)
        case Action.THIRD_ATTEMPT:
            yield _happening(Matter.THIRD_ATTEMPT, transition)


def _happening(matter: Matter, transition: Transition, which: str = "", **more: str) -> Happening:
    order, event = transition.after, transition.event
    detail = {"order": order.id, "summary": order.summary, "reason": event.reason, "attempt": order.attempt, **more}
    return Happening(matter, of_order(order), detail, order.grid_id, order.priority is Priority.TOP, which)
