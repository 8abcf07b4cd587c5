"""Where a fault run takes place: a small township awake all day, its clock, and the street that cameras see and cleaners put right."""

import json
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from alerts.access import Access
from alerts.topics import Topics
from town.township import Township

CAMERAS = ("gate", "yard")
CLEANERS = ("c1", "c2", "c3", "c4")
SERVICE = "weisu-service"
STATION, LANE = "station", "lane"
BINS, PARKING = "bins", "parking"

TOPICS = Topics("faults")
PASSWORDS = {name: f"password-of-{name}" for name in (SERVICE, *CLEANERS)}
ACCESS = Access(TOPICS.root, SERVICE, frozenset(CLEANERS))

SPEED = 10
"""Seconds of the township in one of ours: its leases, deadlines and retries stay as they ship, and a run is short."""

_BEGINNING = datetime(2026, 5, 4, 2, 0, tzinfo=UTC)
_SQUARE = [[0.1, 0.1], [0.9, 0.1], [0.9, 0.9], [0.1, 0.9]]


def township() -> Township:
    """Two cameras with a bin station and a lane each, four cleaners; an order goes to the nearest two first."""
    return Township.model_validate(
        {
            "town": {"id": TOPICS.town_id, "name": "故障镇"},
            "grids": [{"id": "g1", "name": "第一网格", "manager": "manager-1"}],
            "cleaners": [_cleaner(name, 200.0 * number) for number, name in enumerate(CLEANERS)],
            "cameras": [_camera(name) for name in CAMERAS],
            "rules": [
                {
                    "id": BINS,
                    "name": "桶站满冒",
                    "zones": ["bin_station"],
                    "observes": "bins",
                    "metric": "overflowing_count",
                    "skill": BINS,
                },
                {
                    "id": PARKING,
                    "name": "机动车违停",
                    "zones": ["no_parking"],
                    "observes": "vehicles",
                    "skill": PARKING,
                    "priority": "high",
                },
            ],
            "dispatch": {"nearest": 2},
        }
    )


def _cleaner(name: str, metres_north: float) -> dict[str, Any]:
    person = {"id": name, "name": f"保洁员{name}", "grid": "g1", "shifts": ["00:00-24:00"], "skills": [BINS, PARKING]}
    return person | {"position": {"lat": 39.79 + metres_north / 111_195, "lon": 116.5}}


def _camera(name: str) -> dict[str, Any]:
    zones = [{"id": STATION, "kind": "bin_station", "polygon": _SQUARE}, {"id": LANE, "kind": "no_parking", "polygon": _SQUARE}]
    source = {"kind": "http_snapshot", "url": "http://127.0.0.1:9/never-fetched.jpg"}
    return {"id": name, "name": name, "grid": "g1", "position": {"lat": 39.79, "lon": 116.5}, "source": source, "zones": zones}


@dataclass(frozen=True, slots=True)
class Street:
    """What is so outside, for all processes of a run. Instants are of this machine's monotonic clock, which they share.

    `begun_s` is None until the run begins; `leap_s` is how far the township's time was put forward at its end.
    """

    opened_s: float
    begun_s: float | None = None
    leap_s: float = 0.0
    put_right: Collection[str] = field(default_factory=frozenset)

    def elapsed_s(self, monotonic_s: float) -> float:
        """Since the run began; negative before."""
        return -1.0 if self.begun_s is None else monotonic_s - self.begun_s

    def time(self, monotonic_s: float, jumps: Sequence[tuple[float, timedelta]] = ()) -> datetime:
        """The township's time, by a clock that jumped at moments of the run."""
        wrong_by = sum((by for at_s, by in jumps if at_s <= self.elapsed_s(monotonic_s)), timedelta(0))
        return _BEGINNING + timedelta(seconds=(monotonic_s - self.opened_s) * SPEED + self.leap_s) + wrong_by


class StreetFile:
    """The street as one process writes it and others read it, in one piece each time."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> Street:
        raw = json.loads(self._path.read_text(encoding="utf-8"))
        return Street(**raw | {"put_right": frozenset(raw["put_right"])})

    def write(self, street: Street) -> None:
        part = self._path.with_suffix(".part")
        written = {"opened_s": street.opened_s, "begun_s": street.begun_s, "leap_s": street.leap_s, "put_right": sorted(street.put_right)}
        part.write_text(json.dumps(written), encoding="utf-8")
        part.replace(self._path)


def fresh_street() -> Street:
    return Street(time.monotonic())


def with_right(street: Street, problem_id: str) -> Street:
    return replace(street, put_right=frozenset({*street.put_right, problem_id}))
