"""When which camera is due: the only importer of APScheduler.

A job only says that a camera is due; it never looks itself, so that no look can hold up the clock (the pool of a
scheduler that looks is full after ten slow cameras).
"""

import asyncio
import zlib
from collections.abc import Awaitable, Callable, Iterable
from datetime import UTC, datetime, timedelta

from apscheduler.executors.asyncio import AsyncIOExecutor
from apscheduler.jobstores.memory import MemoryJobStore
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.date import DateTrigger
from apscheduler.triggers.interval import IntervalTrigger

from town.township import Camera

Due = Callable[[str], Awaitable[None]]


class Schedule:
    """Calls `due(camera_id)` at every camera's interval, spread so that cameras of one interval do not come at once."""

    def __init__(self) -> None:
        self._due: Due | None = None
        self._under_way: set[asyncio.Future[None]] = set()
        # Jobs live in memory and are made afresh from the configuration: two processes on one job store run jobs twice.
        self._scheduler = AsyncIOScheduler(
            jobstores={"default": MemoryJobStore()},
            executors={"default": AsyncIOExecutor()},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": 60},
            timezone=UTC,
        )

    def start(self, due: Due, cameras: Iterable[Camera], now: datetime) -> None:
        """Begin the routine looks from `now` on."""
        self._due = due
        for camera in cameras:
            first_at = now + spread(camera.id, camera.every)
            trigger = IntervalTrigger(seconds=camera.every.total_seconds(), start_date=first_at, timezone=UTC)
            self._scheduler.add_job(self._is_due, trigger, args=[camera.id], id=camera.id, replace_existing=True)
        self._scheduler.start()

    async def stop(self) -> None:
        """Begin nothing more, and let the housekeeping under way end."""
        self._scheduler.pause()
        if self._under_way:
            await asyncio.wait(self._under_way)
        self._scheduler.shutdown(wait=False)

    def look_soon(self, camera_id: str, at: datetime) -> None:
        """Plan one extra look. It replaces an extra look that was planned for later, never one planned for sooner."""
        job_id = f"{camera_id} soon"
        planned = self._scheduler.get_job(job_id)
        if planned is None or planned.next_run_time is None or planned.next_run_time > at:
            self._scheduler.add_job(self._is_due, DateTrigger(at, timezone=UTC), args=[camera_id], id=job_id, replace_existing=True)

    def every(self, span: timedelta, job: Callable[[], Awaitable[None]], name: str) -> None:
        """Run a housekeeping job at a fixed interval."""

        async def run() -> None:
            task = asyncio.ensure_future(job())
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)
            await task

        self._scheduler.add_job(run, IntervalTrigger(seconds=span.total_seconds(), timezone=UTC), id=name, replace_existing=True)

    async def _is_due(self, camera_id: str) -> None:
        if self._due is not None:
            await self._due(camera_id)


def spread(camera_id: str, every: timedelta) -> timedelta:
    """The same share of its interval for a camera at every start, so that restarts do not bunch looks."""
    return every * ((zlib.crc32(camera_id.encode()) % 10_000) / 10_000)
