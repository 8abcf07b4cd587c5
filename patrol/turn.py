"""One camera's turn in the round of looks: what it asks for, when its next look is due, and how it backs off while it is broken."""

import zlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from town.looks import Cadence, LookOutcome

MOST_BACK_OFF = 8
"""A broken camera is tried again after so many of its intervals at the latest,"""
LONGEST_BACK_OFF = timedelta(minutes=10)
"""or after this, where that is sooner and no shorter than one interval."""
JITTER = 0.2
"""What may be added to either, so that cameras that broke together are not tried together."""
MERGED = 0.5
"""A routine look that an extra one would follow within this share of the interval waits for it: one look does for both."""


@dataclass(frozen=True, slots=True)
class Need:
    """What a camera asks of the round: a routine look `every` so long, at `cost` looks of the budget each.

    `comes_first` is said of cameras whose problems cannot wait, such as those of fire lanes.
    """

    camera_id: str
    every: timedelta
    comes_first: bool = False
    cost: float = 1.0


@dataclass(frozen=True, slots=True)
class Wish:
    """An extra look, wanted at a moment for a reason."""

    at: datetime
    cadence: Cadence


@dataclass(slots=True)
class Turn:
    """When a camera was last looked at, and what it waits for. A wish stands until a look that could tell has answered it."""

    need: Need
    looked_at: datetime
    routine_at: datetime
    wish: Wish | None = None
    unanswered: Wish | None = None
    tries: int = 0
    failures: int = 0

    @property
    def due_at(self) -> datetime:
        if self.wish and self.wish.at <= self.routine_at + self.need.every * MERGED:
            return self.wish.at
        return self.routine_at

    def has_suspicion(self, now: datetime) -> bool:
        return self.wish is not None and self.wish.at <= now

    def overdue(self, now: datetime) -> float:
        """How many of its intervals have passed since the last look."""
        return (now - self.looked_at) / self.need.every

    @property
    def backs_off(self) -> bool:
        return self.failures > 1

    def dropped(self, now: datetime) -> int:
        """How many routine looks were never made, if the next look begins now."""
        return max(0, int(self.overdue(now)) - 1)

    def begin(self, now: datetime) -> Cadence:
        """A look begins, for this reason. Until it has ended the next routine look is planned as if it went well."""
        cadence = Cadence.ROUTINE
        if self.wish and self.wish.at <= now:
            cadence, self.unanswered, self.wish = self.wish.cadence, self.wish, None
        self.looked_at, self.routine_at = now, now + self.need.every
        return cadence

    def ask(self, wish: Wish) -> None:
        """The sooner of two wishes stands: the look that answers it says what is still wanted."""
        if self.wish is None or wish.at < self.wish.at:
            self.wish = wish

    def ended(self, outcome: LookOutcome, at: datetime, wish: Wish | None, retry_after: timedelta) -> None:
        """A look ended, and wants another one at a moment, or none. One that could tell nothing leaves open what was asked of it."""
        if outcome is LookOutcome.DONE:
            self.failures = self.tries = 0
            self.wish, self.unanswered = wish, None
            return
        if outcome is LookOutcome.FAILED:
            self.failures += 1
            self.routine_at = at + self._back_off(self.need.every, self.failures)
        elif outcome is LookOutcome.UNKNOWN:
            self.failures = 0
        open_wish = self.unanswered or wish
        if open_wish:
            self.tries += 1
            self.unanswered = None
            self.ask(Wish(at + self._back_off(retry_after, self.tries), open_wish.cadence))

    def _back_off(self, first: timedelta, tries: int) -> timedelta:
        longest = max(self.need.every, min(MOST_BACK_OFF * self.need.every, LONGEST_BACK_OFF))
        share = zlib.crc32(f"{self.need.camera_id} {tries}".encode()) / 2**32
        return min(first * 2.0 ** min(tries - 1, 30), longest) * (1 + JITTER * share)


def spread(camera_id: str, every: timedelta) -> timedelta:
    """The same share of its interval for a camera at every start, so that restarts do not bunch looks."""
    return every * ((zlib.crc32(camera_id.encode()) % 10_000) / 10_000)
