"""A report on a window of time: the figures of the township, and of every group that they were asked for by."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum

from patrol.manager_figures import (
    CAME_BACK_WITHIN,
    Figures,
    Measure,
    Rate,
    figures_of,
    gini,
    grouped,
    precision_by_version,
    recurrences,
    rule_version,
    taker,
)
from storage.cohorts import Case, LookCount
from storage.database import Database
from town.places import Cleaner
from town.township import Township

RANKED_FROM = 30
"""Groups of fewer orders that are due are never ranked: chance would rank them."""
_DAY = timedelta(days=1)


class By(StrEnum):
    GRID = "grid"
    CLEANER = "cleaner"
    CAMERA = "camera"
    CATEGORY = "category"
    RULE = "rule"
    """Each version of it apart."""
    DAY = "day"


_RANKED = frozenset({By.GRID, By.CLEANER, By.CAMERA, By.CATEGORY})


@dataclass(frozen=True, slots=True)
class Span:
    """A window of time that holds its first instant and not its last."""

    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Group:
    """The figures of one grid, cleaner, … Its `rank` is by resolution; None where it is not ranked. An empty `key` is nobody's orders."""

    key: str
    name: str
    figures: Figures
    rank: int | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """What stood at `now`. `looks_since` is from when on looks are counted, where that is later than the span's beginning.

    `whole` is the whole township, or where `grids` names some, those.
    """

    span: Span
    now: datetime
    by: By
    whole: Figures
    groups: Sequence[Group]
    precision: Mapping[tuple[str, str], Rate]
    looks_since: datetime | None = None
    grids: Sequence[str] = ()


def report_on(database: Database, township: Township, span: Span, by: By, now: datetime, only: Collection[str] | None = None) -> Report:
    """The report of the orders opened in a span, as they stand now; with `only`, of some grids. Raises StorageError.

    By grid it tells of every grid all the same: they are there to be compared.
    """
    everywhere = database.cohorts.cases(span.since, span.until)
    cases = everywhere if only is None else [case for case in everywhere if case.order.grid_id in only]
    cleaners = [one for one in township.cleaners if only is None or one.grid in only]
    last_end = max((case.order.ended_at for case in everywhere if case.order.ended_at), default=span.until)
    after = database.cohorts.orders(span.until, min(now, last_end + CAME_BACK_WITHIN))
    came_back = recurrences(everywhere, [*(case.order for case in everywhere), *after], now)
    known_from = database.cohorts.looks_known_from(span.until)
    looks = _Looks(database, township, max(span.since, known_from or span.since), only)
    whole = figures_of(cases, came_back, now, fairness(everywhere, cleaners, span, township.town.zone), looks.within(span))
    groups = []
    told = everywhere if by is By.GRID else cases
    for (key, name), found in sorted(grouped(told, lambda case: _key(case, by, township)).items()):
        alike = _fairness_of(key, by, everywhere, cleaners, township, span)
        groups.append(Group(key, name, figures_of(found, came_back, now, alike, looks.of(key, by, span))))
    later = looks.since if looks.since > span.since else None
    names = [grid.name for grid in township.grids if only is not None and grid.id in only]
    return Report(span, now, by, whole, ranked(groups) if by in _RANKED else groups, precision_by_version(cases), later, names)


def ranked(groups: Sequence[Group]) -> list[Group]:
    """The best resolution first, the same share the same rank; then, without a rank, those held to it for fewer than 30 orders."""
    many = [group for group in groups if group.key and group.figures.rates[Measure.RESOLUTION].of >= RANKED_FROM]
    shares = {group.key: group.figures.rates[Measure.RESOLUTION].share or 0.0 for group in many}
    placed = [
        Group(group.key, group.name, group.figures, 1 + sum(other > shares[group.key] for other in shares.values())) for group in many
    ]
    placed.sort(key=lambda group: (group.rank or 0, group.key))
    return [*placed, *(group for group in groups if group.key not in shares)]


def fairness(cases: Sequence[Case], cleaners: Sequence[Cleaner], span: Span, zone: tzinfo) -> float | None:
    """The Gini of orders per hour on shift, over cleaners who had any; an order is the load of whoever took it last."""
    takers = [taker(case) for case in cases]
    hours = {cleaner.id: hours_on_shift(cleaner, span, zone) for cleaner in cleaners}
    return gini([takers.count(name) / on_shift for name, on_shift in hours.items() if on_shift])


def hours_on_shift(cleaner: Cleaner, span: Span, zone: tzinfo) -> float:
    """Hours of a span that lie in any of the cleaner's shifts, as they are configured now."""
    total, reached, until = timedelta(), span.since.astimezone(UTC), span.until.astimezone(UTC)
    for begin, end in sorted(_shifts(cleaner, span, zone)):
        begin, end = max(begin, reached), min(end, until)  # noqa: PLW2901 - what overlaps counts once
        if end > begin:
            total, reached = total + (end - begin), end
    return total / timedelta(hours=1)


