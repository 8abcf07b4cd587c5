"""A cleaner's own photograph of the work: blurred in memory, then kept as a picture of the order; not at all where blurring fails."""

import logging
from collections.abc import Callable
from datetime import datetime

from cameras.encoding import Unencodable, jpeg_of
from cameras.pictures import decode_picture
from cameras.source import CameraError
from detectors.privacy import blurred_frame
from detectors.switch import Running
from storage.database import Database
from storage.picture_folder import PictureFolder
from town.evidence import MissingPicture, Picture, Purpose, WhyNone
from town.sight import Frame, Image
from town.township import Township
from town.work import WorkOrder

log = logging.getLogger(__name__)

MOST_PIXELS = 25_000_000
WIDTH_PX = 1280
MOST_OF_ORDER = 6
"""So many photographs of one order are kept."""

KEPT, NOT_A_PICTURE, TOO_MANY, NO_PICTURES = "kept", "not_a_picture", "too_many", "no_pictures"
ANOTHER_S = "bad_event_id"
"""The id is that of another order's picture, which stays what it is."""


class AfterPhotos:
    """For one thread at a time. `network` is asked at every photograph, and may raise anything."""

    def __init__(self, township: Township, database: Database, network: Callable[[], Running]) -> None:
        storage = township.storage
        self._database = database
        self._folder = PictureFolder(storage.pictures or database.pictures_beside())
        self._keeps_pictures = storage.pictures_mb > 0
        self._network = network

    def keep(self, order: WorkOrder, photo_id: str, packed: bytes, now: datetime) -> str:
        """Keep a JPEG or PNG as what the order looks like after the work. Returns `kept`, or why not, in one word; a repetition is kept.

        The photograph is turned upright and whatever the phone wrote into it is left out. Raises StorageError.
        """
        if not self._keeps_pictures:
            return NO_PICTURES
        known = [picture.id for purpose, picture in self._database.evidence.pictures_of(order.id) if purpose is Purpose.REPORTED]
        if photo_id in known or len(known) >= MOST_OF_ORDER:
            return KEPT if photo_id in known else TOO_MANY
        if self._database.evidence.picture(photo_id) is not None:
            return ANOTHER_S
        try:
            image = decode_picture(packed, MOST_PIXELS, _enough)
        except CameraError:
            return NOT_A_PICTURE
        return self._kept(order, photo_id, image, now)

    def _kept(self, order: WorkOrder, photo_id: str, image: Image, now: datetime) -> str:
        try:
            running = self._network()
            jpeg = jpeg_of(blurred_frame(running.eye, Frame(order.camera_id, now, image), ()))
        except Exception as error:  # whatever went wrong, what may show people stays in memory
            return self._missing(order, photo_id, WhyNone.NOT_BLURRED, error, now)
        try:
            path = self._folder.write(order.camera_id, now, photo_id, jpeg)
        except (OSError, Unencodable) as error:
            return self._missing(order, photo_id, WhyNone.NOT_WRITTEN, error, now)
        with self._database.transaction() as book:
            book.keep_picture(Picture(photo_id, order.camera_id, now, path, len(jpeg), running.version, ()))
            book.show_order(photo_id, order.id, Purpose.REPORTED)
        return KEPT

    def _missing(self, order: WorkOrder, photo_id: str, why: WhyNone, error: Exception, now: datetime) -> str:
        log.warning("a cleaner's photograph of %s could not be kept (%s): %s: %s", order.id, why, type(error).__name__, error)
        detail = f"{type(error).__name__}: {error}"[:200]
        with self._database.transaction() as book:
            book.note_missing_picture(MissingPicture(photo_id, order.camera_id, now, why, detail, (order.id,)))
        return why


def _enough(width: int, height: int) -> int:  # noqa: ARG001  # a Reduction
    return next((times for times in (8, 4, 2) if width >= times * WIDTH_PX), 1)
