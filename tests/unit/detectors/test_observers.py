"""What observers measure in a zone, from detections made by hand."""

from datetime import UTC, datetime

import numpy as np
import pytest

from detectors.registry import OBSERVERS, observe
from town.geometry import Box, Polygon
from town.places import Zone, ZoneKind
from town.sight import Detection, Frame, Observation

AT = datetime(2026, 5, 4, 8, tzinfo=UTC)
FRAME = Frame("gate-3", AT, np.random.default_rng(1).integers(0, 255, (90, 160, 3), dtype=np.uint8))
LEFT_HALF = Polygon.of([[0, 0], [0.5, 0], [0.5, 1], [0, 1]])


def zone(kind: ZoneKind, polygon: Polygon = LEFT_HALF) -> Zone:
    return Zone(id="here", kind=kind, polygon=polygon)


def measured(kind: ZoneKind, *detections: Detection, observed: str) -> Observation:
    (found,) = (seen for seen in observe(FRAME, [zone(kind)], detections) if seen.kind == observed)
    return found


def at(x: float, label: str, confidence: float = 0.8, y: float = 0.5) -> Detection:
    return Detection(label, confidence, Box.around(x, y, 0.08, 0.1))


def test_a_station_counts_its_bins_those_that_overflow_and_what_lies_around() -> None:
    things = [at(0.1, "bin"), at(0.2, "overflowing_bin"), at(0.3, "bin"), at(0.4, "garbage"), at(0.8, "overflowing_bin")]

    seen = measured(ZoneKind.BIN_STATION, *things, observed="bins")

    assert seen.metrics == {"bin_count": 3.0, "overflowing_count": 1.0, "overflowing_share": pytest.approx(1 / 3), "garbage_count": 1.0}
    assert [thing.label for thing in seen.objects] == ["bin", "overflowing_bin", "bin", "garbage"]


def test_an_empty_station_has_no_share_of_overflowing_bins() -> None:
    assert measured(ZoneKind.BIN_STATION, observed="bins").metrics["overflowing_share"] == 0.0


def test_an_unsure_bin_is_recorded_but_not_counted_and_a_guess_is_neither() -> None:
    seen = measured(ZoneKind.BIN_STATION, at(0.1, "overflowing_bin", 0.29), at(0.3, "overflowing_bin", 0.14), observed="bins")

    assert seen.metrics["overflowing_count"] == 0.0
    assert [thing.confidence for thing in seen.objects] == [0.29]


def test_a_bin_said_to_be_both_is_one_bin() -> None:
    seen = measured(ZoneKind.BIN_STATION, at(0.2, "overflowing_bin", 0.7), at(0.2, "bin", 0.6), observed="bins")

    assert (seen.metrics["bin_count"], seen.metrics["overflowing_count"]) == (1.0, 1.0)


@pytest.mark.parametrize(("x", "inside"), [(0.49, 1.0), (0.51, 0.0)])
def test_a_bin_belongs_to_the_zone_that_holds_most_of_it(x: float, inside: float) -> None:
    assert measured(ZoneKind.BIN_STATION, at(x, "bin"), observed="bins").metrics["bin_count"] == inside


def test_a_vehicle_seen_as_car_and_as_truck_is_one() -> None:
    seen = measured(ZoneKind.FIRE_LANE, at(0.2, "truck", 0.7), at(0.205, "car", 0.6), observed="vehicles")

    assert seen.metrics == {"vehicle_count": 1.0}
    assert [vehicle.label for vehicle in seen.objects] == ["truck"]


def test_a_vehicle_belongs_where_it_stands_not_where_its_roof_reaches() -> None:
    lower_half = Polygon.of([[0, 0.5], [1, 0.5], [1, 1], [0, 1]])
    tall = Detection("bus", 0.9, Box(0.3, 0.2, 0.6, 0.65))
    behind = Detection("car", 0.9, Box(0.7, 0.3, 0.9, 0.55))

    (seen,) = observe(FRAME, [zone(ZoneKind.NO_PARKING, lower_half)], [tall, behind])

    assert [vehicle.label for vehicle in seen.objects] == ["bus"]


def test_every_vehicle_says_how_it_looks() -> None:
    seen = measured(ZoneKind.NO_PARKING, at(0.2, "car"), observed="vehicles")

    assert len(seen.objects[0].appearance) > 0


def test_bikes_are_counted_where_they_stand() -> None:
    seen = measured(ZoneKind.BIKE_BAY, at(0.1, "bicycle"), at(0.3, "motorcycle"), at(0.9, "bicycle"), at(0.2, "person"), observed="bikes")

    assert seen.metrics == {"bike_count": 2.0}


@pytest.mark.parametrize(
    ("kind", "kinds"),
    [
        (ZoneKind.BIN_STATION, ["bins"]),
        (ZoneKind.NO_PARKING, ["vehicles"]),
        (ZoneKind.FIRE_LANE, ["vehicles"]),
        (ZoneKind.BIKE_BAY, ["bikes"]),
        (ZoneKind.KEEP_CLEAR, ["bins", "vehicles", "bikes"]),
    ],
)
def test_every_purpose_of_a_zone_is_measured(kind: ZoneKind, kinds: list[str]) -> None:
    assert [seen.kind for seen in observe(FRAME, [zone(kind)], [])] == kinds


def test_an_observation_says_where_and_when_and_holds_the_declared_metrics() -> None:
    everywhere = [zone(kind) for kind in ZoneKind]

    for seen in observe(FRAME, everywhere, [at(0.2, "car"), at(0.3, "bin")]):
        declared = next(observer.metrics for observer in OBSERVERS if observer.kind == seen.kind)
        assert tuple(seen.metrics) == declared
        assert (seen.camera_id, seen.zone_id, seen.seen_at) == ("gate-3", "here", AT)
