"""What every camera usually shows, while the service runs and over a restart; shared by the eyes' threads."""

import logging
import threading
from datetime import datetime
from hashlib import blake2b

from cameras.view import EMPTY_VIEW, View
from storage.database import Database
from town.places import Camera
from town.township import Township

log = logging.getLogger(__name__)


class Views:
    """Views are kept every few seconds (`refresh`), and only those that changed: what a crash loses is learnt again.

    A view belongs to the zones that were drawn in it: with other zones it is learnt anew, and so it is once a person accepted it.
    """

    def __init__(self, township: Township, database: Database) -> None:
        self._database = database
        self._marks = {camera.id: mark_of(camera) for camera in township.cameras}
        self._lock = threading.Lock()
        self._changed: set[str] = set()
        with database.transaction() as book:
            self._accepted_at = book.views_accepted()
            kept = book.views()
        self._views = {camera_id: view for camera_id, (mark, view) in kept.items() if mark == self._marks.get(camera_id)}

    def of(self, camera_id: str) -> View:
        with self._lock:
            return self._views.get(camera_id, EMPTY_VIEW)

    def learn(self, camera_id: str, before: View, after: View) -> None:
        """Take what a look that began with `before` made of it, unless the view was forgotten meanwhile."""
        with self._lock:
            if after is not before and self._views.get(camera_id, EMPTY_VIEW) is before:
                self._views[camera_id] = after
                self._changed.add(camera_id)

    def refresh(self) -> None:
        """Forget what a person has accepted anew, and write what has changed. Raises StorageError."""
        with self._database.transaction() as book:
            self._forget_accepted(book.views_accepted())
            with self._lock:
                changed = {camera_id: self._views[camera_id] for camera_id in self._changed}
                self._changed.clear()
            for camera_id, view in changed.items():
                book.save_view(camera_id, self._marks[camera_id], view)

    def _forget_accepted(self, accepted_at: dict[str, datetime]) -> None:
        for camera_id in [one for one, at in accepted_at.items() if at != self._accepted_at.get(one)]:
            log.info("%s: its view was accepted, and is learnt anew", camera_id)
            with self._lock:
                self._views.pop(camera_id, None)
                self._changed.discard(camera_id)
        self._accepted_at = accepted_at


def mark_of(camera: Camera) -> str:
    """A mark of where a camera's zones lie: another one where any was redrawn."""
    corners = sorted((zone.id, zone.polygon.corners) for zone in camera.zones)
    return blake2b(repr(corners).encode(), digest_size=8).hexdigest()
