"""The same mornings with lanes drawn by hand instead of slots: many cars in one zone, each with a stay of its own.

`row` is the lane in which the cars of slots 1 to 10 stand, side by side and nearly touching; `kerb` is the road along the trees, where
three cars stand in the very last look and nobody before.
"""

from collections import Counter
from collections.abc import Iterator
from functools import cache

import pytest

from detectors.belonging import stands_in
from patrol.backtest import IncidentLine, run_backtest
from rules.builtin import BUILT_IN
from tests.e2e.test_backtest_on_parking_sequences import (
    CARS,
    PARKING,
    SEQUENCES,
    Parked,
    clock,
    eye,
    frames,
    proven_at,
    township,
)
from town.township import Township

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not PARKING.is_dir(), reason="the real car park's pictures are not here")]

ROW = [[0.19, 0.08], [0.27, 0.08], [0.385, 0.36], [0.55, 0.7], [0.6, 0.86], [0.45, 0.86], [0.3, 0.46], [0.22, 0.22]]
KERB = [[0.155, 0.3], [0.215, 0.3], [0.31, 0.66], [0.235, 0.7]]


def lanes(sequence: int) -> Township:
    slots = township(sequence)
    zones = [{"id": name, "kind": "no_parking", "polygon": polygon} for name, polygon in (("row", ROW), ("kerb", KERB))]
    camera = slots.cameras[0].model_dump() | {"zones": zones}
    return Township.model_validate(
        {"town": slots.town, "grids": slots.grids, "cameras": [camera], "rules": [{**BUILT_IN["illegal-parking"], "limit": "10m"}]}
    )


@cache
def lines(sequence: int) -> tuple[IncidentLine, ...]:
    town = lanes(sequence)
    camera = town.cameras[0]
    return tuple(run_backtest(frames(town, camera), camera, town, eye()))


def openings(sequence: int) -> Iterator[tuple[int, str]]:
    """The slot in which each incident's car stands, and when it opened."""
    slots = {int(zone.id.removeprefix("slot-")): zone for zone in township(sequence).cameras[0].zones}
    for line in lines(sequence):
        incident = line.incident
        yield next((slot for slot, zone in slots.items() if stands_in(zone, incident.box)), 0), clock(incident.opened_at)


def in_row(sequence: int) -> list[tuple[Parked, str]]:
    """The cars of the row that stayed, and when that was proven."""
    return [(p, at) for p in CARS[sequence] if p.slot <= 10 and (at := proven_at(sequence, p))]


@SEQUENCES
def test_every_plain_car_of_the_row_opens_once_when_it_is_proven(sequence: int) -> None:
    opened = Counter(openings(sequence))
    wanted = [(p.slot, at) for p, at in in_row(sequence) if p.plain]
    assert {one: opened[one] for one in wanted} == dict.fromkeys(wanted, 1)


@SEQUENCES
def test_nothing_else_opens_in_a_lane_and_no_car_twice(sequence: int) -> None:
    owners = Counter(
        next((p for p, proof in in_row(sequence) if p.slot == slot and proof <= at <= p.last), (slot, at, "nobody stayed here"))
        for slot, at in openings(sequence)
    )
    assert owners == Counter(p for p, _ in in_row(sequence) if p in owners)


def test_cars_seen_in_the_last_look_only_have_not_stayed() -> None:
    assert [line for line in lines(4) if line.incident.key.zone_id == "kerb"] == []
