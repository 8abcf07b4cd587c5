"""The regular round of looks (巡查): every camera that is due is looked at once, within bounds, and every look is accounted for.

Fetching is many at once on the event loop, where a hanging camera costs nothing. Seeing has a thread a core; frames that wait for
one are few (`looks.at_once`), and a newer one of a camera takes the turn of an older one. Writing has one thread: SQLite has one writer.
"""

import asyncio
import logging
import uuid
from collections.abc import Callable, Coroutine, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from alerts.desk import OrderDesk
from cameras.look import look_at
from cameras.source import CameraError, FrameSource
from patrol.cadence import NextLook, next_look
from patrol.evidence import EvidenceKeeper, Shown, shown_by
from patrol.limiting import hold_back, tell_engineers
from patrol.look import Examination, LookMemory
from patrol.noticing import note_look
from patrol.shadow import Shadow
from patrol.waiting import WaitingLine
from rules.assess import MemoryKey, assess
from rules.judge import Memory
from rules.reasons import beyond_the_look
from storage.database import Database
from town.looks import Cadence, Look, LookOutcome
from town.places import Camera
from town.sight import Frame
from town.township import Township
from town.work import OrderState

log = logging.getLogger(__name__)

Examine = Callable[[Frame, Camera, LookMemory], Examination]
Ended = Callable[[Look, NextLook | None], None]
Clock = Callable[[], datetime]


@dataclass
class _View:
    """What the patrol remembers of a camera between looks; lost at a restart without harm."""

    camera: Camera
    source: FrameSource
    fetching: bool = False
    judging: asyncio.Lock = field(default_factory=asyncio.Lock)
    memory: LookMemory = field(default_factory=LookMemory)
    remembered: Mapping[MemoryKey, Memory] | None = None
    """What the rules remember of it, as was last committed; None where only the database knows."""


@dataclass(frozen=True)
class _Begun:
    """A look under way."""

    view: _View
    planned_at: datetime
    started_at: datetime
    cadence: Cadence

    def ended(self, outcome: LookOutcome, reason: str, at: datetime) -> Look:
        return Look(uuid.uuid4().hex, self.view.camera.id, self.planned_at, self.started_at, at, outcome, reason, self.cadence)


