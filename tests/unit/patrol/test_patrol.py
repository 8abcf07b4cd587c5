"""Every look is accounted for, and no camera can hold up another."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from alerts.desk import OrderDesk
from cameras.source import FrameSource, Unreachable
from patrol.cadence import NextLook
from patrol.look import Examination, LookMemory
from patrol.patrol import Patrol
from rules.assess import blind, sights_of
from rules.builtin import BUILT_IN
from storage.database import Database
from storage.errors import StorageError
from town.geometry import Box
from town.looks import Cadence, Look, SeenBy
from town.places import Camera
from town.reading import township_of
from town.rule_settings import RuleSettings
from town.sight import Frame, Observation, SeenObject
from town.township import Township

START = datetime(2026, 3, 1, 1, tzinfo=UTC)  # nine in the morning in Shanghai
IMAGE = np.zeros((8, 8, 3), np.uint8)


def township(*camera_ids: str) -> Township:
    cameras = "".join(
        f"  - {{id: {name}, name: {name}, grid: g1, position: {{lat: 39.8, lon: 116.5}}, every: 10s, "
        f'source: {{kind: http_snapshot, url: "http://10.0.0.1/"}}, '
        "zones: [{id: station, kind: bin_station, polygon: [[0, 0], [1, 0], [1, 1], [0, 1]]}]}\n"
        for name in camera_ids
    )
    text = (
        "town: {id: t, name: 镇}\ngrids: [{id: g1, name: 一, manager: m1}]\nlooks: {deadline: 300ms, confirm_every: 3s}\n"
        "cleaners: [{id: c1, name: 丙, grid: g1, position: {lat: 39.8, lon: 116.5}, shifts: ['00:00-24:00'], skills: [bins]}]\n"
        f"cameras:\n{cameras}"
    )
    return township_of(text, {}, BUILT_IN, Path())


class Working:
    async def fetch(self, now: datetime) -> Frame:
        return Frame("a", now, IMAGE)

    async def close(self) -> None: ...


class Refusing(Working):
    async def fetch(self, now: datetime) -> Frame:
        raise Unreachable("nobody answers")


class Hanging(Working):
    async def fetch(self, now: datetime) -> Frame:
        await asyncio.Event().wait()
        raise AssertionError


class Counting(Working):
    """Gives the frame of now, and counts how often."""

    fetches = 0

    async def fetch(self, now: datetime) -> Frame:
        self.fetches += 1
        return Frame("a", now, IMAGE)


class SlowEye:
    """Looks at nothing until it is let go; `saw` is when its frames were taken."""

    def __init__(self) -> None:
        self.looks, self.let_go = threading.Event(), threading.Event()
        self.saw: list[datetime] = []

    def __call__(self, frame: Frame, camera: Camera, memory: LookMemory) -> Examination:
        self.looks.set()
        assert self.let_go.wait(60)
        self.saw.append(frame.taken_at)
        return overflowing(frame, camera, memory)


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(60):
        while not condition():  # noqa: ASYNC110  # what is waited for is in threads and a database
            await asyncio.sleep(0.002)


def overflowing(frame: Frame, camera: Camera, memory: LookMemory) -> Examination:
    seen = SeenObject("overflowing_bin", 0.9, Box(0.4, 0.4, 0.6, 0.6))
    metrics = {"bin_count": 1.0, "overflowing_count": 1.0, "overflowing_share": 1.0, "garbage_count": 0.0}
    observation = Observation(camera.id, "station", "bins", frame.taken_at, metrics, (seen,))
    return Examination(True, "fit", SeenBy.NETWORK_ALWAYS, (), (observation,), sights_of([observation]), memory)


def too_dark(frame: Frame, camera: Camera, memory: LookMemory) -> Examination:
    unknown = blind(camera, ("bins",), frame.taken_at, "black")
    return Examination(False, "black", SeenBy.NOBODY, (), (), unknown, memory)


class Round:
    """A patrol over scripted cameras and a real database, at a time that the test moves."""

    def __init__(
        self, folder: Path, sources: dict[str, FrameSource], examine: Callable[..., Examination], town: Township | None = None
    ) -> None:
        self.town = town or township(*sources)
        self.database = Database.open(f"sqlite:///{folder / 'weisu.db'}")
        self.now = START
        self.ended: list[tuple[Look, NextLook | None]] = []
        self._sources, self._examine = sources, examine

    def looks(self, times: Sequence[Sequence[str]], between: timedelta = timedelta(seconds=10)) -> None:
        """Let cameras come due, round by round, and wait for each round's looks to end."""

        async def story(patrol: Patrol) -> None:
            for names in times:
                for name in names:
                    await patrol.due(name)
                await patrol.idle()
                self.now += between

        asyncio.run(self.tell(story))

    async def tell(self, story: Callable[[Patrol], Awaitable[None]]) -> None:
        desk = OrderDesk(self.database, self.town)
        patrol = Patrol(self.town, self._sources, self._examine, self.database, desk, lambda *one: self.ended.append(one), lambda: self.now)
        await story(patrol)
        await patrol.stop()

    def kept(self, camera_id: str) -> list[Look]:
        return self.database.figures.looks_at(camera_id, START - timedelta(days=1), START + timedelta(days=1))


