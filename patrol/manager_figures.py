"""The figures that a manager is held to, computed from orders and what happened to them: arithmetic only."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from math import sqrt

from alerts.lifecycle import SERVICE, Action
from storage.cohorts import Case, LookCount
from storage.figures import Spread
from town.work import NO_TROUBLE, OrderEvent, OrderState, WorkOrder

CAME_BACK_WITHIN = timedelta(days=7)
_Z_95 = 1.959964


class Share(StrEnum):
    """What is told beside every rate, of all orders that were opened."""

    MERGED = "merged"
    DEFERRED = "deferred"
    """Ever, whatever came of it."""
    FALSE_ALARM = "false_alarm"
    SELF_CLEARED = "self_cleared"
    CANCELLED = "cancelled"


class Measure(StrEnum):
    RESPONSE = "response"
    RESOLUTION = "resolution"
    FIRST_TIME_FIX = "first_time_fix"
    PRECISION = "precision"
    RECURRENCE = "recurrence"


class Stretch(StrEnum):
    DETECT_TO_OFFER = "detect_to_offer"
    OFFER_TO_RECEIVED = "offer_to_received"
    OFFER_TO_CLAIM = "offer_to_claim"
    CLAIM_TO_DONE = "claim_to_done"
    DONE_TO_VERIFIED = "done_to_verified"


@dataclass(frozen=True, slots=True)
class Rate:
    """So many of so many. `not_due` are left out of both, since what they are held to is still to come."""

    hits: int = 0
    of: int = 0
    not_due: int = 0

    @classmethod
    def counted(cls, verdicts: Iterable[bool | None]) -> "Rate":
        """Of verdicts: held, did not, or (None) cannot be told yet."""
        told = list(verdicts)
        return cls(told.count(True), len(told) - told.count(None), told.count(None))

    @property
    def share(self) -> float | None:
        """0 to 1; None of nothing."""
        return self.hits / self.of if self.of else None

    @property
    def interval(self) -> tuple[float, float] | None:
        return wilson(self.hits, self.of)


def wilson(hits: int, of: int) -> tuple[float, float] | None:
    """The 95 % interval of a share after Wilson, which stays within 0 to 1 and is honest about few cases. None of nothing."""
    if not of:
        return None
    share, weight = hits / of, _Z_95**2 / of
    centre = (share + weight / 2) / (1 + weight)
    half = sqrt(share * (1 - share) * weight + weight**2 / 4) / (1 + weight)
    return max(0.0, centre - half), min(1.0, centre + half)


def gini(loads: Sequence[float]) -> float | None:
    """How unevenly loads lie: 0 where all are equal, near 1 where one has all. None for fewer than two, or where nobody has any."""
    ranked, total = sorted(loads), sum(loads)
    if len(ranked) < 2 or not total:
        return None
    count = len(ranked)
    return sum((2 * rank - count - 1) * load for rank, load in enumerate(ranked, 1)) / (count * total)


@dataclass(frozen=True, slots=True)
class Figures:
    """All figures of some orders. `fairness` is the Gini of orders per cleaner-hour, `looks` those planned and made."""

    orders: int
    shares: Mapping[Share, Rate]
    rates: Mapping[Measure, Rate]
    times: Mapping[Stretch, Spread | None]
    fairness: float | None = None
    looks: LookCount | None = None


def figures_of(
    cases: Sequence[Case],
    came_back: Mapping[str, bool | None],
    now: datetime,
    fairness: float | None = None,
    looks: LookCount | None = None,
) -> Figures:
    """The figures of a cohort as they stand now; `came_back` as `recurrences` tells it."""
    shares = {share: Rate(sum(_is(case, share) for case in cases), len(cases)) for share in Share}
    verdicts: Mapping[Measure, Iterator[bool | None]] = {
        Measure.RESPONSE: (responded(case, now) for case in cases if _first(case, Action.OFFER)),
        Measure.RESOLUTION: (resolved(case, now) for case in cases if case.order.state not in {OrderState.MERGED, OrderState.FALSE_ALARM}),
        Measure.FIRST_TIME_FIX: (case.order.attempt == 1 for case in cases if case.order.state is OrderState.CLOSED),
        Measure.PRECISION: _judged(cases),
        Measure.RECURRENCE: (came_back[case.order.id] for case in cases if case.order.state is OrderState.CLOSED),
    }
    rates = {measure: Rate.counted(verdicts[measure]) for measure in Measure}
    return Figures(len(cases), shares, rates, times_of(cases), fairness, looks)


def precision_by_version(cases: Iterable[Case]) -> Mapping[tuple[str, str], Rate]:
    """Orders that were no false alarm ÷ orders judged, by rule and the version that opened them."""
    return {version: Rate.counted(_judged(found)) for version, found in sorted(grouped(cases, rule_version).items())}


def grouped(cases: Iterable[Case], key: Callable[[Case], tuple[str, str]]) -> Mapping[tuple[str, str], list[Case]]:
    found: dict[tuple[str, str], list[Case]] = defaultdict(list)
    for case in cases:
        found[key(case)].append(case)
    return found


def rule_version(case: Case) -> tuple[str, str]:
    """The rule, and the version of it that opened the order; empty where it was not noted."""
    opening = _first(case, Action.OPEN)
    return case.order.rule_id, str(opening.detail.get("rule_version", "")) if opening else ""


def taker(case: Case) -> str:
    """Who took the order last, or was named for it; empty where nobody did. Whoever gave it back has not done it."""
    taken = _last_take(case.events)
    return _who(taken) if taken else ""


def responded(case: Case, now: datetime) -> bool | None:
    """Whether a person did anything by the first `claim_by`; None while that is still to come."""
    claim_by = _deadline(case, "claim_by")
    if claim_by > now:
        return None
    return any(event.actor != SERVICE and event.happened_at <= claim_by for event in case.events)


def resolved(case: Case, now: datetime) -> bool | None:
    """Whether the order was verified and closed by the first `done_by`; None while that is still to come."""
    done_by, ended_at = _deadline(case, "done_by"), case.order.ended_at
    if done_by > now:
        return None
    return case.order.state is OrderState.CLOSED and ended_at is not None and ended_at <= done_by


def recurrences(cases: Iterable[Case], opened: Iterable[WorkOrder], now: datetime) -> Mapping[str, bool | None]:
    """Of closed orders: whether another was opened in the same zone for the same category within a week; None while that week lasts.

    `opened` are all orders that may be such another. False alarms, merged and cancelled ones are none.
    """
    at: dict[tuple[str, str, str], list[datetime]] = defaultdict(list)
    for order in opened:
        if order.state not in NO_TROUBLE:
            at[order.place].append(order.opened_at)
    closed = [case.order for case in cases if case.order.state is OrderState.CLOSED and case.order.ended_at]
    return {order.id: _came_back(order.ended_at, at[order.place], now) for order in closed if order.ended_at}


def _came_back(ended_at: datetime, opened: Iterable[datetime], now: datetime) -> bool | None:
    if ended_at + CAME_BACK_WITHIN > now:
        return None
    return any(ended_at <= at <= ended_at + CAME_BACK_WITHIN for at in opened)


def times_of(cases: Iterable[Case]) -> Mapping[Stretch, Spread | None]:
    """How long each stretch of an order's way took, of those that went it."""
    found: dict[Stretch, list[float]] = {stretch: [] for stretch in Stretch}
    for case in cases:
        for stretch, begun, ended in _stretches(case):
            if begun and ended:
                found[stretch].append((ended - begun).total_seconds())
        found[Stretch.OFFER_TO_RECEIVED].extend(case.receipts_s)
    return {stretch: Spread.of(seconds) for stretch, seconds in found.items()}


