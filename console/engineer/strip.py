"""A camera's hours as a strip: looks, what was seen, what each rule decided, orders. Pure: values go in, lanes of marks come out."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo

from rules.judgement import Verdict
from rules.reasons import Run
from storage.past import PastLook
from town.looks import Look, LookOutcome
from town.work import WorkOrder

COLUMNS = 800
"""So finely a strip is drawn: of what falls into one column the worst, or the highest, is shown."""

LEAST_SHARE = 0.003
HOLDS_FOR = timedelta(minutes=10)
"""A rule's last word is drawn until its next one, but not for longer than this."""

MOST_ROWS = 6

STYLES: dict[Verdict, str] = {
    Verdict.NOTHING_SEEN: "calm",
    Verdict.BELOW_THRESHOLD: "suspect",
    Verdict.WAITING_FOR_LOOKS: "waiting",
    Verdict.WAITING_FOR_LIMIT: "waiting",
    Verdict.LEGAL_STOP: "waiting",
    Verdict.OPENED: "firing",
    Verdict.STILL_FIRING: "firing",
    Verdict.WAITING_TO_CLEAR: "clearing",
    Verdict.CLEARED: "cleared",
    Verdict.OUTSIDE_HOURS: "held",
    Verdict.PERMIT: "held",
    Verdict.SILENCED: "held",
    Verdict.CONDITION_UNMET: "held",
    Verdict.LIMITED: "held",
    Verdict.VIEW_UNKNOWN: "unknown",
    Verdict.REPEATED_LOOK: "unknown",
}
"""How a verdict is drawn: colour and pattern, of which `words` say the same in text."""

_WORST = (LookOutcome.SKIPPED, LookOutcome.DONE, LookOutcome.UNKNOWN, LookOutcome.FAILED)


@dataclass(frozen=True, slots=True)
class Window:
    """The hours that are shown."""

    since: datetime
    until: datetime

    def share(self, at: datetime) -> float:
        """Where an instant lies, 0 at the beginning and 1 at the end; outside of that it is beyond the window."""
        return (at - self.since) / (self.until - self.since)

    def at(self, share: float) -> datetime:
        return self.since + share * (self.until - self.since)


@dataclass(frozen=True, slots=True)
class Mark:
    """Something from one share of the window to another, in a style. `word` names what it says (a verdict, an outcome, an order's id)."""

    start: float
    end: float
    style: str
    word: str
    row: int = 0


@dataclass(frozen=True, slots=True)
class RuleLane:
    """What one rule decided about one zone; stays that overlap stand in rows of their own."""

    zone_id: str
    rule_id: str
    marks: tuple[Mark, ...]
    row_count: int


@dataclass(frozen=True, slots=True)
class Curve:
    """A number that was measured in a zone over time: steps of (share of the window, value), and its highest."""

    zone_id: str
    metric: str
    steps: tuple[tuple[float, float], ...]
    highest: float


def look_marks(looks: Iterable[Look], window: Window) -> list[Mark]:
    """A tick a look, by how it ended; of those that share a column the worst."""
    columns: dict[int, LookOutcome] = {}
    for look in looks:
        column = int(window.share(look.ended_at) * COLUMNS)
        known = columns.get(column)
        if known is None or _WORST.index(look.outcome) > _WORST.index(known):
            columns[column] = look.outcome
    return [Mark(column / COLUMNS, (column + 1) / COLUMNS, outcome, outcome) for column, outcome in sorted(columns.items())]


def rule_lanes(runs: Iterable[Run], window: Window) -> list[RuleLane]:
    """A lane a zone and rule, in their order."""
    by_lane: dict[tuple[str, str], list[Run]] = defaultdict(list)
    for run in runs:
        by_lane[run.decision.zone_id, run.decision.rule_id].append(run)
    return [_lane(zone_id, rule_id, by_lane[zone_id, rule_id], window) for zone_id, rule_id in sorted(by_lane)]


