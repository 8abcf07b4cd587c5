"""How the looks of today ended, by camera: counted once, and from then on only what is new."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from threading import Lock

from storage.figures import Figures
from town.looks import LookOutcome

SETTLED_AFTER = timedelta(minutes=2)
"""A look that ended so long ago has been written, if it ever will be."""

Counts = Mapping[str, Counter[LookOutcome]]


class LookCounts:
    """Shared by all who look, so that a day of a thousand cameras is read once. Safe to share between threads."""

    def __init__(self, figures: Figures) -> None:
        self._figures = figures
        self._lock = Lock()
        self._since: datetime | None = None
        self._until: datetime | None = None
        self._settled: dict[str, Counter[LookOutcome]] = {}

    def counts(self, since: datetime, now: datetime) -> Counts:
        """Of the looks that ended from an instant (the day's beginning) on. Raises StorageError. Blocks."""
        with self._lock:
            if self._since != since or self._until is None:
                self._since, self._until, self._settled = since, since, {}
            settles = max(self._until, now - SETTLED_AFTER)
            _add(self._settled, self._figures.outcomes_by_camera(self._until, settles))
            self._until = settles
            whole = {camera_id: Counter(counted) for camera_id, counted in self._settled.items()}
        _add(whole, self._figures.outcomes_by_camera(settles, now + SETTLED_AFTER))
        return whole


def _add(counted: dict[str, Counter[LookOutcome]], more: Counts) -> None:
    for camera_id, counts in more.items():
        counted.setdefault(camera_id, Counter()).update(counts)
