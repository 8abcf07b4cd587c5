"""A grid's outline on the map."""

import pytest
from pydantic import ValidationError

from town.places import Grid

SQUARE = [{"lat": 39.0, "lon": 116.0}, {"lat": 39.0, "lon": 117.0}, {"lat": 40.0, "lon": 117.0}, {"lat": 40.0, "lon": 116.0}]


def grid(area: list[dict[str, float]]) -> Grid:
    return Grid.model_validate({"id": "g", "name": "一", "manager": "m", "area": area})


def test_it_has_corners_or_is_unknown() -> None:
    assert len(grid(SQUARE).area) == 4
    assert grid([]).area == ()


@pytest.mark.parametrize("area", [SQUARE[:2], [SQUARE[0], SQUARE[2], SQUARE[1], SQUARE[3]], [SQUARE[0]] * 4])
def test_sides_that_cross_or_hold_nothing_are_refused(area: list[dict[str, float]]) -> None:
    with pytest.raises(ValidationError, match="do not cross"):
        grid(area)
