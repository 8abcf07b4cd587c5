"""The rim of the world: when it began, and what cleaners did in it so far. Shared by the cameras and the cleaners."""

import threading
from bisect import insort
from collections.abc import Mapping
from datetime import datetime

from simulator.places import Fault, Place
from simulator.world import state_of


class LivingTown:
    """The places of a town, which stand still until `begin`. Safe to share between threads."""

    def __init__(self, places: Mapping[str, Place], seed: int) -> None:
        self.places = places
        self._seed = seed
        self._began_at: datetime | None = None
        self._put_right_s: dict[str, list[float]] = {camera_id: [] for camera_id in places}
        self._lock = threading.Lock()

    def begin(self, at: datetime) -> None:
        """From now on bins fill and cars come."""
        self._began_at = at

    def put_right(self, camera_id: str, at: datetime) -> None:
        """Somebody emptied the bins there, or asked the driver to leave."""
        with self._lock:
            insort(self._put_right_s[camera_id], self._elapsed_s(at))

    def state(self, camera_id: str, at: datetime) -> str:
        with self._lock:
            put_right_s = tuple(self._put_right_s[camera_id])
        return state_of(self.places[camera_id], self._seed, self._elapsed_s(at), put_right_s)

    def fault(self, camera_id: str, at: datetime) -> Fault | None:
        return self.places[camera_id].fault_at(self._elapsed_s(at))

    def _elapsed_s(self, at: datetime) -> float:
        return max(0.0, (at - self._began_at).total_seconds()) if self._began_at else 0.0
