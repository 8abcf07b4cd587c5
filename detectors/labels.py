"""What weisu's network can name: nine labels, in the order of its outputs."""

LABELS = ("bin", "overflowing_bin", "garbage", "car", "truck", "bus", "motorcycle", "bicycle", "person")
BIN_LABELS = frozenset({"bin", "overflowing_bin"})
VEHICLE_LABELS = frozenset({"car", "truck", "bus"})
BIKE_LABELS = frozenset({"motorcycle", "bicycle"})


def family(label: str) -> frozenset[str]:
    """The labels that one and the same object may get from look to look, or in one look twice."""
    return next((labels for labels in (BIN_LABELS, VEHICLE_LABELS, BIKE_LABELS) if label in labels), frozenset({label}))
