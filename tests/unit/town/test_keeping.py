"""What is kept of an observation is what was judged, to the last bit."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given, settings
from hypothesis import strategies as st

from storage.rows import object_of, observation_row
from town.geometry import Box
from town.keeping import as_kept
from town.sight import Observation, SeenObject

AT = datetime(2026, 5, 1, 1, tzinfo=UTC)


def seen(appearance: bytes = b"") -> Observation:
    return Observation(
        "gate-3",
        "lane",
        "vehicles",
        AT,
        {"vehicle_count": 1.0},
        (SeenObject("car", 0.87654, Box(0.123456, 0.2, 0.3, 0.98765), appearance),),
    )


def test_confidence_and_box_are_kept_to_what_a_camera_can_tell() -> None:
    (car,) = as_kept(seen()).objects
    assert (car.confidence, car.box.as_list()) == (0.877, [0.1235, 0.2, 0.3, 0.9877])


def test_instants_are_kept_in_utc() -> None:
    there = seen()
    local = Observation(there.camera_id, there.zone_id, there.kind, AT.astimezone(timezone(timedelta(hours=8))), {})
    assert as_kept(local).seen_at.isoformat() == "2026-05-01T01:00:00+00:00"


@settings(deadline=None, derandomize=True)
@given(st.binary(max_size=1500), st.floats(0, 1), st.floats(0, 0.5))
def test_what_is_kept_is_read_back_to_the_bit_and_is_kept_only_once(appearance: bytes, confidence: float, side: float) -> None:
    car = SeenObject("car", confidence, Box(side / 3, side / 7, side, side), appearance)
    once = as_kept(replace(seen(), objects=(car,)))
    stored = json.loads(json.dumps(observation_row(once)["objects"]))
    assert tuple(map(object_of, stored)) == once.objects
    assert as_kept(once) == once