def test_a_broken_camera_is_a_recorded_fact_and_stops_no_other(tmp_path: Path) -> None:
    patrol = Round(tmp_path, {"gone": Refusing(), "stuck": Hanging(), "fine": Working()}, overflowing)
    patrol.looks([["gone", "stuck", "fine"]])
    ends = {name: [(look.outcome, look.reason) for look in patrol.kept(name)] for name in ("gone", "stuck", "fine")}
    assert ends == {"gone": [("failed", "unreachable")], "stuck": [("failed", "timed_out")], "fine": [("done", "fit")]}


def test_a_camera_that_is_still_looked_at_is_not_queued_again(tmp_path: Path) -> None:
    patrol = Round(tmp_path, {"stuck": Hanging()}, overflowing)
    patrol.looks([["stuck", "stuck"]])
    assert sorted((look.outcome, look.reason) for look in patrol.kept("stuck")) == [("failed", "timed_out"), ("skipped", "still_looking")]


def test_a_frame_that_waits_for_the_eye_is_superseded_by_a_newer_one_of_its_camera(tmp_path: Path) -> None:
    eye, source = SlowEye(), Counting()
    patrol = Round(tmp_path, {"busy": Working(), "a": source}, eye)

    async def story(under_load: Patrol) -> None:
        await under_load.due("busy")
        await until(eye.looks.is_set)
        await under_load.due("a")
        await until(lambda: source.fetches == 1)
        patrol.now += timedelta(milliseconds=100)
        while source.fetches == 1:  # until the first frame has come to the line
            await under_load.due("a")
            await asyncio.sleep(0.002)
        await until(lambda: any(look.reason == "superseded" for look in patrol.kept("a")))
        eye.let_go.set()

    asyncio.run(patrol.tell(story))
    ends = {(look.reason, look.outcome, look.started_at) for look in patrol.kept("a") if look.reason != "still_looking"}
    assert ends == {("superseded", "skipped", START), ("fit", "done", START + timedelta(milliseconds=100))}
    assert eye.saw == [START, START + timedelta(milliseconds=100)]


def test_a_camera_that_is_being_judged_is_not_looked_at_a_second_time(tmp_path: Path) -> None:
    eye, source = SlowEye(), Counting()
    patrol = Round(tmp_path, {"a": source}, eye)

    async def story(under_load: Patrol) -> None:
        await under_load.due("a")
        await until(eye.looks.is_set)
        await under_load.due("a")
        eye.let_go.set()

    asyncio.run(patrol.tell(story))
    assert sorted((look.outcome, look.reason) for look in patrol.kept("a")) == [("done", "fit"), ("skipped", "still_looking")]
    assert source.fetches == 1


def test_an_unfit_view_is_unknown_and_opens_nothing(tmp_path: Path) -> None:
    patrol = Round(tmp_path, {"a": Working()}, too_dark)
    patrol.looks([["a"], ["a"], ["a"]])
    assert [(look.outcome, look.reason) for look in patrol.kept("a")] == [("unknown", "black")] * 3
    assert patrol.database.figures.summary(START).incidents == 0


