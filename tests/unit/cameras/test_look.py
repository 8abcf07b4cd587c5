import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import numpy as np
import pytest

from cameras import source as reasons
from cameras.look import look_at
from cameras.source import CameraError, TimedOut, WrongType
from town.sight import Frame

NOW = datetime(2026, 5, 1, 4, 0, tzinfo=UTC)
SOON = timedelta(seconds=0.05)
GENEROUS = timedelta(seconds=60)
FRAME = Frame("gate-3", NOW, np.zeros((4, 4, 3), np.uint8))


class ScriptedSource:
    """A source that does as it is told."""

    def __init__(self, act: Callable[[], Awaitable[Frame]]) -> None:
        self._act = act

    async def fetch(self, now: datetime) -> Frame:
        return await self._act()

    async def close(self) -> None:
        pass


def test_a_look_gives_the_frame() -> None:
    assert asyncio.run(look_at(ScriptedSource(_give), NOW, GENEROUS)) is FRAME


def test_a_source_that_hangs_is_cancelled_at_the_deadline() -> None:
    ended: list[str] = []

    async def hang() -> Frame:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("cleaned up")
        return FRAME

    with pytest.raises(TimedOut, match=r"0\.05 s"):
        asyncio.run(look_at(ScriptedSource(hang), NOW, SOON))
    assert ended == ["cleaned up"]


def test_a_source_that_will_not_be_cancelled_is_left_behind() -> None:
    async def look() -> str:
        let_go = asyncio.Event()

        async def cling() -> Frame:
            while not let_go.is_set():
                try:
                    await let_go.wait()
                except asyncio.CancelledError:
                    continue
            return FRAME

        try:
            await look_at(ScriptedSource(cling), NOW, SOON)
        except TimedOut as error:
            return error.reason
        finally:
            let_go.set()
        return "done"

    assert asyncio.run(look()) == "timed_out"


def test_a_named_failure_passes_as_it_is() -> None:
    async def lie() -> Frame:
        raise WrongType("no picture")

    with pytest.raises(WrongType):
        asyncio.run(look_at(ScriptedSource(lie), NOW, GENEROUS))


@pytest.mark.parametrize("foreign", [OSError("disk"), ValueError("x"), RuntimeError("y"), TimeoutError()])
def test_any_other_exception_becomes_a_camera_error_with_its_cause_and_without_its_text(foreign: Exception) -> None:
    async def break_down() -> Frame:
        raise foreign

    with pytest.raises(CameraError) as caught:
        asyncio.run(look_at(ScriptedSource(break_down), NOW, GENEROUS))
    assert (caught.value.reason, caught.value.__cause__) == ("failed", foreign)
    assert str(caught.value) == f"the source failed with {type(foreign).__name__}"


def test_a_look_that_is_itself_cancelled_cancels_its_source() -> None:
    async def stop_early() -> str:
        begun, ended = asyncio.Event(), asyncio.Event()

        async def hang() -> Frame:
            begun.set()
            try:
                await asyncio.Event().wait()
            finally:
                ended.set()
            return FRAME

        look = asyncio.ensure_future(look_at(ScriptedSource(hang), NOW, GENEROUS))
        await begun.wait()
        look.cancel()
        await asyncio.wait({look})
        return "clean" if look.cancelled() and ended.is_set() else "leaked"

    assert asyncio.run(stop_early()) == "clean"


def test_every_failure_has_a_word_of_its_own_and_stands_in_the_drawn_tree() -> None:
    failures = CameraError.__subclasses__()
    words = sorted(failure.reason for failure in failures)

    assert all(one != other for one, other in pairwise(words))
    assert all(
        f"{failure.__name__} " in (CameraError.__doc__ or "") and failure.reason in (CameraError.__doc__ or "") for failure in failures
    )
    assert {getattr(reasons, failure.__name__) for failure in failures} == set(failures)


async def _give() -> Frame:
    return FRAME
