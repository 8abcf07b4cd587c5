"""What an amount rule measures: counted anew from the objects that are sure enough, or read from the observation."""

from collections.abc import Callable, Mapping, Sequence

from detectors.labels import BIKE_LABELS, BIN_LABELS, VEHICLE_LABELS
from town.geometry import Box
from town.sight import Observation, SeenObject
from town.value_object import value_object

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


Permits = Callable[[Box], object]
"""Tells what permits an object at a box, if anything."""


def nothing_permitted(_: Box) -> None:
    return None


@value_object
class Measure:
    """A metric's value, and the objects behind it where they were kept."""

    value: float
    objects: tuple[SeenObject, ...] = ()


def measure(metric: str, observation: Observation, min_confidence: float, permit: Permits = nothing_permitted) -> Measure | None:
    """The metric as seen by a rule of this confidence, without what is permitted where it stands; None where it was not measured."""
    if metric in SHARES and observation.objects:
        part, whole = (_counted(name, observation.objects, min_confidence, permit) for name in SHARES[metric])
        return Measure(len(part) / len(whole) if whole else 0.0, part)
    if metric in COUNTED and observation.objects:
        objects = _counted(metric, observation.objects, min_confidence, permit)
        return Measure(float(len(objects)), objects)
    value = observation.metrics.get(metric)
    return None if value is None else Measure(float(value))


def _counted(metric: str, objects: Sequence[SeenObject], min_confidence: float, permit: Permits) -> tuple[SeenObject, ...]:
    labels = COUNTED[metric]
    return tuple(seen for seen in objects if seen.confidence >= min_confidence and seen.label in labels and not permit(seen.box))
