"""The eye says every object once, small or cut by a window."""

from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.eye import Eye
from detectors.labels import family
from tests.doubles.colour_detector import ColourDetector, painted
from town.geometry import Box, Polygon
from town.places import Zone, ZoneKind
from town.sight import Detection, Frame

AT = datetime(2026, 5, 4, 8, tzinfo=UTC)
WIDTH, HEIGHT = 640, 360


def look(things: list[tuple[str, Box]], zones: list[Box], min_confidence: float = 0.25) -> list[Detection]:
    frame = Frame("gate-3", AT, painted(WIDTH, HEIGHT, things))
    drawn = [
        Zone(id=f"z-{i}", kind=ZoneKind.NO_PARKING, polygon=Polygon.of([[b.x1, b.y1], [b.x2, b.y1], [b.x2, b.y2], [b.x1, b.y2]]))
        for i, b in enumerate(zones)
    ]
    return Eye(ColourDetector(side_px=128), min_confidence).see(frame, drawn)


def test_a_large_object_is_seen_in_the_whole_frame() -> None:
    (seen,) = look([("car", Box(0.25, 0.25, 0.75, 0.75))], [])

    assert (seen.label, seen.box.as_list(2)) == ("car", [0.25, 0.25, 0.75, 0.75])


def test_an_object_too_small_for_the_whole_frame_is_seen_where_a_zone_asks_for_it() -> None:
    small = Box(0.70, 0.20, 0.74, 0.28)

    assert look([("car", small)], []) == []
    assert [seen.box.as_list(2) for seen in look([("car", small)], [Box(0.68, 0.18, 0.76, 0.30)])] == [small.as_list(2)]


def test_what_is_less_sure_than_wanted_is_left_out() -> None:
    assert look([("car", Box(0.25, 0.25, 0.75, 0.75))], [], min_confidence=0.98) == []


@settings(derandomize=True, deadline=None, max_examples=25)
@given(st.sets(st.tuples(st.integers(0, 7), st.integers(0, 3)), max_size=12), st.sampled_from(["car", "truck", "bin", "garbage"]))
def test_every_object_in_a_lane_of_small_zones_is_seen_exactly_once(cells: set[tuple[int, int]], label: str) -> None:
    things = [(label, Box(0.02 + x * 0.12, 0.05 + y * 0.24, 0.09 + x * 0.12, 0.2 + y * 0.24)) for x, y in sorted(cells)]
    zones = [Box(x / 8, y / 4, (x + 1) / 8, (y + 1) / 4) for x in range(8) for y in range(4)]

    seen = look(things, zones)

    assert len(seen) == len(things)
    assert all(max(found.box.overlap(box) for found in seen) > 0.75 for _, box in things)
    assert all(found.label in family(label) for found in seen)


def test_an_object_wider_than_a_window_is_still_one() -> None:
    (seen,) = look([("truck", Box(0.05, 0.40, 0.95, 0.60))], [Box(0.0, 0.42, 1.0, 0.50)])

    assert seen.box.overlap(Box(0.05, 0.40, 0.95, 0.60)) > 0.95
