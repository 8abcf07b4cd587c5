"""A look: one scheduled attempt to see, and how it ended."""

from dataclasses import dataclass, replace
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
    """A look of the burst after a suspicion, or the one at the moment at which a limit can be proven."""
    WATCH = "watch"


class PutOffReason(StrEnum):
    """Why a look did not begin when it was due. (Looks that were given up later are skipped, with a reason of their own.)"""

    OVER_BUDGET = "over_budget"
    BACKING_OFF = "backing_off"
    """The camera failed again and again: it is tried more seldom."""
    BEHIND = "behind"
    """There is no budget: the service itself was held up."""


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


@dataclass(frozen=True, slots=True)
class PutOff:
    """Looks at one camera that did not begin when they were due, by the hour in which the next one began.

    `late` were made after all, the slowest `longest_wait_s` after it was due; `dropped` never, since the next one was due by then.
    """

    camera_id: str
    reason: PutOffReason
    hour: datetime
    late: int
    dropped: int
    longest_wait_s: float

    def __add__(self, other: "PutOff") -> "PutOff":
        """Both, where they are of the same camera, reason and hour."""
        longest_wait_s = max(self.longest_wait_s, other.longest_wait_s)
        return replace(self, late=self.late + other.late, dropped=self.dropped + other.dropped, longest_wait_s=longest_wait_s)
