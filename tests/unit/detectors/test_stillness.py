"""Light, noise, rain and a pixel of sway leave a view still; a car, a bag, a full bin or an emptied one does not."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple
from xml.etree import ElementTree

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cameras.fitness import grey_half
from detectors import stillness
from detectors.stillness import Reference
from simulator.album import Album
from simulator.demo_township import fresh_environment, fresh_gate, read_demo
from simulator.places import PLACES
from tests.doubles.camera_servers import data_or_skip
from tests.unit.rules.places import UNHURRIED
from town.geometry import Box, Polygon
from town.places import Zone, ZoneKind
from town.sight import Detection, Image
from town.township import Township

FEW = settings(UNHURRIED, max_examples=20)
AT = datetime(2026, 5, 4, 8, tzinfo=UTC)
ALBUM = Album()
WIDTH, HEIGHT = 1280, 720
STATION = Zone(id="station", kind=ZoneKind.BIN_STATION, polygon=Polygon.of([[0.1, 0.2], [0.9, 0.2], [0.9, 0.9], [0.1, 0.9]]))


def reference_of(image: Image, zones: Sequence[Zone], detections: Sequence[Detection]) -> Reference:
    return stillness.reference_of(grey_half(image), zones, detections)


def has_changed(reference: Reference, image: Image) -> bool:
    return stillness.has_changed(reference, grey_half(image))


STATES = [(camera_id, state) for camera_id, place in PLACES.items() for state in place.scenes]
CHANGES = [(camera_id, before, after) for camera_id, before in STATES for after in PLACES[camera_id].scenes if after != before]


@cache
def demo() -> Township:
    return read_demo(fresh_environment(Path(), 8000, 1883, fresh_gate()))


def zones_of(camera_id: str) -> tuple[Zone, ...]:
    return demo().camera_by_id[camera_id].zones


def shown(camera_id: str, state: str, number: int) -> Image:
    """The place as the simulator's camera shows it: its own noise, sway and clock at each number."""
    place = PLACES[camera_id]
    data = ALBUM.jpeg(place.scenes[state], place.mirrored, camera_id, AT + timedelta(seconds=7 * number), number)
    return np.asarray(cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR), dtype=np.uint8)


def test_a_camera_that_trembles_and_tells_the_time_shows_a_still_place_in_95_of_100_looks() -> None:
    changed = []
    for camera_id, state in STATES:
        reference = reference_of(shown(camera_id, state, 1), zones_of(camera_id), ())
        changed += [has_changed(reference, shown(camera_id, state, number)) for number in range(2, 6)]
    assert sum(changed) <= 0.05 * len(changed)


@pytest.mark.parametrize(("camera_id", "before", "after"), CHANGES)
def test_bins_that_fill_or_are_emptied_and_cars_that_come_and_go_change_it(camera_id: str, before: str, after: str) -> None:
    reference = reference_of(shown(camera_id, before, 1), zones_of(camera_id), ())
    assert has_changed(reference, shown(camera_id, after, 2))


