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
    THIRD_RETURN = "third_return"
    NAME_OWNER = "name_owner"
    HAND_OVER = "hand_over"
    RELEASE = "release"
    DEFER = "defer"
    RESUME = "resume"
    WHISTLE = "whistle"
    REPORT_IN = "report_in"
    GATHER = "gather"
    RESTORE = "restore"
    SEE_CLEAR = "see_clear"
    RECUR = "recur"
    ABSORB = "absorb"
    COUNT_LOOK = "count_look"
    CLOSE = "close"
    CONFIRM = "confirm"
    REDO = "redo"
    THIRD_ATTEMPT = "third_attempt"
    SELF_CLEAR = "self_clear"
    FALSE_ALARM = "false_alarm"
    DISMISS = "dismiss"
    MERGE = "merge"
    CANCEL = "cancel"


class Who(StrEnum):
    """What somebody is to an order; a manager (网格长) is one to every order of the town."""

    SERVICE = "service"
    OFFERED = "offered"
    HOLDER = "holder"
    MANAGER = "manager"


@dataclass(frozen=True, slots=True)
class Move:
    """From which states an action leads where (None: it stays), who may do it, and whether it must be explained."""

    sources: frozenset[OrderState]
    target: OrderState | None
    who: frozenset[Who]
    needs_reason: bool = False


def _move(sources: str, target: str, who: str, needs_reason: bool = False) -> Move:
    return Move(
        frozenset(map(OrderState, sources.split())), OrderState(target) if target else None, frozenset(map(Who, who.split())), needs_reason
    )


_LIVE = "open offered claimed on_site verifying returned deferred whistled"
_WHY = True

# reported_done is folded into verifying: nothing happens between a cleaner's report and the first look, so the pair
# would always change together. `redo` is an action, since the order at once is open again and offered; so are the first two
# returns. What failed twice waits for a manager, like what was given back three times. docs/orders.md draws this table, and a test
# holds it to it.
TABLE: Mapping[Action, Move] = {
    # finding who does it
    Action.OFFER: _move("open offered", "offered", "service"),
    Action.STRAND: _move("open offered", "open", "service", _WHY),
    Action.CLAIM: _move("offered", "claimed", "offered"),
    Action.DECLINE: _move("offered", "offered", "offered"),
    Action.NAME_OWNER: _move("open offered returned", "claimed", "manager"),
    # doing it
    Action.ARRIVE: _move("claimed", "on_site", "holder"),
    Action.DO: _move("claimed on_site", "verifying", "holder"),
    Action.RETURN: _move("claimed on_site", "open", "holder manager", _WHY),
    Action.THIRD_RETURN: _move("claimed on_site", "returned", "holder manager", _WHY),
    Action.HAND_OVER: _move("claimed on_site", "claimed", "holder manager"),
    Action.RELEASE: _move("claimed on_site", "open", "service", _WHY),
    # a manager's ways
    Action.DEFER: _move("open offered claimed on_site returned whistled", "deferred", "manager", _WHY),
    Action.RESUME: _move("deferred", "open", "service manager", _WHY),
    Action.WHISTLE: _move("open offered claimed on_site returned deferred", "whistled", "manager", _WHY),
    Action.REPORT_IN: _move("whistled", "", "manager"),
    Action.GATHER: _move("whistled", "verifying", "service", _WHY),
    # what cameras and clocks say
    Action.OVERDUE: _move(_LIVE, "", "service", _WHY),
    Action.RECUR: _move(_LIVE, "", "service"),
    Action.ABSORB: _move(_LIVE, "", "service manager"),
    Action.RESTORE: _move(_LIVE, "", "service", _WHY),
    Action.SEE_CLEAR: _move("claimed on_site whistled", "", "service"),
    Action.COUNT_LOOK: _move("verifying", "", "service"),
    Action.REDO: _move("verifying", "open", "service manager", _WHY),
    Action.THIRD_ATTEMPT: _move("verifying", "returned", "service manager", _WHY),
    # the ends
    Action.CLOSE: _move("verifying", "closed", "service", _WHY),
    Action.CONFIRM: _move("verifying", "closed", "manager", _WHY),
    Action.SELF_CLEAR: _move("open offered returned deferred", "self_cleared", "service", _WHY),
    Action.FALSE_ALARM: _move("claimed on_site", "false_alarm", "holder", _WHY),
    Action.DISMISS: _move(_LIVE, "false_alarm", "manager", _WHY),
    Action.MERGE: _move(_LIVE, "merged", "service manager", _WHY),
    Action.CANCEL: _move(_LIVE, "cancelled", "manager", _WHY),
}

RETURNS_AT_WILL = 2
"""So often an order that is given back is offered anew; after that a manager names who does it."""
ATTEMPTS_AT_WILL = 2
"""So many attempts are offered; whatever fails after that waits for a manager, who names somebody or whistles."""

_UNHELD: Mapping[str, Any] = {"holder": None, "offered_to": (), "done_at": None, "verify_by": None, "clear_looks": 0, "firing_looks": 0}


def return_of(order: WorkOrder) -> Action:
    """What giving this order back is."""
    return Action.THIRD_RETURN if order.returns >= RETURNS_AT_WILL else Action.RETURN


