"""The network that ships sees the demo's scenes at its normal thresholds, through the same path as a look of the service."""

from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import gettempdir

import cv2
import numpy as np
import pytest

from detectors.eye import Eye
from detectors.loading import load_detector, shipped_model
from detectors.registry import observe
from simulator.album import Album
from simulator.demo_township import fresh_environment, fresh_gate, read_demo
from simulator.places import PLACES, PlaceKind
from town.sight import Frame
from town.township import Township

pytestmark = pytest.mark.skipif(not (shipped_model() / "weisu.xml").exists(), reason="no model in detectors/weights yet")

NOON = datetime(2026, 6, 1, 4, tzinfo=UTC)
SCENES = [(place.camera_id, state) for place in PLACES.values() for state in place.scenes]


def scenes(kind: PlaceKind, *states: str) -> list[tuple[str, str]]:
    return [(camera_id, state) for camera_id, state in SCENES if PLACES[camera_id].kind is kind and state in states]


@cache
def eye() -> Eye:
    return Eye(load_detector(None), township().model.min_confidence)


@cache
def township() -> Township:
    return read_demo(fresh_environment(Path(gettempdir()), 8000, 1883, fresh_gate()))


def measured(camera_id: str, state: str, number: int = 1) -> dict[str, float]:
    """All metrics of the camera's only zone in one look."""
    (found,) = zone_by_zone(camera_id, state, number).values()
    return found


def zone_by_zone(camera_id: str, state: str, number: int = 1) -> dict[str, dict[str, float]]:
    """All metrics of each zone of the camera in one look."""
    place, camera = PLACES[camera_id], township().camera_by_id[camera_id]
    data = Album().jpeg(place.scenes[state], place.mirrored, camera_id, NOON, number)
    image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    assert image is not None
    frame = Frame(camera_id, NOON, image.astype(np.uint8))
    found: dict[str, dict[str, float]] = {}
    for observation in observe(frame, camera.zones, eye().see(frame, camera.zones)):
        found.setdefault(observation.zone_id, {}).update(observation.metrics)
    return found


@pytest.mark.parametrize(("camera_id", "state"), scenes(PlaceKind.STATION, "overflow"))
def test_an_overflowing_station_is_seen_to_overflow(camera_id: str, state: str) -> None:
    assert all(measured(camera_id, state, number)["overflowing_count"] >= 1 for number in (1, 2, 3))


@pytest.mark.parametrize(("camera_id", "state"), scenes(PlaceKind.STATION, "clean", "filling"))
def test_a_station_in_order_is_seen_with_its_bins_and_nothing_overflowing(camera_id: str, state: str) -> None:
    found = measured(camera_id, state)
    assert found["overflowing_count"] == 0
    assert found["bin_count"] >= 2


@pytest.mark.parametrize(("camera_id", "state"), [scene for scene in SCENES if PLACES[scene[0]].kind is PlaceKind.LANE])
def test_a_lane_holds_one_vehicle_or_none(camera_id: str, state: str) -> None:
    assert measured(camera_id, state)["vehicle_count"] == (0 if state == "empty" else 1)


def test_nothing_is_seen_where_nothing_goes_on() -> None:
    assert measured("garden", "quiet")["bike_count"] == 0


@pytest.mark.parametrize(("state", "crowded", "dumped"), [("tidy", False, False), ("crowded", True, False), ("dumped", False, True)])
def test_a_square_is_seen_tidy_with_more_bikes_than_fit_and_with_a_heap(state: str, crowded: bool, dumped: bool) -> None:
    capacity = township().camera_by_id["plaza"].zones[0].capacity or 0
    for number in (1, 2, 3):
        seen = zone_by_zone("plaza", state, number)
        assert (seen["bay"]["bike_count"] > capacity) is crowded
        assert (seen["path"]["bike_count"], seen["path"]["garbage_count"] > 0) == (0, dumped)


def test_bikes_beside_the_bay_of_a_square_are_seen_on_the_path() -> None:
    for number in (1, 2, 3):
        path = zone_by_zone("plaza", "outside", number)["path"]
        assert (path["bike_count"] >= 4, path["garbage_count"]) == (True, 0)
