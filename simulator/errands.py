"""How a simulated cleaner decides: think, claim or decline, walk, work, report. Pure: time, knowledge and chance are arguments."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from random import Random

from alerts.messages import LiveOrder
from town.geometry import Position
from town.work import OrderState

WALKS_M_PER_S = 60.0
"""A minute's walk takes a second and a half."""


class Phase(StrEnum):
    IDLE = "idle"
    CLAIMING = "claiming"
    WALKING = "walking"
    WORKING = "working"


class Word(StrEnum):
    """What a cleaner says of an order."""

    CLAIM = "claim"
    DECLINE = "decline"
    ARRIVED = "arrived"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Nature:
    """What a cleaner is like, 0 to 1: how often one declines, and how often one reports done without having put it right."""

    declines_score: float = 0.08
    careless_score: float = 0.0


@dataclass(frozen=True, slots=True)
class Mind:
    """Where a cleaner stands and what occupies them. `thinking` holds, by order and attempt, until when an offer is thought over.

    `reported` is the order and attempt last reported done: it stays theirs until the service has heard it.
    """

    position: Position
    phase: Phase = Phase.IDLE
    order: LiveOrder | None = None
    until: datetime | None = None
    thinking: Mapping[tuple[str, int], datetime] = field(default_factory=dict)
    reported: tuple[str, int] | None = None


@dataclass(frozen=True, slots=True)
class Deed:
    """Something said of an order; `puts_right` where the problem is gone with it."""

    word: Word
    order: LiveOrder
    puts_right: bool = False


def live_on(mind: Mind, nature: Nature, orders: Mapping[str, LiveOrder], rng: Random, now: datetime) -> tuple[Mind, Deed | None]:
    """The cleaner's next moment, given the orders that are live for them. At most one deed a moment."""
    current = orders.get(mind.order.order_id) if mind.order else None
    if current is None or (mind.phase is not Phase.CLAIMING and not current.yours):
        return _consider(_at_rest(mind), nature, orders, rng, now)
    match mind.phase:
        case Phase.CLAIMING if current.yours:
            walk = timedelta(seconds=mind.position.distance_m(current.position) / WALKS_M_PER_S)
            return replace(mind, phase=Phase.WALKING, order=current, until=now + walk), None
        case Phase.WALKING if _is_over(mind, now):
            work = timedelta(seconds=rng.uniform(2.0, 4.0))
            arrived = replace(mind, phase=Phase.WORKING, position=current.position, until=now + work)
            return arrived, Deed(Word.ARRIVED, current)
        case Phase.WORKING if _is_over(mind, now):
            reported = replace(_at_rest(mind), reported=(current.order_id, current.attempt))
            return reported, Deed(Word.DONE, current, puts_right=rng.random() >= nature.careless_score)
    return mind, None


def _consider(mind: Mind, nature: Nature, orders: Mapping[str, LiveOrder], rng: Random, now: datetime) -> tuple[Mind, Deed | None]:
    """Begin what was given to them; else think every offer over for a moment, and take the first, or say no."""
    given = next((order for order in orders.values() if _is_given(order, mind)), None)
    if given:
        return replace(mind, phase=Phase.CLAIMING, order=given), None
    offers = {(order.order_id, order.attempt): order for order in orders.values() if order.state is OrderState.OFFERED and not order.yours}
    thinking = {key: mind.thinking.get(key) or now + timedelta(seconds=rng.uniform(0.6, 2.5)) for key in offers}
    mind = replace(mind, thinking=thinking)
    ready = [key for key, until in thinking.items() if until <= now]
    if not ready:
        return mind, None
    chosen = offers[min(ready, key=lambda key: thinking[key])]
    if rng.random() < nature.declines_score:
        return replace(mind, thinking=thinking | {(chosen.order_id, chosen.attempt): datetime.max.replace(tzinfo=now.tzinfo)}), Deed(
            Word.DECLINE, chosen
        )
    return replace(mind, phase=Phase.CLAIMING, order=chosen), Deed(Word.CLAIM, chosen)


def _is_given(order: LiveOrder, mind: Mind) -> bool:
    """Whether somebody else made the order theirs: a manager who named them, or a colleague who handed it over."""
    return order.yours and order.state is OrderState.CLAIMED and (order.order_id, order.attempt) != mind.reported


def _at_rest(mind: Mind) -> Mind:
    return replace(mind, phase=Phase.IDLE, order=None, until=None)


def _is_over(mind: Mind, now: datetime) -> bool:
    return mind.until is not None and mind.until <= now
