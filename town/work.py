"""What must be done: incidents, work orders, and what happens to them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from town.geometry import Box, Position
from town.rule_settings import Priority


@dataclass(frozen=True, slots=True, order=True)
class IncidentKey:
    """What makes two sightings the same problem. `object_id` names the stay of a vehicle, and is empty for amounts."""

    rule_id: str
    camera_id: str
    zone_id: str
    object_id: str = ""


@dataclass(frozen=True, slots=True)
class Incident:
    """The continuing problem that a rule opened, until it is cleared.

    Dwells are lower and upper bounds of how long it has lasted, in seconds: looks are sparse, so both are honest.
    """

    id: str
    key: IncidentKey
    opened_at: datetime
    box: Box
    reason: str
    severity_score: float = 0.0
    certain_dwell_s: float = 0.0
    possible_dwell_s: float = 0.0
    closed_at: datetime | None = None
    closed_reason: str = ""
    rule_version: str = ""
    """Which settings of the rule opened it."""


class OrderState(StrEnum):
    OPEN = "open"
    OFFERED = "offered"
    CLAIMED = "claimed"
    ON_SITE = "on_site"
    VERIFYING = "verifying"
    RETURNED = "returned"
    """Given back for the third time, or not done after two attempts: a manager must name who does it."""
    DEFERRED = "deferred"
    WHISTLED = "whistled"
    """Several units are called; it waits for all that must report in."""
    CLOSED = "closed"
    SELF_CLEARED = "self_cleared"
    FALSE_ALARM = "false_alarm"
    MERGED = "merged"
    """Another order, its parent, stands for it."""
    CANCELLED = "cancelled"


ENDED = frozenset({OrderState.CLOSED, OrderState.SELF_CLEARED, OrderState.FALSE_ALARM, OrderState.MERGED, OrderState.CANCELLED})
NO_TROUBLE = frozenset({OrderState.FALSE_ALARM, OrderState.MERGED, OrderState.CANCELLED})
"""Ends of orders that were none of their own: they make no place a recurring one."""
IN_HAND = frozenset({OrderState.CLAIMED, OrderState.ON_SITE})
"""Somebody is at work on it: their load."""


@dataclass(frozen=True, slots=True)
class WorkOrder:
    """What must be done, where, by when. `rev` grows by one with every change; `attempt` with every failed verification.

    `returns` counts how often it was given back, `parent_id` names the order it is merged into, `recurs_of` the one that was closed at
    the same place for the same category not long before.
    """

    id: str
    incident_id: str
    rule_id: str
    camera_id: str
    zone_id: str
    grid_id: str
    category: str
    skill: str
    priority: Priority
    summary: str
    position: Position
    box: Box
    state: OrderState
    opened_at: datetime
    claim_by: datetime
    done_by: datetime
    verify_by: datetime | None = None
    holder: str | None = None
    offered_to: tuple[str, ...] = ()
    rev: int = 1
    attempt: int = 1
    done_at: datetime | None = None
    ended_at: datetime | None = None
    clear_looks: int = 0
    firing_looks: int = 0
    returns: int = 0
    deferred_until: datetime | None = None
    parent_id: str = ""
    recurs_of: str = ""

    @property
    def place(self) -> tuple[str, str, str]:
        """Where the same problem would come back: camera, zone, and its category, or its rule where that has none."""
        return self.camera_id, self.zone_id, self.category or f"rule {self.rule_id}"

    @property
    def due_at(self) -> datetime | None:
        """The deadline that bears on the state: to find who does it, to be done, to be verified, to go on; None once ended."""
        match self.state:
            case OrderState.OPEN | OrderState.OFFERED | OrderState.RETURNED:
                return self.claim_by
            case OrderState.CLAIMED | OrderState.ON_SITE | OrderState.WHISTLED:
                return self.done_by
            case OrderState.VERIFYING:
                return self.verify_by
            case OrderState.DEFERRED:
                return self.deferred_until
        return None


@dataclass(frozen=True, slots=True)
class OrderEvent:
    """One thing that happened to an order: append-only."""

    order_id: str
    rev: int
    happened_at: datetime
    action: str
    actor: str
    from_state: OrderState | None
    to_state: OrderState
    reason: str = ""
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Message:
    """One MQTT message to send: a row of the outbox. `id` makes a repetition harmless.

    `kind` is the payload's type ("offer", "update", …) and `cleaner_id` the one whose inbox it goes to, empty for others:
    a receipt counts only from that cleaner, and only unreceived offers are sent again.
    """

    id: str
    topic: str
    payload: bytes
    created_at: datetime
    expires_at: datetime | None = None
    retain: bool = False
    qos: int = 1
    order_id: str = ""
    kind: str = ""
    cleaner_id: str = ""
