"""Where the eye looks: everywhere once, and closer at small zones."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.regions import LANE_PX, LEAST_WIDTH_PX, MOST_WINDOWS, WHOLE, reduction_for, regions_for
from town.geometry import Box, Polygon
from town.places import Zone, ZoneKind

WIDTH, HEIGHT, SIDE = 1280, 720, 416


def zone(box: Box, name: str = "lane", kind: ZoneKind = ZoneKind.NO_PARKING) -> Zone:
    corners = [[box.x1, box.y1], [box.x2, box.y1], [box.x2, box.y2], [box.x1, box.y2]]
    return Zone(id=name, kind=kind, polygon=Polygon.of(corners))


def covers(region: Box, box: Box) -> bool:
    return region.shared_area(box) >= box.area * (1 - 1e-6)


BOXES = st.builds(
    lambda x, y, w, h: Box(x, y, min(1.0, x + w), min(1.0, y + h)),
    st.floats(0, 0.9),
    st.floats(0, 0.9),
    st.floats(0.02, 0.9),
    st.floats(0.02, 0.9),
)


def test_without_zones_the_whole_frame_is_looked_at_once() -> None:
    assert regions_for([], WIDTH, HEIGHT, SIDE) == (WHOLE,)


def test_a_large_zone_needs_no_closer_look() -> None:
    assert regions_for([zone(Box(0.1, 0.2, 0.9, 0.9))], WIDTH, HEIGHT, SIDE) == (WHOLE,)


def test_one_small_zone_is_looked_at_in_one_window_instead_of_the_whole_frame() -> None:
    small = Box(0.70, 0.10, 0.74, 0.15)

    (window,) = regions_for([zone(small)], WIDTH, HEIGHT, SIDE)

    assert covers(window, small)
    assert window.width * WIDTH == pytest.approx(SIDE)


def test_a_large_zone_beside_a_small_one_keeps_the_whole_frame() -> None:
    regions = regions_for([zone(Box(0.1, 0.2, 0.6, 0.9)), zone(Box(0.70, 0.10, 0.74, 0.15), "far")], WIDTH, HEIGHT, SIDE)

    assert len(regions) == 2
    assert regions[0] == WHOLE


def test_a_bin_station_is_looked_at_closer_than_a_lane_of_its_size() -> None:
    place = Box(0.3, 0.3, 0.6, 0.6)

    (closer,) = regions_for([zone(place, kind=ZoneKind.BIN_STATION)], WIDTH, HEIGHT, SIDE)

    assert regions_for([zone(place, kind=ZoneKind.FIRE_LANE)], WIDTH, HEIGHT, SIDE) == (WHOLE,)
    assert closer.width < 0.7
    assert covers(closer, Box(0.25, 0.2, 0.65, 0.7))


def test_small_zones_beside_each_other_share_a_window() -> None:
    beside = [zone(Box(0.4 + i * 0.05, 0.4, 0.44 + i * 0.05, 0.46), f"slot-{i}") for i in range(4)]

    assert len(regions_for(beside, WIDTH, HEIGHT, SIDE)) == 1


def test_small_zones_far_apart_get_a_window_each_and_nothing_between_is_looked_at_closely() -> None:
    apart = [zone(Box(0.0, 0.0, 0.04, 0.05), "near"), zone(Box(0.95, 0.94, 1.0, 1.0), "far")]

    regions = regions_for(apart, WIDTH, HEIGHT, SIDE)

    assert len(regions) == 2
    assert not any(region.shared_area(Box(0.45, 0.45, 0.55, 0.55)) for region in regions)


def test_a_long_thin_lane_is_covered_by_windows_that_overlap() -> None:
    lane = Box(0.0, 0.5, 1.0, 0.55)

    whole, *windows = regions_for([zone(lane)], WIDTH, HEIGHT, SIDE)

    assert whole == WHOLE
    in_order = sorted(windows, key=lambda window: window.x1)
    assert in_order[0].x1 == 0
    assert in_order[-1].x2 == 1
    assert all(before.x2 > after.x1 + 0.05 for before, after in pairwise(in_order))


def test_a_picture_as_small_as_the_network_is_never_enlarged() -> None:
    assert regions_for([zone(Box(0.1, 0.1, 0.15, 0.15))], 400, 300, SIDE) == (WHOLE,)


@settings(derandomize=True, deadline=None, max_examples=150)
@given(st.lists(BOXES, max_size=12), st.sampled_from([(1280, 720), (3840, 2160), (720, 1280), (640, 640)]), st.sampled_from([416, 640]))
def test_regions_lie_in_the_frame_and_end_somewhere(boxes: list[Box], size: tuple[int, int], side: int) -> None:
    regions = regions_for([zone(box, f"z-{i}") for i, box in enumerate(boxes)], *size, side)

    assert 1 <= len(regions) <= 1 + MOST_WINDOWS
    assert WHOLE not in regions[1:]
    assert all(region == region.clipped() and region.area > 0 for region in regions)


@settings(derandomize=True, deadline=None, max_examples=150)
@given(st.lists(BOXES, min_size=1, max_size=6), st.sampled_from([416, 640]))
def test_every_corner_of_a_small_zone_is_seen_closer(boxes: list[Box], side: int) -> None:
    regions = regions_for([zone(box, f"z-{i}") for i, box in enumerate(boxes)], WIDTH, HEIGHT, side)

    small = [box for box in boxes if min(box.width * WIDTH, box.height * HEIGHT) * side / WIDTH < LANE_PX - 0.01]

    closer = [region for region in regions if region != WHOLE]
    for box in small:
        for x, y in ((box.x1, box.y1), (box.x2, box.y1), (box.x2, box.y2), (box.x1, box.y2), box.center):
            assert any(region.x1 - 1e-6 <= x <= region.x2 + 1e-6 and region.y1 - 1e-6 <= y <= region.y2 + 1e-6 for region in closer)


@pytest.mark.parametrize(("width", "height", "times"), [(1280, 720, 2), (1920, 1080, 2), (3840, 2160, 4), (7680, 4320, 8), (640, 360, 1)])
def test_where_the_whole_frame_is_looked_at_it_may_be_taken_much_smaller(width: int, height: int, times: int) -> None:
    assert reduction_for([], width, height, SIDE) == times


def test_a_zone_that_wants_every_pixel_keeps_the_frame_whole() -> None:
    assert reduction_for([zone(Box(0.70, 0.10, 0.72, 0.13))], 3840, 2160, SIDE) == 1


def test_a_zone_is_looked_at_in_the_same_window_of_the_smaller_frame() -> None:
    station = zone(Box(0.4, 0.4, 0.6, 0.8), kind=ZoneKind.BIN_STATION)
    assert reduction_for([station], 1920, 1080, SIDE) == 2

    smaller, larger = (regions_for([station], *size, SIDE) for size in ((960, 540), (1920, 1080)))

    assert [box.as_list(2) for box in smaller] == [box.as_list(2) for box in larger] != [WHOLE.as_list(2)]


@settings(derandomize=True, deadline=None)
@given(st.lists(BOXES, max_size=4), st.sampled_from([(1280, 720), (1920, 1080), (2592, 1944), (3840, 2160)]), st.sampled_from([416, 640]))
def test_no_region_of_a_smaller_frame_has_fewer_pixels_than_the_network(boxes: list[Box], size: tuple[int, int], side: int) -> None:
    zones, (width, height) = [zone(box, f"z{i}") for i, box in enumerate(boxes)], size

    times = reduction_for(zones, width, height, side)

    assert times == 1 or width / times >= LEAST_WIDTH_PX
    assert times == 1 or all(max(r.width * width, r.height * height) / times >= side for r in regions_for(zones, width, height, side))
