"""One reader tells all who look that something changed, also after the database was away for a while."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import datetime

import pytest

from console.live import Live, Marks
from tests.doubles.people import NOW


class Reading:
    """Marks that a test moves, and a database that fails while it says so. Made on an event loop."""

    def __init__(self) -> None:
        self.marks: tuple[int, datetime | None] = (1, NOW)
        self.fails = False
        self._asked = asyncio.Event()

    async def __call__(self) -> Marks:
        asked, self._asked = self._asked, asyncio.Event()
        asked.set()
        if self.fails:
            raise OSError("no disk")
        return self.marks

    async def asked_again(self) -> None:
        """Wait until a reading has begun and ended from now on."""
        for _ in range(2):
            await self._asked.wait()


@asynccontextmanager
async def watched(reading: Reading) -> AsyncIterator[Live]:
    live = Live(reading, every_s=0)
    task = asyncio.create_task(live.watch())
    try:
        await reading.asked_again()
        yield live
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def test_a_database_that_is_away_is_told_of_once_and_what_changed_meanwhile_is_noticed(caplog: pytest.LogCaptureFixture) -> None:
    async def story() -> None:
        reading = Reading()
        async with watched(reading) as live:
            reading.fails = True
            for _ in range(5):
                await reading.asked_again()
            assert not live.answers
            assert [record.levelno for record in caplog.records] == [logging.ERROR]
            reading.marks, reading.fails = (2, NOW), False
            await reading.asked_again()
            assert (live.answers, live.orders, live.looks) == (True, 1, 1)
            assert "can be read again" in caplog.text

    asyncio.run(story())


def test_who_waits_for_a_change_hears_of_the_end_too() -> None:
    async def story() -> bool:
        live = Live(Reading())
        waiting = asyncio.create_task(live.changed())
        await asyncio.sleep(0)
        live.close()
        await waiting
        return live.closed

    assert asyncio.run(story())
