"""What the expressions of a rule may name, and of which type each is."""

from collections.abc import Mapping
from typing import Literal

Type = Literal["bool", "int", "double", "string", "duration"]
"""A type of CEL."""

METRICS: Mapping[str, Mapping[str, Type]] = {
    "bins": {"bin_count": "int", "overflowing_count": "int", "overflowing_share": "double", "garbage_count": "int"},
    "vehicles": {"vehicle_count": "int"},
    "bikes": {"bike_count": "int"},
}
"""Kind of observation to the metrics that it measures."""

CIRCUMSTANCES: Mapping[str, Type] = {
    "camera.id": "string",
    "zone.id": "string",
    "zone.kind": "string",
    "zone.name": "string",
    "zone.capacity": "int",
    "local.time": "string",
    "local.hour": "int",
    "local.minute": "int",
    "local.weekday": "int",
    "local.day": "int",
    "local.month": "int",
    "local.is_workday": "bool",
    "local.is_holiday": "bool",
}
"""What every rule may name: where, and when in the town's time (`local.time` is "07:05", `local.weekday` 1 on Mondays)."""

DWELL: Mapping[str, Type] = {"certain_dwell": "duration", "possible_dwell": "duration"}
"""What a rule about stays may name besides. One about amounts says with `for` how many looks must see them."""


def facts_of(observes: str, stays: bool) -> Mapping[str, Type]:
    """All that a rule about stays, or about amounts, of one kind of observation may name."""
    return {**METRICS[observes], **CIRCUMSTANCES, **(DWELL if stays else {})}
