"""What one open page of today has drawn, and what of it has changed since: as plain values, so that only these go over the line."""

from collections.abc import Collection, Hashable, Mapping, Sequence
from typing import Any

from console.frame import Look
from console.manager.day import day_of
from console.manager.tiles import Tiles
from console.manager.today_lines import MOST_LINES, Lines, in_turn, place
from console.manager.today_reading import Board, CameraState
from patrol.wording import wording
from storage.cohorts import LookCount
from storage.errors import StorageError
from town.datum import Datum
from town.places import Camera, Grid
from town.work import WorkOrder

HEARTBEAT_S = 5
PICTURED_WITHIN_S = 20
Patch = dict[str, Any]


class TodayView:
    """Of the grids that the visitor sees. `whole` before anything is drawn, then `changes` again and again."""

    def __init__(self, look: Look, board: Board) -> None:
        self._look = look
        self._site = look.site
        self._board = board
        township = look.site.township()
        self.township = township
        self.grids: Sequence[Grid] = list(look.visitor.grids(township))
        self._ids = {grid.id for grid in self.grids}
        self.cameras: Sequence[Camera] = [camera for camera in township.cameras if camera.grid in self._ids]
        self.datum = township.console.map.datum if township.console else Datum.WGS84
        self._lines = Lines(township, look.words, wording(look.words.language), len(self.grids) > 1, self.datum)
        self._marks: Hashable = None
        self._drawn_lines: dict[str, Any] = {}
        self._drawn_pins: dict[str, Any] = {}
        self._drawn: dict[str, Any] = {}
        self._states: dict[str, CameraState] = {}
        self._looks: tuple[Mapping[str, LookCount], Mapping[str, LookCount]] | None = None

    def number_of(self, camera_id: str) -> int:
        """Where a camera stands among those that are shown; -1 for one that is not."""
        return next((number for number, camera in enumerate(self.cameras) if camera.id == camera_id), -1)

    @property
    def is_outdated(self) -> bool:
        """Whether the file now names other grids or cameras than are drawn."""
        township = self._site.township()
        if township is self.township:
            return False
        return list(self._look.visitor.grids(township)) != self.grids or township.cameras != self.township.cameras

    async def whole(self) -> Patch:
        """Everything but what is slow to count. Raises StorageError."""
        self._marks = self._now_marks()
        states = await self._board.cameras()
        self._states = {camera.id: states.get(camera.id, CameraState.NEVER) for camera in self.cameras}
        return {
            "grids": [{"name": grid.name, "area": [place(at, self.datum) for at in grid.area]} for grid in self.grids],
            "cameras": [[camera.name, *place(camera.position, self.datum), int(self._states[camera.id])] for camera in self.cameras],
            **await self._orders(),
            **await self._tiles(),
            **self._clock(),
        }

    async def changes(self) -> Patch | None:
        """What changed since the last call; None where nothing did, and the page was told so not long ago."""
        marks = self._now_marks()
        if marks == self._marks:
            return None
        try:
            patch = self._clock() | await self._orders() | await self._cameras() | await self._tiles() | self._trouble()
        except StorageError:
            return self._clock() | self._differing({"trouble": True})
        self._marks = marks
        return patch

    async def counted(self) -> Patch:
        """The tiles with the looks, which are slow to count at first. Raises StorageError."""
        self._looks = await self._board.looks()
        return await self._tiles()

    def _now_marks(self) -> Hashable:
        now = self._site.clock().timestamp()
        # A picture is kept a moment after its order is opened, and is no event of it.
        awaits_picture = any(
            not line["picture"] and now - self._drawn_pins[one]["since"] < PICTURED_WITHIN_S for one, line in self._drawn_lines.items()
        )
        beat = int(now // (1 if awaits_picture else HEARTBEAT_S))
        return self._site.live.orders, self._site.live.answers, beat

    def _clock(self) -> Patch:
        return {"now": round(self._site.clock().timestamp(), 1)}

    def _trouble(self) -> Patch:
        return self._differing({"trouble": not self._site.live.answers})

    async def _orders(self) -> Patch:
        """New and changed lines and pins; the ids of lines in turn, and of pins that are gone."""
        mine = in_turn(order for order in await self._board.orders() if order.grid_id in self._ids)
        listed = mine[:MOST_LINES]
        pictured = await self._pictured(listed)
        lines = {order.id: self._lines.line(order, pictured) for order in listed}
        pins = {order.id: self._lines.pin(order) for order in mine}
        told: Patch = {"lines": _fresh(lines, self._drawn_lines), "pins": _fresh(pins, self._drawn_pins)}
        told["gone"] = [one for one in self._drawn_pins if one not in pins]
        self._drawn_lines, self._drawn_pins = lines, pins
        filled = {name: value for name, value in told.items() if value}
        return filled | self._differing({"ids": list(lines), "rest": len(mine) - len(listed)})

    async def _pictured(self, listed: Sequence[WorkOrder]) -> Collection[str]:
        """Those with a picture of how they were found; one that has one keeps it while it is live."""
        known = {one for one, line in self._drawn_lines.items() if line["picture"]}
        asked = [order.id for order in listed if order.id not in known]
        return known | await self._site.aside(lambda: self._site.database.evidence.pictured(asked)) if asked else known

    async def _cameras(self) -> Patch:
        states = await self._board.cameras()
        moved = []
        for number, camera in enumerate(self.cameras):
            state = states.get(camera.id, CameraState.NEVER)
            if state is not self._states[camera.id]:
                moved.append([number, int(state)])
                self._states[camera.id] = state
        return {"moved": moved} if moved else {}

    async def _tiles(self) -> Patch:
        days = await self._board.days()
        mine = ([one for one in orders if one.grid_id in self._ids] for orders in (days.opened_today, days.opened_before))
        looks = [self._sum(counted) for counted in self._looks] if self._looks else [None, None]
        today, before = map(day_of, mine, (days.today.until, days.before.until), looks)
        return self._differing({"tiles": Tiles(self._look.words, days.before.since).of(today, before)})

    def _sum(self, counted: Mapping[str, LookCount]) -> LookCount:
        return sum((counted[camera.id] for camera in self.cameras if camera.id in counted), LookCount())

    def _differing(self, told: Patch) -> Patch:
        """What of it is not drawn yet; it is taken for drawn."""
        fresh = {name: value for name, value in told.items() if self._drawn.get(name) != value}
        self._drawn |= fresh
        return fresh


def _fresh(now: Mapping[str, Any], drawn: Mapping[str, Any]) -> list[Any]:
    return [value for one, value in now.items() if drawn.get(one) != value]
