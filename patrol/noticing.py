"""What looks say of their cameras becomes notices: one a fault, told once and healed once."""

import logging

from alerts.notifying import Happening, heal, notify, of_camera
from storage.book import Book
from town.looks import Look
from town.notices import Notice, follow, says_something, trouble_of
from town.places import Camera
from town.recipients import Matter, NoticeSettings

log = logging.getLogger(__name__)


def note_look(book: Book, camera: Camera, look: Look, told: NoticeSettings) -> None:
    """Follow what is wrong with a camera by one look, within the look's own transaction, and let those hear of it who are told."""
    if not says_something(look):
        return
    trouble, known = trouble_of(look), book.open_notices(camera.id)
    for notice in known:
        after = follow(notice, look, camera.every)
        if after is None:
            book.drop_notice(notice)
        elif after is not notice:
            book.change_notice(after)
            _let_hear(book, camera, notice, after, told)
            _log(notice, after)
    if trouble is not None and all(notice.trouble is not trouble for notice in known):
        book.begin_notice(Notice(camera.id, trouble, look.reason, look.ended_at))


def _let_hear(book: Book, camera: Camera, before: Notice, after: Notice, told: NoticeSettings) -> None:
    matter, subject = Matter(after.trouble.value), of_camera(camera.id)
    if after.told_at and not before.told_at:
        detail = {"camera": camera.id, "name": camera.name, "reason": after.reason}
        notify(book, told, Happening(matter, subject, detail, camera.grid), after.told_at)
    elif after.until:
        heal(book, subject, after.until, {matter})


def _log(before: Notice, after: Notice) -> None:
    if after.told_at and not before.told_at:
        log.warning("%s: %s (%s) since %s", after.camera_id, after.trouble, after.reason, after.since.isoformat(timespec="seconds"))
    elif after.until:
        log.info("%s: %s is over", after.camera_id, after.trouble)
