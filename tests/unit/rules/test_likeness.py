"""Two looks at one place are alike where their edges lie in the same cells, whatever the light and wherever the box ends."""

import numpy as np
import pytest
from numpy.typing import NDArray

from rules.likeness import SAME_VEHICLE, edges, likeness
from town.appearance import Appearance

CAR, OTHER = (np.random.default_rng(seed).integers(40, 216, (40, 60)).astype(np.uint8) for seed in (1, 2))


def look(light: NDArray[np.uint8] = CAR, left: int = 0, top: int = 0, octave: int = -8) -> bytes:
    return Appearance.of(octave, 100 + left, 60 + top, light).packed()


def part(left: int, top: int, right: int, bottom: int, light: NDArray[np.uint8] = CAR) -> bytes:
    """What a box that the detector drew so holds of it."""
    return look(light[top:bottom, left:right], left, top)


def test_a_look_is_wholly_like_itself() -> None:
    assert likeness(look(), look()) == pytest.approx(1.0)


def test_another_vehicle_is_not_alike() -> None:
    assert likeness(look(), look(OTHER)) < 0.3


def test_light_that_is_halved_and_raised_makes_no_other_vehicle() -> None:
    assert likeness(look(), look((CAR * 0.5 + 40).astype(np.uint8))) > 0.95


def test_boxes_drawn_differently_show_one_vehicle() -> None:
    assert likeness(part(0, 0, 52, 40), part(6, 4, 60, 36)) > SAME_VEHICLE


def test_half_of_a_vehicle_is_like_the_whole() -> None:
    assert likeness(look(), part(0, 0, 30, 40)) > SAME_VEHICLE


def test_what_hardly_shares_a_cell_is_not_alike() -> None:
    assert likeness(part(0, 0, 30, 40), part(30, 0, 60, 40)) == 0.0
    assert likeness(part(0, 0, 30, 40), part(24, 0, 60, 40)) < SAME_VEHICLE


@pytest.mark.parametrize(("right", "down"), [(1, 0), (-1, 1), (0, -1)])
def test_a_camera_that_trembles_by_a_cell_shows_one_vehicle(right: int, down: int) -> None:
    assert likeness(look(), look(np.roll(CAR, (down, right), (0, 1)))) > 0.9


def test_a_box_just_over_the_size_at_which_cells_double_shows_one_vehicle() -> None:
    coarse = Appearance.unpacked(look()).coarser().packed()
    assert likeness(look(), coarse) == likeness(coarse, look()) == pytest.approx(1.0)


def test_sizes_that_are_far_apart_are_not_compared() -> None:
    assert likeness(look(), look(octave=-6)) == 0.0


def test_a_plain_wall_is_like_nothing() -> None:
    plain = look(np.full((40, 60), 128, dtype=np.uint8))
    assert likeness(plain, plain) == 0.0


@pytest.mark.parametrize("broken", [b"", b"\x02", b"\x01" + b"0" * 30, look()[:-1], look()[:6] + b"\0" + look()[7:]])
def test_what_is_no_appearance_is_refused(broken: bytes) -> None:
    with pytest.raises(ValueError, match="not an appearance"):
        edges(broken)
