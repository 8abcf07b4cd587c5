"""The REST API put together: its operations, what becomes of errors, and its contract."""

import re
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Match, Mount

from alerts.manager_desk import NotDone
from console.api import cameras, contract, events, explanations, figures, models, orders, people, problem, rules, silences
from console.api.access import Desk
from console.api.bounds import BodyLimit
from console.api.problem import Mistake, Refused
from console.deeds import NotTheirs
from console.site import Site
from patrol.wording import wording
from storage.errors import StorageError

ROOT = "/api/v1"
ROUTERS = tuple(one.router for one in (orders, events, silences, cameras, figures, people, explanations, rules, models))
_REASON_OF = {
    HTTPStatus.BAD_REQUEST: "unreadable",
    HTTPStatus.NOT_FOUND: "no_such_path",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "too_large",
}


def api_app(site: Site) -> FastAPI:
    """What answers below `/api/v1`."""
    app = bare_app()
    app.state.site = site
    return app


def mounted(site: Site) -> Mount:
    """The API at its place, for every path below it, one with a line break too."""
    mount = Mount(ROOT, api_app(site))
    mount.path_regex = re.compile(mount.path_regex.pattern, re.DOTALL)
    return mount


def bare_app() -> FastAPI:
    """The operations without anything that they could work on: enough to write the contract."""
    app = FastAPI(title="weisu 未诉先办", openapi_url=None, docs_url=None, redoc_url=None)
    app.router.redirect_slashes = False
    for router in ROUTERS:
        app.router.routes += router.routes
    app.add_api_route("/openapi.json", _openapi, methods=["GET"], include_in_schema=False)
    app.add_middleware(BodyLimit)
    for kind, handler in _HANDLERS.items():
        app.add_exception_handler(kind, handler)
    return app


def operations(app: FastAPI) -> Iterator[APIRoute]:
    """All that can be asked for, the contract itself among it."""
    return (route for route in app.routes if isinstance(route, APIRoute))


async def _openapi(request: Request, visitor: Desk) -> JSONResponse:  # noqa: ARG001  who asks
    app: FastAPI = request.app
    return JSONResponse(contract.openapi(app.routes))


async def _refused(_: Request, error: Exception) -> Response:
    assert isinstance(error, Refused)
    return problem.answer(error.reason)


async def _not_theirs(_: Request, __: Exception) -> Response:
    return problem.answer("no_such_order")


async def _not_done(_: Request, error: Exception) -> Response:
    assert isinstance(error, NotDone)
    return problem.told(HTTPStatus.CONFLICT, error.reason, wording("en").of("refusals", error.reason))


async def _invalid(_: Request, error: Exception) -> Response:
    """What was sent is not sent back: it may be no text at all."""
    assert isinstance(error, RequestValidationError)
    return problem.answer("invalid", errors=[Mistake(where=_where(one), what=str(one["msg"])) for one in error.errors()])


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        return problem.answer("no_such_method", {"Allow": ", ".join(_methods_at(request))})
    return problem.answer(_REASON_OF.get(HTTPStatus(error.status_code), "trouble"), error.headers)


def _methods_at(request: Request) -> list[str]:
    """Of all operations of a path, each of which knows its own alone."""
    there = (route for route in operations(request.app) if route.matches(request.scope)[0] is not Match.NONE)
    return sorted({method for route in there for method in route.methods or ()})


async def _no_database(_: Request, __: Exception) -> Response:
    return problem.answer("no_database", {"Retry-After": "2"})


async def _trouble(_: Request, __: Exception) -> Response:
    return problem.answer("trouble")


def _where(one: dict[str, Any]) -> str:
    return ".".join(str(step) for step in one["loc"])[:200].encode(errors="replace").decode()


_HANDLERS: dict[type[Exception], Any] = {
    Refused: _refused,
    NotTheirs: _not_theirs,
    NotDone: _not_done,
    RequestValidationError: _invalid,
    HTTPException: _http,
    StorageError: _no_database,
    Exception: _trouble,
}
