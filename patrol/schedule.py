"""The beat at which the planner is asked who is due, and housekeeping: the only importer of APScheduler.

A beat only begins looks; it never looks itself, so that no look can hold up the clock (the pool of a scheduler that looks
is full after ten slow cameras).
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, timedelta

from apscheduler.executors.asyncio import AsyncIOExecutor
from apscheduler.jobstores.memory import MemoryJobStore
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger

BEAT = timedelta(milliseconds=100)
"""How late a look may begin by waiting for the planner to be asked."""


class Schedule:
    """Calls what it is given at fixed intervals, one call at a time each. A call that is missed is not made up for."""

    def __init__(self) -> None:
        self._under_way: set[asyncio.Future[None]] = set()
        # Jobs live in memory and are made afresh from the configuration: two processes on one job store run jobs twice.
        self._scheduler = AsyncIOScheduler(
            jobstores={"default": MemoryJobStore()},
            executors={"default": AsyncIOExecutor()},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": 60},
            timezone=UTC,
        )

    def start(self, begin_looks: Callable[[], Awaitable[None]]) -> None:
        """Call `begin_looks` at every beat from now on. What it raises is logged, and the next beat comes all the same."""
        trigger = IntervalTrigger(seconds=BEAT.total_seconds(), timezone=UTC)
        self._scheduler.add_job(begin_looks, trigger, id="looks", replace_existing=True)
        self._scheduler.start()

    async def stop(self) -> None:
        """Begin nothing more, and let the housekeeping under way end."""
        self._scheduler.pause()
        if self._under_way:
            await asyncio.wait(self._under_way)
        self._scheduler.shutdown(wait=False)

    def every(self, span: timedelta, job: Callable[[], Awaitable[None]], name: str) -> None:
        """Run a housekeeping job at a fixed interval."""

        async def run() -> None:
            task = asyncio.ensure_future(job())
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)
            await task

        self._scheduler.add_job(run, IntervalTrigger(seconds=span.total_seconds(), timezone=UTC), id=name, replace_existing=True)
