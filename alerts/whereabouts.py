"""Where cleaners stand: what they last said of it while it is fresh, less surely as it ages, and then their home ground."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from town.geometry import Position
from town.places import Cleaner

FRESH_FOR = timedelta(minutes=5)
"""So long a position is taken as it was said."""
STRAYS_M_PER_MINUTE = 50.0
"""Every minute beyond that adds so much to each distance from it: they may have walked the other way."""
COUNTS_FOR = timedelta(minutes=30)
"""After that a cleaner counts as standing at home, and the position is forgotten."""


@dataclass(frozen=True, slots=True)
class LastPosition:
    """What a cleaner last said of where they are; `said_at` is when the service heard it."""

    position: Position
    said_at: datetime


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Where distances to a cleaner are measured from. `age` is that of their last position, None at home."""

    position: Position
    age: timedelta | None = None

    @property
    def stray_m(self) -> float:
        """How far from there they may be by now."""
        beyond = max(self.age - FRESH_FOR, timedelta(0)) if self.age is not None else timedelta(0)
        return beyond / timedelta(minutes=1) * STRAYS_M_PER_MINUTE

    def distance_m(self, to: Position) -> float:
        """Great-circle distance in metres, what they may have strayed included."""
        return self.position.distance_m(to) + self.stray_m


def whereabouts(cleaner: Cleaner, last: LastPosition | None, now: datetime) -> Whereabouts:
    """A clock that jumped makes a position as old as it jumped, whichever way."""
    age = abs(now - last.said_at) if last else COUNTS_FOR
    return Whereabouts(last.position, age) if last and age < COUNTS_FOR else Whereabouts(cleaner.position)
