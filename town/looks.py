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


class SeenBy(StrEnum):
    """Who found what a look shows: nobody (it was skipped, failed or unfit), the last look's network run, or the network, and why."""

    NOBODY = "nobody"
    REUSE = "reuse"
    NETWORK_FIRST = "network_first"
    """No detections were kept: the first look after a start."""
    NETWORK_CHANGED = "network_changed"
    """Something in the zones was no longer as the network had last seen it."""
    NETWORK_REFRESH = "network_refresh"
    """The kept detections were too old."""
    NETWORK_SUSPECTED = "network_suspected"
    """A rule waited for this look: an opinion cannot confirm itself."""
    NETWORK_ALWAYS = "network_always"
    """Reuse is turned off."""

    @property
    def is_network(self) -> bool:
        return self not in {SeenBy.NOBODY, SeenBy.REUSE}


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
    seen_by: SeenBy = SeenBy.NOBODY

    @property
    def why_unfit(self) -> str:
        """Why no rule could judge what was fetched; empty where the view was fit, or nothing was fetched."""
        return self.reason if self.outcome is LookOutcome.UNKNOWN else ""