def curves(looks: Iterable[PastLook], window: Window) -> list[Curve]:
    """The numbers that rules judge by, as they were measured; one that was never above 0 is told as such."""
    columns: dict[tuple[str, str], dict[int, float]] = defaultdict(dict)
    for look in looks:
        column = int(window.share(look.seen_at) * COLUMNS)
        for one in look.observations:
            for metric, value in one.metrics.items():
                if metric.endswith("_count"):
                    held = columns[one.zone_id, metric]
                    held[column] = max(value, held.get(column, 0.0))
    return [
        Curve(zone_id, metric, tuple((column / COLUMNS, value) for column, value in sorted(held.items())), max(held.values()))
        for (zone_id, metric), held in sorted(columns.items())
    ]


def order_marks(orders: Iterable[WorkOrder], window: Window) -> tuple[list[Mark], int]:
    """An order from its opening to its end, overlapping ones in rows; and how many rows."""
    return _in_rows(
        [
            _within(Mark(window.share(one.opened_at), window.share(one.ended_at) if one.ended_at else 1.0, one.state, one.id))
            for one in orders
        ]
    )


def ticks(window: Window, zone: tzinfo) -> list[tuple[float, datetime]]:
    """Round instants of the town's clock within the window, a dozen at most."""
    step = next((one for one in _STEPS if (window.until - window.since) / one <= 12), _STEPS[-1])
    begin = window.since.astimezone(zone)
    midnight = begin.replace(hour=0, minute=0, second=0, microsecond=0)
    at = midnight + -(-(begin - midnight) // step) * step
    found = []
    while at <= window.until:
        found.append((window.share(at), at))
        at += step
    return found


_STEPS = tuple(timedelta(seconds=one) for one in (5, 10, 30, 60, 300, 600, 900, 1800, 3600, 7200, 10800, 21600))


def _lane(zone_id: str, rule_id: str, runs: Sequence[Run], window: Window) -> RuleLane:
    by_object: dict[str, list[Run]] = defaultdict(list)
    for run in sorted(runs, key=lambda one: one.began_at):
        by_object[run.decision.object_id].append(run)
    marks: list[Mark] = []
    for alike in by_object.values():
        nexts = [one.began_at for one in alike[1:]] + [None]
        marks += _joined(_mark(run, following, window) for run, following in zip(alike, nexts, strict=True))
    placed, rows = _in_rows(marks)
    return RuleLane(zone_id, rule_id, tuple(placed), rows)


def _mark(run: Run, following: datetime | None, window: Window) -> Mark:
    last = run.decision.decided_at
    end = min(following, last + HOLDS_FOR) if following and following > last else last
    verdict = run.decision.verdict
    return _within(Mark(window.share(run.began_at), window.share(end), STYLES[verdict], verdict))


def _within(mark: Mark) -> Mark:
    start = min(max(mark.start, 0.0), 1.0 - LEAST_SHARE)
    return replace(mark, start=start, end=min(max(mark.end, start + LEAST_SHARE), 1.0))


def _joined(marks: Iterable[Mark]) -> list[Mark]:
    """Neighbours that say the same are one; so are those too short to be told apart."""
    joined: list[Mark] = []
    for mark in marks:
        last = joined[-1] if joined else None
        if last and last.word == mark.word and mark.start - last.end <= LEAST_SHARE:
            joined[-1] = replace(last, end=max(last.end, mark.end))
        else:
            joined.append(mark)
    return joined


def _in_rows(marks: Iterable[Mark]) -> tuple[list[Mark], int]:
    """Each mark in the first row that is free; beyond `MOST_ROWS` they share the last one."""
    ends: list[float] = []
    placed = []
    for mark in sorted(marks, key=lambda one: (one.start, one.end)):
        row = next((number for number, end in enumerate(ends) if end <= mark.start + 1e-9), len(ends))
        row = min(row, MOST_ROWS - 1)
        ends[row : row + 1] = [mark.end]
        placed.append(replace(mark, row=row))
    return placed, max(len(ends), 1)
