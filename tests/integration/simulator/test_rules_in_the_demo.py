"""Every rule of a township shows in the demo: its scenes, seen by the network that ships and judged in simulated time, open incidents."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count, takewhile

import cv2
import numpy as np
import pytest

from detectors.eye import Eye
from detectors.loading import load_detector, shipped_model
from patrol.backtest import run_backtest
from rules.builtin import BUILT_IN
from simulator.album import Album
from simulator.demo import SEED
from simulator.demo_township import fresh_environment, fresh_gate, read_demo
from simulator.living_town import LivingTown
from simulator.places import PLACES
from town.places import Camera
from town.sight import Frame
from town.work import Incident

pytestmark = pytest.mark.skipif(not (shipped_model() / "weisu.xml").exists(), reason="no model in detectors/weights yet")

BEGIN = datetime(2026, 6, 1, 4, tzinfo=UTC)
TIDIED_S = (40.0, 95.0)
SPAN = timedelta(seconds=150)
SHOWS = {
    "north-gate": {("bin-overflow", "station")},
    "tailor-alley": {("illegal-parking", "mouth")},
    "fire-lane-3": {("fire-lane", "lane")},
    "plaza": {("messy-bikes", "bay"), ("exposed-garbage", "path"), ("messy-bikes", "path")},
}
"""Camera to the (rule, zone) that it opens."""


def frames(camera: Camera) -> Iterator[Frame]:
    """What the camera gives at its own pace, in a town where somebody puts it right twice."""
    town, album, place = LivingTown(PLACES, SEED), Album(), PLACES[camera.id]
    town.begin(BEGIN)
    for tidied_s in TIDIED_S:
        town.put_right(camera.id, BEGIN + timedelta(seconds=tidied_s))
    for number, at in enumerate(takewhile(lambda at: at < BEGIN + SPAN, (BEGIN + n * camera.every for n in count()))):
        data = album.jpeg(place.scenes[town.state(camera.id, at)], place.mirrored, camera.id, at, number)
        image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
        assert image is not None
        yield Frame(camera.id, at, image.astype(np.uint8))


@pytest.fixture(scope="module")
def incidents(tmp_path_factory: pytest.TempPathFactory) -> list[Incident]:
    township = read_demo(fresh_environment(tmp_path_factory.mktemp("demo"), 8000, 1883, fresh_gate()))
    eye = Eye(load_detector(None), township.model.min_confidence)
    cameras = [township.camera_by_id[camera_id] for camera_id in SHOWS]
    return [line.incident for camera in cameras for line in run_backtest(frames(camera), camera, township, eye)]


def test_every_rule_opens(incidents: list[Incident]) -> None:
    assert {one.key.rule_id for one in incidents} == set(BUILT_IN)


@pytest.mark.parametrize("camera_id", SHOWS)
def test_a_place_opens_what_it_shows_and_nothing_else(incidents: list[Incident], camera_id: str) -> None:
    assert {(one.key.rule_id, one.key.zone_id) for one in incidents if one.key.camera_id == camera_id} == SHOWS[camera_id]


@pytest.mark.parametrize("camera_id", SHOWS)
def test_the_camera_sees_that_it_was_put_right(incidents: list[Incident], camera_id: str) -> None:
    first = min((one for one in incidents if one.key.camera_id == camera_id), key=lambda one: one.opened_at)
    assert first.opened_at < BEGIN + timedelta(seconds=TIDIED_S[0])
    assert first.closed_at is not None
