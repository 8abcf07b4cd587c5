"""What the page of today reads of the town, once for all who look at it: live orders, cameras, and the figures of two days."""

import asyncio
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from typing import Generic, TypeVar

from console.manager.day import a_week_before, until_now
from console.site import Site
from patrol.reporting import Span
from storage.cohorts import LookCount
from town.looks import Look, LookOutcome
from town.places import Camera
from town.work import WorkOrder

T = TypeVar("T")
MOST_LIVE = 10_000
CAMERAS_EVERY_S = 5
SILENT_AFTER = timedelta(minutes=10)
_SILENT_LOOKS = 5
_HOUR = timedelta(hours=1)


class CameraState(IntEnum):
    """How a camera stands by its last look."""

    FINE = 0
    UNFIT = 1
    SILENT = 2
    NEVER = 3

    @property
    def word(self) -> str:
        """What it is called in the table `frame`."""
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class TwoDays:
    """Orders opened today and on the same weekday a week before, up to the same hour; looks by camera, or None where none are known."""

    today: Span
    before: Span
    opened_today: Sequence[WorkOrder]
    opened_before: Sequence[WorkOrder]


class Shared(Generic[T]):
    """One answer for all who ask while a mark stands. `read` blocks, and runs aside. What it raises, all who wait are told."""

    def __init__(self, site: Site, read: Callable[[], T]) -> None:
        self._site = site
        self._read = read
        self._lock = asyncio.Lock()
        self._known: tuple[Hashable, T] | None = None

    async def at(self, mark: Hashable) -> T:
        async with self._lock:
            if self._known is None or self._known[0] != mark:
                self._known = (mark, await self._site.aside(self._read))
            return self._known[1]


class Board:
    """Every answer is as new as the last change that was noticed. All raise StorageError."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._tallies: dict[datetime, LookTally] = {}
        self._orders = Shared(site, lambda: site.database.figures.live_orders(MOST_LIVE))
        self._cameras = Shared(site, self._read_cameras)
        self._days = Shared(site, self._read_days)
        self._looks = Shared(site, self._read_looks)

    async def orders(self) -> Sequence[WorkOrder]:
        """All that have not ended."""
        return await self._orders.at(self._site.live.orders)

    async def cameras(self) -> Mapping[str, CameraState]:
        return await self._cameras.at(int(self._site.clock().timestamp() // CAMERAS_EVERY_S))

    async def days(self) -> TwoDays:
        return await self._days.at((self._site.live.orders, self.minute))

    async def looks(self) -> tuple[Mapping[str, LookCount], Mapping[str, LookCount]]:
        """Today's and those of a week before, by camera; empty where they are not kept any more. Slow when a day is first asked for."""
        return await self._looks.at(self.minute)

    @property
    def minute(self) -> int:
        return int(self._site.clock().timestamp() // 60)

    def _read_cameras(self) -> Mapping[str, CameraState]:
        now, looks = self._site.clock(), {look.camera_id: look for look in self._site.database.figures.camera_states()}
        return {camera.id: state_of(camera, looks.get(camera.id), now) for camera in self._site.township().cameras}

    def _spans(self) -> tuple[Span, Span]:
        zone = self._site.township().town.zone
        today = until_now(self._site.clock(), zone)
        return today, a_week_before(today, zone)

    def _read_days(self) -> TwoDays:
        spans = self._spans()
        return TwoDays(*spans, *(self._site.database.cohorts.orders(span.since, span.until) for span in spans))

    def _read_looks(self) -> tuple[Mapping[str, LookCount], Mapping[str, LookCount]]:
        today, before = self._spans()
        known_from = self._site.database.cohorts.looks_known_from(today.until)
        starts = {span.since for span in (today, before)}
        self._tallies = {
            since: self._tallies.get(since) or LookTally(since, self._site.database.cohorts.looks_by_camera) for since in starts
        }
        kept = {span: known_from is None or span.since >= known_from for span in (today, before)}
        counted = [self._tallies[span.since].until(span.until) if kept[span] else {} for span in (today, before)]
        return counted[0], counted[1]


class LookTally:
    """Looks by camera from an instant on. Whole hours are counted once: what was never made is known by the hour."""

    def __init__(self, since: datetime, count: Callable[[datetime, datetime], Mapping[str, LookCount]]) -> None:
        self._reached = since
        self._count = count
        self._whole: dict[str, LookCount] = {}

    def until(self, now: datetime) -> Mapping[str, LookCount]:
        """Up to an instant that is no earlier than the last one asked for."""
        hour = now.replace(minute=0, second=0, microsecond=0)
        # A look is stored a little after it ended: an hour is closed when that is over.
        closed = hour if now - hour >= _HOUR / 60 else hour - _HOUR
        if closed > self._reached:
            self._whole = added(self._whole, self._count(self._reached, closed))
            self._reached = closed
        return added(self._whole, self._count(self._reached, now)) if now > self._reached else self._whole


def added(one: Mapping[str, LookCount], other: Mapping[str, LookCount]) -> dict[str, LookCount]:
    return {camera: one.get(camera, LookCount()) + other.get(camera, LookCount()) for camera in one.keys() | other.keys()}


def silent_after(camera: Camera) -> timedelta:
    """How long what a look said of its camera holds."""
    return max(SILENT_AFTER, _SILENT_LOOKS * camera.every)


def state_of(camera: Camera, look: Look | None, now: datetime) -> CameraState:
    """By its last look; one that has not been looked at for long is silent, whatever was seen then."""
    if look is None:
        return CameraState.NEVER
    if look.outcome is LookOutcome.FAILED or now - look.ended_at > silent_after(camera):
        return CameraState.SILENT
    return CameraState.UNFIT if look.outcome is LookOutcome.UNKNOWN else CameraState.FINE
