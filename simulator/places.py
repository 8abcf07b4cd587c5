"""What the demo's cameras look at: which scenes show a place in which state, and what is wrong with the camera."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class PlaceKind(StrEnum):
    STATION = "station"
    LANE = "lane"
    SQUARE = "square"
    QUIET = "quiet"


class Login(StrEnum):
    NONE = "none"
    BASIC = "basic"
    DIGEST = "digest"


class Fault(StrEnum):
    """What a camera does instead of giving its picture, or what becomes of the picture."""

    HANG = "hang"
    CUT = "cut"
    BLACK = "black"
    COVERED = "covered"
    MOVED = "moved"


@dataclass(frozen=True, slots=True)
class Place:
    """One camera's view. `scenes` names the picture of each state, the quiet one first.

    `pace_s` is how long a station takes to overflow, a lane to see its next car, or a
    square its next trouble; `first_s` replaces it for the first time.
    `faults` repeat: (from second, to second, fault) within `fault_cycle_s`.
    """

    camera_id: str
    kind: PlaceKind
    scenes: Mapping[str, str]
    mirrored: bool = False
    login: Login = Login.NONE
    pace_s: tuple[float, float] = (25.0, 70.0)
    first_s: float | None = None
    faults: tuple[tuple[float, float, Fault], ...] = field(default=())
    fault_cycle_s: float = 60.0

    def fault_at(self, elapsed_s: float) -> Fault | None:
        moment_s = elapsed_s % self.fault_cycle_s
        return next((fault for start_s, end_s, fault in self.faults if start_s <= moment_s < end_s), None)


def _station(name: str) -> dict[str, str]:
    return {state: f"{name}_{state}" for state in ("clean", "filling", "overflow")}


def _lane(name: str, *cars: str) -> dict[str, str]:
    return {state: f"{name}_{state}" for state in ("empty", *cars, "passing")}


_SLOW = (60.0, 120.0)
_CARS = (7.0, 14.0)
_QUIET = {"quiet": "garden-day_quiet"}
_SQUARE = {state: f"plaza-day_{state}" for state in ("tidy", "crowded", "dumped", "outside")}
# Long enough for its view to be learnt at first.
_BROKEN = ((45.0, 70.0, Fault.COVERED), (85.0, 110.0, Fault.MOVED), (125.0, 150.0, Fault.BLACK), (160.0, 175.0, Fault.CUT))

PLACES: dict[str, Place] = {
    place.camera_id: place
    for place in (
        Place("north-gate", PlaceKind.STATION, _station("north-gate-day"), first_s=6.0),
        Place("building-7", PlaceKind.STATION, _station("building-7-day"), login=Login.DIGEST, first_s=18.0),
        Place("market", PlaceKind.STATION, _station("market-day"), login=Login.BASIC, first_s=12.0),
        Place("market-west", PlaceKind.STATION, _station("market-day"), mirrored=True, pace_s=_SLOW),
        Place("school", PlaceKind.STATION, _station("school-day"), first_s=28.0),
        Place("school-back", PlaceKind.STATION, _station("school-day"), mirrored=True, pace_s=_SLOW),
        Place("east-gate", PlaceKind.STATION, _station("north-gate-dusk"), first_s=22.0),
        Place("building-12", PlaceKind.STATION, _station("building-7-dusk"), pace_s=_SLOW),
        Place("fire-lane-3", PlaceKind.LANE, _lane("fire-lane-day", "silver", "red"), pace_s=_CARS, first_s=3.0),
        Place("fire-lane-5", PlaceKind.LANE, _lane("fire-lane-dusk", "red", "silver"), pace_s=(15.0, 30.0)),
        Place("tailor-alley", PlaceKind.LANE, _lane("alley-mouth-day", "blue", "van"), pace_s=_CARS, first_s=9.0),
        Place("plaza", PlaceKind.SQUARE, _SQUARE, pace_s=(15.0, 30.0), first_s=10.0),
        Place("south-gate", PlaceKind.STATION, _station("north-gate-day"), pace_s=_SLOW, faults=((15.0, 50.0, Fault.HANG),)),
        Place("garden", PlaceKind.QUIET, _QUIET, mirrored=True, faults=_BROKEN, fault_cycle_s=180.0),
    )
}
"""Camera id to what it looks at: the cameras of `demo_config.yaml`."""
