"""What a cleaner's phone asks for: its page, what is so now and whenever it changes, pictures; and what it says: acts and photographs."""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from http import HTTPStatus

from pydantic import ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from alerts.dispatch import unable, why_of
from alerts.picture_links import PictureLink
from cameras.encoding import SMALL_WIDTH_PX, small_jpeg
from console.phone.acts import LONGEST_BYTES, PhoneAct
from console.phone.bodies import body_of
from console.phone.lines import Lines, NoLine
from console.phone.photos import PhotoDesk
from console.phone.shell import PAGE, shell_answer
from console.pictures import network_of, shown
from console.site import Site
from console.visitors import Visitor, needed_visitor
from storage.errors import StorageError
from town.accounts import Role
from town.evidence import When
from town.places import Cleaner
from town.work import WorkOrder

HEARTBEAT_S = 15.0
RETRY_MS = 1500
MOST_COLLEAGUES = 12
_STREAM = {"X-Accel-Buffering": "no"}
"""Proxies pass on at once what comes."""


def phone_routes(site: Site, lines: Lines) -> list[BaseRoute]:
    """`/phone`, `/phone/app/{file}`, and below `/phone/api/`: `state`, `events`, `acts`, `pictures`, `photos`, `colleagues`, `why`."""
    desk = _PhoneDesk(site, lines)
    return [
        Route("/phone", desk.page),
        Route("/phone/app/{name}", desk.file),
        Route("/phone/api/state", desk.state),
        Route("/phone/api/events", desk.events),
        Route("/phone/api/acts", desk.acts, methods=["POST"]),
        Route("/phone/api/pictures/{order_id}/{when}", desk.picture),
        Route("/phone/api/photos/{order_id}", desk.photo, methods=["POST"]),
        Route("/phone/api/colleagues/{order_id}", desk.colleagues),
        Route("/phone/api/why/{order_id}", desk.why),
    ]


class _PhoneDesk:
    """An answer each."""

    def __init__(self, site: Site, lines: Lines) -> None:
        self._site = site
        self._lines = lines
        self._photo_desk = PhotoDesk(site)

    async def page(self, request: Request) -> Response:
        return shell_answer(PAGE, request)

    async def file(self, request: Request) -> Response:
        return shell_answer(request.path_params["name"], request)

    async def state(self, request: Request) -> Response:
        visitor = _cleaner(request)
        now = await self._site.aside(lambda: _shown(self._lines, visitor.person))
        return Response(_state(self._site, visitor, now), media_type="application/json")

    async def events(self, request: Request) -> Response:
        stream = event_stream(self._site, self._lines, _cleaner(request))
        return StreamingResponse(stream, media_type="text/event-stream", headers=_STREAM)

    async def acts(self, request: Request) -> Response:
        visitor = _cleaner(request)
        try:
            act = PhoneAct.model_validate_json(await body_of(request, LONGEST_BYTES)).as_said()
        except ValidationError as wrong:
            told = wrong.errors(include_url=False, include_input=False, include_context=False)
            return JSONResponse({"why": "bad_act", "detail": told}, HTTPStatus.UNPROCESSABLE_ENTITY)
        try:
            await self._site.aside(lambda: self._lines.say(visitor.person, act))
        except NoLine as none:
            return JSONResponse({"why": none.reason}, HTTPStatus.SERVICE_UNAVAILABLE)
        return JSONResponse({"event_id": act.event_id}, HTTPStatus.ACCEPTED)

    async def picture(self, request: Request) -> Response:
        visitor, now, when = _cleaner(request), self._site.clock(), request.path_params["when"]
        if when not in set(When):
            raise HTTPException(404)
        link = PictureLink(request.path_params["order_id"], When(when), visitor.seen_as, now)
        network = network_of(request.client.host if request.client else "")
        wide = None if request.query_params.get("size") == "full" else SMALL_WIDTH_PX
        jpeg = await self._site.aside(lambda: shown(link, self._site.database, self._site.township(), network, now, wide))
        if jpeg is None:
            raise HTTPException(404)
        return Response(await self._site.aside(lambda: small_jpeg(jpeg)) if wide else jpeg, media_type="image/jpeg")

    async def colleagues(self, request: Request) -> Response:
        order = await _held(self._site, _cleaner(request), request.path_params["order_id"])
        able = _able_colleagues(self._site, order)
        return JSONResponse([{"id": one.id, "name": one.name} for one in able])

    async def why(self, request: Request) -> Response:
        visitor, order_id = _cleaner(request), request.path_params["order_id"]
        facts = await self._site.aside(lambda: self._site.database.order_lists.offer_facts(order_id, visitor.person))
        return JSONResponse({"why": why_of(facts) if facts else ""})

    async def photo(self, request: Request) -> Response:
        order = await _held(self._site, _cleaner(request), request.path_params["order_id"])
        return await self._photo_desk.take_in(order, request)


