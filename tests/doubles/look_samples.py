"""Small builders of looks, observations and decisions."""

from dataclasses import replace
from typing import Any

from rules.judgement import Decision, Verdict
from tests.doubles.order_samples import NOW
from town.geometry import Box
from town.looks import Look, LookOutcome, PutOff, PutOffReason
from town.sight import Observation, SeenObject


def look(number: int = 1, **changed: Any) -> Look:
    return replace(Look(f"look-{number}", "gate-1", NOW, NOW, NOW, LookOutcome.DONE), **changed)


def put_off(**changed: Any) -> PutOff:
    hour = NOW.replace(minute=0, second=0, microsecond=0)
    return replace(PutOff("gate-1", PutOffReason.OVER_BUDGET, hour, 2, 3, 90.0), **changed)


def observation(**changed: Any) -> Observation:
    bin_seen = SeenObject("overflowing_bin", 0.87654, Box(0.1, 0.2, 0.3, 0.4), appearance=b"look")
    return replace(Observation("gate-1", "station", "bins", NOW, {"bin_count": 4.0, "overflowing_count": 1.0}, (bin_seen,)), **changed)


def decision(**changed: Any) -> Decision:
    waiting = Verdict.WAITING_FOR_LOOKS
    return replace(Decision("bin-overflow", "gate-1", "station", NOW, waiting, firing=True, detail={"looks": 1, "of": 3}), **changed)
