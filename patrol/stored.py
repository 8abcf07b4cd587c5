"""A backtest over what a database holds: camera by camera, in several processes where there are several cameras."""

import gc
import multiprocessing
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any

from patrol.replay import Replay, sights_then
from storage.database import Database
from storage.past import PastLook
from town.township import Township
from town.work import Incident

EVER = (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))


class Stopped(Exception):
    """Asked to stop before the end."""


@dataclass(frozen=True, slots=True)
class Span:
    """Which looks are judged: those of a database in a span of time, its end left out."""

    url: str
    since: datetime = EVER[0]
    until: datetime = EVER[1]


@dataclass(frozen=True, slots=True)
class Judged:
    """What came of one camera's looks: its incidents under each township's rules, and what was read for that.

    `faceless` counts vehicles that were stored without how they look, by a weisu before that was kept: place alone tells them apart.
    """

    camera_id: str
    incidents: tuple[tuple[Incident, ...], ...]
    looks: int = 0
    unknown: int = 0
    observations: int = 0
    faceless: int = 0


def judge_camera(database: Database, span: Span, townships: Sequence[Township], camera_id: str, stop: Callable[[], bool]) -> Judged:
    """Judge every look at one camera under the rules of each township; the zones are the first one's. Raises Stopped."""
    camera = townships[0].camera_by_id[camera_id]
    replays = [Replay(camera, township) for township in townships]
    looks = unknown = observations = faceless = 0
    for look in database.past.looks(camera_id, span.since, span.until):
        if stop():
            raise Stopped
        looks, unknown, observations = looks + 1, unknown + bool(look.unknown), observations + len(look.observations)
        faceless += _faceless(look)
        sights = sights_then(camera, look)
        for replay in replays:
            replay.look(sights)
    return Judged(camera_id, tuple(replay.incidents for replay in replays), looks, unknown, observations, faceless)


def judge_cameras(span: Span, townships: Sequence[Township], camera_ids: Sequence[str], jobs: int) -> Iterator[Judged]:
    """The same for several cameras, in their order, whatever the number of processes. Leaving early stops all of them."""
    jobs = min(jobs, len(camera_ids))
    if jobs <= 1:
        with opened(span.url) as database:
            yield from (judge_camera(database, span, townships, camera_id, lambda: False) for camera_id in camera_ids)
        return
    # Not forked: a connection or a thread of this process must not be carried over.
    spawning = multiprocessing.get_context("spawn")
    stop = spawning.Event()
    with ProcessPoolExecutor(jobs, spawning, _begin_work, (span, townships, stop)) as pool:
        try:
            with _deaf_to_ctrl_c():
                judging = pool.map(_work, camera_ids)
            yield from judging
        finally:
            stop.set()
            pool.shutdown(cancel_futures=True)


def _faceless(look: PastLook) -> int:
    count = 0
    for one in look.observations:
        if one.kind == "vehicles":
            count += sum(not seen.appearance for seen in one.objects)
    return count


@contextmanager
def _deaf_to_ctrl_c() -> Iterator[None]:
    """Processes that begin here pay no heed to Ctrl-C, which reaches all of a terminal's processes: it is the first one's to answer.

    That one hears it when this is left.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def opened(place: str | Path) -> Iterator[Database]:
    """A database (its URL or file) that is closed when this is left. Raises StorageError."""
    database = Database.open(place)
    try:
        yield database
    finally:
        database.close()


_work_of: dict[str, Any] = {}
"""What a process of the pool works on, given to it once instead of with every camera."""


def _begin_work(span: Span, townships: Sequence[Township], stop: Event) -> None:
    gc.freeze()  # so that the collector does not walk again and again through what was imported
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # where it could not be blocked
    _work_of.update(database=Database.open(span.url), span=span, townships=townships, stop=stop.is_set)


def _work(camera_id: str) -> Judged:
    return judge_camera(_work_of["database"], _work_of["span"], _work_of["townships"], camera_id, _work_of["stop"])
