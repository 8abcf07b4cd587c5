"""The demo's township, its places and its shipped scenes belong together."""

from pathlib import Path

import cv2
import pytest

from simulator.album import SCENES
from simulator.demo_township import CLEANER_IDS, CONFIG, fresh_environment, fresh_gate, read_demo
from simulator.places import PLACES, Fault, PlaceKind
from town.places import HttpSnapshot
from town.township import Township

MOST_BYTES = 12_000_000


def demo(folder: Path) -> Township:
    return read_demo(fresh_environment(folder, 8000, 1883, fresh_gate()))


def test_every_camera_of_the_demo_looks_at_a_place(tmp_path: Path) -> None:
    township = demo(tmp_path)
    assert set(township.camera_by_id) == set(PLACES)
    assert len(PLACES) >= 12
    for camera in township.cameras:
        assert isinstance(camera.source, HttpSnapshot)
        assert f"/{camera.id}/" in camera.source.url


def test_camera_names_are_told_apart_for_cleaners_know_places_by_them(tmp_path: Path) -> None:
    names = [camera.name for camera in demo(tmp_path).cameras]
    assert len(names) == len(set(names))


def test_eight_cleaners_have_their_own_passwords_and_one_of_them_a_day_off(tmp_path: Path) -> None:
    cleaners = demo(tmp_path).cleaners
    assert tuple(cleaner.id for cleaner in cleaners) == CLEANER_IDS
    assert len({cleaner.password.get_secret_value() for cleaner in cleaners if cleaner.password}) == len(CLEANER_IDS)
    assert [cleaner.id for cleaner in cleaners if not cleaner.shifts] == ["c08"]


def test_no_secret_stands_in_the_file_and_every_start_makes_new_ones(tmp_path: Path) -> None:
    first, second = (fresh_environment(tmp_path, 1, 2, fresh_gate()) for _ in range(2))
    secrets = {name for name in first if "PASSWORD" in name}
    assert len(secrets) == 9
    assert not any(first[name] == second[name] or first[name] in CONFIG.read_text("utf-8") for name in secrets)


def test_two_cameras_fail_and_in_different_ways() -> None:
    failing = {place.camera_id: {fault for _, _, fault in place.faults} for place in PLACES.values() if place.faults}
    assert failing == {"south-gate": {Fault.HANG}, "garden": {Fault.COVERED, Fault.MOVED, Fault.BLACK, Fault.CUT}}


def test_faults_come_and_go() -> None:
    garden = PLACES["garden"]
    assert [garden.fault_at(second) for second in (0, 45, 70, 125, 160, 180, 225)] == [
        None,
        Fault.COVERED,
        None,
        Fault.BLACK,
        Fault.CUT,
        None,
        Fault.COVERED,
    ]


def test_the_demo_has_stations_lanes_and_dusk() -> None:
    kinds = [place.kind for place in PLACES.values()]
    assert kinds.count(PlaceKind.STATION) >= 6
    assert kinds.count(PlaceKind.LANE) >= 2
    assert any("dusk" in scene for place in PLACES.values() for scene in place.scenes.values())


@pytest.mark.parametrize("scene", sorted({scene for place in PLACES.values() for scene in place.scenes.values()}))
def test_the_scene_is_shipped_at_960_by_540(scene: str) -> None:
    picture = cv2.imread(str(SCENES / f"{scene}.jpg"))
    assert picture is not None
    assert picture.shape == (540, 960, 3)


def test_no_scene_is_shipped_that_nothing_shows_and_all_fit_the_limit() -> None:
    shipped = list(SCENES.iterdir())
    assert {path.stem for path in shipped} == {scene for place in PLACES.values() for scene in place.scenes.values()}
    assert sum(path.stat().st_size for path in shipped) <= MOST_BYTES
