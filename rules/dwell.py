"""How long something has lasted, as sparse looks can know it: an interval with honest ends."""

from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, Self

from town.value_object import value_object


@value_object
class Dwell:
    """Seen from `first_seen_at` to `last_seen_at`; known absent at `absent_before` and, once gone, at `absent_after`.

    `absent_before` is None for what was there at the very first look: no look bounds its beginning.
    """

    absent_before: datetime | None
    first_seen_at: datetime
    last_seen_at: datetime
    absent_after: datetime | None = None

    @classmethod
    def begins(cls, at: datetime, absent_before: datetime | None) -> Self:
        return cls(absent_before, at, at)

    def seen(self, at: datetime) -> "Dwell":
        """Seen once more; a look that had missed it in between is forgiven."""
        return Dwell(self.absent_before, self.first_seen_at, at)

    def missed(self, at: datetime) -> "Dwell":
        return Dwell(self.absent_before, self.first_seen_at, self.last_seen_at, self.absent_after or at)

    @property
    def certain(self) -> timedelta:
        """The lower bound: from the first sight to the last."""
        return self.last_seen_at - self.first_seen_at

    @property
    def possible(self) -> timedelta:
        """The upper bound: from the last look without it to the next one without it, or to the last sight while it is there.

        Where no look ever saw the place without it, it counts from the first sight, and is a lower bound too.
        """
        return (self.absent_after or self.last_seen_at) - (self.absent_before or self.first_seen_at)

    @property
    def certain_s(self) -> float:
        return self.certain.total_seconds()

    @property
    def possible_s(self) -> float:
        return self.possible.total_seconds()

    def as_detail(self) -> dict[str, float]:
        """Both bounds, as a decision shows them."""
        return {"certain_dwell_s": self.certain.total_seconds(), "possible_dwell_s": self.possible.total_seconds()}

    def as_json(self) -> list[str | None]:
        before = self.absent_before.isoformat() if self.absent_before else None
        after = self.absent_after.isoformat() if self.absent_after else None
        return [before, self.first_seen_at.isoformat(), write_instant(self.last_seen_at), after]

    @classmethod
    def from_json(cls, raw: Any) -> Self:
        before, first, last, after = raw
        return cls(read_instant_or_none(before), read_instant(first), read_instant(last), read_instant_or_none(after))


@lru_cache(maxsize=64)
def write_instant(at: datetime) -> str:
    """An instant as a memory keeps it. That of a look is written once a zone, and worked out once."""
    return at.isoformat()


def read_instant(raw: Any) -> datetime:
    """An instant as a memory keeps it. Raises ValueError or TypeError for anything else, a naive one too."""
    at = datetime.fromisoformat(raw)
    if at.tzinfo is None:
        raise ValueError(f"an instant without a time zone: {raw}")
    return at


def read_instant_or_none(raw: Any) -> datetime | None:
    return None if raw is None else read_instant(raw)
