"""No order ever comes from an unfit view: real frames damaged in every way, and an eye that sees cars everywhere in them."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import pytest

from patrol.look import LookMemory, examine
from rules.assess import assess
from simulator.damage import PAINT, blurred, covered, infrared, noisy, shifted
from tests.doubles.street_views import car_park
from tests.unit.rules.places import LANE, NINE, SPOT, STATION, township
from town.places import Zone
from town.sight import Detection, Frame

TOWNSHIP = township(LANE, STATION)
CAMERA = TOWNSHIP.cameras[0]
DAMAGES: dict[str, Callable[[Any], Any]] = {
    "black": lambda image: noisy(image * 0.03, 2),
    "washed_out": lambda image: noisy(image * 0.15 + 215, 2),
    "covered": lambda image: covered(image, 0.5),
    "painted": lambda image: covered(image, 0.4, PAINT, seed=2),
    "blurred": lambda image: blurred(image, 6),
    "moved": lambda image: shifted(image, 0.15, 0.05),
    "turned": lambda image: shifted(image, 0.0, 0.0, 6),
}


class SeesTrouble:
    """Sees a car and a full bin in every frame that it is shown."""

    def see(self, frame: Frame, zones: Sequence[Zone]) -> Sequence[Detection]:
        return (Detection("car", 0.9, SPOT), Detection("overflowing_bin", 0.9, SPOT))


class SeesNothing:
    def see(self, frame: Frame, zones: Sequence[Zone]) -> Sequence[Detection]:
        return ()


@pytest.mark.parametrize("light", [lambda image: image, infrared], ids=["day", "infrared"])
@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES.keys())
def test_no_incident_comes_from_an_unfit_view(damage: Callable[[Any], Any], light: Callable[[Any], Any]) -> None:
    memory, memories, opened = LookMemory(), {}, 0
    images = car_park(4)
    for number, image in enumerate(images):
        calm = number < 9
        frame = Frame(CAMERA.id, NINE + timedelta(minutes=5 * number), np.ascontiguousarray(light(image if calm else damage(image))))
        seen = examine(frame, CAMERA, memory, SeesNothing() if calm else SeesTrouble(), timedelta(minutes=10))
        assert seen.fit == calm, (number, seen.reason)
        judged = assess(CAMERA, TOWNSHIP, memories, seen.sights)
        memory, opened = replace(seen.memory, suspects=judged.suspects), opened + len(judged.changes)
        memories |= judged.memories
    assert opened == 0
