"""What may happen to a work order, in one table, and the pure step that applies it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from town.work import ENDED, Incident, OrderEvent, OrderState, WorkOrder

SERVICE = "service"
"""The actor of everything that no person does."""


class Action(StrEnum):
    OPEN = "open"
    OFFER = "offer"
    STRAND = "strand"
    OVERDUE = "overdue"
    CLAIM = "claim"
    DECLINE = "decline"
    ARRIVE = "arrived"
    DO = "done"
    RETURN = "cannot"
    RELEASE = "release"
    FALSE_ALARM = "false_alarm"
    SEE_CLEAR = "see_clear"
    RECUR = "recur"
    COUNT_LOOK = "count_look"
    CLOSE = "close"
    REDO = "redo"
    SELF_CLEAR = "self_clear"
    CANCEL = "cancel"


class Who(StrEnum):
    ANYONE = "anyone"
    OFFERED = "offered"
    HOLDER = "holder"


@dataclass(frozen=True, slots=True)
class Move:
    """From which states an action leads where (None: it stays), who may do it, and whether it must be explained."""

    sources: frozenset[OrderState]
    target: OrderState | None
    who: Who = Who.ANYONE
    needs_reason: bool = False


def _move(sources: str, target: str = "", who: Who = Who.ANYONE, needs_reason: bool = False) -> Move:
    return Move(frozenset(map(OrderState, sources.split())), OrderState(target) if target else None, who, needs_reason)


_LIVE = "open offered claimed on_site verifying"

# reported_done is folded into verifying: nothing happens between a cleaner's report and the first look, so the pair
# would always change together. `returned` and `redo` are actions, since the order at once is open again and offered.
TABLE: Mapping[Action, Move] = {
    Action.OFFER: _move("open offered", "offered"),
    Action.STRAND: _move("open offered", "open", needs_reason=True),
    Action.OVERDUE: _move(_LIVE, needs_reason=True),
    Action.CLAIM: _move("offered", "claimed", Who.OFFERED),
    Action.DECLINE: _move("offered", "offered", Who.OFFERED),
    Action.ARRIVE: _move("claimed", "on_site", Who.HOLDER),
    Action.DO: _move("claimed on_site", "verifying", Who.HOLDER),
    Action.RETURN: _move("claimed on_site", "open", Who.HOLDER, needs_reason=True),
    Action.RELEASE: _move("claimed on_site", "open", needs_reason=True),
    Action.FALSE_ALARM: _move("claimed on_site", "false_alarm", Who.HOLDER, needs_reason=True),
    Action.SEE_CLEAR: _move("claimed on_site"),
    Action.RECUR: _move(_LIVE),
    Action.COUNT_LOOK: _move("verifying"),
    Action.CLOSE: _move("verifying", "closed", needs_reason=True),
    Action.REDO: _move("verifying", "open", needs_reason=True),
    Action.SELF_CLEAR: _move("open offered", "self_cleared", needs_reason=True),
    Action.CANCEL: _move(_LIVE, "cancelled", needs_reason=True),
}


_UNHELD: Mapping[str, Any] = {"holder": None, "offered_to": (), "done_at": None, "verify_by": None, "clear_looks": 0, "firing_looks": 0}


@dataclass(frozen=True, slots=True)
class Transition:
    """One change of one order, with the fact to store."""

    before: WorkOrder
    after: WorkOrder
    event: OrderEvent


@dataclass(frozen=True, slots=True)
class Refusal:
    """Nothing changes. `reason`: ended, taken, already_yours, wrong_state, not_offered, not_holder or reason_missing."""

    reason: str


def step(
    order: WorkOrder,
    action: Action,
    actor: str,
    now: datetime,
    reason: str = "",
    changes: Mapping[str, Any] | None = None,
    detail: Mapping[str, Any] | None = None,
) -> Transition | Refusal:
    """Apply an action to an order. `changes` are fields that the caller decides (deadlines, who is offered), `detail` goes to the event."""
    move = TABLE[action]
    refused = _refused(order, action, move, actor, reason)
    if refused:
        return Refusal(refused)
    fields = {"state": move.target or order.state, "rev": order.rev + 1, **_effects(order, action, actor, now), **(changes or {})}
    after = replace(order, **fields)
    event = OrderEvent(order.id, after.rev, now, action, actor, order.state, after.state, reason, dict(detail or {}))
    return Transition(order, after, event)


def opening(order: WorkOrder, incident: Incident, now: datetime) -> OrderEvent:
    """The first event of a new order. It keeps the first deadlines, which later events may move, and the version of the rule."""
    detail = {"claim_by": order.claim_by.isoformat(), "done_by": order.done_by.isoformat(), "incident_id": order.incident_id}
    detail["rule_version"] = incident.rule_version
    return OrderEvent(order.id, order.rev, now, Action.OPEN, SERVICE, None, order.state, incident.reason, detail)


def _refused(order: WorkOrder, action: Action, move: Move, actor: str, reason: str) -> str:
    if order.state in ENDED:
        return "ended"
    if action is Action.CLAIM and order.holder:
        return "already_yours" if order.holder == actor else "taken"
    if move.who is Who.HOLDER and actor != order.holder:
        return "not_holder"
    if move.who is Who.OFFERED and actor not in order.offered_to:
        return "not_offered"
    if order.state not in move.sources:
        return "wrong_state"
    return "reason_missing" if move.needs_reason and not reason else ""


def _effects(order: WorkOrder, action: Action, actor: str, now: datetime) -> Mapping[str, Any]:
    """What an action always does to the order besides its state."""
    ended = {"ended_at": now}
    effects: Mapping[Action, Mapping[str, Any]] = {
        Action.CLAIM: {"holder": actor},
        Action.DECLINE: {"offered_to": tuple(name for name in order.offered_to if name != actor)},
        Action.STRAND: {"offered_to": ()},
        Action.DO: {"done_at": now, "clear_looks": 0, "firing_looks": 0},
        Action.RETURN: _UNHELD,
        Action.RELEASE: _UNHELD,
        Action.REDO: {**_UNHELD, "attempt": order.attempt + 1},
        Action.CLOSE: ended,
        Action.SELF_CLEAR: ended,
        Action.FALSE_ALARM: ended,
        Action.CANCEL: ended,
    }
    return effects.get(action, {})


@dataclass(frozen=True, slots=True)
class Offering:
    """What the events say about the present round of offers: since when it runs, and who will not."""

    since: datetime | None = None
    refusers: frozenset[str] = field(default=frozenset())


_BEGIN_ROUND = {Action.OPEN, Action.RETURN, Action.RELEASE, Action.REDO}


def offering_of(events: Sequence[OrderEvent]) -> Offering:
    """Read an order's events, oldest first. A failed verification forgets who declined; a return does not."""
    since: datetime | None = None
    refusers: set[str] = set()
    for event in events:
        since = event.happened_at if event.action in _BEGIN_ROUND else since
        if event.action in {Action.DECLINE, Action.RETURN}:
            refusers.add(event.actor)
        if event.action == Action.REDO:
            refusers.clear()
    return Offering(since, frozenset(refusers))
