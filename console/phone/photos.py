"""Takes in cleaners' photographs of their work: so many at once, so large, and one by one through the network."""

import asyncio
import re
from datetime import timedelta
from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from console.phone.bodies import body_of
from console.seeing import seeing_by
from console.site import Site
from patrol.after_photos import KEPT, AfterPhotos
from town.work import WorkOrder

LONGEST_BYTES = 8_000_000
AT_ONCE = 6
"""So many are read into memory at once; others wait at the door."""
READ_WITHIN_S = 120
LATEST = timedelta(days=1)
"""After the end of its order a photograph that waited for a line still comes; older work is shown as it was judged."""
_EVENT_ID = re.compile(r"[0-9A-Za-z-]{8,64}")


class PhotoDesk:
    """One a console, with the network that the bench looks by: opened once, at the first picture."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._seeing = seeing_by(site.township().model)
        self._photos = AfterPhotos(site.township(), site.database, self._seeing.running)
        self._places = asyncio.Semaphore(AT_ONCE)

    async def take_in(self, order: WorkOrder, request: Request) -> Response:
        """Keep the photograph in a request's body, or say why not: `why` is a word. The query names its event id.

        Raises HTTPException: 404 where the order ended long ago, 413 for what is too large, 408 for what takes too long.
        """
        if order.ended_at is not None and self._site.clock() - order.ended_at > LATEST:
            raise HTTPException(HTTPStatus.NOT_FOUND)
        event_id = request.query_params.get("event_id", "")
        if not _EVENT_ID.fullmatch(event_id):
            return _answer("bad_event_id", HTTPStatus.UNPROCESSABLE_ENTITY)
        async with self._places:
            packed = await self._read(request)
            word = await self._seeing.alone(lambda: self._photos.keep(order, f"phone-{event_id}", packed, self._site.clock()))
        return _answer("" if word == KEPT else word, HTTPStatus.OK if word == KEPT else HTTPStatus.UNPROCESSABLE_ENTITY)

    async def _read(self, request: Request) -> bytes:
        try:
            async with asyncio.timeout(READ_WITHIN_S):
                return await body_of(request, LONGEST_BYTES)
        except TimeoutError:
            raise HTTPException(HTTPStatus.REQUEST_TIMEOUT) from None


def _answer(why: str, status: HTTPStatus) -> Response:
    return JSONResponse({"kept": not why, "why": why}, status)
