"""A rule that fires everywhere at once is paused for the township: what it would have opened is held, and nothing is opened twice."""

import logging
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from alerts.desk import OrderDesk
from alerts.manager_desk import ManagerDesk
from patrol.evidence import EvidenceKeeper, shown_by
from patrol.limiting import NotPaused, discard, hold_back, release, tell_engineers
from patrol.look import Examination, LookMemory
from rules.assess import assess, sights_of
from rules.builtin import BUILT_IN
from rules.judgement import Verdict
from rules.limiter import Fate
from storage.database import Database
from town.evidence import Purpose
from town.geometry import Box
from town.looks import Look, LookOutcome, SeenBy
from town.reading import township_of
from town.recipients import Matter, NoticeSettings
from town.sight import Frame, Observation, SeenObject
from town.township import Township

NINE = datetime(2026, 3, 2, 1, tzinfo=UTC)
LIMIT = 3
RULE = "bin-overflow"
ROOT = Path(__file__).parents[3]


def town_text(cameras: int, limiter: str = f"limiter: {{orders: {LIMIT}, within: 10m}}\n") -> str:
    """The file of a township of bin stations."""
    listed = "".join(
        f"  - {{id: gate-{number}, name: 门, grid: g1, position: {{lat: 39.8, lon: 116.5}}, source: {{kind: recording, path: x}}, zones: "
        "[{id: station, kind: bin_station, polygon: [[0, 0], [1, 0], [1, 1], [0, 1]]}]}\n"
        for number in range(cameras)
    )
    return (
        "town: {id: t, name: 镇}\ngrids: [{id: g1, name: 一, manager: m1}]\n"
        "cleaners: [{id: c1, name: 丙, grid: g1, position: {lat: 39.8, lon: 116.5}, shifts: ['00:00-24:00'], skills: [bins]}]\n"
        f"rules: [{{id: {RULE}, keep_firing_for: 0s}}]\n{limiter}cameras:\n{listed}"
    )


def township(cameras: int, limiter: str | None = None) -> Township:
    return township_of(town_text(cameras) if limiter is None else town_text(cameras, limiter), {}, BUILT_IN, Path())


class Snowfall:
    """A township of bin stations over a real database, judged look by look as the patrol does."""

    def __init__(self, folder: Path, cameras: int = 8) -> None:
        self.url = f"sqlite:///{folder / 'weisu.db'}"
        self.town = township(cameras)
        self.database = Database.open(self.url)
        self.now = NINE

    def restart(self) -> None:
        self.database.close()
        self.database = Database.open(self.url)

    def look(self, *numbers: int, overflowing: bool = True, forget: bool = False) -> list[Verdict]:
        """One look at each of these cameras, a second apart. Returns the verdicts of the overflow rule."""
        said = []
        for number in numbers:
            self.now += timedelta(seconds=1)
            camera = self.town.camera_by_id[f"gate-{number}"]
            label, count = ("overflowing_bin" if overflowing else "bin"), float(overflowing)
            seen = (SeenObject(label, 0.9, Box(0.4, 0.4, 0.6, 0.6)),)
            metrics = {"bin_count": 1.0, "overflowing_count": count, "garbage_count": 0.0}
            sights = sights_of([Observation(camera.id, "station", "bins", self.now, metrics, seen)])
            with self.database.transaction() as book:
                assessed = assess(camera, self.town, {} if forget else book.memories(camera.id), sights)
                book.save_memories(camera.id, assessed.memories)
                sifted = hold_back(book, self.town, assessed.changes, assessed.decisions, self.now)
                book.record_decisions(sifted.decisions)
                OrderDesk(self.database, self.town).take_in(book, camera, sifted.changes, sifted.decisions, self.now)
            for pause in sifted.paused:
                tell_engineers(pause, self.town)
            said += [one.verdict for one in sifted.decisions if one.rule_id == RULE]
        return said

    def fires(self, *numbers: int) -> list[Verdict]:
        """Two looks at each that see the bins overflow: the rule opens at the second. Returns what it said then."""
        self.look(*numbers)
        return self.look(*numbers)

    def clears(self, *numbers: int) -> list[Verdict]:
        self.look(*numbers, overflowing=False)
        return self.look(*numbers, overflowing=False)

    @property
    def orders(self) -> list[str]:
        return [order.camera_id for order in self.database.figures.live_orders()]

    @property
    def fates(self) -> dict[str, str]:
        (pause,) = self.database.pauses.recent(1)
        return {held.incident.key.camera_id: held.fate for held in self.database.pauses.openings(pause.number)}


