"""What is kept of an observation is what was judged, to the last bit."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from town.geometry import Box
from town.keeping import as_kept, packed, unpacked
from town.sight import Observation, SeenObject

AT = datetime(2026, 5, 1, 1, tzinfo=UTC)
VECTORS = st.lists(st.floats(-1, 1), max_size=130).map(tuple)


def seen(appearance: tuple[float, ...]) -> Observation:
    return Observation(
        "gate-3",
        "lane",
        "vehicles",
        AT,
        {"vehicle_count": 1.0},
        (SeenObject("car", 0.87654, Box(0.123456, 0.2, 0.3, 0.98765), appearance),),
    )


def kept(appearance: tuple[float, ...]) -> tuple[float, ...]:
    return as_kept(seen(appearance)).objects[0].appearance


def test_confidence_and_box_are_kept_to_what_a_camera_can_tell() -> None:
    (car,) = as_kept(seen(())).objects
    assert (car.confidence, car.box.as_list()) == (0.877, [0.1235, 0.2, 0.3, 0.9877])


def test_instants_are_kept_in_utc() -> None:
    there = seen(())
    local = Observation(there.camera_id, there.zone_id, there.kind, AT.astimezone(timezone(timedelta(hours=8))), {})
    assert as_kept(local).seen_at.isoformat() == "2026-05-01T01:00:00+00:00"


@settings(deadline=None, derandomize=True)
@given(VECTORS)
def test_what_is_kept_is_read_back_to_the_bit_and_is_kept_only_once(vector: tuple[float, ...]) -> None:
    once = kept(vector)
    assert unpacked(packed(once)) == once == kept(once)


@settings(deadline=None, derandomize=True)
@given(VECTORS.filter(lambda vector: max(map(abs, vector), default=0) > 1e-6))
def test_no_number_moves_by_more_than_a_hundredth_of_the_largest(vector: tuple[float, ...]) -> None:
    largest = max(map(abs, vector))
    assert max(abs(a - b) for a, b in zip(vector, kept(vector), strict=True)) <= largest / 100


def test_a_vector_of_a_hundred_numbers_takes_few_characters() -> None:
    assert len(packed(kept(tuple(number / 104 for number in range(104))))) == 140


def test_text_that_is_no_vector_is_refused() -> None:
    with pytest.raises(ValueError, match="base64"):
        unpacked("no vector!")
