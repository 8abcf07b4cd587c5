"""Keeps the pictures that a person may want to judge: what opened an order, and what showed that its problem was gone."""

import logging
from collections.abc import Iterable, Sequence
from pathlib import Path

from alerts.lifecycle import Action
from cameras.encoding import Unencodable, jpeg_of
from patrol.look import Examination
from storage.book import Book
from storage.picture_folder import PictureFolder
from town.evidence import Picture, Purpose
from town.looks import Look
from town.work import Incident, OrderEvent

log = logging.getLogger(__name__)

PURPOSES = {
    Action.OPEN: Purpose.OPENED,
    Action.RECUR: Purpose.OPENED,
    Action.CLOSE: Purpose.CLEARED,
    Action.SELF_CLEAR: Purpose.CLEARED,
    Action.SEE_CLEAR: Purpose.CLEARED,
}
"""What a look may do to an order, and what the picture of that look then shows."""


class EvidenceKeeper:
    """Keeps frames as JPEGs in a folder. A picture that cannot be kept is a line in the log, and holds up no look."""

    def __init__(self, folder: Path, at_most_mb: int) -> None:
        self.folder = PictureFolder(folder)
        self.at_most_bytes = at_most_mb * 1_000_000

    def keep(self, book: Book, look: Look, examination: Examination, events: Iterable[OrderEvent], held: Sequence[Incident] = ()) -> None:
        """Keep a look's frame for the orders that it opened or cleared or would have opened, within the look's own transaction."""
        shown = {(event.order_id, PURPOSES[Action(event.action)]) for event in events if event.action in PURPOSES}
        picture = self.picture(look, examination) if shown or held else None
        if picture is None:
            return
        book.keep_picture(picture)
        for order_id, purpose in sorted(shown):
            book.show_order(picture.id, order_id, purpose)
        for incident in held:
            book.show_held(incident.id, picture.id)

    def picture(self, look: Look, examination: Examination) -> Picture | None:
        """A look's frame, written to the folder; None where none is kept. The caller notes it in the book."""
        frame = examination.frame
        if frame is None or not self.at_most_bytes:
            return None
        try:
            jpeg = jpeg_of(frame.image)
            path = self.folder.write(frame.camera_id, frame.taken_at, look.id, jpeg)
        except (OSError, Unencodable) as error:
            log.warning("no picture of %s could be kept: %s", frame.camera_id, error)
            return None
        return Picture(look.id, frame.camera_id, frame.taken_at, path, len(jpeg), examination.version, examination.detections)
