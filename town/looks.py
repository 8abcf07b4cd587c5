"""A look: one scheduled attempt to see, and how it ended."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class LookOutcome(StrEnum):
    DONE = "done"
    UNKNOWN = "unknown"
    FAILED = "failed"
    SKIPPED = "skipped"


class Cadence(StrEnum):
    """Why the camera was looked at: nothing known, something suspected, an order open."""

    ROUTINE = "routine"
    CONFIRM = "confirm"
    WATCH = "watch"


@dataclass(frozen=True, slots=True)
class Look:
    """One scheduled attempt to see: done, unknown, failed, or skipped, with its reason. Instants are UTC.

    A look that never began (skipped) starts and ends at the moment of skipping it.
    """

    id: str
    camera_id: str
    planned_at: datetime
    started_at: datetime
    ended_at: datetime
    outcome: LookOutcome
    reason: str = ""
    cadence: Cadence = Cadence.ROUTINE
