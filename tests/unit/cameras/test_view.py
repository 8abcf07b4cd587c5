"""A view is learnt from fit looks and measured against; what covers or moves it is found, by day and in infra-red."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import cache, partial
from typing import Any

import cv2
import numpy as np
import pytest

from cameras.registration import UNKNOWN
from cameras.view import GIVES_WAY_AFTER, SLOWEST, TRUSTED_FROM, YOUNG_FOR, Light, View
from simulator.damage import BAG, LEAF, PAINT, blurred, covered, infrared, noisy, shifted
from tests.doubles.camera_servers import data_or_skip, scene
from tests.doubles.street_views import Lookouts, car_park
from town.geometry import Box, Shift

HOUR = timedelta(hours=1)


def day(image: Any) -> Any:
    return image


LIGHTS = pytest.mark.parametrize("light", [day, infrared])


def street(seed: int = 0) -> Any:
    return noisy(scene(640, 360), 2, seed)


def learnt(light: Callable[[Any], Any] = day) -> Lookouts:
    """A camera whose view of the street is learnt."""
    camera = Lookouts()
    assert set(camera.reasons(light(street(seed)) for seed in range(TRUSTED_FROM + 1))) == {"fit"}
    return camera


@cache
def car_park_view(light: Callable[[Any], Any]) -> View:
    camera = Lookouts()
    assert set(camera.reasons(car_park(6, light))) == {"fit"}
    return camera.view


def found(light: Callable[[Any], Any], damage: Callable[..., Any]) -> list[str]:
    """What each of three looks at a damaged car park says, at five times of the day."""
    reasons = []
    for number, image in enumerate(car_park(16)):
        camera = Lookouts(car_park_view(light))
        reasons += camera.reasons(light(damage(image, seed=3 * number + look)) for look in range(3))
    return reasons


def test_a_view_is_learnt_before_it_is_measured_against() -> None:
    camera = Lookouts()
    camera.reasons(street(seed) for seed in range(TRUSTED_FROM - 1))
    assert camera.look(scene(640, 360, 5)).reason == "fit"
    assert camera.view.references[Light.DAY].looks == 1


@LIGHTS
def test_another_view_has_moved_until_the_old_one_is_back(light: Callable[[Any], Any]) -> None:
    camera = learnt(light)
    assert camera.reasons([light(scene(640, 360, 5)), light(street(50))]) == ["moved", "fit"]


@pytest.mark.parametrize(("dx", "dy"), [(0.03, 0.0), (-0.02, 0.04), (0.05, -0.05)])
def test_a_small_move_is_measured(dx: float, dy: float) -> None:
    fitness = learnt().look(noisy(shifted(scene(640, 360), dx, dy), 2))
    assert fitness.reason == "fit"
    assert not fitness.shift.differs(Shift(dx, dy), 0.006)


def test_a_shift_does_not_tremble_and_ends_when_the_camera_is_put_right() -> None:
    camera = learnt()
    moved = [camera.look(noisy(shifted(scene(640, 360), 0.03 + sway, 0.0), 2)).shift for sway in (0, 0.003, -0.002)]
    assert len(set(moved)) == 1
    assert camera.look(street(60)).shift == Shift()


def test_a_large_move_is_unfit_and_so_is_the_night_whose_view_was_never_learnt() -> None:
    camera = learnt()
    knocked = shifted(scene(640, 360), 0.12, 0.0)
    assert camera.reasons([noisy(knocked, 2), infrared(knocked), infrared(street(3)), street(4), infrared(street(5))]) == [
        "moved",
        "moved",
        "moved",
        "fit",
        "fit",
    ]


def test_an_infrared_view_that_begins_in_a_moved_one_is_learnt_where_the_zones_are() -> None:
    camera = learnt()
    for seed in range(TRUSTED_FROM + 1):
        camera.look(noisy(shifted(scene(640, 360), 0.04, 0.0), 2, seed))
        assert camera.look(infrared(shifted(scene(640, 360), 0.04, 0.0), seed)).shift
    assert camera.look(infrared(street(70))).shift == Shift()


def test_day_and_infrared_are_learnt_apart() -> None:
    camera = learnt()
    camera.reasons(infrared(street(seed), seed) for seed in range(TRUSTED_FROM))
    references = camera.view.references
    assert references.keys() == {Light.DAY, Light.INFRARED}
    assert not np.array_equal(references[Light.DAY].relief, references[Light.INFRARED].relief)


def test_an_unfit_look_teaches_nothing() -> None:
    camera = learnt()
    before = camera.view.references[Light.DAY]
    for seed in range(4):
        camera.look(covered(street(seed), 0.6, seed=seed), after=HOUR / 6)
    assert camera.view.references[Light.DAY] is before


def test_a_slow_change_is_learnt_and_a_days_change_is_not() -> None:
    camera = learnt()
    known = camera.view.references[Light.DAY]
    camera.view = replace(camera.view, references={Light.DAY: replace(known, looks=SLOWEST)})
    grown = scene(640, 360).copy()
    grown[150:210, 200:300] = 255 - grown[150:210, 200:300]
    changes = []
    for hour in range(200):
        assert camera.look(noisy(grown, 2, hour), after=HOUR).reason == "fit"
        changes.append(np.abs(camera.view.references[Light.DAY].relief.astype(int) - known.relief).max())
    assert changes[11] < 0.2 * changes[-1]
    assert changes[-1] > 200


def test_a_young_view_that_learnt_what_only_stood_there_gives_way_and_an_old_one_does_not() -> None:
    young, old = learnt(), learnt()
    old.look(street(1), after=YOUNG_FOR + HOUR)
    for camera, after in ((young, "fit"), (old, "covered")):
        thing = [covered(street(seed), 0.5, seed=1) for seed in range(3)]
        assert camera.reasons(thing[:2]) == ["covered", "covered"]
        assert camera.look(thing[2], after=GIVES_WAY_AFTER).reason == after


PARKED = [Box(x, 0.3, x + 0.16, 0.6) for x in (0.05, 0.3, 0.55, 0.8)] + [Box(x, 0.7, x + 0.22, 0.98) for x in (0.02, 0.35, 0.7)]


def with_parked(seed: int, boxes: Sequence[Box] = PARKED) -> Any:
    image = street(seed)
    for number, box in enumerate(boxes):
        x1, y1, x2, y2 = round(box.x1 * 640), round(box.y1 * 360), round(box.x2 * 640), round(box.y2 * 360)
        image[y1:y2, x1:x2] = scene(x2 - x1, y2 - y1, 20 + number)
    return noisy(image, 2, seed)


def parked_view(passing: Sequence[Box], boxes: Sequence[Box] = PARKED) -> Lookouts:
    camera = Lookouts()
    for seed in range(TRUSTED_FROM):
        assert camera.look(with_parked(seed, boxes), passing=passing).fit
    return camera


def test_what_stood_there_from_the_first_look_on_may_leave() -> None:
    assert parked_view(passing=PARKED).reasons(street(seed) for seed in range(3)) == ["fit"] * 3
    assert not parked_view(passing=()).look(street()).fit, "this much may leave only because it was never learnt"


def test_a_place_is_learnt_when_it_is_first_seen_free() -> None:
    camera = parked_view(passing=PARKED[1:2], boxes=PARKED[1:2])
    before = camera.view.references[Light.DAY].relief
    assert set(before[20:30, 30:40].ravel()) == {UNKNOWN}
    camera.look(street(1), after=HOUR)
    after = camera.view.references[Light.DAY].relief
    assert UNKNOWN not in after
    free = learnt().view.references[Light.DAY].relief
    assert np.abs(after[20:30, 30:40].astype(int) - free[20:30, 30:40]).max() < 30


def test_what_comes_later_does_not_change_what_is_known() -> None:
    camera = learnt()
    before = camera.view.references[Light.DAY].relief
    for seed in range(5):
        camera.look(with_parked(seed, PARKED[:2]), after=HOUR, passing=PARKED[:2])
    after = camera.view.references[Light.DAY].relief
    assert np.array_equal(after[20:30, 30:40], before[20:30, 30:40])
    assert camera.view.references[Light.DAY].learnt_at == camera.now


def test_what_is_known_of_a_view_in_part_still_tells_covers_and_moves() -> None:
    camera = parked_view(passing=PARKED[:4], boxes=PARKED[:4])
    for image, reason in ((covered(street(1), 0.6, seed=3), "covered"), (shifted(street(1), 0.12, 0.0), "moved")):
        assert Lookouts(camera.view).look(noisy(image, 2)).reason == reason
    assert not Lookouts(camera.view).look(noisy(shifted(street(1), 0.03, -0.02), 2)).shift.differs(Shift(0.03, -0.02), 0.006)


def test_a_view_that_is_hardly_known_is_no_measure() -> None:
    camera = parked_view(passing=[Box(0.0, 0.0, 0.8, 1.0)])
    assert camera.look(scene(640, 360, 5)).reason == "fit"


def test_a_place_that_was_not_known_is_not_known_where_the_zones_were_drawn() -> None:
    """A view that moved by a tenth of the box's width: the box is where it stands in the frame, the reference where it stood."""
    camera = learnt()
    fresh = Lookouts(replace(camera.view, references={}))
    fresh.view = replace(fresh.view, shift=Shift(0.05, 0.0))
    fresh.look(noisy(shifted(street(1), 0.05, 0.0), 2), passing=[Box(0.5, 0.4, 0.7, 0.6)])
    unknown = fresh.view.references[Light.DAY].relief == UNKNOWN
    columns = np.flatnonzero(unknown[27])
    assert 39 <= columns.min() <= 41, "0.45 of 96, less what the box lends its surroundings"


