"""Reuse in the live patrol: recorded as such, never taken for a second opinion, and the same as in the backtest."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from patrol.backtest import run_backtest
from patrol.look import examine
from storage.database import Database
from tests.unit.patrol.test_backtest import CAMERA, RED_CAR, TOWNSHIP, EyeForPaint, street
from tests.unit.patrol.test_look import noisy
from tests.unit.patrol.test_patrol import START, Round, Working
from town.geometry import Box
from town.looks import SeenBy
from town.places import Zone
from town.sight import Detection, Frame, Image

REFRESH = timedelta(minutes=10)
MINUTE = timedelta(minutes=1)


class Showing(Working):
    """A camera that shows these pictures, one a look; nothing in them is exactly the same twice."""

    def __init__(self, *images: Image) -> None:
        self.left = list(images)
        self.given: list[Frame] = []

    async def fetch(self, now: datetime) -> Frame:
        self.given.append(noisy(Frame(CAMERA.id, now, self.left.pop(0)), len(self.given)))
        return self.given[-1]


class EyeForBlackBins:
    """Sees an overflowing bin wherever something is black, in the looks that it is told to be right in."""

    def __init__(self, *right: bool) -> None:
        self.right = list(right)

    def see(self, frame: Frame, zones: Sequence[Zone]) -> Sequence[Detection]:
        return [Detection("overflowing_bin", 0.9, Box(0.4, 0.4, 0.6, 0.6))] if self.right.pop(0) else []


def patrolled(folder: Path, camera: Showing, eye: object, between: timedelta = MINUTE) -> Round:
    patrol = Round(folder, {CAMERA.id: camera}, partial(examine, eye=eye, refresh_every=REFRESH), TOWNSHIP)
    patrol.looks([[CAMERA.id]] * len(camera.left), between)
    return patrol


def seers(patrol: Round) -> list[str]:
    return [look.seen_by.removeprefix("network_") for look in patrol.kept(CAMERA.id)]


def empty() -> Image:
    return street(0).image


def parked() -> Image:
    return street(0, RED_CAR).image


def test_a_quiet_street_is_recorded_as_reused_until_the_refresh(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, "patrol.patrol"):
        patrol = patrolled(tmp_path, Showing(*[empty()] * 12), EyeForPaint())
    assert seers(patrol) == ["first", *["reuse"] * 9, "refresh", "reuse"]
    assert patrol.database.figures.summary(START).seen_by[SeenBy.REUSE] == 10
    assert "seen by reuse" in caplog.text


def test_a_car_that_waits_for_its_limit_and_its_order_are_looked_at_by_the_network(tmp_path: Path) -> None:
    patrol = patrolled(tmp_path, Showing(empty(), *[parked()] * 13), EyeForPaint())
    assert seers(patrol) == ["first", "changed", *["suspected"] * 12]
    assert len(patrol.database.figures.live_orders()) == 1


def test_one_false_sight_is_not_confirmed_by_its_own_reuse(tmp_path: Path) -> None:
    """The network is wrong once. Reused, the sight would make two of three looks, and an order."""
    patrol = patrolled(tmp_path, Showing(*[empty()] * 4), EyeForBlackBins(True, False, False, False))
    assert seers(patrol)[:2] == ["first", "suspected"]
    assert patrol.database.figures.summary(START).incidents == 0


def test_a_look_that_could_not_be_written_is_not_reused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    patrol = Round(tmp_path, {CAMERA.id: Showing(*[empty()] * 2)}, partial(examine, eye=EyeForPaint(), refresh_every=REFRESH), TOWNSHIP)
    broken: list[int] = []
    transaction = Database.transaction

    def breaks_once(self: Database) -> object:
        if not broken:
            broken.append(1)
            raise RuntimeError("the disk is full")
        return transaction(self)

    monkeypatch.setattr(Database, "transaction", breaks_once)
    patrol.looks([[CAMERA.id]] * 2, MINUTE)
    assert seers(patrol) == ["nobody", "first"]


def test_a_backtest_over_the_same_frames_opens_the_same_incidents_as_the_live_patrol(tmp_path: Path) -> None:
    camera = Showing(*[empty()] * 4, *[parked()] * 14, *[empty()] * 8, *[parked()] * 3)
    patrol = patrolled(tmp_path, camera, EyeForPaint())
    lines = [line.as_json() for line in run_backtest(camera.given, CAMERA, TOWNSHIP, EyeForPaint())]
    assert SeenBy.REUSE in {look.seen_by for look in patrol.kept(CAMERA.id)}
    assert len(lines) == 1
    with patrol.database.transaction() as book:
        (event,) = (event for event in patrol.database.figures.recent_events() if event.action == "open")
        order = book.order(event.order_id)
        incident = book.incident(order.incident_id) if order else None
    assert incident
    assert (lines[0]["box"], lines[0]["reason"]) == (incident.box.as_list(), incident.reason)
    assert [lines[0][name] for name in ("opened_at", "closed_at")] == [
        at and at.isoformat().replace("+00:00", "Z") for at in (incident.opened_at, incident.closed_at)
    ]
