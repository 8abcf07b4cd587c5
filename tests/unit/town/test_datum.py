"""Places are shown where maps made in China have them."""

import pytest

from town.datum import Datum, gcj02_of, shown_in
from town.geometry import Position

# The pairs that eviltransform and its ports are held to: Shanghai, Shenzhen, Beijing.
PAIRS = [
    (Position(31.1774276, 121.5272106), Position(31.17530398364597, 121.531541859215)),
    (Position(22.543847, 113.912316), Position(22.540796131694766, 113.9171764808363)),
    (Position(39.911954, 116.377817), Position(39.91334545536069, 116.38404722455657)),
]


@pytest.mark.parametrize(("wgs84", "gcj02"), PAIRS)
def test_known_places_lie_within_a_centimetre_of_where_they_should(wgs84: Position, gcj02: Position) -> None:
    assert gcj02_of(wgs84).distance_m(gcj02) < 0.01
    assert wgs84.distance_m(gcj02) > 400


@pytest.mark.parametrize("abroad", [Position(48.8584, 2.2945), Position(-33.86, 151.21), Position(37.77, -122.42)])
def test_nothing_is_moved_abroad(abroad: Position) -> None:
    assert gcj02_of(abroad) == abroad


def test_only_a_map_in_gcj02_moves_places() -> None:
    here = PAIRS[2][0]
    assert shown_in(Datum.WGS84, here) == here
    assert shown_in(Datum.GCJ02, here) == gcj02_of(here)
