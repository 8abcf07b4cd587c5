"""The demo's cameras over real HTTP, looked at as the service looks: they show their places, and fail as scripted."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from cameras.fitness import judge_fitness
from cameras.look import look_at
from cameras.opening import open_source
from cameras.source import TimedOut, Undecodable
from cameras.view import EMPTY_VIEW
from simulator.album import Album
from simulator.camera_server import CameraServer
from simulator.demo_township import fresh_environment, fresh_gate, read_demo
from simulator.living_town import LivingTown
from simulator.places import PLACES
from town.sight import Frame
from town.township import Township

BEGAN = datetime(2026, 6, 1, 4, tzinfo=UTC)


class Street:
    """The demo's cameras, and a clock that stands where it is put."""

    def __init__(self, folder: Path) -> None:
        self.now = BEGAN
        self.town = LivingTown(PLACES, seed=7)
        self.town.begin(BEGAN)
        gate = fresh_gate()
        self.server = CameraServer(self.town, Album(), gate, lambda: self.now)
        self.township: Township = read_demo(fresh_environment(folder, self.server.port, 1883, gate))

    def look(self, camera_id: str, after_s: float = 0.0, deadline_s: float = 60.0) -> Frame:
        self.now = BEGAN + timedelta(seconds=after_s)
        source = open_source(self.township.camera_by_id[camera_id], self.township.town, self.township.looks)
        return asyncio.run(look_at(source, self.now, timedelta(seconds=deadline_s)))


@pytest.fixture
def street(tmp_path: Path) -> Iterator[Street]:
    street = Street(tmp_path)
    street.server.start()
    yield street
    street.server.stop()


@pytest.mark.parametrize("camera_id", sorted(PLACES))
def test_every_camera_gives_a_fit_picture_with_its_own_login(street: Street, camera_id: str) -> None:
    frame = street.look(camera_id)
    assert frame.image.shape == (540, 960, 3)
    assert judge_fitness(frame, None).reason == "fit"


def test_a_camera_with_a_login_refuses_a_stranger(street: Street) -> None:
    for camera_id in ("building-7", "market"):
        answer = httpx.get(f"http://127.0.0.1:{street.server.port}/{camera_id}/picture", trust_env=False, timeout=60)
        assert answer.status_code == 401


def test_an_unknown_camera_is_not_found(street: Street) -> None:
    assert httpx.get(f"http://127.0.0.1:{street.server.port}/nowhere/picture", trust_env=False, timeout=60).status_code == 404


def test_a_hanging_camera_does_not_answer_until_it_recovers(street: Street) -> None:
    with pytest.raises(TimedOut):
        street.look("south-gate", after_s=20, deadline_s=1)
    assert street.look("south-gate", after_s=55).image.shape == (540, 960, 3)


def test_a_hanging_camera_holds_up_no_other(street: Street) -> None:
    with pytest.raises(TimedOut):
        street.look("south-gate", after_s=20, deadline_s=1)
    assert street.look("north-gate", after_s=20).image.shape == (540, 960, 3)


def test_the_other_broken_camera_is_covered_knocked_aside_black_and_cut_in_turn(street: Street) -> None:
    memory, view, reasons = None, EMPTY_VIEW, []
    for after_s in (*range(0, 40, 4), 50, 75, 90, 115):
        fitness = judge_fitness(street.look("garden", after_s=after_s), memory, view)
        memory, view = fitness.memory, fitness.learnt(())
        reasons.append(fitness.reason)
    assert reasons == ["fit"] * 10 + ["covered", "fit", "moved", "fit"]
    with pytest.raises(Undecodable):
        street.look("garden", after_s=165)
    assert judge_fitness(street.look("garden", after_s=130), None).reason == "black"


def test_the_picture_follows_what_goes_on_and_what_is_done_about_it(street: Street) -> None:
    clean, full = street.look("north-gate", 0), street.look("north-gate", 10)
    street.town.put_right("north-gate", BEGAN + timedelta(seconds=11))
    emptied = street.look("north-gate", 12)
    assert difference(clean, emptied) < 0.5 * difference(clean, full)


def test_nothing_happens_before_the_town_begins(tmp_path: Path) -> None:
    still = LivingTown(PLACES, seed=7)
    assert {still.state(camera_id, BEGAN) for camera_id in PLACES} == {"clean", "empty", "quiet", "tidy"}


def difference(one: Frame, other: Frame) -> float:
    """How much two pictures differ, the clock in the corner left out."""
    return float(abs(one.image[60:].astype(int) - other.image[60:]).mean())
