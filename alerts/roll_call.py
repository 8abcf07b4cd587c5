"""The roll-call of a whistled order (吹哨): which units were called, by when each must report in, and which have. Read from events."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from alerts.lifecycle import Action
from town.work import OrderEvent


@dataclass(frozen=True, slots=True)
class Call:
    """One unit (单位) that was called to an order."""

    unit: str
    report_by: datetime
    mandatory: bool = True
    reported_at: datetime | None = None
    note: str = ""

    @property
    def is_awaited(self) -> bool:
        return self.mandatory and self.reported_at is None


def calls_as_json(calls: Sequence[Call]) -> dict[str, Any]:
    """What the event of a whistle keeps of its calls."""
    return {call.unit: {"report_by": call.report_by.isoformat(), "mandatory": call.mandatory} for call in calls}


def roll_call(events: Sequence[OrderEvent]) -> Sequence[Call]:
    """The calls of an order's last whistle, by its events, oldest first; none where it was never whistled."""
    calls: dict[str, Call] = {}
    for event in events:
        if event.action == Action.WHISTLE:
            units = event.detail["units"]
            calls = {unit: Call(unit, datetime.fromisoformat(told["report_by"]), told["mandatory"]) for unit, told in units.items()}
        elif event.action == Action.REPORT_IN:
            unit = event.detail["unit"]
            calls[unit] = replace(calls[unit], reported_at=event.happened_at, note=event.reason)
    return list(calls.values())


def next_report_by(calls: Sequence[Call]) -> datetime | None:
    """When the next mandatory report is due; None where all are in."""
    return min((call.report_by for call in calls if call.is_awaited), default=None)
