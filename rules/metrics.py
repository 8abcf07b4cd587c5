"""What an amount rule measures: counted anew from the objects that are sure enough, or read from the observation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from detectors.labels import BIKE_LABELS, BIN_LABELS, VEHICLE_LABELS
from town.sight import Observation, SeenObject

COUNTED: Mapping[str, frozenset[str]] = {
    "bin_count": BIN_LABELS,
    "overflowing_count": frozenset({"overflowing_bin"}),
    "garbage_count": frozenset({"garbage"}),
    "vehicle_count": VEHICLE_LABELS,
    "bike_count": BIKE_LABELS,
}
"""Metric to the labels that it counts."""

SHARES: Mapping[str, tuple[str, str]] = {"overflowing_share": ("overflowing_count", "bin_count")}
"""Metric to the two counts whose quotient it is."""


@dataclass(frozen=True, slots=True)
class Measure:
    """A metric's value, and the objects behind it where they were kept."""

    value: float
    objects: tuple[SeenObject, ...] = ()


def measure(metric: str, observation: Observation, min_confidence: float) -> Measure | None:
    """The metric as seen by a rule of this confidence; None where the observation does not hold it."""
    if metric in SHARES and observation.objects:
        part, whole = (_counted(name, observation.objects, min_confidence) for name in SHARES[metric])
        return Measure(len(part) / len(whole) if whole else 0.0, part)
    if metric in COUNTED and observation.objects:
        objects = _counted(metric, observation.objects, min_confidence)
        return Measure(float(len(objects)), objects)
    value = observation.metrics.get(metric)
    return None if value is None else Measure(float(value))


def _counted(metric: str, objects: Sequence[SeenObject], min_confidence: float) -> tuple[SeenObject, ...]:
    labels = COUNTED[metric]
    return tuple(seen for seen in objects if seen.confidence >= min_confidence and seen.label in labels)


def severity_score(observation: Observation, seen: Measure, at_least: float, min_confidence: float) -> float:
    """How bad it is, 0 to 1: the share of overflowing bins where bins are counted, else how far past the threshold."""
    share = measure("overflowing_share", observation, min_confidence)
    if share and share.value:
        return share.value
    return min(seen.value / (2 * at_least), 1.0) if at_least else 1.0