def redo_of(order: WorkOrder) -> Action:
    """What a failed verification of this order is."""
    return Action.THIRD_ATTEMPT if order.attempt >= ATTEMPTS_AT_WILL else Action.REDO


@dataclass(frozen=True, slots=True)
class Transition:
    """One change of one order, with the fact to store."""

    before: WorkOrder
    after: WorkOrder
    event: OrderEvent


@dataclass(frozen=True, slots=True)
class Refusal:
    """Nothing changes. `reason`: ended, taken, already_yours, wrong_state, not_offered, not_holder, not_yours_to_decide, third_return or
    third_attempt (which it is, or is not yet), own_work, still_firing or reason_missing."""

    reason: str


def step(
    order: WorkOrder,
    action: Action,
    actor: str,
    now: datetime,
    reason: str = "",
    changes: Mapping[str, Any] | None = None,
    detail: Mapping[str, Any] | None = None,
    manager: bool = False,
) -> Transition | Refusal:
    """Apply an action to an order. `changes` are fields that the caller decides (deadlines, who is offered), `detail` goes to the event.

    `manager` says that the actor speaks as one.
    """
    move = TABLE[action]
    refused = _refused(order, action, move, _roles(order, actor, manager), actor) or _unfit(order, action, actor)
    if not refused and move.needs_reason and not reason.strip():
        refused = "reason_missing"
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


def _roles(order: WorkOrder, actor: str, manager: bool) -> frozenset[Who]:
    is_so = {
        Who.SERVICE: actor == SERVICE and not manager,
        Who.OFFERED: actor in order.offered_to,
        Who.HOLDER: actor == order.holder,
        Who.MANAGER: manager,
    }
    return frozenset(role for role, holds in is_so.items() if holds)


def _refused(order: WorkOrder, action: Action, move: Move, roles: frozenset[Who], actor: str) -> str:
    if order.state in ENDED:
        return "ended"
    if action is Action.CLAIM and order.holder:
        return "already_yours" if order.holder == actor else "taken"
    if not roles & move.who:
        return "not_holder" if Who.HOLDER in move.who else "not_offered" if Who.OFFERED in move.who else "not_yours_to_decide"
    return "" if order.state in move.sources else "wrong_state"


def _unfit(order: WorkOrder, action: Action, actor: str) -> str:
    """What the table cannot say: which return or attempt it is; nobody confirms their own work, or what the camera saw firing last."""
    if action in {Action.RETURN, Action.THIRD_RETURN} and action is not return_of(order):
        return "third_return"
    if action in {Action.REDO, Action.THIRD_ATTEMPT} and action is not redo_of(order):
        return "third_attempt"
    if action is Action.CONFIRM:
        return "own_work" if actor == order.holder else "still_firing" if order.firing_looks else ""
    return ""


def _effects(order: WorkOrder, action: Action, actor: str, now: datetime) -> Mapping[str, Any]:
    """What an action always does to the order besides its state."""
    ended = {"ended_at": now}
    effects: Mapping[Action, Mapping[str, Any]] = {
        Action.CLAIM: {"holder": actor},
        Action.DECLINE: {"offered_to": tuple(name for name in order.offered_to if name != actor)},
        Action.STRAND: {"offered_to": ()},
        Action.DO: {"done_at": now, "clear_looks": 0, "firing_looks": 0},
        Action.RETURN: {**_UNHELD, "returns": order.returns + 1},
        Action.THIRD_RETURN: {**_UNHELD, "returns": order.returns + 1},
        Action.RELEASE: _UNHELD,
        Action.DEFER: _UNHELD,
        Action.RESUME: {"deferred_until": None},
        Action.WHISTLE: {**_UNHELD, "deferred_until": None},
        Action.GATHER: {"done_at": now, "clear_looks": 0, "firing_looks": 0},
        Action.REDO: {**_UNHELD, "attempt": order.attempt + 1},
        Action.THIRD_ATTEMPT: {**_UNHELD, "attempt": order.attempt + 1},
    }
    return {**effects.get(action, {}), **(ended if TABLE[action].target in ENDED else {})}


@dataclass(frozen=True, slots=True)
class Offering:
    """What the events say about the present round of offers: since when it runs, and who will not."""

    since: datetime | None = None
    refusers: frozenset[str] = field(default=frozenset())


BEGIN_ROUND = frozenset({Action.OPEN, Action.RETURN, Action.RELEASE, Action.RESUME, Action.REDO})
"""What begins a round of offers anew."""


def offering_of(events: Sequence[OrderEvent]) -> Offering:
    """Read an order's events, oldest first. A failed verification forgets who declined; a return or a handing over does not."""
    since: datetime | None = None
    refusers: set[str] = set()
    for event in events:
        since = event.happened_at if event.action in BEGIN_ROUND else since
        if event.action in {Action.DECLINE, Action.RETURN, Action.THIRD_RETURN, Action.HAND_OVER}:
            refusers.add(event.detail.get("holder", event.actor))
        if event.action in {Action.REDO, Action.THIRD_ATTEMPT}:
            refusers.clear()
    return Offering(since, frozenset(refusers))
