"""Bikes, e-bikes and motorcycles in a zone. The network names an e-bike as motorcycle or bicycle."""

from collections.abc import Sequence

from detectors.belonging import COUNTED_FROM, recorded, stands_in
from detectors.labels import BIKE_LABELS
from town.places import Zone, ZoneKind
from town.sight import Detection, Frame, Observation, SeenObject


class BikeObserver:
    """`bike_count` counts two-wheelers of confidence 0.3 and more; those of 0.15 and more are recorded."""

    kind = "bikes"
    metrics: tuple[str, ...] = ("bike_count",)
    zones: frozenset[ZoneKind] = frozenset({ZoneKind.BIKE_BAY, ZoneKind.KEEP_CLEAR})

    def observe(self, frame: Frame, zone: Zone, detections: Sequence[Detection]) -> Observation:
        inside = [d for d in recorded(detections, BIKE_LABELS) if stands_in(zone, d.box)]
        metrics = {"bike_count": float(sum(d.confidence >= COUNTED_FROM for d in inside))}
        objects = tuple(SeenObject(d.label, d.confidence, d.box) for d in inside)
        return Observation(frame.camera_id, zone.id, self.kind, frame.taken_at, metrics, objects)
