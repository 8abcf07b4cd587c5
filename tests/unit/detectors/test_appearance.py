"""How a vehicle looks survives light, and differs from another's."""

import cv2
import numpy as np
import pytest

from detectors.appearance import appearance
from rules.likeness import SAME_VEHICLE, likeness
from town.appearance import Appearance
from town.geometry import Box
from town.sight import Image

PLACE = Box(0.3, 0.3, 0.7, 0.7)


def street(body: tuple[int, int, int], window_at: int) -> Image:
    """A grey street, 200 × 200, with a car: a body, a window, two wheels."""
    image = np.full((200, 200, 3), 110, dtype=np.uint8)
    cv2.rectangle(image, (62, 70), (138, 130), body, -1)
    cv2.rectangle(image, (window_at, 76), (window_at + 30, 94), (60, 50, 40), -1)
    for x in (76, 124):
        cv2.circle(image, (x, 130), 8, (20, 20, 20), -1)
    return image


RED, WHITE = street((40, 40, 190), 70), street((225, 225, 225), 100)


def lit(image: Image, gain: float, offset: float) -> Image:
    return np.clip(image.astype(np.float32) * gain + offset, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("image", [RED, WHITE])
@pytest.mark.parametrize(("gain", "offset"), [(0.6, 0.0), (1.1, 10.0), (0.8, 40.0)])
def test_a_car_in_another_light_is_the_same_car(image: Image, gain: float, offset: float) -> None:
    assert likeness(appearance(image, PLACE), appearance(lit(image, gain, offset), PLACE)) >= SAME_VEHICLE


def test_a_box_drawn_a_little_differently_shows_the_same_car() -> None:
    assert likeness(appearance(RED, PLACE), appearance(RED, Box(0.31, 0.305, 0.71, 0.7))) >= SAME_VEHICLE


def test_another_car_in_the_same_place_is_another_car() -> None:
    assert likeness(appearance(RED, PLACE), appearance(WHITE, PLACE)) < SAME_VEHICLE


def test_a_frame_of_half_the_size_shows_the_same_car_in_the_same_cells() -> None:
    large = cv2.resize(RED, (1280, 1280), interpolation=cv2.INTER_CUBIC)
    half = cv2.resize(large, (640, 640), interpolation=cv2.INTER_AREA)
    whole, smaller = (Appearance.unpacked(appearance(image, PLACE)) for image in (large, half))
    assert (whole.octave, whole.left, whole.top) == (smaller.octave, smaller.left, smaller.top)
    assert likeness(whole.packed(), smaller.packed()) > 0.95


def test_it_is_short() -> None:
    assert len(appearance(cv2.resize(RED, (1280, 1280)), PLACE)) < 1500


@pytest.mark.parametrize("box", [Box(0.0, 0.0, 1.0, 1.0), Box(0.95, 0.95, 1.0, 1.0), Box(0.5, 0.5, 0.505, 0.9), Box(-0.1, 0.2, 0.3, 1.2)])
def test_boxes_at_the_border_and_slivers_have_a_look(box: Box) -> None:
    assert Appearance.unpacked(appearance(RED, box)).light.size > 0


@pytest.mark.parametrize("box", [Box(0.5, 0.5, 0.5, 0.5), Box(0.5, 0.2, 0.5, 0.8), Box(1.1, 0.2, 1.3, 0.8)])
def test_a_box_without_a_pixel_has_no_look(box: Box) -> None:
    assert appearance(RED, box) == b""
