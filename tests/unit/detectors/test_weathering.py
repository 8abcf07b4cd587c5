"""Weathers change how a picture looks and nothing of where things are, and can be drawn again from their seed."""

import cv2
import numpy as np
import pytest

from detectors.weathering import WEATHERS, packed, weathered
from tests.doubles.colour_detector import painted
from town.geometry import Box
from town.sight import Image


def street() -> Image:
    """A bright thing on the left of a grey picture with fine detail."""
    image = painted(160, 120, [("bin", Box(0.1, 0.2, 0.4, 0.9))])
    texture = np.random.default_rng(1).integers(0, 40, image.shape[:2]).astype(np.uint8)
    return np.asarray(cv2.add(image, cv2.cvtColor(texture, cv2.COLOR_GRAY2BGR)), dtype=np.uint8)


@pytest.mark.parametrize("name", WEATHERS)
def test_a_weather_keeps_the_shape_and_the_given_picture(name: str) -> None:
    image, before = street(), street()

    shown = WEATHERS[name](image, np.random.default_rng(3))

    assert (shown.shape, shown.dtype) == (image.shape, np.uint8)
    assert np.array_equal(image, before)
    assert not np.array_equal(shown, image)


@pytest.mark.parametrize("name", WEATHERS)
def test_the_same_seed_gives_the_same_weather_and_another_seed_another(name: str) -> None:
    one, same, other = (WEATHERS[name](street(), np.random.default_rng(seed)) for seed in (3, 3, 4))

    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)


@pytest.mark.parametrize("name", WEATHERS)
def test_things_stay_where_they_are(name: str) -> None:
    """What differs between left and right in the picture still does in a weather, at the same place."""
    shown = cv2.cvtColor(WEATHERS[name](street(), np.random.default_rng(5)), cv2.COLOR_BGR2GRAY)
    plain = cv2.cvtColor(street(), cv2.COLOR_BGR2GRAY)

    assert np.corrcoef(cv2.blur(shown, (9, 9)).ravel(), cv2.blur(plain, (9, 9)).ravel())[0, 1] > 0.8


def test_infrared_has_no_colour_and_dusk_is_darker() -> None:
    grey = WEATHERS["infrared"](street(), np.random.default_rng(1)).astype(int)
    dark = WEATHERS["dusk"](street(), np.random.default_rng(1))

    assert abs(grey[..., 0].mean() - grey[..., 2].mean()) < 1
    assert dark.mean() < street().mean()


def test_the_share_says_how_many_pictures_get_a_weather() -> None:
    rng, image = np.random.default_rng(1), street()

    changed = sum(weathered(image, rng, 0.5) is not image for _ in range(200))

    assert 70 < changed < 130
    assert all(weathered(image, rng, 0.0) is image for _ in range(20))


def test_hard_packing_loses_detail_and_soft_packing_little() -> None:
    hard, soft = (np.abs(packed(street(), quality).astype(int) - street()).mean() for quality in (10, 95))

    assert soft < hard
