"""Geometry between picture and square: where things lie, and back again."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.letterbox import GREY, Letterbox, canvas_for, canvases
from town.geometry import Box

SIZES = st.integers(16, 4000)
SHARES = st.floats(0, 1)


@settings(derandomize=True, deadline=None)
@given(SIZES, SIZES, st.sampled_from([128, 416, 640]), st.tuples(SHARES, SHARES, SHARES, SHARES))
def test_a_box_comes_back_from_the_square_as_it_was(width: int, height: int, side: int, shares: tuple[float, float, float, float]) -> None:
    (x1, x2), (y1, y2) = sorted(shares[:2]), sorted(shares[2:])
    letterbox = Letterbox(width, height, (side, side))
    (left, top), (fitted_width, fitted_height) = letterbox.corner, letterbox.size

    there = Box(left + x1 * fitted_width, top + y1 * fitted_height, left + x2 * fitted_width, top + y2 * fitted_height)
    back = letterbox.box_in_picture(*there.center, there.width, there.height)

    assert np.allclose(back.as_list(9), [x1, y1, x2, y2], atol=1e-6)


@settings(derandomize=True, deadline=None, max_examples=40)
@given(st.integers(16, 900), st.integers(16, 900), st.sampled_from([64, 416]))
def test_the_picture_fills_one_side_of_the_square_and_is_centred(width: int, height: int, side: int) -> None:
    letterbox = Letterbox(width, height, (side, side))
    square = letterbox.fit(np.full((height, width, 3), 255, dtype=np.uint8))

    rows, columns = np.nonzero((square == 255).all(axis=2).any(axis=1))[0], np.nonzero((square == 255).all(axis=2).any(axis=0))[0]

    assert square.shape == (side, side, 3)
    assert max(len(rows), len(columns)) == side
    assert abs(rows[0] - (side - 1 - rows[-1])) <= 1
    assert abs(columns[0] - (side - 1 - columns[-1])) <= 1


def test_what_is_beside_the_picture_is_grey() -> None:
    square = Letterbox(200, 100, (64, 64)).fit(np.zeros((100, 200, 3), dtype=np.uint8))

    assert (square[:16] == GREY).all()
    assert (square[16:48] == 0).all()
    assert (square[48:] == GREY).all()


def test_a_thin_line_survives_being_made_much_smaller() -> None:
    picture = np.zeros((1024, 1024, 3), dtype=np.uint8)
    picture[:, 500:503] = 255

    square = Letterbox(1024, 1024, (128, 128)).fit(picture)

    assert square[64].max() > 60


def test_nothing_is_left_of_the_picture_that_was_in_the_square_before() -> None:
    wide, tall = (np.random.default_rng(1).integers(0, 256, (*size, 3)).astype(np.uint8) for size in ((90, 160), (160, 90)))
    square = Letterbox(160, 90, (64, 64)).fit(wide)

    Letterbox(90, 160, (64, 64)).fit_into(square, tall)

    assert np.array_equal(square, Letterbox(90, 160, (64, 64)).fit(tall))


@pytest.mark.parametrize(
    ("size", "canvas"),
    [((1280, 720), (416, 256)), ((1920, 1080), (416, 256)), ((2000, 300), (416, 256)), ((640, 480), (416, 416)), ((90, 160), (416, 416))],
)
def test_a_picture_lies_in_the_smallest_canvas_that_shows_it_as_large_as_the_square(size: tuple[int, int], canvas: tuple[int, int]) -> None:
    image = np.zeros((size[1], size[0], 3), dtype=np.uint8)

    assert canvas_for(image, canvases(416)) == canvas
    assert Letterbox(*size, canvas).size == Letterbox(*size, (416, 416)).size


def test_a_network_too_small_for_two_canvases_has_the_square_alone() -> None:
    assert canvases(64) == ((64, 64),)
