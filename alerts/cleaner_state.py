"""What one cleaner knows: which orders are live, whatever is lost, repeated or late on the way. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypeVar

from alerts.messages import ClaimLost, ClaimWon, Downward, LiveOrder, Offer, Pictured, Recall, Redo, Snapshot, Update, Work
from town.work import ENDED, OrderState

NO_PART = 0
"""The revision in an answer about an order that does not exist, or that the cleaner has no part in."""
_REMEMBERED = 500
_PUT_BACK = timedelta(minutes=5)
_MINE = frozenset({OrderState.CLAIMED, OrderState.ON_SITE, OrderState.VERIFYING})
_K = TypeVar("_K")
_V = TypeVar("_V")


class Verdict(StrEnum):
    """What became of a message."""

    TAKEN = "taken"
    ANSWER_ONLY = "answer_only"  # nothing new about the order, but the answer to something that was asked
    REPEATED = "repeated"
    EXPIRED = "expired"
    STALE = "stale"


@dataclass(frozen=True, slots=True)
class Known:
    """The latest that was heard of an order, by its revision and by the service's clock."""

    rev: int
    issued_at: datetime


@dataclass(frozen=True, slots=True)
class CleanerState:
    """What one cleaner knows. Pure: every message gives a new state. `orders` are live: offered to or held by the cleaner."""

    orders: Mapping[str, LiveOrder] = field(default_factory=dict)
    known: Mapping[str, Known] = field(default_factory=dict)
    seen: Mapping[str, None] = field(default_factory=dict)
    snapshot_rev: int = 0
    snapshot_at: datetime | None = None
    """When the last snapshot was written, if it lists all."""
    told_at: datetime | None = None
    """When the last snapshot was written, whatever it lists."""

    def take(self, message: Downward, now: datetime) -> tuple["CleanerState", Verdict]:
        """Hear a message from the inbox. Repeated, expired and overtaken ones change nothing."""
        if message.msg_id in self.seen:
            return self, Verdict.REPEATED
        if message.expires_at is not None and message.expires_at <= now:
            return self, Verdict.EXPIRED
        heard = replace(self, seen=_recent(self.seen, message.msg_id, None))
        if message.rev == NO_PART:
            return heard._without(message), Verdict.ANSWER_ONLY
        if self._is_old(message):
            return heard, Verdict.ANSWER_ONLY if message.answers else Verdict.STALE
        known = _recent(self.known, message.order_id, Known(message.rev, message.issued_at))
        return replace(heard, known=known, orders=_with(self.orders, message)), Verdict.TAKEN

    def take_snapshot(self, snapshot: Snapshot) -> "CleanerState":
        """Replace the list, but for what was heard since the snapshot was written, and for what did not fit into it."""
        if snapshot.snapshot_rev <= self.snapshot_rev:
            return self
        return (self._forgetting_times_after(snapshot.issued_at) if self._clock_went_back(snapshot) else self)._replaced_by(snapshot)

    def _replaced_by(self, snapshot: Snapshot) -> "CleanerState":
        listed = {line.order_id: _still_pictured(line, self.orders.get(line.order_id)) for line in snapshot.orders}
        newer = self._newer_than(snapshot, listed)
        orders = {key: line for key, line in listed.items() if key not in newer}
        orders |= {key: line for key, line in self.orders.items() if key in newer or (snapshot.more and key not in listed)}
        known = self.known
        for key in listed.keys() - newer:
            known = _recent(known, key, Known(listed[key].rev, snapshot.issued_at))
        complete_at = None if snapshot.more else snapshot.issued_at
        rev, told_at = snapshot.snapshot_rev, snapshot.issued_at
        return replace(self, orders=orders, known=known, snapshot_rev=rev, snapshot_at=complete_at, told_at=told_at)

    def _clock_went_back(self, snapshot: Snapshot) -> bool:
        """Whether the service's clock was put back since: a later snapshot bears an earlier time, or one long before what is known."""
        if self.told_at is not None and snapshot.issued_at < self.told_at:
            return True
        return any(known.issued_at > snapshot.issued_at + _PUT_BACK for known in self.known.values())

    def _forgetting_times_after(self, instant: datetime) -> "CleanerState":
        """Times from before the clock was put back would make all that was known newer than all that is told from now on."""
        return replace(self, known={key: replace(known, issued_at=min(known.issued_at, instant)) for key, known in self.known.items()})

    def _newer_than(self, snapshot: Snapshot, listed: Mapping[str, LiveOrder]) -> set[str]:
        """Orders of which something later is known than the snapshot says, by revision, or where it is silent, by time."""
        return {
            key
            for key, known in self.known.items()
            if (known.rev > listed[key].rev if key in listed else known.issued_at > snapshot.issued_at)
        }

    def _without(self, answer: Downward) -> "CleanerState":
        """What the service has nothing of for this cleaner is not theirs, unless it was heard of since: it may have been restored."""
        known = self.known.get(answer.order_id)
        if known is not None and known.issued_at > answer.issued_at:
            return self
        return replace(self, orders={key: line for key, line in self.orders.items() if key != answer.order_id})

    def _is_old(self, message: Downward) -> bool:
        """Overtaken by a later revision, or by a snapshot that lists all there was."""
        known = self.known.get(message.order_id)
        listed_since = self.snapshot_at is not None and message.issued_at < self.snapshot_at
        return listed_since or (known is not None and message.rev <= known.rev)


def _with(orders: Mapping[str, LiveOrder], message: Downward) -> dict[str, LiveOrder]:
    """The orders after a message that is new."""
    live, key = dict(orders), message.order_id
    match message:
        case Offer() | Redo():
            live[key] = _line(message, OrderState.OFFERED)
        case ClaimWon():
            live[key] = _line(message, OrderState.CLAIMED)
        case Update(state=state) if state is not None and key in live and state not in ENDED:
            live[key] = live[key].model_copy(update={"rev": message.rev, "state": state, "yours": state in _MINE, **_links_in(message)})
        case Update(state=state) if state in ENDED:
            live.pop(key, None)
        case ClaimLost() | Recall():
            live.pop(key, None)
    return live


def _line(message: Offer | Redo | ClaimWon, state: OrderState) -> LiveOrder:
    work = {name: getattr(message, name) for name in Work.model_fields}
    return LiveOrder(order_id=message.order_id, rev=message.rev, state=state, yours=state in _MINE, **work)


def _links_in(one: Pictured) -> dict[str, str]:
    return {name: link for name in Pictured.model_fields if (link := getattr(one, name)) is not None}


def _still_pictured(line: LiveOrder, known: LiveOrder | None) -> LiveOrder:
    """A snapshot leaves out links that do not fit: those that are known stay, while they are of the same attempt."""
    same_attempt = known is not None and known.attempt == line.attempt
    return line.model_copy(update=_links_in(known)) if known and same_attempt and not _links_in(line) else line


def _recent(mapping: Mapping[_K, _V], key: _K, value: _V) -> dict[_K, _V]:
    """The mapping with one entry more, as the latest, and without the oldest where it grows too long."""
    longer = {old: mapping[old] for old in mapping if old != key} | {key: value}
    while len(longer) > _REMEMBERED:
        del longer[next(iter(longer))]
    return longer
