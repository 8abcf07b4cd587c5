"""What is wrong with the service itself, as engineers should hear: a full disk, a refused network, pictures that stayed too long."""

import shutil
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Protocol

from alerts.notifying import Happening, heal, notify
from detectors.switch import CANDIDATE, PROMOTED
from storage.database import Database
from town.recipients import Matter, NoticeSettings

DISK, PICTURES = "disk", "pictures"
SUBJECTS = (DISK, PICTURES, *(f"model/{role}" for role in (PROMOTED, CANDIDATE)))
_ENOUGH = 1.2
"""Times the limit must be free again for a disk to have healed: a size that swings about the limit is one fault."""


class Watched(Protocol):
    """What the watch asks of the lookout: pictures that stayed too long (None: nobody has looked yet), and networks that are refused."""

    @property
    def overdue_pictures(self) -> int | None: ...

    @property
    def refused(self) -> Mapping[str, str]: ...


class SelfWatch:
    """Looks now and then, and writes only what changed. What was told before a restart is not told again after it."""

    def __init__(self, database: Database, settings: NoticeSettings, lookout: Watched, free_bytes: Callable[[], int] | None = None) -> None:
        self._database = database
        self._settings = settings
        self._lookout = lookout
        folder = database.pictures_beside().parent
        self._free_bytes = free_bytes or (lambda: _free_in(folder))
        self._standing: tuple[frozenset[str], set[str]] | None = None
        self._disk_is_low = False

    def check(self, now: datetime) -> None:
        """What is wrong now is told, and what is no longer wrong is over."""
        found = list(self._found())
        faults = frozenset(happening.fault for happening in found)
        unknown = {PICTURES} if self._lookout.overdue_pictures is None else set()
        if (faults, unknown) == self._standing:
            return
        with self._database.transaction() as book:
            for happening in found:
                notify(book, self._settings, happening, now)
            for subject in {*SUBJECTS} - unknown - {happening.subject for happening in found}:
                heal(book, subject, now)
        self._standing = (faults, unknown)

    def _found(self) -> Iterator[Happening]:
        free_mb = self._free_bytes() / 1e6
        self._disk_is_low = free_mb < self._settings.disk_free_mb * (_ENOUGH if self._disk_is_low else 1)
        if self._disk_is_low:
            yield Happening(Matter.DISK, DISK, {"free_mb": round(free_mb)})
        if self._lookout.overdue_pictures:
            yield Happening(Matter.PICTURES_OVERDUE, PICTURES, {"count": self._lookout.overdue_pictures})
        for role, reason in self._lookout.refused.items():
            yield Happening(Matter.MODEL_REFUSED, f"model/{role}", {"role": role, "reason": reason[:200]}, which=reason[:80])


def _free_in(folder: Path) -> int:
    return shutil.disk_usage(folder).free
