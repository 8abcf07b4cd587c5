"""Stands before every answer: finds who asks, and refuses what is not theirs, or was asked by another site's page. Denies by default."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from urllib.parse import quote, urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from console.api import problem
from console.visitors import Visitor, visitor_of
from storage.errors import StorageError
from town.accounts import Kind, Role

COOKIE = "weisu-session"
DESK = frozenset({Role.MANAGER, Role.ENGINEER, Role.AUDITOR})
ANYBODY = frozenset(Role)

PUBLIC = ("/login", "/setup/", "/phone", "/phone/enter/", "/phone/app/", "/static/", "/language/", "/pictures/", "/open311/")
"""Prefixes that strangers may ask for: ways in, what holds no data, and what asks for a signature or token of its own."""

ROOMS: tuple[tuple[str, frozenset[Role]], ...] = (
    ("/town/", DESK),
    ("/bench/", frozenset({Role.ENGINEER})),
    ("/accounts", frozenset({Role.ENGINEER})),
    ("/audit", frozenset({Role.ENGINEER, Role.AUDITOR})),
    ("/me", DESK),
    ("/phone", frozenset({Role.CLEANER})),
    ("/api/v1", ANYBODY),
    ("/_nicegui", DESK),
    ("/_nicegui_ws", DESK),
    ("/leave", ANYBODY),
)
"""Who may ask for what else begins so. What is in none is nobody's."""

AT_ONCE_EACH = 64
"""Requests and sockets of one session: nobody who is let in takes all places. A page holds one, a phone one, a program that follows one."""

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class Guard:
    """Puts the visitor into the scope, for `visitor_of`. `find` knows whom a key lets in; it may block. `hosts` are this site's own."""

    def __init__(self, app: ASGIApp, find: Callable[[str], Visitor | None], hosts: frozenset[str]) -> None:
        self._app = app
        self._find = find
        self._hosts = hosts
        self._open: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        connection = HTTPConnection(scope)
        refused = await self._refusal(connection, scope)
        visitor = visitor_of(connection)
        if refused is None and visitor is not None and self._open[visitor.session] >= AT_ONCE_EACH:
            refused = _too_many(scope)
        if refused is None:
            with self._counted(visitor):
                await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            await refused(scope, receive, send)

    async def _refusal(self, connection: HTTPConnection, scope: Scope) -> Response | None:
        token = _bearer(connection)
        if not token and self._is_foreign(connection, scope):
            return (
                problem.answer("foreign_page")
                if _is_api(scope)
                else PlainTextResponse("asked by another site's page", HTTPStatus.FORBIDDEN)
            )
        try:
            visitor = await run_in_threadpool(self._find, token or connection.cookies.get(COOKIE, ""))
        except StorageError:
            if _is_api(scope):
                return problem.answer("no_database", {"Retry-After": "2"})
            return PlainTextResponse("the database does not answer: try again", HTTPStatus.SERVICE_UNAVAILABLE, {"Retry-After": "2"})
        scope.setdefault("state", {})["visitor"] = visitor
        return self._verdict(scope, visitor)

    def _verdict(self, scope: Scope, visitor: Visitor | None) -> Response | None:
        path = scope["path"]
        if any(path == known or (known.endswith("/") and path.startswith(known)) for known in PUBLIC):
            return None
        roles = ANYBODY if path == "/" else roles_of(path)
        if not roles:
            return JSONResponse({"detail": "Not Found"}, HTTPStatus.NOT_FOUND)  # as the application says it of what is not there
        if visitor is None:
            return _to_the_door(scope)
        if visitor.kind is Kind.TOKEN and not path.startswith("/api/"):
            return PlainTextResponse("tokens are for /api/v1", HTTPStatus.FORBIDDEN)
        return None if visitor.role in roles else PlainTextResponse("not for your role", HTTPStatus.FORBIDDEN)

    @contextmanager
    def _counted(self, visitor: Visitor | None) -> Iterator[None]:
        if visitor is None:
            yield
            return
        self._open[visitor.session] += 1
        try:
            yield
        finally:
            self._open[visitor.session] -= 1
            if not self._open[visitor.session]:
                del self._open[visitor.session]

    def _is_foreign(self, connection: HTTPConnection, scope: Scope) -> bool:
        """Whether another site's page asks for something that changes anything, or for a socket."""
        if scope["type"] == "http" and scope["method"] in _SAFE and scope["path"] != "/leave":
            return False
        origin = connection.headers.get("origin")
        if origin is not None:
            site = urlsplit(origin).netloc  # empty for the "null" of sandboxed pages
            return not site or site not in self._hosts | {connection.headers.get("host", "")}
        return connection.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}


def roles_of(path: str) -> frozenset[Role]:
    """Who may ask for a path that is not public; nobody for one that there is not."""
    return next((roles for prefix, roles in ROOMS if path == prefix.rstrip("/") or path.startswith(prefix.rstrip("/") + "/")), frozenset())


def _bearer(connection: HTTPConnection) -> str:
    scheme, _, token = connection.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _is_api(scope: Scope) -> bool:
    """Whether errors are told as the contract of the API has them."""
    return str(scope["path"]).startswith("/api/")


def _too_many(scope: Scope) -> Response:
    later = {"Retry-After": "5"}
    if _is_api(scope):
        return problem.answer("too_many", later)
    return PlainTextResponse("too many at once: try again", HTTPStatus.TOO_MANY_REQUESTS, later)


def _to_the_door(scope: Scope) -> Response:
    """Pages lead strangers to the login; whatever a program asks for says 401."""
    if _is_api(scope):
        return problem.answer("not_signed_in", {"WWW-Authenticate": "Bearer"})
    wants_page = scope["type"] == "http" and scope["method"] == "GET" and not scope["path"].startswith(("/api/", "/_nicegui", "/phone/"))
    if not wants_page:
        return PlainTextResponse("sign in first", HTTPStatus.UNAUTHORIZED, {"WWW-Authenticate": "Bearer"})
    way_back = "" if scope["path"] == "/" else f"?to={quote(scope['path'], safe='/')}"
    return RedirectResponse(f"/login{way_back}", HTTPStatus.SEE_OTHER)