def test_a_reference_is_small() -> None:
    assert learnt().view.references[Light.DAY].relief.nbytes <= 20e6 / 1000 / 3


@pytest.mark.parametrize("folder", ["sequence1/frames", "sequence2/frames", "sequence3/frames", "sequence4/frames"])
def test_the_same_camera_weeks_later_is_fit_with_cars_that_come_and_go(folder: str) -> None:
    camera = Lookouts(car_park_view(day))
    frames = [cv2.imread(str(path)) for path in sorted(data_or_skip(f"parking/{folder}").glob("*.jpg"))]
    assert set(camera.reasons(frames)) == {"fit"}


@LIGHTS
def test_a_day_of_a_real_camera_is_fit(light: Callable[[Any], Any]) -> None:
    assert set(Lookouts().reasons(car_park(2, light))) == {"fit"}


@LIGHTS
@pytest.mark.parametrize("share", [0.33, 0.5, 0.8])
@pytest.mark.parametrize(("colour", "seen_through"), [(LEAF, 0.0), (BAG, 0.12), (PAINT, 0.0)])
def test_what_covers_a_third_of_a_real_view_or_more_is_found(
    light: Callable[[Any], Any], share: float, colour: Any, seen_through: float
) -> None:
    assert "fit" not in found(light, partial(covered, share=share, colour=colour, seen_through=seen_through))


