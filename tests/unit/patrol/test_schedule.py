"""The clock says which camera is due, and nothing it calls can hold it up."""

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patrol.schedule import Schedule, spread
from town.township import Camera

MINUTE = timedelta(minutes=1)


def camera(camera_id: str, every: str) -> Camera:
    source = {"kind": "http_snapshot", "url": "http://10.0.0.1/"}
    return Camera.model_validate(
        {"id": camera_id, "name": "甲", "grid": "g1", "position": {"lat": 39.8, "lon": 116.5}, "source": source, "every": every}
    )


@given(st.text())
def test_a_camera_starts_within_its_interval_and_always_at_the_same_share_of_it(camera_id: str) -> None:
    assert timedelta(0) <= spread(camera_id, MINUTE) < MINUTE
    assert spread(camera_id, MINUTE) == spread(camera_id, MINUTE)


def test_a_thousand_cameras_are_spread_over_the_minute() -> None:
    seconds = Counter(int(spread(f"camera-{n}", MINUTE).total_seconds()) for n in range(1000))
    assert len(seconds) == 60
    assert max(seconds.values()) < 40


def test_every_camera_comes_up_and_a_slow_one_stops_no_other() -> None:
    seen: Counter[str] = Counter()

    async def run() -> None:
        enough = asyncio.Event()

        async def due(camera_id: str) -> None:
            seen[camera_id] += 1
            if camera_id == "slow":
                await asyncio.Event().wait()
            if min(seen["a"], seen["b"]) >= 3:
                enough.set()

        schedule = Schedule()
        schedule.start(due, [camera("a", "100ms"), camera("slow", "100ms"), camera("b", "100ms")], datetime.now(UTC))
        await asyncio.wait_for(enough.wait(), 60)
        await schedule.stop()

    asyncio.run(run())
    assert seen["slow"] >= 1


def test_an_extra_look_comes_once_and_the_sooner_of_two_wins() -> None:
    seen: list[str] = []

    async def run() -> None:
        came = asyncio.Event()

        async def due(camera_id: str) -> None:
            seen.append(camera_id)
            came.set()

        schedule = Schedule()
        start = datetime.now(UTC)
        schedule.start(due, [], start)
        schedule.look_soon("a", start + timedelta(milliseconds=50))
        schedule.look_soon("a", start + timedelta(hours=1))
        await asyncio.wait_for(came.wait(), 60)
        await schedule.stop()

    asyncio.run(run())
    assert seen == ["a"]


def test_stopping_waits_for_the_housekeeping_under_way_and_logs_nothing(caplog: pytest.LogCaptureFixture) -> None:
    ended: list[str] = []

    async def run() -> None:
        begun, may_end = asyncio.Event(), asyncio.Event()

        async def sweep() -> None:
            begun.set()
            await may_end.wait()
            ended.append("sweep")

        schedule = Schedule()
        schedule.start(lambda _: asyncio.sleep(0), [], datetime.now(UTC))
        schedule.every(timedelta(milliseconds=50), sweep, "sweep")
        await asyncio.wait_for(begun.wait(), 60)
        stopping = asyncio.create_task(schedule.stop())
        await asyncio.sleep(0)
        may_end.set()
        await stopping

    asyncio.run(run())
    assert ended == ["sweep"]
    assert not [record for record in caplog.records if record.levelname == "ERROR"]