def test_a_suspicion_is_looked_at_soon_and_its_confirmation_opens_one_order_with_its_offer(tmp_path: Path) -> None:
    patrol = Round(tmp_path, {"a": Working()}, overflowing)
    patrol.looks([["a"], ["a"], ["a"]])
    (order,) = patrol.database.figures.live_orders()
    assert (order.rule_id, order.state, order.offered_to) == ("bin-overflow", "offered", ("c1",))
    assert patrol.database.outbox.waiting_count() > 0
    following = patrol.ended[0][1]
    assert following
    assert (following.cadence, following.extra_at) == (Cadence.CONFIRM, START + timedelta(seconds=3))


def test_every_look_is_reported_as_ended_however_it_ended_with_why_it_was_made(tmp_path: Path) -> None:
    patrol = Round(tmp_path, {"gone": Refusing(), "fine": Working()}, too_dark)

    async def story(at_work: Patrol) -> None:
        await at_work.due("gone", Cadence.WATCH)
        await at_work.due("fine")
        await at_work.idle()

    asyncio.run(patrol.tell(story))
    ends = {look.camera_id: (look.outcome, look.cadence, following is not None) for look, following in patrol.ended}
    assert ends == {"gone": ("failed", "watch", False), "fine": ("unknown", "routine", True)}


def test_what_was_suspected_is_still_known_after_a_restart(tmp_path: Path) -> None:
    before = Round(tmp_path, {"a": Working()}, overflowing)
    before.looks([["a"]])
    before.database.close()
    after = Round(tmp_path, {"a": Working()}, overflowing)
    after.now = START + timedelta(seconds=10)
    after.looks([["a"]])
    assert len(after.database.figures.live_orders()) == 1


def test_a_look_that_breaks_is_logged_and_leaves_the_camera_free(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    calls: list[int] = []

    def breaks_once(frame: Frame, camera: Camera, memory: LookMemory) -> Examination:
        calls.append(1)
        if len(calls) == 1:
            raise RuntimeError("a bug")
        return overflowing(frame, camera, memory)

    patrol = Round(tmp_path, {"a": Working()}, breaks_once)
    patrol.looks([["a"], ["a"]])
    assert [(look.outcome, look.reason) for look in patrol.kept("a")] == [("failed", "internal_error"), ("done", "fit")]
    assert "a look at a broke" in caplog.text


def test_what_the_rules_made_of_a_look_that_could_not_be_written_is_forgotten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its order went with it: a rule that remembered having opened one would never open it again."""
    take_in, takes = OrderDesk.take_in, []

    def second_fails(*args: Any) -> Any:
        takes.append(1)
        if len(takes) == 2:
            raise StorageError("the disk is full")
        return take_in(*args)

    monkeypatch.setattr(OrderDesk, "take_in", second_fails)
    patrol = Round(tmp_path, {"a": Working()}, overflowing)
    patrol.looks([["a"]] * 3)
    assert [look.reason for look in patrol.kept("a")] == ["fit", "internal_error", "fit"]
    (order,) = patrol.database.figures.live_orders()
    assert order.opened_at == START + timedelta(seconds=20)


def test_other_rules_are_taken_between_two_looks_and_what_was_remembered_stands(tmp_path: Path) -> None:
    patrol = Round(tmp_path, {"a": Working()}, overflowing)
    of_one_look = {**BUILT_IN["bin-overflow"], "for": {"looks": 1, "of": 1}, "skill": "parking", "name": "满"}
    hurried = Township(**{**dict(patrol.town), "rules": (RuleSettings.model_validate(of_one_look),)})

    async def story(looking: Patrol) -> None:
        await looking.due("a")
        await looking.idle()
        await looking.take_rules_of(hurried)
        patrol.now += timedelta(seconds=10)
        await looking.due("a")
        await looking.idle()

    asyncio.run(patrol.tell(story))
    decisions = [run.decision for run in patrol.database.reasons.runs_on("a", START - timedelta(days=1), START + timedelta(days=1))]
    versions = [one.rule_version for one in decisions if one.rule_id == "bin-overflow"]
    assert versions == [patrol.town.rule_by_id["bin-overflow"].version, hurried.rules[0].version]
    (order,) = patrol.database.figures.live_orders()
    assert (order.skill, order.summary.split()[0]) == ("parking", "满")
    assert patrol.database.figures.events(order.id)[0].detail["rule_version"] == hurried.rules[0].version
    assert [one.version for one in patrol.database.rule_history.versions("bin-overflow")] == [hurried.rules[0].version]
