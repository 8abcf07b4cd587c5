"""Keeps the round of looks going: begins what the planner lets go, tells it what is known elsewhere, and writes down what it put off."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta

from patrol.patrol import Patrol
from patrol.planner import Planner
from storage.database import Database
from town.looks import PutOff

BUSY_FOR = timedelta(days=7)
"""For so long an order counts for its camera."""


@dataclass(frozen=True)
class Round:
    """What the schedule calls. `just_done` is how fresh a cleaner's word must be to be looked at, at once."""

    planner: Planner
    patrol: Patrol
    database: Database
    just_done: timedelta

    async def begin_looks(self, now: datetime) -> None:
        for due in self.planner.go(now):
            await self.patrol.due(due.camera_id, due.cadence)

    async def look_at_what_was_done(self, now: datetime) -> None:
        for order in await asyncio.to_thread(self.database.figures.live_orders):
            if order.done_at and now - order.done_at <= self.just_done:
                self.planner.ask(order.camera_id, now)

    async def weigh(self, now: datetime) -> None:
        """Let places that had many orders lately count for more."""
        self.planner.weigh(await asyncio.to_thread(self.database.figures.orders_by_camera, now - BUSY_FOR))

    async def note_put_off(self) -> None:
        counted = self.planner.take_put_off()
        if counted:
            await asyncio.to_thread(self._write, counted)

    def _write(self, counted: list[PutOff]) -> None:
        with self.database.transaction() as book:
            book.note_put_off(counted)
