"""Every kind of fact that weisu can measure about a zone. A new kind is a new file beside this one and a line here."""

from collections.abc import Sequence

from detectors.bikes import BikeObserver
from detectors.bins import BinObserver
from detectors.detector import Observer
from detectors.merging import without_repeats
from detectors.parking import ParkingObserver
from town.keeping import as_kept
from town.places import Zone
from town.sight import Detection, Frame, Observation

OBSERVERS: tuple[Observer, ...] = (
    BinObserver(),  # "bins" in bin_station, keep_clear
    ParkingObserver(),  # "vehicles" in no_parking, fire_lane, keep_clear
    BikeObserver(),  # "bikes" in bike_bay, keep_clear
)


def observe(frame: Frame, zones: Sequence[Zone], detections: Sequence[Detection]) -> list[Observation]:
    """One observation per zone and kind that can be measured there, zones in their order, rounded as it will be kept."""
    objects = without_repeats(detections)
    return [as_kept(observer.observe(frame, zone, objects)) for zone in zones for observer in OBSERVERS if zone.kind in observer.zones]
