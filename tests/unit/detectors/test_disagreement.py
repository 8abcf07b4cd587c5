"""Two networks differ where a rule would: in a zone's counts, or about a thing that one is sure of."""

from datetime import UTC, datetime

import numpy as np

from detectors.disagreement import differences
from detectors.registry import observe
from town.evidence import Difference, Reason
from town.geometry import Box, Polygon
from town.places import Zone, ZoneKind
from town.sight import Detection, Frame

FRAME = Frame("gate", datetime(2026, 5, 4, 2, tzinfo=UTC), np.zeros((90, 160, 3), np.uint8))
STATION = Zone(id="station", kind=ZoneKind.BIN_STATION, polygon=Polygon.of([[0, 0], [0.6, 0], [0.6, 1], [0, 1]]))
LANE = Zone(id="lane", kind=ZoneKind.NO_PARKING, polygon=Polygon.of([[0.6, 0], [1, 0], [1, 1], [0.6, 1]]))
HERE, THERE, IN_LANE = Box(0.1, 0.1, 0.3, 0.4), Box(0.35, 0.1, 0.55, 0.4), Box(0.7, 0.2, 0.9, 0.6)


def between(promoted: list[Detection], candidate: list[Detection]) -> list[Difference]:
    zones = (STATION, LANE)
    return list(differences(observe(FRAME, zones, promoted), observe(FRAME, zones, candidate), promoted, candidate))


def test_the_same_things_are_no_difference() -> None:
    seen = [Detection("overflowing_bin", 0.8, HERE), Detection("car", 0.9, IN_LANE)]
    assert between(seen, seen) == []


def test_a_little_less_sure_or_a_little_aside_is_no_difference() -> None:
    assert between([Detection("car", 0.9, IN_LANE)], [Detection("car", 0.5, Box(0.71, 0.22, 0.91, 0.6))]) == []


def test_a_bin_that_overflows_for_one_only_is_told_by_its_count() -> None:
    (difference,) = between([Detection("overflowing_bin", 0.8, HERE)], [Detection("bin", 0.8, HERE)])
    assert difference == Difference(Reason.COUNT_DIFFERS, "station", "overflowing_count", 1.0, 0.0)


def test_what_one_is_sure_of_and_the_other_does_not_see_is_told_with_its_count() -> None:
    assert between([], [Detection("car", 0.8, IN_LANE)]) == [
        Difference(Reason.COUNT_DIFFERS, "lane", "vehicle_count", 0.0, 1.0),
        Difference(Reason.ONLY_CANDIDATE_SEES, "lane", "car", 0.0, 0.8),
    ]


def test_equal_counts_of_different_things_are_told_from_both_sides() -> None:
    assert [(d.reason, d.what) for d in between([Detection("bin", 0.8, HERE)], [Detection("bin", 0.7, THERE)])] == [
        (Reason.ONLY_PROMOTED_SEES, "bin"),
        (Reason.ONLY_CANDIDATE_SEES, "bin"),
    ]


def test_a_faint_sight_of_it_counts_as_seen() -> None:
    faint = Detection("bin", 0.2, HERE)
    assert [d.reason for d in between([Detection("bin", 0.8, HERE)], [faint])] == [Reason.COUNT_DIFFERS]


def test_a_van_that_is_car_or_truck_is_one_thing() -> None:
    assert between([Detection("car", 0.8, IN_LANE)], [Detection("truck", 0.8, IN_LANE)]) == []


def test_what_stands_in_no_zone_makes_no_difference() -> None:
    assert between([Detection("car", 0.9, HERE)], []) == []


def test_what_neither_is_sure_of_makes_no_difference() -> None:
    assert between([Detection("car", 0.29, IN_LANE)], []) == []
