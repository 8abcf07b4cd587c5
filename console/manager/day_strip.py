"""A camera's day as spans in which its looks ended the same. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from town.looks import Look, LookOutcome

DAY_PX = 1440
"""A strip is so wide: a pixel a minute."""
_LASTS_AT_LEAST = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Span:
    """From `since` to `until` all looks ended so, for the same reason; a look that was skipped says nothing and is left out."""

    since: datetime
    until: datetime
    outcome: LookOutcome
    reason: str
    count: int

    @property
    def is_clear(self) -> bool:
        return self.outcome is LookOutcome.DONE


def spans(looks: Sequence[Look], every: timedelta) -> list[Span]:
    """The spans of looks, oldest first. A look holds until the next one, but no longer than three rounds: then nothing is known."""
    holds = max(3 * every, _LASTS_AT_LEAST)
    found: list[Span] = []
    for look in looks:
        if look.outcome is LookOutcome.SKIPPED:
            continue
        reason = "" if look.outcome is LookOutcome.DONE else look.reason.partition(" ")[0]
        if found and found[-1].until > look.ended_at:
            found[-1] = replace(found[-1], until=look.ended_at)
        last = found[-1] if found else None
        if last and (last.outcome, last.reason, last.until) == (look.outcome, reason, look.ended_at):
            found[-1] = replace(last, until=look.ended_at + holds, count=last.count + 1)
        else:
            found.append(Span(look.ended_at, look.ended_at + holds, look.outcome, reason, 1))
    return found


@dataclass(frozen=True, slots=True)
class Bar:
    """A span as a rectangle of the strip."""

    x_px: float
    width_px: float
    span: Span


def bars(found: Sequence[Span], midnight: datetime, now: datetime) -> list[Bar]:
    """Where the spans lie in the strip of the day that began at `midnight`; none reaches into what is to come."""
    drawn = []
    for span in found:
        begin = max(span.since, midnight)
        x_px = (begin - midnight) / timedelta(minutes=1)
        width_px = (min(span.until, now) - begin) / timedelta(minutes=1)
        drawn.append(Bar(round(x_px, 2), round(max(width_px, 1.0), 2), span))
    return drawn