@pytest.fixture
def snow(tmp_path: Path) -> Iterator[Snowfall]:
    made = Snowfall(tmp_path)
    yield made
    made.database.close()


def test_a_burst_just_below_the_limit_opens_all_its_orders(snow: Snowfall) -> None:
    assert snow.fires(0, 1, 2) == [Verdict.OPENED] * 3
    assert (snow.orders, snow.database.pauses.recent()) == (["gate-0", "gate-1", "gate-2"], [])


def test_a_burst_above_the_limit_pauses_the_rule_with_one_notice(snow: Snowfall, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        assert snow.fires(0, 1, 2, 3, 4, 5) == [Verdict.OPENED] * 3 + [Verdict.LIMITED] * 3
        assert snow.look(5) == [Verdict.LIMITED]
    assert snow.orders == ["gate-0", "gate-1", "gate-2"]
    assert snow.fates == {"gate-3": "held", "gate-4": "held", "gate-5": "held"}
    assert [record.message.split(", for")[0] for record in caplog.records] == ["limiter: rule bin-overflow is paused"]
    summary = snow.database.figures.summary(NINE)
    assert (summary.held[Fate.HELD], summary.paused_rules) == (3, (RULE,))


def test_a_pause_is_told_to_engineers_and_over_when_one_ends_it(snow: Snowfall) -> None:
    li = NoticeSettings.model_validate({"recipients": [{"id": "li", "role": "engineer", "urls": ["LI_URL"]}]})
    snow.town = snow.town.model_copy(update={"notices": li})
    snow.fires(0, 1, 2, 3, 4, 5)
    (told,) = snow.database.notifications.recent(NINE)
    assert (told.matter, told.detail["rule"], told.urgent, told.healed_at) == (Matter.RULE_PAUSED, RULE, False, None)
    discard(snow.database, RULE, "wang", snow.now)
    assert snow.database.notifications.recent(NINE)[0].healed_at == snow.now


def test_slow_trouble_is_no_burst(snow: Snowfall) -> None:
    for number in range(6):
        snow.fires(number)
        snow.now += timedelta(minutes=4)
    assert len(snow.orders) == 6


def test_a_pause_outlives_a_restart_and_its_span(snow: Snowfall) -> None:
    snow.fires(0, 1, 2, 3)
    snow.restart()
    snow.now += timedelta(hours=3)
    assert snow.fires(4) == [Verdict.LIMITED]
    assert len(snow.orders) == 3


def test_release_opens_what_still_holds_and_pauses_nothing_by_it(snow: Snowfall) -> None:
    snow.fires(0, 1, 2, 3, 4, 5, 6)
    snow.clears(4)
    assert release(snow.database, snow.town, RULE, "wang", snow.now) == {Fate.RELEASED: 3, Fate.GONE: 0}
    assert snow.orders == [f"gate-{number}" for number in (0, 1, 2, 3, 5, 6)]
    assert snow.fates == {"gate-3": "released", "gate-4": "cleared", "gate-5": "released", "gate-6": "released"}
    assert snow.fires(7) == [Verdict.OPENED]
    assert snow.look(3) == [Verdict.STILL_FIRING]
    (pause,) = snow.database.pauses.recent()
    assert (pause.ended, pause.ended_by) == ("released", "wang")


def test_a_released_order_is_solved_like_any_other(snow: Snowfall) -> None:
    snow.fires(0, 1, 2, 3)
    release(snow.database, snow.town, RULE, "wang", snow.now)
    snow.clears(3)
    assert snow.orders == ["gate-0", "gate-1", "gate-2"]


def test_a_second_burst_after_a_release_pauses_the_rule_again(snow: Snowfall) -> None:
    snow.fires(0, 1, 2, 3)
    release(snow.database, snow.town, RULE, "wang", snow.now)
    snow.clears(*range(4))
    assert snow.fires(0, 1, 2, 3) == [Verdict.OPENED] * 3 + [Verdict.LIMITED]


def test_what_cleared_while_it_was_held_leaves_no_order_and_no_incident(snow: Snowfall) -> None:
    snow.fires(0, 1, 2, 3)
    assert snow.clears(3) == [Verdict.CLEARED]
    assert snow.fates == {"gate-3": "cleared"}
    assert snow.database.figures.summary(NINE).incidents == 3
    assert snow.fires(3) == [Verdict.LIMITED]
    assert sorted(held.fate for held in snow.database.pauses.openings(1)) == ["cleared", "held"]


def test_a_discarded_problem_opens_no_order_until_it_comes_anew(snow: Snowfall) -> None:
    snow.fires(0, 1, 2, 3, 4)
    assert discard(snow.database, RULE, "wang", snow.now) == 2
    assert snow.look(3) == [Verdict.STILL_FIRING]
    assert len(snow.orders) == 3
    snow.clears(3)
    assert snow.database.figures.summary(NINE).incidents == 3
    assert snow.fires(3) == [Verdict.OPENED]
    assert len(snow.orders) == 4


def test_a_rule_that_lost_its_memory_holds_the_problem_once(snow: Snowfall) -> None:
    snow.fires(0, 1, 2, 3)
    snow.look(3, forget=True)
    snow.look(3)
    assert sorted(held.fate for held in snow.database.pauses.openings(1)) == ["held", "replaced"]
    assert release(snow.database, snow.town, RULE, "wang", snow.now)[Fate.RELEASED] == 1
    assert snow.orders.count("gate-3") == 1


def test_the_same_problem_again_is_followed_by_its_own_order_even_while_paused(snow: Snowfall) -> None:
    snow.fires(0, 1, 2, 3)
    snow.look(0, forget=True)
    assert snow.look(0) == [Verdict.OPENED]
    assert snow.orders.count("gate-0") == 1


def test_what_is_no_longer_configured_is_not_opened(snow: Snowfall) -> None:
    snow.fires(0, 1, 2, 6, 7)
    assert release(snow.database, township(7), RULE, "wang", snow.now) == {Fate.RELEASED: 1, Fate.GONE: 1}
    assert snow.fates == {"gate-6": "released", "gate-7": "gone"}


def test_a_release_that_was_cut_off_is_finished_by_the_next(snow: Snowfall, monkeypatch: pytest.MonkeyPatch) -> None:
    snow.fires(0, 1, 2, 3, 4, 5)
    take_in, calls = OrderDesk.take_in, []

    def cut_off(self: OrderDesk, *args: Any) -> Any:
        calls.append(args)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return take_in(self, *args)

    monkeypatch.setattr(OrderDesk, "take_in", cut_off)
    with pytest.raises(KeyboardInterrupt):
        release(snow.database, snow.town, RULE, "wang", snow.now)
    assert sorted(snow.fates.values()) == ["held", "held", "released"]
    assert release(snow.database, snow.town, RULE, "wang", snow.now)[Fate.RELEASED] == 2
    assert sorted(snow.orders) == [f"gate-{number}" for number in range(6)]


def test_there_is_nothing_to_release_where_nothing_is_paused(snow: Snowfall) -> None:
    with pytest.raises(NotPaused):
        release(snow.database, snow.town, RULE, "wang", snow.now)


def test_a_big_town_may_open_a_tenth_of_its_cameras_by_default() -> None:
    assert [township(cameras, limiter="").limit_of(RULE).orders for cameras in (1, 200, 250)] == [20, 20, 25]


@pytest.mark.parametrize("after_looks", [3, 9, 40])
def test_a_kill_leaves_every_open_problem_with_an_order_or_held_and_never_both(tmp_path: Path, after_looks: int) -> None:
    command = [sys.executable, "-m", "tests.integration.patrol.snowing_child", str(tmp_path)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        for _ in range(after_looks):
            child.stdout.readline()
        os.kill(child.pid, signal.SIGKILL)
    snow = Snowfall(tmp_path, cameras=60)
    with snow.database.transaction() as book:
        memories = {camera.id: book.memories(camera.id)["station", RULE] for camera in snow.town.cameras if book.memories(camera.id)}
    open_now = {name: memory["incident"]["id"] for name, memory in memories.items() if memory["incident"]}
    ordered = {order.incident_id for order in snow.database.figures.live_orders()}
    held = {one.incident.id for pause in snow.database.pauses.recent() for one in snow.database.pauses.openings(pause.number)}
    snow.database.close()
    assert len(open_now) >= after_looks // 2
    assert set(open_now.values()) == ordered | held
    assert not ordered & held
    assert len(ordered) == min(LIMIT, len(open_now))


def test_a_rule_may_have_a_limit_of_its_own() -> None:
    town = township_of(
        "town: {id: t, name: 镇}\ngrids: [{id: g1, name: 一, manager: m1}]\nlimiter: {orders: 30, rules: {fire-lane: {within: 2m}}}\n"
        "cameras: [{id: a, name: 甲, grid: g1, position: {lat: 39.8, lon: 116.5}, source: {kind: recording, path: x}}]\n",
        *({}, BUILT_IN, Path()),
    )
    assert (town.limit_of("fire-lane").orders, town.limit_of("fire-lane").within) == (30, timedelta(minutes=2))
    assert town.limit_of(RULE).within == timedelta(minutes=10)


def test_a_held_opening_keeps_its_picture_and_the_order_gets_it(snow: Snowfall, tmp_path: Path) -> None:
    snow.fires(0, 1, 2, 3)
    (held,) = snow.database.pauses.openings(1)
    frame = Frame("gate-3", snow.now, np.full((16, 16, 3), 90, np.uint8))
    seen = Examination(True, "fit", SeenBy.NETWORK_FIRST, (), (), {}, LookMemory(), frame=frame)
    look = Look("look-1", "gate-3", snow.now, snow.now, snow.now, LookOutcome.DONE)
    keeper = EvidenceKeeper(tmp_path / "pictures", 10, snow.database, lambda frame, camera: frame.image)
    keeper.note(keeper.picture(snow.town.cameras[0], look, seen), shown_by((), [held.incident]))
    assert snow.database.pauses.opening(held.incident.id) == replace(held, picture_id="look-1")
    assert (tmp_path / "pictures" / str(snow.database.pauses.picture_path("look-1"))).is_file()
    release(snow.database, snow.town, RULE, "wang", snow.now)
    (kept,) = snow.database.evidence.kept()
    assert [(purpose, order.camera_id) for purpose, order in kept.orders] == [(Purpose.OPENED, "gate-3")]


def test_orders_that_were_merged_into_others_leave_room(snow: Snowfall) -> None:
    snow.fires(0, 1, 2)
    orders = {order.camera_id: order.id for order in snow.database.figures.live_orders()}
    ManagerDesk(snow.database, snow.town).merge(orders["gate-1"], orders["gate-0"], "wang", "同一处", snow.now)
    assert snow.fires(3) == [Verdict.OPENED]
    assert snow.fires(4) == [Verdict.LIMITED]
