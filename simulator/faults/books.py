"""The books after a fault run, and what is wrong with them. Pure."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from alerts.lifecycle import Action
from alerts.messages import LiveOrder
from alerts.snapshots import concerns
from storage.audit import Audit
from town.work import ENDED, IN_HAND, Incident, OrderEvent, WorkOrder


class Kind(StrEnum):
    UNSEEN = "unseen"
    """A problem that stood in the street has no incident."""
    LOST = "lost"
    """An incident has no order."""
    DOUBLED = "doubled"
    """Two live orders stand for the same problem."""
    LEFT_LYING = "left_lying"
    """An order neither ended nor was anybody called for it."""
    TWO_HOLDERS = "two_holders"
    GHOST = "ghost"
    """A cleaner's phone shows an order that the service does not know, or not as theirs."""
    HIDDEN = "hidden"
    """A cleaner's phone does not show an order that is theirs to do or to claim."""
    SHOWN_WRONGLY = "shown_wrongly"
    """A phone and the service do not agree on an order's state, revision or holder."""
    UNANSWERED = "unanswered"
    """A phone still says something that nobody has answered."""
    UNSENT = "unsent"
    """The outbox holds messages that were due, or gave one up for another reason than its expiry."""
    BROKEN_CHAIN = "broken_chain"
    DAMAGED = "damaged"
    """SQLite itself finds the file damaged."""


@dataclass(frozen=True, slots=True)
class Won:
    """A cleaner was told that an order is theirs, from a revision on."""

    cleaner_id: str
    order_id: str
    rev: int


@dataclass(frozen=True, slots=True)
class Ledger:
    """All that is held against each other once a run is over and quiet.

    `problems` are ids of incidents that there must be, `screens` what each cleaner's phone shows, `unanswered` the phones that wait for an
    answer, `unsent` what stands in the outbox and why, `integrity` SQLite's own word on the file ("ok").
    """

    now: datetime
    problems: Collection[str]
    incidents: Sequence[Incident]
    orders: Sequence[WorkOrder]
    events: Mapping[str, Sequence[OrderEvent]]
    screens: Mapping[str, Mapping[str, LiveOrder]]
    audit: Audit
    won: Sequence[Won] = ()
    unanswered: Collection[str] = ()
    unsent: Sequence[str] = ()
    integrity: str = "ok"


@dataclass(frozen=True, slots=True)
class Wrong:
    kind: Kind
    text: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.text}"


_CALLS = frozenset({Action.OVERDUE, Action.STRAND, Action.RELEASE, Action.THIRD_RETURN})
"""What tells a manager of an order that nobody finishes."""


def wrongs(ledger: Ledger) -> list[Wrong]:
    """All that is wrong, in the order of `Kind`; empty where the books are right."""
    return [
        *_unseen(ledger),
        *_lost(ledger),
        *_doubled(ledger),
        *_left_lying(ledger),
        *_two_holders(ledger),
        *screens_wrong(ledger.orders, ledger.screens),
        *(Wrong(Kind.UNANSWERED, cleaner_id) for cleaner_id in sorted(ledger.unanswered)),
        *(Wrong(Kind.UNSENT, text) for text in ledger.unsent),
        *_broken(ledger),
    ]


def screens_wrong(orders: Sequence[WorkOrder], screens: Mapping[str, Mapping[str, LiveOrder]]) -> Iterator[Wrong]:
    """Where a phone and the service do not agree."""
    by_id = {order.id: order for order in orders}
    for cleaner_id, screen in screens.items():
        theirs = {order.id for order in orders if order.state not in ENDED and concerns(order, cleaner_id)}
        for order_id in sorted(screen.keys() - theirs):
            stands = by_id[order_id].state if order_id in by_id else "unknown"
            yield Wrong(Kind.GHOST, f"{cleaner_id} shows {order_id}, which is {stands}")
        for order_id in sorted(theirs - screen.keys()):
            yield Wrong(Kind.HIDDEN, f"{cleaner_id} does not show {order_id}, {by_id[order_id].state}")
        for order_id in sorted(theirs & screen.keys()):
            yield from _shown_wrongly(cleaner_id, by_id[order_id], screen[order_id])


def _shown_wrongly(cleaner_id: str, order: WorkOrder, line: LiveOrder) -> Iterator[Wrong]:
    said = (line.state, line.rev, line.yours)
    true = (order.state, order.rev, order.holder == cleaner_id)
    if said != true:
        yield Wrong(Kind.SHOWN_WRONGLY, f"{cleaner_id} shows {order.id} as {said}, and it is {true}")


def _unseen(ledger: Ledger) -> Iterator[Wrong]:
    known = {incident.id for incident in ledger.incidents}
    yield from (Wrong(Kind.UNSEEN, problem) for problem in sorted(set(ledger.problems) - known))


def _lost(ledger: Ledger) -> Iterator[Wrong]:
    """An order may have taken a second incident over: its `recur` event names it."""
    ordered = {order.incident_id for order in ledger.orders}
    taken_over = {event.detail.get("incident_id") for events in ledger.events.values() for event in events}
    for incident in ledger.incidents:
        if incident.id not in ordered | taken_over:
            yield Wrong(Kind.LOST, incident.id)


def _doubled(ledger: Ledger) -> Iterator[Wrong]:
    keys = {incident.id: incident.key for incident in ledger.incidents}
    standing = defaultdict(list)
    for order in ledger.orders:
        if order.state not in ENDED and order.incident_id in keys:
            standing[keys[order.incident_id]].append(order.id)
    for key, order_ids in standing.items():
        if len(order_ids) > 1:
            yield Wrong(Kind.DOUBLED, f"{key}: {', '.join(sorted(order_ids))}")


def _left_lying(ledger: Ledger) -> Iterator[Wrong]:
    for order in ledger.orders:
        called = any(event.action in _CALLS for event in ledger.events.get(order.id, ()))
        late = order.due_at is None or order.due_at <= ledger.now
        if order.state not in ENDED and (late or not called):
            yield Wrong(Kind.LEFT_LYING, f"{order.id} is {order.state}, due {order.due_at}, and nobody was called")


def _two_holders(ledger: Ledger) -> Iterator[Wrong]:
    """By what phones were told, and by the events: nobody comes to hold an order that another holds."""
    told = defaultdict(set)
    for won in ledger.won:
        told[won.order_id, won.rev].add(won.cleaner_id)
    for (order_id, rev), names in told.items():
        if len(names) > 1:
            yield Wrong(Kind.TWO_HOLDERS, f"{order_id} rev {rev} was given to {', '.join(sorted(names))}")
    for order_id, events in ledger.events.items():
        for event in events:
            if event.action in {Action.CLAIM, Action.NAME_OWNER} and event.from_state in IN_HAND:
                yield Wrong(Kind.TWO_HOLDERS, f"{order_id} rev {event.rev}: {event.actor} took it while it was {event.from_state}")


def _broken(ledger: Ledger) -> Iterator[Wrong]:
    broken = ledger.audit.broken
    if broken is not None:
        yield Wrong(Kind.BROKEN_CHAIN, f"{broken.breach} at order {broken.order_id or '-'}")
    if ledger.integrity != "ok":
        yield Wrong(Kind.DAMAGED, ledger.integrity)
