"""Noise held back in wall time: m of n looks over a time open, a spell of clear looks closes. A small pure object, fed with numbers."""

from datetime import datetime, timedelta
from typing import Any, Self

from rules.dwell import Dwell, read_instant, read_instant_or_none, write_instant
from town.value_object import value_object


@value_object
class Needs:
    """What it takes to open and to close.

    Opens once `looks` of the last `of` looks, none older than `within`, saw at least `at_least`, and have gone on doing so for `lasting`:
    meanwhile looks may be as far apart as that. Closes once `clear_looks` looks
    in a row saw less than `clear_below`, the last sight of it being at least `keep_firing_for` ago.
    """

    at_least: float
    clear_below: float
    looks: int
    of: int
    within: timedelta
    keep_firing_for: timedelta
    clear_looks: int
    lasting: timedelta = timedelta(0)


@value_object
class Sustained:
    """What is remembered of one measure: its last looks while closed, how long it has lasted, clear looks while open."""

    seen_at: datetime | None = None
    recent: tuple[tuple[datetime, bool], ...] = ()
    is_open: bool = False
    dwell: Dwell | None = None
    clear_count: int = 0
    enough_since: datetime | None = None
    """While closed and enough looks saw it: the first of those that did."""

    def after(self, at: datetime, value: float | None, needs: Needs, may_open: bool = True, counts: bool = True) -> "Sustained":
        """The state after a look at `at`, later than all before. A value of None, a look that could not tell, changes nothing.

        A look that does not count, whatever its value, is none of those that open.
        """
        if value is None:
            return self
        if self.is_open and self.dwell:
            return self._while_open(at, value, self.dwell, needs)
        return self._while_closed(at, counts and self.holds(value, needs), needs, may_open)

    def holds(self, value: float, needs: Needs) -> bool:
        """Whether a value counts as the problem being there: hysteresis asks less of one that is open."""
        return value >= (needs.clear_below if self.is_open else needs.at_least)

    @property
    def suspected(self) -> bool:
        return not self.is_open and any(met for _, met in self.recent)

    def _while_closed(self, at: datetime, met: bool, needs: Needs, may_open: bool) -> "Sustained":
        looks = (*self.recent, (at, met))
        span = max(needs.within, needs.lasting) if self.enough_since else needs.within
        recent = tuple(look for look in looks if at - look[0] <= span)[-needs.of :]
        met_at = [seen_at for seen_at, was_met in recent if was_met]
        if not met_at:
            # What was calm before the first sight is told by `seen_at`: a place where nothing is seen remembers one instant.
            return Sustained(at)
        went_on = self.dwell is not None and at - self.dwell.last_seen_at <= span
        since = self.enough_since if went_on else None
        enough_since = (since or met_at[0]) if len(met_at) >= needs.looks else None
        first = enough_since or met_at[0]
        dwell = Dwell(self._absent_before(first, looks), first, met_at[-1])
        if may_open and met and enough_since and dwell.certain >= needs.lasting:
            return Sustained(at, (), True, dwell)
        return Sustained(at, recent, False, dwell, enough_since=enough_since)

    def _absent_before(self, first: datetime, looks: tuple[tuple[datetime, bool], ...]) -> datetime | None:
        """The last look without the problem before its first sight."""
        calm = [at for at, met in looks if not met and at < first]
        if calm:
            return calm[-1]
        return self.dwell.absent_before if self.recent and self.dwell else self.seen_at

    def _while_open(self, at: datetime, value: float, dwell: Dwell, needs: Needs) -> "Sustained":
        if self.holds(value, needs):
            return Sustained(at, self.recent, True, dwell.seen(at))
        clear_count = self.clear_count + 1
        closes = clear_count >= needs.clear_looks and at - dwell.last_seen_at >= needs.keep_firing_for
        return Sustained(at, (), not closes, dwell.missed(at), 0 if closes else clear_count)

    def as_json(self) -> dict[str, Any]:
        return {
            "seen_at": write_instant(self.seen_at) if self.seen_at else None,
            "recent": [[at.isoformat(), met] for at, met in self.recent],
            "is_open": self.is_open,
            "dwell": self.dwell.as_json() if self.dwell else None,
            "clear_count": self.clear_count,
            "enough_since": self.enough_since.isoformat() if self.enough_since else None,
        }

    @classmethod
    def from_json(cls, raw: Any) -> Self:
        recent = tuple((read_instant(at), bool(met)) for at, met in raw["recent"])
        dwell = Dwell.from_json(raw["dwell"]) if raw["dwell"] else None
        # Memories of before `lasting` do not know since when it is enough.
        enough_since = read_instant_or_none(raw.get("enough_since"))
        return cls(read_instant_or_none(raw["seen_at"]), recent, bool(raw["is_open"]), dwell, int(raw["clear_count"]), enough_since)
