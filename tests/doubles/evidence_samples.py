"""Small builders of kept pictures and disagreements."""

from dataclasses import replace
from typing import Any

from tests.doubles.order_samples import NOW
from town.evidence import Difference, Disagreement, Picture, Reason
from town.geometry import Box
from town.sight import Detection

FULL_BIN = Detection("overflowing_bin", 0.8, Box(0.1, 0.2, 0.3, 0.4))
PLAIN_BIN = Detection("bin", 0.7, Box(0.1, 0.2, 0.3, 0.4))


def picture(number: int = 1, **changed: Any) -> Picture:
    return replace(
        Picture(f"look-{number}", "gate-1", NOW, f"gate-1/2026-05-04/look-{number}.jpg", 1000, "shipped", (FULL_BIN,)), **changed
    )


def disagreement(number: int = 1, **changed: Any) -> Disagreement:
    difference = Difference(Reason.COUNT_DIFFERS, "station", "overflowing_count", 1.0, 0.0)
    return replace(Disagreement(picture(number), "v2", (PLAIN_BIN,), (difference,)), **changed)
