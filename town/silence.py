"""A silence (静默): an agreed quiet period in which rules open nothing at some places, with author, reason and end."""

from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase

EVERYTHING = "*"


@dataclass(frozen=True, slots=True)
class Silence:
    """`zones` is a pattern over `camera/zone`, `rules` one over ids of rules (`*`, `?`, `[ab]`). `number` is 0 for one not stored yet."""

    author: str
    reason: str
    begins_at: datetime
    ends_at: datetime
    zones: str = EVERYTHING
    rules: str = EVERYTHING
    ended_at: datetime | None = None
    """When somebody (`ended_by`) ended it before its time."""
    ended_by: str = ""
    number: int = 0

    def covers(self, camera_id: str, zone_id: str, rule_id: str) -> bool:
        return self.covers_place(camera_id, zone_id) and fnmatchcase(rule_id, self.rules)

    def covers_place(self, camera_id: str, zone_id: str) -> bool:
        """Whether it bears on a zone, for some rules at least."""
        return fnmatchcase(f"{camera_id}/{zone_id}", self.zones)

    def holds(self, at: datetime) -> bool:
        return self.begins_at <= at < (min(self.ended_at, self.ends_at) if self.ended_at else self.ends_at)
