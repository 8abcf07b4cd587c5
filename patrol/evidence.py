"""Keeps the pictures that a person may want to judge: what opened an order, and what showed that its problem was gone, or was not.

Nothing is written before faces and plates are blurred. Where that fails no picture is kept, and the reason is.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from pathlib import Path

from alerts.lifecycle import Action
from cameras.encoding import Unencodable, jpeg_of
from cameras.pictures import for_a_person
from patrol.look import Examination
from storage.book import Book
from storage.database import Database
from storage.picture_folder import PictureFolder
from town.evidence import MissingPicture, Picture, Purpose, WhyNone
from town.looks import Look
from town.places import Camera
from town.sight import Frame, Image
from town.work import Incident, OrderEvent

log = logging.getLogger(__name__)

Blur = Callable[[Frame, Camera], Image]
"""A frame's image without faces and plates. Raises whatever it likes where that fails."""

PURPOSES = {
    Action.OPEN: Purpose.OPENED,
    Action.RECUR: Purpose.OPENED,
    Action.CLOSE: Purpose.CLEARED,
    Action.SELF_CLEAR: Purpose.CLEARED,
    Action.SEE_CLEAR: Purpose.CLEARED,
    Action.REDO: Purpose.NOT_CLEARED,
}
"""What a look may do to an order, and what the picture of that look then shows."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What a look's frame is evidence of: orders that it opened or cleared, and incidents that a paused rule held back."""

    orders: tuple[tuple[str, Purpose], ...] = ()
    held: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.orders or self.held)


def shown_by(events: Iterable[OrderEvent], held: Sequence[Incident] = ()) -> Shown:
    orders = {(event.order_id, PURPOSES[Action(event.action)]) for event in events if event.action in PURPOSES}
    return Shown(tuple(sorted(orders)), tuple(incident.id for incident in held))


class EvidenceKeeper:
    """Keeps blurred frames as JPEGs in a folder. A picture that cannot be kept is a line in the log, and holds up no look."""

    def __init__(self, folder: Path, at_most_mb: int, database: Database, blur: Blur) -> None:
        self.folder = PictureFolder(folder)
        self.at_most_bytes = at_most_mb * 1_000_000
        self._database, self._blur = database, blur
        self._told: set[WhyNone] = set()

    async def follow(
        self, camera: Camera, look: Look, examination: Examination, shown: Shown, eye_threads: Executor, book_thread: Executor
    ) -> None:
        """Keep the frame of a look that has been written, for what it shows. Never raises."""
        loop = asyncio.get_running_loop()
        try:
            picture = await loop.run_in_executor(eye_threads, self.picture, camera, look, examination)
            await loop.run_in_executor(book_thread, self.note, picture, shown)
        except Exception:
            log.exception("evidence of %s could not be kept", camera.id)

    def picture(self, camera: Camera, look: Look, examination: Examination) -> Picture | MissingPicture | None:
        """A look's frame, blurred and written to the folder, or why it is not; None where none is wanted. Asks the network."""
        frame = examination.frame
        if frame is None or not self.at_most_bytes:
            return None
        try:
            image = self._blur(for_a_person(frame), camera)
        except Exception as error:  # whatever went wrong, what may show people stays in memory
            return self._missing(look, frame, WhyNone.NOT_BLURRED, error)
        try:
            jpeg = jpeg_of(image)
            path = self.folder.write(frame.camera_id, frame.taken_at, look.id, jpeg)
        except (OSError, Unencodable) as error:
            return self._missing(look, frame, WhyNone.NOT_WRITTEN, error)
        self._told.clear()
        return Picture(look.id, frame.camera_id, frame.taken_at, path, len(jpeg), examination.version, examination.detections)

    def note(self, picture: Picture | MissingPicture | None, shown: Shown) -> None:
        """Write down what was kept, or why nothing was, and what it belongs to."""
        if picture is not None:
            with self._database.transaction() as book:
                _note(book, picture, shown)

    def _missing(self, look: Look, frame: Frame, why: WhyNone, error: Exception) -> MissingPicture:
        """Logged once for every reason, until a picture can be kept again."""
        if why not in self._told:
            self._told.add(why)
            log.warning("no picture of %s could be kept (%s): %s: %s", frame.camera_id, why, type(error).__name__, error)
        return MissingPicture(look.id, frame.camera_id, frame.taken_at, why, f"{type(error).__name__}: {error}"[:200])


def _note(book: Book, picture: Picture | MissingPicture, shown: Shown) -> None:
    if isinstance(picture, MissingPicture):
        book.note_missing_picture(replace(picture, order_ids=tuple(dict.fromkeys(order_id for order_id, _ in shown.orders))))
        return
    book.keep_picture(picture)
    for order_id, purpose in shown.orders:
        book.show_order(picture.id, order_id, purpose)
    for incident_id in shown.held:
        book.show_held(incident_id, picture.id)
