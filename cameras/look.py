"""One look: a frame from a source, or a named failure, by a hard deadline."""

import asyncio
from datetime import datetime, timedelta

from cameras.source import CameraError, FrameSource, TimedOut
from town.sight import Frame

_CLEANING_UP_S = 1.0


async def look_at(source: FrameSource, now: datetime, deadline: timedelta) -> Frame:
    """The frame of a source at `now`, a UTC instant. Raises CameraError, and nothing else, whatever the source does.

    At the deadline the source is cancelled and given a moment to clean up; one that will not end is left behind.
    """
    task = asyncio.ensure_future(source.fetch(now))
    try:
        await asyncio.wait({task}, timeout=deadline.total_seconds())
        if task.done():
            return task.result()
    except CameraError:
        raise
    except Exception as error:
        raise CameraError(f"the source failed with {type(error).__name__}") from error
    finally:
        await _end(task)
    raise TimedOut(f"no frame within {deadline.total_seconds():g} s")


async def _end(task: "asyncio.Future[Frame]") -> None:
    if not task.done():
        task.add_done_callback(_forget)
        task.cancel()
        await asyncio.wait({task}, timeout=_CLEANING_UP_S)


def _forget(task: "asyncio.Future[Frame]") -> None:
    """Take the late outcome, so that asyncio does not log it as lost."""
    if not task.cancelled():
        task.exception()
