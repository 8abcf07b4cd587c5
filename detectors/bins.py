"""Bin stations: how many bins stand there, how many of them overflow, what lies beside them."""

from collections.abc import Sequence

from detectors.belonging import COUNTED_FROM, lies_in, recorded
from detectors.labels import BIN_LABELS
from town.places import Zone, ZoneKind
from town.sight import Detection, Frame, Observation, SeenObject


class BinObserver:
    """Counts objects of confidence 0.3 and more; records those of 0.15 and more.

    `bin_count` counts every bin, overflowing or not; `overflowing_share` is the overflowing part of them, 0 where no bin is seen;
    `garbage_count` counts bags and heaps.
    """

    kind = "bins"
    metrics: tuple[str, ...] = ("bin_count", "overflowing_count", "overflowing_share", "garbage_count")
    zones: frozenset[ZoneKind] = frozenset({ZoneKind.BIN_STATION, ZoneKind.KEEP_CLEAR})

    def observe(self, frame: Frame, zone: Zone, detections: Sequence[Detection]) -> Observation:
        inside = [d for d in recorded(detections, BIN_LABELS | {"garbage"}) if lies_in(zone, d.box)]
        counted = [detection.label for detection in inside if detection.confidence >= COUNTED_FROM]
        overflowing, garbage = counted.count("overflowing_bin"), counted.count("garbage")
        bins = counted.count("bin") + overflowing
        metrics = {
            "bin_count": float(bins),
            "overflowing_count": float(overflowing),
            "overflowing_share": overflowing / bins if bins else 0.0,
            "garbage_count": float(garbage),
        }
        objects = tuple(SeenObject(d.label, d.confidence, d.box) for d in inside)
        return Observation(frame.camera_id, zone.id, self.kind, frame.taken_at, metrics, objects)