async def event_stream(site: Site, lines: Lines, visitor: Visitor, heartbeat_s: float = HEARTBEAT_S) -> AsyncIterator[str]:
    """The whole state at once and after every change, and a beat in between; ends with the session, or when the console does."""
    yield f"retry: {RETRY_MS}\n\n"
    bell, last = _Bell(), ""
    with lines.told_of_end(bell.ring):
        while not lines.closed and await _still_admits(site, visitor):
            async with aclosing(_until_next_beat(site, lines, visitor.person, bell, heartbeat_s)) as shows:
                async for shown in shows:
                    if shown != last:
                        last = shown
                        yield _event("state", _state(site, visitor, shown))
            yield _event("beat", json.dumps({"now": site.clock().isoformat()}))


async def _until_next_beat(site: Site, lines: Lines, cleaner_id: str, bell: "_Bell", heartbeat_s: float) -> AsyncGenerator[str, None]:
    """What is shown now, and whatever it changes to."""
    until = asyncio.get_running_loop().time() + heartbeat_s
    try:
        await site.aside(lambda: lines.line(cleaner_id))
    except NoLine as none:
        yield _no_line(none.reason)
        await bell.rung_within(heartbeat_s)
        return
    with lines.listening(cleaner_id, bell.ring) as line:
        yield line.shown
        while not lines.closed and await bell.rung_within(until - asyncio.get_running_loop().time()):
            yield line.shown


class _Bell:
    """Rung in any thread, and heard on the event loop on which it was made."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._rung = asyncio.Event()

    def ring(self) -> None:
        self._loop.call_soon_threadsafe(self._rung.set)

    async def rung_within(self, seconds: float) -> bool:
        try:
            await asyncio.wait_for(self._rung.wait(), max(0.0, seconds))
        except TimeoutError:
            return False
        self._rung.clear()
        return True


async def _still_admits(site: Site, visitor: Visitor) -> bool:
    """Not where the database does not answer, either: the phone asks again, and then hears it from the guard."""
    try:
        return await site.aside(lambda: site.doorkeeper.still_admits(visitor))
    except StorageError:
        return False


def _cleaner(request: Request) -> Visitor:
    return needed_visitor(request, {Role.CLEANER})


async def _held(site: Site, visitor: Visitor, order_id: str) -> WorkOrder:
    """An order that the visitor has or had last. Raises HTTPException 404 for any other."""
    order = await site.aside(lambda: site.database.order_lists.order(order_id))
    if order is None or order.holder != visitor.person:
        raise HTTPException(404)
    return order


def _able_colleagues(site: Site, order: WorkOrder) -> list[Cleaner]:
    """Who may be handed the order now, those of its grid first, then by the way from their ground."""
    township, now = site.township(), site.clock()
    able = [one for one in township.cleaners if one.id != order.holder and not unable(one.id, order, township, now)]
    return sorted(able, key=lambda one: (one.grid != order.grid_id, one.position.distance_m(order.position)))[:MOST_COLLEAGUES]


def _shown(lines: Lines, cleaner_id: str) -> str:
    try:
        return lines.line(cleaner_id).shown
    except NoLine as none:
        return _no_line(none.reason)


def _no_line(reason: str) -> str:
    return json.dumps({"line": "", "broker": reason, "fresh": False, "orders": [], "told": [], "waiting": [], "answered": []})


def _state(site: Site, visitor: Visitor, shown: str) -> str:
    """`shown`, a JSON object, with who looks and when; times are shown in the town's zone."""
    township = site.township()
    me = {"id": visitor.person, "name": township.cleaner_by_id[visitor.person].name}
    head = {"now": site.clock().isoformat(), "me": me, "town": township.town.name, "zone": str(township.town.zone)}
    return f"{json.dumps(head, ensure_ascii=False)[:-1]}, {shown[1:]}"


def _event(name: str, data: str) -> str:
    return f"event: {name}\ndata: {data}\n\n"
