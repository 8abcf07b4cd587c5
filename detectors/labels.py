"""What weisu's network can name: nine labels, in the order of its outputs."""

LABELS = ("bin", "overflowing_bin", "garbage", "car", "truck", "bus", "motorcycle", "bicycle", "person")
BIN_LABELS = frozenset({"bin", "overflowing_bin"})
VEHICLE_LABELS = frozenset({"car", "truck", "bus"})
BIKE_LABELS = frozenset({"motorcycle", "bicycle"})
