"""What a page of today is sent: what its visitor sees, and then only what changed."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import pytest

from console.frame import Look
from console.live import Live
from console.manager.today_lines import MOST_LINES
from console.manager.today_reading import Board
from console.manager.today_view import TodayView
from console.visitors import Visitor
from console.wording import words_in
from storage.errors import Failed
from tests.doubles.look_samples import look as seen
from tests.doubles.people import BINS, GATE, MANAGER, NEAR, NOW, STATION, after, incident, plain_township
from tests.doubles.served_town import ServedTown, served
from town.accounts import Kind, Role
from town.evidence import Purpose
from town.looks import LookOutcome
from town.work import Incident, IncidentKey

T = TypeVar("T")
YARD, OTHER = "yard", "manager-2"


@pytest.fixture
def town(tmp_path: Path) -> Iterator[ServedTown]:
    plain = plain_township()
    grids = [*plain["grids"], {"id": "g2", "name": "第二网格", "manager": OTHER}]
    cameras = [*plain["cameras"], plain["cameras"][0] | {"id": YARD, "name": "后院", "grid": "g2"}]
    with served(tmp_path, grids=grids, cameras=cameras) as town:
        yield town


class Screen:
    """A page of somebody's, with the marks of changes in the test's hand."""

    def __init__(self, town: ServedTown, role: Role = Role.MANAGER, person: str = MANAGER) -> None:
        self.town = town
        self.live = Live(self._never)
        self.site = replace(town.site, live=self.live)
        self._look = Look(self.site, Visitor(role, "somebody", person, Kind.BROWSER, ""), words_in("zh"))

    async def opens(self) -> dict[str, Any]:
        self.view = TodayView(self._look, Board(self.site))
        return await self.view.whole()

    async def after_a_change(self) -> dict[str, Any]:
        self.live.orders += 1
        return await self.view.changes() or {}

    async def _never(self) -> Any:
        raise NotImplementedError


def plays(work: Callable[[], Awaitable[T]]) -> T:
    async def run() -> T:
        return await work()

    return asyncio.run(run())


def at(town: ServedTown, camera_id: str, number: int = 1) -> Incident:
    town.camera = town.township.camera_by_id[camera_id]
    return replace(incident(number), key=IncidentKey(BINS, camera_id, STATION, f"o{number}"))


def test_managers_are_sent_their_own_grids_and_auditors_all(town: ServedTown) -> None:
    own, other = town.opens(at(town, GATE)), town.opens(at(town, YARD, 2))
    manager, auditor = Screen(town), Screen(town, Role.AUDITOR, "")
    assert plays(manager.opens)["ids"] == [own.id]
    whole = plays(auditor.opens)
    assert set(whole["ids"]) == {own.id, other.id}
    assert {line["where"].partition(" · ")[0] for line in whole["lines"]} == {"第一网格", "第二网格"}
    assert [camera[0] for camera in whole["cameras"]] == ["三号门", "后院"]


def test_nothing_is_sent_while_nothing_changed_but_a_beat_of_the_clock(town: ServedTown) -> None:
    screen = Screen(town)

    async def play() -> list[Any]:
        await screen.opens()
        silent = await screen.view.changes()
        town.now = after(seconds=6)
        return [silent, await screen.view.changes()]

    assert plays(play) == [None, {"now": after(seconds=6).timestamp(), "trouble": False}]


def test_a_new_order_is_sent_alone_and_one_that_ended_by_its_id(town: ServedTown) -> None:
    screen, first = Screen(town), town.opens(at(town, GATE))

    async def play() -> tuple[dict[str, Any], dict[str, Any]]:
        await screen.opens()
        second = town.opens(at(town, GATE, 2), at=after(minutes=1))
        town.keeps(second, Purpose.OPENED)
        come = await screen.after_a_change()
        town.clears(at(town, GATE), after(minutes=2))
        return come, await screen.after_a_change()

    come, gone = plays(play)
    second_id = come["ids"][1]
    assert come["ids"] == [first.id, second_id]
    assert [(line["id"], line["what"], line["picture"]) for line in come["lines"]] == [(second_id, "桶站满冒", True)]
    assert [pin["id"] for pin in come["pins"]] == [second_id]
    assert (gone["ids"], gone["gone"], "lines" in gone) == ([second_id], [first.id], False)


def test_who_took_an_order_is_sent_as_it_happens(town: ServedTown) -> None:
    screen, order = Screen(town), town.opens(at(town, GATE))

    async def play() -> tuple[dict[str, Any], dict[str, Any]]:
        before = await screen.opens()
        town.hears(NEAR, "claim", order_id=order.id)
        return before, await screen.after_a_change()

    before, then = plays(play)
    assert [(line["state"], line["who"]) for line in (before["lines"][0], then["lines"][0])] == [
        ("已派，待接", "已问 3 人"),
        ("已接", f"保洁员{NEAR}"),
    ]


def test_more_orders_than_can_be_read_are_counted(town: ServedTown) -> None:
    for number in range(MOST_LINES + 3):
        town.opens(at(town, GATE, number + 1))
    whole = plays(Screen(town).opens)
    assert (len(whole["ids"]), len(whole["pins"]), whole["rest"]) == (MOST_LINES, MOST_LINES + 3, 3)


def test_a_database_that_does_not_answer_is_told_once_and_what_was_drawn_stays(town: ServedTown, monkeypatch: pytest.MonkeyPatch) -> None:
    screen, _ = Screen(town), town.opens(at(town, GATE))

    def fails(*_: object) -> Any:
        raise Failed("the disk is gone")

    async def play() -> list[dict[str, Any]]:
        await screen.opens()
        with monkeypatch.context() as broken:
            broken.setattr(town.database.figures, "live_orders", fails)
            told = [await screen.after_a_change(), await screen.after_a_change()]
        return [*told, await screen.after_a_change()]

    broken, still, well = plays(play)
    assert (broken, still) == ({"now": NOW.timestamp(), "trouble": True}, {"now": NOW.timestamp()})
    assert (well["trouble"], "ids" in well, "gone" in well) == (False, False, False)


def test_a_camera_is_sent_when_it_stands_otherwise_than_before(town: ServedTown) -> None:
    screen = Screen(town)

    async def play() -> tuple[list[Any], dict[str, Any]]:
        before = (await screen.opens())["cameras"]
        with town.database.transaction() as book:
            book.record_look(seen(1, camera_id=GATE, outcome=LookOutcome.UNKNOWN, ended_at=NOW))
        town.now = after(seconds=6)
        return before, await screen.view.changes() or {}

    before, then = plays(play)
    assert (before[0][3], then["moved"]) == (3, [[0, 1]])


def test_figures_are_the_days_own_and_told_with_their_week_before(town: ServedTown) -> None:
    town.opens(at(town, GATE))
    town.opens(at(town, YARD, 2))
    town.opens(at(town, GATE, 3), at=after(days=-1))
    town.now = after(minutes=5)
    screen = Screen(town)

    async def play() -> tuple[dict[str, Any], dict[str, Any]]:
        return await screen.opens(), await screen.view.counted()

    whole, counted = plays(play)
    tiles = {tile["id"]: (tile["value"], tile["beside"]) for tile in whole["tiles"]}
    assert tiles["opened"] == ("1", "上周一同时段没有可比的数")
    assert tiles["looks"] == ("…", "正在统计")
    assert {tile["id"]: tile["value"] for tile in counted["tiles"]}["looks"] == "还没有"
