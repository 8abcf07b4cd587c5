"""Places in a picture and on the ground."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from town.geometry import Box, Polygon, Position

share = st.floats(0, 1, allow_nan=False)
SQUARE = Polygon.of([[0.2, 0.2], [0.8, 0.2], [0.8, 0.8], [0.2, 0.8]])


@st.composite
def boxes(draw: st.DrawFn) -> Box:
    x1, x2 = sorted((draw(share), draw(share)))
    y1, y2 = sorted((draw(share), draw(share)))
    return Box(x1, y1, x2, y2)


@given(boxes(), boxes())
def test_overlap_is_a_share_and_the_same_both_ways(a: Box, b: Box) -> None:
    assert 0 <= a.overlap(b) <= 1.000001
    assert a.overlap(b) == pytest.approx(b.overlap(a))


@given(boxes())
def test_a_polygon_covers_a_share_of_a_box(box: Box) -> None:
    assert 0 <= SQUARE.covers(box) <= 1.000001


def test_a_polygon_is_the_same_clockwise_or_not() -> None:
    other_way = Polygon(SQUARE.corners[::-1])
    box = Box(0.1, 0.1, 0.5, 0.5)
    assert other_way.covers(box) == pytest.approx(SQUARE.covers(box)) == pytest.approx(0.5625)


def test_a_box_with_its_corners_swapped_is_refused() -> None:
    with pytest.raises(ValueError, match="not a box"):
        Box(0.5, 0, 0.1, 1)


@pytest.mark.parametrize(
    "corners", [[[0, 0], [1, 1]], [[0, 0], [1, 1], [1, 0], [0, 1]], [[0, 0], [0.5, 0.5], [1, 1]], [[0, 0], [1, 0], [1, 2]]]
)
def test_what_is_no_polygon_is_refused(corners: list[list[float]]) -> None:
    with pytest.raises(ValueError, match=r"polygon|corner"):
        Polygon.of(corners)


def test_distance_follows_the_ground() -> None:
    tiananmen, yizhuang = Position(39.9055, 116.3976), Position(39.7950, 116.5060)
    assert tiananmen.distance_m(yizhuang) == pytest.approx(15_380, rel=0.01)
    assert tiananmen.distance_m(tiananmen) == 0
