"""One detection an object, however often it was seen."""

from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.labels import family
from detectors.merging import SAME_OBJECT_OVERLAP, in_frame, one_each, without_repeats
from detectors.regions import WHOLE
from town.geometry import Box
from town.sight import Detection

LEFT, RIGHT = Box(0.0, 0.0, 0.6, 1.0), Box(0.4, 0.0, 1.0, 1.0)

DETECTIONS = st.builds(
    lambda label, confidence, x, y, w, h: Detection(label, confidence, Box(x, y, min(1.0, x + w), min(1.0, y + h))),
    st.sampled_from(["car", "truck", "bin", "overflowing_bin", "person"]),
    st.floats(0.05, 1),
    st.floats(0, 0.9),
    st.floats(0, 0.9),
    st.floats(0.01, 0.4),
    st.floats(0.01, 0.4),
)


def test_a_van_seen_as_car_and_truck_is_one_vehicle_named_as_surest() -> None:
    van = [Detection("truck", 0.7, Box(0.1, 0.1, 0.3, 0.3)), Detection("car", 0.5, Box(0.11, 0.1, 0.3, 0.3))]

    assert without_repeats(van) == [van[0]]


def test_a_person_before_a_car_stays_a_person() -> None:
    both = [Detection("car", 0.7, Box(0.1, 0.1, 0.3, 0.3)), Detection("person", 0.5, Box(0.11, 0.1, 0.3, 0.3))]

    assert without_repeats(both) == both


def test_a_box_of_a_region_is_found_in_the_frame() -> None:
    candidate = in_frame(Detection("car", 0.7, Box(0.2, 0.2, 0.4, 0.6)), Box(0.5, 0.0, 1.0, 0.5))

    assert candidate.detection.box.as_list() == [0.6, 0.1, 0.7, 0.3]
    assert not candidate.cut


def test_half_a_car_at_a_border_gives_way_to_the_whole_car_of_the_neighbour() -> None:
    half = in_frame(Detection("car", 0.9, Box(0.8, 0.4, 1.0, 0.6)), LEFT)
    whole = in_frame(Detection("car", 0.6, Box(0.14, 0.4, 0.5, 0.6)), RIGHT)

    assert one_each([half, whole]) == [whole.detection]


def test_half_a_car_that_nobody_sees_whole_is_better_than_none() -> None:
    half = in_frame(Detection("car", 0.9, Box(0.8, 0.4, 1.0, 0.6)), LEFT)

    assert one_each([half]) == [half.detection]


def test_a_small_car_in_front_of_a_bus_is_not_a_part_of_it() -> None:
    bus, car = Detection("bus", 0.9, Box(0.1, 0.1, 0.9, 0.9)), Detection("car", 0.6, Box(0.3, 0.5, 0.5, 0.8))

    assert without_repeats([bus, car]) == [bus, car]


def test_the_border_of_the_frame_cuts_nothing_that_a_region_could_show() -> None:
    assert not in_frame(Detection("car", 0.9, Box(0.0, 0.0, 0.3, 0.3)), WHOLE).cut
    assert not in_frame(Detection("car", 0.9, Box(0.0, 0.0, 0.3, 0.3)), LEFT).cut


@settings(derandomize=True, deadline=None)
@given(st.lists(DETECTIONS, max_size=20))
def test_what_is_kept_is_kept_again_and_no_two_are_one_object(detections: list[Detection]) -> None:
    kept = without_repeats(detections)

    assert without_repeats(kept) == kept
    assert all(
        one.label not in family(other.label) or one.box.overlap(other.box) <= SAME_OBJECT_OVERLAP
        for i, one in enumerate(kept)
        for other in kept[:i]
    )


@settings(derandomize=True, deadline=None)
@given(st.lists(DETECTIONS, max_size=20))
def test_whatever_is_dropped_is_said_by_a_surer_one(detections: list[Detection]) -> None:
    kept = without_repeats(detections)

    for dropped in (d for d in detections if d not in kept):
        assert any(
            other.confidence >= dropped.confidence and other.box.overlap(dropped.box) > SAME_OBJECT_OVERLAP
            for other in kept
            if other.label in family(dropped.label)
        )