@LIGHTS
@pytest.mark.parametrize(("dx", "dy", "turned"), [(0.08, 0.0, 0.0), (0.0, -0.1, 0.0), (0.2, 0.1, 0.0), (0.0, 0.0, 2.0), (0.02, 0.02, 5.0)])
def test_a_real_view_that_moved_far_or_turned_is_found(light: Callable[[Any], Any], dx: float, dy: float, turned: float) -> None:
    assert set(found(light, lambda image, seed: noisy(shifted(image, dx, dy, turned), 2, seed))) <= {"moved", "covered"}


@LIGHTS
@pytest.mark.parametrize("share", [0.01, 0.02, 0.04])
def test_a_real_view_that_moved_a_little_is_registered(light: Callable[[Any], Any], share: float) -> None:
    for number, image in enumerate(car_park(16)):
        fitness = Lookouts(car_park_view(light)).look(light(noisy(shifted(image, share, -share), 2, number)))
        assert fitness.reason == "fit"
        assert not fitness.shift.differs(Shift(share, -share), 0.01)


@LIGHTS
@pytest.mark.parametrize("radius_px", [4, 6, 10])
def test_a_real_view_out_of_focus_is_found(light: Callable[[Any], Any], radius_px: int) -> None:
    assert "fit" not in found(light, lambda image, seed: noisy(blurred(image, radius_px), 1, seed))
