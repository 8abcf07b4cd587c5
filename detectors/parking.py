"""Vehicles in a zone, each with how it looks, so that the next look can tell whether it is the same one."""

from collections.abc import Sequence

from detectors.appearance import appearance
from detectors.belonging import COUNTED_FROM, recorded, stands_in
from detectors.labels import VEHICLE_LABELS
from town.places import Zone, ZoneKind
from town.sight import Detection, Frame, Observation, SeenObject


class ParkingObserver:
    """`vehicle_count` counts cars, trucks and buses of confidence 0.3 and more; those of 0.15 and more are recorded."""

    kind = "vehicles"
    metrics: tuple[str, ...] = ("vehicle_count",)
    zones: frozenset[ZoneKind] = frozenset({ZoneKind.NO_PARKING, ZoneKind.FIRE_LANE, ZoneKind.KEEP_CLEAR})

    def observe(self, frame: Frame, zone: Zone, detections: Sequence[Detection]) -> Observation:
        inside = [d for d in recorded(detections, VEHICLE_LABELS) if stands_in(zone, d.box)]
        metrics = {"vehicle_count": float(sum(d.confidence >= COUNTED_FROM for d in inside))}
        objects = tuple(SeenObject(d.label, d.confidence, d.box, appearance(frame.image, d.box)) for d in inside)
        return Observation(frame.camera_id, zone.id, self.kind, frame.taken_at, metrics, objects)
