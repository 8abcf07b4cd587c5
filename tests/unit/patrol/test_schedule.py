"""The beat goes on, and nothing it calls can hold it up."""

import asyncio
from datetime import timedelta

import pytest

from patrol.schedule import Schedule


def test_the_beat_goes_on_after_one_that_broke(caplog: pytest.LogCaptureFixture) -> None:
    beats: list[int] = []

    async def run() -> None:
        enough = asyncio.Event()

        async def begin_looks() -> None:
            beats.append(len(beats))
            if len(beats) == 1:
                raise RuntimeError("a bug")
            enough.set()

        schedule = Schedule()
        schedule.start(begin_looks)
        await asyncio.wait_for(enough.wait(), 60)
        await schedule.stop()

    asyncio.run(run())
    assert len(beats) >= 2
    assert "a bug" in caplog.text


def test_stopping_waits_for_the_housekeeping_under_way_and_logs_nothing(caplog: pytest.LogCaptureFixture) -> None:
    ended: list[str] = []

    async def run() -> None:
        begun, may_end = asyncio.Event(), asyncio.Event()

        async def sweep() -> None:
            begun.set()
            await may_end.wait()
            ended.append("sweep")

        schedule = Schedule()
        schedule.start(lambda: asyncio.sleep(0))
        schedule.every(timedelta(milliseconds=50), sweep, "sweep")
        await asyncio.wait_for(begun.wait(), 60)
        stopping = asyncio.create_task(schedule.stop())
        await asyncio.sleep(0)
        may_end.set()
        await stopping

    asyncio.run(run())
    assert ended == ["sweep"]
    assert not [record for record in caplog.records if record.levelname == "ERROR"]