def _stretches(case: Case) -> Iterator[tuple[Stretch, datetime | None, datetime | None]]:
    """From the first offer to the first claim, from the claim of whoever reported it done, from the last report to the closing."""
    offered, claimed = _at(_first(case, Action.OFFER)), _at(_first(case, Action.CLAIM))
    done = _first(case, Action.DO)
    yield Stretch.DETECT_TO_OFFER, case.detected_at, offered
    yield Stretch.OFFER_TO_CLAIM, offered, claimed
    if done:
        yield Stretch.CLAIM_TO_DONE, _at(_last_take(event for event in case.events if event.rev < done.rev)), done.happened_at
    reports = [event.happened_at for event in case.events if event.action in {Action.DO, Action.GATHER}]
    if reports and case.order.state is OrderState.CLOSED:
        yield Stretch.DONE_TO_VERIFIED, reports[-1], case.order.ended_at


def _judged(cases: Iterable[Case]) -> Iterator[bool]:
    """Of orders that were closed or called a false alarm: whether they were none."""
    for case in cases:
        if case.order.state in {OrderState.CLOSED, OrderState.FALSE_ALARM}:
            yield case.order.state is OrderState.CLOSED


def _is(case: Case, share: Share) -> bool:
    if share is Share.DEFERRED:
        return _first(case, Action.DEFER) is not None
    return case.order.state.value == share.value


def _deadline(case: Case, name: str) -> datetime:
    """The first one, which no later event moves; that of the order where it was not noted."""
    opening = _first(case, Action.OPEN)
    noted = opening.detail.get(name) if opening else None
    at: datetime = datetime.fromisoformat(noted) if noted else getattr(case.order, name)
    return at


def _first(case: Case, action: Action) -> OrderEvent | None:
    return next((event for event in case.events if event.action == action), None)


def _last_take(events: Iterable[OrderEvent]) -> OrderEvent | None:
    takes = [event for event in events if event.action in {Action.CLAIM, Action.NAME_OWNER, Action.HAND_OVER}]
    return takes[-1] if takes else None


def _who(taken: OrderEvent) -> str:
    return str(taken.detail.get("owner", taken.actor))


def _at(event: OrderEvent | None) -> datetime | None:
    return event.happened_at if event else None
