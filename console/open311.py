"""Open311 GeoReport v2 over HTTP, to be read by those who hold a token."""

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from hashlib import sha256
from hmac import compare_digest
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from console import georeport
from console.georeport import BadRequest, Query, query_of
from console.georeport_formats import MEDIA, written
from console.site import Site
from storage.database import Database
from town.township import Township

ROOT = "/open311/v2"


class Refused(Exception):
    """An answer in the standard's own form: its HTTP status, and words for the user."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


Answer = tuple[str, Any]
"""The name of a root element and its value."""


def open311_routes(site: Site, tokens: Mapping[str, str]) -> list[BaseRoute]:
    """Reading alone: a POST is answered with 405."""
    began_at = site.clock()

    async def discovery(_: Request) -> Answer:
        return "discovery", georeport.discovery(f"{site.url}{ROOT}", began_at)

    async def services(_: Request) -> Answer:
        return "services", georeport.services(site.township())

    async def definition(request: Request) -> Answer:
        found = georeport.definition(site.township(), request.path_params["code"])
        if found is None:
            raise Refused(404, "service_code provided was not found")
        return "service_definition", found

    async def requests(request: Request) -> Answer:
        query = query_of(request.query_params, site.clock())
        return "service_requests", await site.aside(partial(_requests, site.database, site.township(), query))

    async def one_request(request: Request) -> Answer:
        found = await site.aside(partial(_of_ids, site.database, site.township(), [request.path_params["order_id"]]))
        if not found:
            raise Refused(404, "service_request_id provided was not found")
        return "service_requests", found

    paths = {
        "/discovery.{shape}": discovery,
        "/services.{shape}": services,
        "/services/{code}.{shape}": definition,
        "/requests.{shape}": requests,
        "/requests/{order_id}.{shape}": one_request,
    }
    return [Route(f"{ROOT}{path}", partial(_answered, answer=answer, tokens=tokens), methods=["GET"]) for path, answer in paths.items()]


async def _answered(request: Request, answer: Callable[[Request], Awaitable[Answer]], tokens: Mapping[str, str]) -> Response:
    """The answer in the format that was asked for, or the error in it."""
    shape = request.path_params["shape"]
    if shape not in MEDIA:
        raise HTTPException(404)
    try:
        _admitted(tokens, _key_in(request))
        (name, value), status = await answer(request), 200
    except Refused as refused:
        name, value, status = "errors", [{"code": refused.status, "description": str(refused)}], refused.status
    except BadRequest as bad:
        name, value, status = "errors", [{"code": 400, "description": str(bad)}], 400
    return Response(written(shape, name, value), status, media_type=MEDIA[shape])


def _admitted(tokens: Mapping[str, str], token: str) -> None:
    """All tokens are compared, so that time tells nothing. Raises Refused."""
    digest = sha256(token.encode(errors="replace")).hexdigest()
    found = [compare_digest(known, digest) for known in tokens.values()]
    if not token or not any(found):
        raise Refused(403, "missing or invalid api_key")


def _key_in(request: Request) -> str:
    """The token in `Authorization: Bearer …`, or in the standard's `api_key`."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() in {"bearer", "token"} else request.query_params.get("api_key", "")


def _requests(database: Database, township: Township, query: Query) -> list[georeport.Record]:
    if query.order_ids:
        return _of_ids(database, township, query.order_ids)
    found = database.order_lists.opened_between(query.since, query.until, query.codes, query.ended, query.at_most, query.skip)
    return georeport.requests(township, found, database.order_lists.last_changes([order.id for order in found]))


def _of_ids(database: Database, township: Township, order_ids: list[str] | tuple[str, ...]) -> list[georeport.Record]:
    found = database.order_lists.of_ids(order_ids)
    return georeport.requests(township, found, database.order_lists.last_changes([order.id for order in found]))