@dataclass
class Patrol:
    """Looks at cameras when told that they are due. `examine` is pure but for the model; `ended` is told how
    each look ended, and what is wanted next if the rules were asked.

    With `evidence`, pictures are kept of what opens and clears orders; with `shadow`, a candidate sees some looks too. `eyes` looks are
    examined at once.
    """

    township: Township
    sources: Mapping[str, FrameSource]
    examine: Examine
    database: Database
    desk: OrderDesk
    ended: Ended
    clock: Clock
    evidence: EvidenceKeeper | None = None
    shadow: Shadow | None = None
    eyes: int = 1
    _views: dict[str, _View] = field(init=False)
    _slots: asyncio.Semaphore = field(init=False)
    _tasks: set[asyncio.Task[object]] = field(init=False, default_factory=set)

    def __post_init__(self) -> None:
        self._views = {camera.id: _View(camera, self.sources[camera.id]) for camera in self.township.cameras}
        self._slots = asyncio.Semaphore(self.township.looks.at_once)
        self._line = WaitingLine(self.eyes)
        self._eye_threads = ThreadPoolExecutor(self.eyes, "eye")
        self._book_thread = ThreadPoolExecutor(1, "books")

    async def due(self, camera_id: str, cadence: Cadence = Cadence.ROUTINE) -> None:
        """Begin a look at a camera, or note why not. Returns at once. A frame that still waits for the eye may be overtaken."""
        view, now = self._views[camera_id], self.clock()
        if view.fetching or view.judging.locked():
            skipped = _Begun(view, now, now, cadence).ended(LookOutcome.SKIPPED, "still_looking", now)
            self._in_background(self._write(view, skipped, None))
            return
        view.fetching = True
        self._in_background(self._look(view, now, cadence))

    async def take_rules_of(self, township: Township) -> None:
        """Judge by the rules and permits of this township, which has the same cameras: between two looks, and the desk with them.

        Their versions are noted. What a rule remembers stands, as long as it judges the same kind of thing.
        """
        await asyncio.get_running_loop().run_in_executor(self._book_thread, self._swap_rules, township)

    def _swap_rules(self, township: Township) -> None:
        self.desk.take_rules_of(township)
        self.township = township
        with self.database.transaction() as book:
            book.note_rules(township.rules, self.clock())

    async def stop(self) -> None:
        """Wait for the looks under way, none of which outlasts its deadline by much, and give back what is held."""
        await self.idle()
        for source in self.sources.values():
            await source.close()
        self._eye_threads.shutdown()
        self._book_thread.shutdown()

    async def idle(self) -> None:
        """Wait until no look is under way, nor what follows from one, but not for ever."""
        with suppress(TimeoutError):
            async with asyncio.timeout(30 + 2 * self.township.looks.deadline.total_seconds()):
                while self._tasks:
                    await asyncio.wait(self._tasks)

    def _in_background(self, work: Coroutine[Any, Any, object]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _look(self, view: _View, planned_at: datetime, cadence: Cadence) -> None:
        """One look from end to end. The only place that catches everything: a broken camera never stops the others."""
        try:
            # The slot is held until the look is written: so many frames are in memory at most, however slow the eye or the disk.
            async with self._slots:
                await self._line.room()
                begun = _Begun(view, planned_at, self.clock(), cadence)
                fetched = await self._fetch(begun)
                if isinstance(fetched, Look):
                    await self._write(view, fetched, None)
                else:
                    await self._see_in_turn(begun, fetched)
        except Exception:
            log.exception("a look at %s broke", view.camera.id)
            view.memory = LookMemory()  # what no rule may have judged is not reused
            await self._note_broken(_Begun(view, planned_at, planned_at, cadence))

    async def _note_broken(self, begun: _Begun) -> None:
        try:
            await self._write(begun.view, begun.ended(LookOutcome.FAILED, "internal_error", self.clock()), None)
        except Exception:
            log.exception("and it could not be noted: %s", begun.view.camera.id)

    async def _fetch(self, begun: _Begun) -> Frame | Look:
        """The camera's frame, or the look that ended without one."""
        view = begun.view
        try:
            if begun.started_at - begun.planned_at >= view.camera.every:
                return begun.ended(LookOutcome.SKIPPED, "too_late", begun.started_at)
            frame = await look_at(view.source, begun.started_at, self.township.looks.deadline)
            # An older look that is being judged ends first: what a camera shows is judged in the order of time.
            async with view.judging:
                return frame
        except CameraError as error:
            log.info("%s: %s (%s)", view.camera.id, error.reason, error)
            return begun.ended(LookOutcome.FAILED, error.reason, self.clock())
        finally:
            view.fetching = False

    async def _see_in_turn(self, begun: _Begun, frame: Frame) -> None:
        """Examine and judge a frame once an eye is free, unless a newer one of its camera comes before."""
        view = begun.view
        if not await self._line.turn(view.camera.id):
            await self._write(view, begun.ended(LookOutcome.SKIPPED, "superseded", self.clock()), None)
            return
        async with view.judging:
            look, examination = await self._see(begun, frame)
            shown = await self._write(view, look, examination)
        if examination is not None and self.evidence is not None and shown:
            await self.evidence.follow(view.camera, look, examination, shown, self._eye_threads, self._book_thread)
        if examination is not None and self.shadow is not None and examination.seen_by.is_network:
            self._in_background(self.shadow.follow(view.camera, look, examination, self._eye_threads, self._book_thread))

    async def _see(self, begun: _Begun, frame: Frame) -> tuple[Look, Examination | None]:
        """What the eye makes of a frame whose turn it is. Gives the eye back."""
        loop = asyncio.get_running_loop()
        try:
            examination = await loop.run_in_executor(self._eye_threads, self._examined_in_time, begun, frame)
        finally:
            self._line.leave()
        if examination is None:
            return begun.ended(LookOutcome.UNKNOWN, "overloaded", self.clock()), None
        outcome = LookOutcome.DONE if examination.fit else LookOutcome.UNKNOWN
        log.debug("%s: %s (%s), seen by %s", frame.camera_id, outcome, examination.reason, examination.seen_by)
        return replace(begun.ended(outcome, examination.reason, self.clock()), seen_by=examination.seen_by), examination

    def _examined_in_time(self, begun: _Begun, frame: Frame) -> Examination | None:
        """Runs in an eye's thread. None where the look's turn came after its deadline: a stale frame proves nothing now."""
        if self.clock() - begun.started_at > self.township.looks.deadline:
            return None
        examination = self.examine(frame, begun.view.camera, begun.view.memory)
        begun.view.memory = examination.memory
        return examination

    async def _write(self, view: _View, look: Look, examination: Examination | None) -> Shown:
        """Judge a look and write it down. Returns what its frame is evidence of."""
        loop = asyncio.get_running_loop()
        plan, shown = await loop.run_in_executor(self._book_thread, self._judge_and_write, view, look, examination)
        if plan is not None:
            view.memory = replace(view.memory, suspects=plan.suspects)
        self.ended(look, plan)
        return shown

    def _judge_and_write(self, view: _View, look: Look, examination: Examination | None) -> tuple[NextLook | None, Shown]:
        """Runs in the books' thread: the look, what it showed, what the rules made of it and the orders, all or nothing."""
        camera = view.camera
        with self.database.transaction() as book:
            book.record_look(look)
            note_look(book, camera, look, self.township.notices)
            if examination is None:
                return None, Shown()
            # What a transaction that fails made of it must be forgotten.
            known, view.remembered = book.memories(camera.id) if view.remembered is None else view.remembered, None
            assessment = assess(camera, self.township, known, examination.sights, book.silences(look.ended_at))
            book.save_memories(camera.id, assessment.memories)
            book.record_observations(examination.observations)
            sifted = hold_back(book, self.township, assessment.changes, assessment.decisions, look.ended_at)
            book.record_decisions(beyond_the_look(sifted.decisions, look.why_unfit))
            events = self.desk.take_in(book, camera, sifted.changes, sifted.decisions, look.ended_at)
            waits = any(order.state is OrderState.VERIFYING for order in book.live_orders(camera_id=camera.id))
        view.remembered = {**known, **assessment.remembered}
        for pause in sifted.paused:
            tell_engineers(pause, self.township)
        confirm_every = self.township.looks.confirm_every
        plan = next_look(camera, assessment.decisions, assessment.look_again_at, waits, look.ended_at, confirm_every)
        return replace(plan, suspects=assessment.suspects or waits), shown_by(events, sifted.held)
