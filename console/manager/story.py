"""An order's story as moments in time: seen, opened, offered, received, claimed, done, verified. Pure."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from alerts.lifecycle import SERVICE, Action
from patrol.order_text import UNTOLD, OrderFile, OrderText
from patrol.wording import Wording
from storage.order_lists import Receipt
from town.work import Incident, OrderEvent

AT_ONCE = timedelta(seconds=30)
_GOOD = frozenset({Action.CLOSE, Action.CONFIRM, Action.SELF_CLEAR, Action.SEE_CLEAR, Action.GATHER})
_BAD = frozenset({Action.OVERDUE, Action.STRAND, Action.REDO, Action.THIRD_ATTEMPT, Action.RETURN, Action.THIRD_RETURN, Action.RELEASE})


@dataclass(frozen=True, slots=True)
class Moment:
    """One thing that happened, in words. `name` is its action (or seen, received), `tone` good, bad or empty."""

    at: datetime
    name: str
    what: str
    who: str = ""
    why: str = ""
    lines: tuple[str, ...] = ()
    tone: str = ""


def story(
    file: OrderFile, incident: Incident | None, receipts: Sequence[Receipt], text: OrderText, plain: Wording, say: Callable[..., str]
) -> list[Moment]:
    """All moments, oldest first. `say` gives the console's words for what is no event of the order."""
    moments = [_of(event, incident, text, plain, say) for event in file.events if event.action not in UNTOLD]
    moments += _received(receipts, text, plain, say("received"))
    if incident:
        moments.insert(0, Moment(incident.opened_at, "seen", say("seen")))
    return sorted(moments, key=lambda moment: moment.at)


def _received(receipts: Sequence[Receipt], text: OrderText, plain: Wording, what: str) -> list[Moment]:
    """One moment for all who received their offers at about the same time."""
    moments: list[Moment] = []
    for at, cleaner_id in sorted((one.received_at, one.cleaner_id) for one in receipts if one.received_at):
        last = moments[-1] if moments else None
        if last and at - last.at <= AT_ONCE:
            moments[-1] = replace(last, who=f"{last.who}{plain.of('between', 'names')}{text.name(cleaner_id)}")
        else:
            moments.append(Moment(at, "received", what, text.name(cleaner_id)))
    return moments


def _of(event: OrderEvent, incident: Incident | None, text: OrderText, plain: Wording, say: Callable[..., str]) -> Moment:
    told = text.told(event)
    is_raw = event.actor == SERVICE and told.why == event.reason  # a rule's own account, in numbers and English
    why = _dwell(incident, plain) if event.action == Action.OPEN else "" if is_raw else told.why
    tone = "good" if event.action in _GOOD else "bad" if event.action in _BAD else ""
    return Moment(event.happened_at, event.action, told.what, told.who, why, (*told.choice, *_details(event, say)), tone)


def _details(event: OrderEvent, say: Callable[..., str]) -> Iterator[str]:
    """The units of a whistle, and the photo of a closing, as its event keeps them."""
    for unit, told in dict(event.detail["units"]).items() if event.action == Action.WHISTLE else ():
        yield unit if told["mandatory"] else say("unit_not_awaited", unit=unit)
    photo = event.detail.get("photo")
    if photo:
        yield f"{photo['name']} · SHA-256 {photo['sha256']}"


def _dwell(incident: Incident | None, plain: Wording) -> str:
    if incident is None or not incident.possible_dwell_s:
        return ""
    certain, possible = plain.duration(incident.certain_dwell_s), plain.duration(incident.possible_dwell_s)
    return plain.told("clauses", "dwell", certain=certain, possible=possible)