def days_of(span: Span, zone: tzinfo) -> Iterator[Span]:
    """The local days of a span, its first and last perhaps in part."""
    midnight = datetime.combine(span.since.astimezone(zone).date(), time(), zone)
    while midnight < span.until:
        following = datetime.combine(midnight.date() + _DAY, time(), zone)
        yield Span(max(midnight, span.since), min(following, span.until))
        midnight = following


def _shifts(cleaner: Cleaner, span: Span, zone: tzinfo) -> Iterator[tuple[datetime, datetime]]:
    """Every shift of every day that may touch the span, in UTC; one that began the day before among them."""
    day, last = span.since.astimezone(zone).date() - _DAY, span.until.astimezone(zone).date()
    while day <= last:
        for shift in cleaner.shifts:
            ends_on = day + _DAY if shift.end <= shift.start else day
            yield _utc(day, shift.start, zone), _utc(ends_on, shift.end, zone)
        day += _DAY


def _utc(day: date, at: time, zone: tzinfo) -> datetime:
    """In UTC, since the difference of two local times is not how long it took on the day when the clocks change."""
    return datetime.combine(day, at, zone).astimezone(UTC)


class _Looks:
    """The looks of groups, as far back as they are counted."""

    def __init__(self, database: Database, township: Township, since: datetime, only: Collection[str] | None) -> None:
        self.since = since
        self._database = database
        self._township = township
        self._only = only
        self._by_camera: Mapping[str, LookCount] | None = None

    def within(self, span: Span) -> LookCount | None:
        since = max(span.since, self.since)
        if since >= span.until:
            return None
        if self._only is None:
            return self._database.cohorts.looks(since, span.until)
        theirs = {camera.id for camera in self._township.cameras if camera.grid in self._only}
        counted = self._database.cohorts.looks_by_camera(since, span.until)
        return sum((count for camera_id, count in counted.items() if camera_id in theirs), LookCount())

    def of(self, key: str, by: By, span: Span) -> LookCount | None:
        """Those of a grid, a camera or a day; None of others, which no look belongs to."""
        if by is By.DAY:
            day = _day(key, span, self._township)
            return self.within(day) if day.since >= self.since else None
        if by not in {By.GRID, By.CAMERA} or self.since >= span.until:
            return None
        if self._by_camera is None:
            self._by_camera = self._database.cohorts.looks_by_camera(self.since, span.until)
        cameras = [key] if by is By.CAMERA else [camera.id for camera in self._township.cameras if camera.grid == key]
        return sum((self._by_camera.get(camera_id, LookCount()) for camera_id in cameras), LookCount())


def _fairness_of(key: str, by: By, cases: Sequence[Case], cleaners: Sequence[Cleaner], township: Township, span: Span) -> float | None:
    """Of all orders: among a grid's cleaners, wherever they took them, or on one day. None of others, which are nobody's whole load."""
    zone = township.town.zone
    if by is By.GRID:
        return fairness(cases, [cleaner for cleaner in township.cleaners if cleaner.grid == key], span, zone)
    if by is By.DAY:
        day = _day(key, span, township)
        return fairness([case for case in cases if day.since <= case.order.opened_at < day.until], cleaners, day, zone)
    return None


def _day(key: str, span: Span, township: Township) -> Span:
    zone = township.town.zone
    return next(day for day in days_of(span, zone) if day.since.astimezone(zone).date().isoformat() == key)


def _key(case: Case, by: By, township: Township) -> tuple[str, str]:
    """The group an order belongs to, and that group's name; what the township no longer has stands for itself."""
    order = case.order
    rule = township.rule_by_id.get(order.rule_id)
    rule_name = rule.name if rule else order.rule_id
    match by:
        case By.GRID:
            return order.grid_id, township.grid_name(order.grid_id)
        case By.CLEANER:
            cleaner = township.cleaner_by_id.get(taker(case))
            return taker(case), cleaner.name if cleaner else taker(case)
        case By.CAMERA:
            camera = township.camera_by_id.get(order.camera_id)
            return order.camera_id, camera.name if camera else order.camera_id
        case By.CATEGORY:
            alike = [one.name for one in township.rules if order.category and one.category == order.category]
            return order.category or order.rule_id, " / ".join(dict.fromkeys(alike)) or rule_name
        case By.RULE:
            return " ".join(rule_version(case)).strip(), rule_name
        case By.DAY:
            day = order.opened_at.astimezone(township.town.zone).date().isoformat()
            return day, day
