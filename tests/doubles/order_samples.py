"""Small builders of incidents, orders, events and messages: a test names only what matters to it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from town.geometry import Box, Position
from town.rule_settings import Priority
from town.work import Incident, IncidentKey, Message, OrderEvent, OrderState, WorkOrder

NOW = datetime(2026, 5, 4, 1, 30, tzinfo=UTC)


def after(**span: float) -> datetime:
    return NOW + timedelta(**span)


def incident(number: int = 1, **changed: Any) -> Incident:
    key = IncidentKey("bin-overflow", f"gate-{number}", "station")
    return replace(
        Incident(f"incident-{number}", key, NOW, Box(0.1, 0.2, 0.3000000000000001, 0.4), "2 of 3 looks", 0.5, 60.0, 120.0), **changed
    )


def order(number: int = 1, **changed: Any) -> WorkOrder:
    made = WorkOrder(
        id=f"order-{number}",
        incident_id=f"incident-{number}",
        rule_id="bin-overflow",
        camera_id=f"gate-{number}",
        zone_id="station",
        grid_id="g1",
        category="0102",
        skill="bins",
        priority=Priority.HIGH,
        summary="三号门桶站满冒",
        position=Position(39.791, 116.502),
        box=Box(0.1, 0.2, 0.3, 0.4),
        state=OrderState.OFFERED,
        opened_at=NOW,
        claim_by=after(minutes=10),
        done_by=after(minutes=70),
        offered_to=("c01", "c02"),
    )
    return replace(made, **changed)


def event(of: WorkOrder, action: str = "offer", **changed: Any) -> OrderEvent:
    return replace(OrderEvent(of.id, of.rev, NOW, action, "service", None, of.state, "nearest", {"to": list(of.offered_to)}), **changed)


def moved(before: WorkOrder, **changed: Any) -> tuple[WorkOrder, WorkOrder, OrderEvent]:
    """The three arguments of a change."""
    changed_order = replace(before, rev=before.rev + 1, **changed)
    return before, changed_order, event(changed_order, "claim", from_state=before.state)


def message(number: int = 1, **changed: Any) -> Message:
    made = Message(
        id=f"message-{number}",
        topic="weisu/v1/yizhuang/cleaners/c01/inbox",
        payload='{"v":1,"type":"offer","title":"桶站满冒"}'.encode(),
        created_at=NOW,
        expires_at=after(minutes=10),
        order_id="order-1",
        kind="offer",
        cleaner_id="c01",
    )
    return replace(made, **changed)


def ids(deliveries: Sequence[Any]) -> list[str]:
    return [delivery.message.id for delivery in deliveries]
