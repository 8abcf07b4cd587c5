"""The ways in and out, as plain pages: login, the first set-up, a phone's pass, the language, leaving."""

import asyncio
import re
from collections.abc import Callable
from http import HTTPStatus
from typing import TypeVar

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from console.browsers import browser_in_short
from console.doorkeeper import NAME, Refused
from console.guard import COOKIE
from console.pictures import network_of
from console.site import Aside, Site
from console.templating import TEMPLATES
from console.visitors import visitor_of
from console.wording import COOKIE as LANGUAGE_COOKIE
from console.wording import LANGUAGES, language_of, words_in
from storage.errors import Contradiction
from town.accounts import Role, Session

T = TypeVar("T")
HOMES = {Role.MANAGER: "/town/today", Role.AUDITOR: "/town/figures", Role.ENGINEER: "/bench/zones", Role.CLEANER: "/phone"}
_OURS = re.compile(r"/[a-z0-9/_-]*")
_A_YEAR_S = 31_536_000
LARGEST_FORM = 16_384
FORM_WITHIN_S = 10


def entry_routes(site: Site) -> list[BaseRoute]:
    """`/`, `/login`, `/setup/{key}`, `/phone/enter/{key}`, `/language/{language}`, `/leave`."""
    ways = _Ways(site)
    return [
        Route("/", ways.home),
        Route("/login", ways.login, methods=["GET", "POST"]),
        Route("/setup/{key}", ways.setup, methods=["GET", "POST"]),
        Route("/phone/enter/{key}", ways.phone, methods=["GET", "POST"]),
        Route("/language/{language}", ways.language),
        Route("/leave", ways.leave),
    ]


class _Ways:
    """An answer each."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._in_turn = _in_turn(site)

    async def home(self, request: Request) -> Response:
        visitor = visitor_of(request)
        return RedirectResponse(HOMES[visitor.role] if visitor else "/login", HTTPStatus.SEE_OTHER)

    async def login(self, request: Request) -> Response:
        if request.method == "GET":
            return _page(self._site, request, "login.html", to=_way_on(request.query_params.get("to", "")))
        form = await _form(request)
        name, password, to = (str(form.get(field, "")) for field in ("name", "password", "to"))
        network, label = network_of(request.client.host if request.client else ""), browser_in_short(request.headers.get("user-agent", ""))
        try:
            key, session = await self._in_turn(lambda: self._site.doorkeeper.sign_in(name.strip(), password, network, label))
        except Refused as refused:
            status = HTTPStatus.TOO_MANY_REQUESTS if refused.reason == "too_often" else HTTPStatus.UNAUTHORIZED
            return _page(self._site, request, "login.html", status, to=_way_on(to), name=name[:64], wrong=refused.reason)
        return _let_in(self._site, key, session, _way_on(to) or HOMES[session.role])

    async def setup(self, request: Request) -> Response:
        if request.method == "GET":
            return _page(self._site, request, "setup.html")
        form = await _form(request)
        name, password = str(form.get("name", "")).strip(), str(form.get("password", ""))
        network = network_of(request.client.host if request.client else "")
        wrong = "" if NAME.fullmatch(name) else "bad_name"
        try:
            if not wrong:
                await self._in_turn(lambda: self._site.doorkeeper.set_up(request.path_params["key"], name, password, network))
        except Refused as refused:
            wrong = refused.reason
        except Contradiction:
            wrong = "taken"
        except ValueError:
            wrong = "weak"
        if wrong:
            return _page(self._site, request, "setup.html", HTTPStatus.UNPROCESSABLE_ENTITY, name=name[:64], wrong=wrong)
        return RedirectResponse("/login", HTTPStatus.SEE_OTHER)

    async def phone(self, request: Request) -> Response:
        if request.method == "GET":
            # Those who preview links ask for the page: only a person presses its button, and the pass opens once.
            return _page(self._site, request, "enter.html")
        network, label = network_of(request.client.host if request.client else ""), browser_in_short(request.headers.get("user-agent", ""))
        try:
            key, session = await self._in_turn(lambda: self._site.doorkeeper.let_phone_in(request.path_params["key"], network, label))
        except Refused as refused:
            return _page(self._site, request, "enter.html", HTTPStatus.UNAUTHORIZED, wrong=refused.reason)
        return _let_in(self._site, key, session, HOMES[Role.CLEANER])

    async def language(self, request: Request) -> Response:
        chosen = request.path_params["language"]
        back = re.sub(r"^https?://[^/]+", "", request.headers.get("referer", "")).partition("?")[0]
        answer = RedirectResponse(_way_on(back) or "/", HTTPStatus.SEE_OTHER)
        if chosen in LANGUAGES:
            answer.set_cookie(LANGUAGE_COOKIE, chosen, _A_YEAR_S, samesite="lax")
        return answer

    async def leave(self, request: Request) -> Response:
        visitor = visitor_of(request)
        if visitor is not None:
            await self._site.aside(lambda: self._site.doorkeeper.leave(visitor))
        answer = RedirectResponse("/login", HTTPStatus.SEE_OTHER)
        answer.delete_cookie(COOKIE)
        return answer


def _in_turn(site: Site) -> Aside:
    """Strangers wait for each other: however many try, one thread is theirs, and the others serve who was let in."""
    turn = asyncio.Lock()

    async def waited(work: Callable[[], T]) -> T:
        async with turn:
            return await site.at_length(work)

    return waited


async def _form(request: Request) -> FormData:
    """What a small form says. Raises HTTPException for one that is larger, slow, or does not say how large it is: strangers send these."""
    length = request.headers.get("content-length", "")
    if not length.isdigit() or int(length) > LARGEST_FORM:
        raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    try:
        async with asyncio.timeout(FORM_WITHIN_S):
            return await request.form(max_files=0)
    except TimeoutError:
        raise HTTPException(HTTPStatus.REQUEST_TIMEOUT) from None


def _page(site: Site, request: Request, template: str, status: int = HTTPStatus.OK, **facts: object) -> Response:
    words = words_in(language_of(request))
    told = TEMPLATES.get_template(template).render(words=words, town=site.township().town.name, **facts)
    return HTMLResponse(told, status)


def _let_in(site: Site, key: str, session: Session, to: str) -> Response:
    answer = RedirectResponse(to, HTTPStatus.SEE_OTHER)
    lasts_s = int((session.until - session.begun_at).total_seconds())
    answer.set_cookie(COOKIE, key, lasts_s, httponly=True, samesite="lax", secure=site.url.startswith("https:"))
    return answer


def _way_on(to: str) -> str:
    """A path of this site's own pages; empty for anything else, which a stranger's link might have named."""
    return to if _OURS.fullmatch(to) and not to.startswith("//") else ""
