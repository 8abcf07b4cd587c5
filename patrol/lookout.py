"""What looks for the patrol: the promoted network, a candidate in its shadow, and what is kept of what they see."""

import logging
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from detectors.privacy import blurred_frame
from detectors.switch import EyeSwitch, VersionChange
from patrol.evidence import EvidenceKeeper
from patrol.look import Examination, LookMemory, examine
from patrol.shadow import Shadow
from patrol.views import Views
from storage.database import Database
from storage.picture_kinds import TIMED
from town.places import Camera
from town.sight import Frame, Image
from town.township import Township

log = logging.getLogger(__name__)

REFRESH_EVERY = timedelta(seconds=5)


class Lookout:
    """Opened once a service. Raises ModelError where no network can be run.

    `overdue_pictures` are those that should have been deleted and are still there; None until `forget` has looked.
    """

    def __init__(self, township: Township, database: Database, now: datetime) -> None:
        storage = township.storage
        self._database = database
        self._zone = township.town.zone
        self._keep_for = {kind: getattr(storage.keep_pictures_for, kind.value) for kind in TIMED}
        self._refresh_every = township.looks.refresh_every
        self._switch = EyeSwitch(township.model)
        self._note(VersionChange("", self._switch.running.version), now)
        self.evidence = EvidenceKeeper(storage.pictures or database.pictures_beside(), storage.pictures_mb, database, self.blurred)
        self.shadow = Shadow(self._switch, self.evidence, database)
        self._views = Views(township, database)
        self.overdue_pictures: int | None = None

    def examine(self, frame: Frame, camera: Camera, memory: LookMemory) -> Examination:
        """What one look concludes from its frame, seen by one version from end to end."""
        running = self._switch.running
        # What another version saw is not reused: a new one is promoted to see otherwise.
        known = memory if memory.version == running.version else replace(memory, judged=None, version=running.version)
        view = self._views.of(camera.id)
        examination = examine(frame, camera, replace(known, view=view), running.eye, self._refresh_every)
        self._views.learn(camera.id, view, examination.memory.view)
        return replace(examination, version=running.version, frame=frame)

    def blurred(self, frame: Frame, camera: Camera) -> Image:
        """A frame's image in which nobody and no plate can be recognised, found by the version that looks. Raises NotBlurred and others."""
        return blurred_frame(self._switch.running.eye, frame, camera.zones)

    def reduction(self, camera: Camera, width: int, height: int) -> int:
        """How many times smaller a camera's frames may be taken, for the network that judges and for the candidate in its shadow."""
        candidate = self._switch.candidate
        eyes = [self._switch.running.eye, *([candidate.eye] if candidate else [])]
        return min(eye.reduction(camera.zones, width, height) for eye in eyes)

    @property
    def refused(self) -> Mapping[str, str]:
        """Networks that are wanted and refused, by their role, with the reason."""
        return self._switch.refused

    def refresh(self, now: datetime) -> None:
        """Take another version or candidate where one is wanted, forget views that were accepted anew, and keep what was learnt.

        Takes seconds where a version changes: call it aside.
        """
        change = self._switch.refresh()
        if change:
            log.info("version %s looks from now on, after %s", change.after, change.before)
            self._note(change, now)
        self._views.refresh()

    def keep(self) -> None:
        """Keep what was learnt of views; at the end, when nobody looks any more."""
        self._views.refresh()

    def forget(self, now: datetime) -> None:
        """Forget the pictures whose time is over, and those above the disk's share; what was deleted is the account of the town's day."""
        at = now.astimezone(self._zone)
        account = self._database.forget_pictures(self.evidence.folder, self._keep_for, self.evidence.at_most_bytes, at)
        self.overdue_pictures = sum(one.overdue for one in account)
        for one in account:
            if one.overdue:
                log.error("%d pictures (%s) should have been deleted and are still there: see `weisu pictures`", one.overdue, one.kind)

    def _note(self, change: VersionChange, now: datetime) -> None:
        with self._database.transaction() as book:
            book.note_version(change.before, change.after, now)