@cache
def street(seed: int = 1) -> Image:
    """Rough ground with a kerb and a bin on it: what a real street has of texture."""
    rng = np.random.default_rng(seed)
    coarse = cv2.resize(rng.normal(0, 12, (45, 80)).astype(np.float32), (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
    picture = np.repeat((110 + coarse)[..., None], 3, axis=2)
    picture[430:445] = 170
    picture[260:430, 500:600] = (60, 110, 50)
    return _picture(picture + rng.normal(0, 3, picture.shape))


@cache
def bare_street() -> Reference:
    return reference_of(street(), [STATION], ())


def with_thing(picture: Image, left: int, top: int, size: int, share: float) -> Image:
    """A thing `size` pixels across and `share` times as light as its ground."""
    altered = picture.astype(np.float32)
    altered[top : top + size, left : left + size] *= share
    return _picture(altered)


def test_a_small_bag_beside_a_bin_changes_it_when_it_comes_and_when_it_goes() -> None:
    bare, littered = street(), with_thing(street(2), 610, 405, 24, 0.5)
    assert has_changed(reference_of(bare, [STATION], ()), littered)
    assert has_changed(reference_of(littered, [STATION], ()), bare)


def test_a_bag_is_seen_at_dusk() -> None:
    dusk, littered = (_picture(picture * 0.25) for picture in (street(), with_thing(street(1), 610, 405, 32, 0.4)))
    reference = reference_of(dusk, [STATION], ())
    assert has_changed(reference, _noisy(littered, 3))
    assert not has_changed(reference, _noisy(dusk, 3))


@FEW
@given(st.integers(140, 1100), st.integers(160, 600), st.integers(24, 120), st.sampled_from([0.3, 0.5, 1.6, 2.0]))
def test_a_thing_is_seen_wherever_in_the_zone_it_lies(left: int, top: int, size: int, share: float) -> None:
    assert has_changed(bare_street(), with_thing(street(), left, top, size, share))


@FEW
@given(st.integers(2, 500), st.floats(0.6, 1.2), st.floats(0, 5), st.integers(-1, 1), st.integers(-1, 1))
def test_light_noise_and_a_pixel_of_sway_are_no_change(seed: int, gain: float, noise: float, dx: int, dy: int) -> None:
    other = np.roll(street(), (dy, dx), (0, 1))
    assert not has_changed(bare_street(), _noisy(_picture(other * gain), noise, seed))


def test_a_cloud_over_half_of_the_view_is_no_change() -> None:
    cloud = np.clip(np.linspace(1.3, 0.5, WIDTH), 0.7, 1.0)[None, :, None]
    assert not has_changed(bare_street(), _picture(street() * cloud))


def test_rain_is_no_change() -> None:
    assert not has_changed(reference_of(_raining(street(), 1), [STATION], ()), _raining(street(), 2))


def test_a_poor_connection_is_no_change() -> None:
    squeezed = cv2.imdecode(cv2.imencode(".jpg", street(), [cv2.IMWRITE_JPEG_QUALITY, 25])[1], cv2.IMREAD_COLOR)
    assert not has_changed(bare_street(), squeezed)


def test_what_happens_outside_of_the_zones_is_no_change() -> None:
    assert not has_changed(bare_street(), with_thing(street(), 1200, 20, 60, 0.3))


def test_what_stands_in_a_zone_matters_where_it_reaches_beyond() -> None:
    foot = Zone(id="foot", kind=ZoneKind.BIN_STATION, polygon=Polygon.of([[0.35, 0.5], [0.5, 0.5], [0.5, 0.62], [0.35, 0.62]]))
    seen = Detection("bin", 0.9, Box(500 / WIDTH, 260 / HEIGHT, 600 / WIDTH, 430 / HEIGHT))
    heaped = with_thing(street(), 530, 235, 40, 2.0)
    assert not has_changed(reference_of(street(), [foot], ()), heaped)
    assert has_changed(reference_of(street(), [foot], [seen]), heaped)


def test_without_zones_nothing_matters() -> None:
    assert not has_changed(reference_of(street(), [], ()), street(7) // 3)


def test_a_picture_of_another_size_has_changed() -> None:
    assert has_changed(reference_of(street(), [STATION], ()), cv2.resize(street(), (640, 360)))


@pytest.mark.parametrize("size", [(8, 8), (33, 17), (352, 288), (2560, 1440)])
def test_a_picture_of_any_size_is_still_beside_itself(size: tuple[int, int]) -> None:
    picture = np.asarray(cv2.resize(street(), size), dtype=np.uint8)
    assert not has_changed(reference_of(picture, [STATION], ()), picture)


def test_a_small_car_is_seen_in_a_small_lane_of_a_large_picture() -> None:
    corners = [[[x, 0.5], [x + 0.03, 0.5], [x + 0.03, 0.52], [x, 0.52]] for x in (0.1, 0.85)]
    lanes = [Zone(id=f"lane-{n}", kind=ZoneKind.NO_PARKING, polygon=Polygon.of(corner)) for n, corner in enumerate(corners)]
    large = np.asarray(cv2.resize(street(), (3840, 2160), interpolation=cv2.INTER_CUBIC), dtype=np.uint8)
    assert has_changed(reference_of(large, lanes, ()), with_thing(large, 410, 1085, 36, 0.5))


def test_a_reference_is_small_enough_for_a_thousand_cameras() -> None:
    everywhere = Zone(id="all", kind=ZoneKind.KEEP_CLEAR, polygon=Polygon.of([[0, 0], [1, 0], [1, 1], [0, 1]]))
    for size in ((1280, 720), (1920, 1080), (704, 576)):
        kept = reference_of(np.asarray(cv2.resize(street(), size), dtype=np.uint8), [everywhere], ())
        assert _bytes(kept) <= 60_000


class Slot(NamedTuple):
    """One slot in two consecutive frames of a real car park."""

    name: str
    zone: Zone
    before: Path
    after: Path


def _changed_slots() -> list[Slot]:
    """Every slot whose labelled state changed from one frame to the next."""
    found = []
    for folder in sorted(data_or_skip("parking").glob("sequence*")):
        frames, labels = sorted((folder / "frames").iterdir()), [_slots(file) for file in sorted((folder / "slots").iterdir())]
        for number in range(len(frames) - 1):
            now, then = labels[number], labels[number + 1]
            changed = [slot for slot in now if now[slot][1] != then[slot][1]]
            found += [Slot(f"{folder.name} {slot}", now[slot][0], frames[number], frames[number + 1]) for slot in changed]
    return found


def _slots(file: Path) -> dict[str, tuple[Zone, str | None]]:
    slots = {}
    for space in ElementTree.parse(file).getroot().iter("space"):
        corners = [[int(point.attrib["x"]) / WIDTH, int(point.attrib["y"]) / HEIGHT] for point in space.iter("point")]
        name = f"slot-{space.attrib['id']}"
        slots[name] = (Zone(id=name, kind=ZoneKind.NO_PARKING, polygon=Polygon.of(corners)), space.get("occupied"))
    return slots


def test_no_arrival_and_no_departure_of_a_real_car_is_missed_even_where_its_slot_is_the_only_zone() -> None:
    slots = _changed_slots()
    missed = [slot.name for slot in slots if not has_changed(reference_of(_read(slot.before), [slot.zone], ()), _read(slot.after))]
    assert (len(slots), missed) == (83, [])


def test_an_overcast_morning_on_an_empty_car_park_is_still_for_an_hour() -> None:
    files = sorted(data_or_skip("parking/empty-day").glob("*.jpg"))[:7]
    zones = [zone for zone, _ in _slots(min(data_or_skip("parking/sequence1/slots").glob("*.xml"))).values()]
    reference = reference_of(_read(files[0]), zones, ())
    assert [file.name for file in files if has_changed(reference, _read(file))] == []


@cache
def _read(file: Path) -> Image:
    return np.asarray(cv2.imread(str(file)), dtype=np.uint8)


def _raining(picture: Image, seed: int) -> Image:
    rng, streaks = np.random.default_rng(seed), np.zeros((HEIGHT, WIDTH), np.uint8)
    for x, y, length in zip(rng.integers(0, WIDTH, 500), rng.integers(0, HEIGHT, 500), rng.integers(8, 25, 500), strict=True):
        cv2.line(streaks, (int(x), int(y)), (int(x + length // 6), int(y + length)), 255, 1, cv2.LINE_AA)
    share = (cv2.GaussianBlur(streaks, (0, 0), 0.8) * (0.5 / 255))[..., None]
    return _picture(picture * (1 - share) + 220 * share)


def _noisy(picture: Image, strength: float, seed: int = 5) -> Image:
    return _picture(picture + strength * np.random.default_rng(seed).standard_normal(picture.shape, dtype=np.float32))


def _picture(values: Any) -> Image:
    return np.clip(values, 0, 255).astype(np.uint8)


def _bytes(reference: Reference) -> int:
    return len(reference.relief) + len(reference.matters)
