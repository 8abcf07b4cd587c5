"""What a camera shows now, as an engineer may see it: fetched within the limits of every look, blurred, and kept in memory alone."""

import asyncio
import secrets
from collections import OrderedDict
from dataclasses import dataclass
from datetime import UTC, datetime

from cameras.look import look_at
from cameras.opening import open_source
from cameras.source import CameraError
from console.pictures import folder_of
from console.seeing import Sight, seeing_by, size_for_people
from console.site import Site
from detectors.listing import read_picture
from detectors.privacy import NotBlurred
from town.places import Camera

MOST_AT_ONCE = 2
_EVER = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class View:
    """A picture for a page: fresh with what was seen in it, or the last one that was kept. `trouble` says why there is no fresh one.

    `trouble` is a word of `CameraError.reason`, or `not_blurred`; `detail` its text, without credentials.
    """

    jpeg: bytes
    width: int
    height: int
    taken_at: datetime | None
    sight: Sight | None = None
    trouble: str = ""
    detail: str = ""


class Views:
    """The last few pictures that engineers were shown, each under a key that only its session can use."""

    def __init__(self, most: int = 8) -> None:
        self._most = most
        self._kept: OrderedDict[str, tuple[str, bytes]] = OrderedDict()
        self._gate = asyncio.Semaphore(MOST_AT_ONCE)

    def keep(self, session: str, jpeg: bytes) -> str:
        """Its key. The oldest is forgotten."""
        key = secrets.token_urlsafe(24)
        self._kept[key] = (session, jpeg)
        while len(self._kept) > self._most:
            self._kept.popitem(last=False)
        return key

    def jpeg(self, key: str, session: str) -> bytes | None:
        owner, jpeg = self._kept.get(key, ("", b""))
        return jpeg if jpeg and owner == session else None

    async def now(self, site: Site, camera: Camera) -> View:
        """Look at a camera. Where that fails, or nothing can be blurred, the view is the last kept picture, or empty."""
        try:
            async with self._gate:
                sight = await _sight(site, camera)
        except CameraError as error:
            trouble, detail = error.reason, str(error)
        except NotBlurred as error:
            trouble, detail = "not_blurred", str(error)
        else:
            height, width = sight.frame.image.shape[:2]
            return View(sight.jpeg, width, height, sight.frame.taken_at, sight)
        return await site.aside(lambda: _last_kept(site, camera.id, trouble, detail))


async def _sight(site: Site, camera: Camera) -> Sight:
    township = site.township()
    source = await site.aside(lambda: open_source(camera, township.town, township.looks, size_for_people))
    try:
        frame = await look_at(source, site.clock(), township.looks.deadline)
    finally:
        await source.close()
    return await seeing_by(township.model).sight(frame, camera)


def _last_kept(site: Site, camera_id: str, trouble: str, detail: str) -> View:
    """Kept pictures were blurred before they were kept."""
    folder = folder_of(site)
    for taken_at, path in reversed(site.database.past.pictures(camera_id, _EVER, site.clock())[-3:]):
        image = read_picture(folder / path)
        if image is not None:
            height, width = image.shape[:2]
            return View((folder / path).read_bytes(), width, height, taken_at, None, trouble, detail)
    return View(b"", 16, 9, None, None, trouble, detail)
