"""Pictures of orders as the desk's pages show them: opened by who is signed in, noted, and small where a list asks for little."""

from datetime import datetime

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from console.deeds import NotTheirs, order_of
from console.guard import DESK
from console.pictures import asked_from, noted_exhibit, width_of
from console.site import Site
from console.visitors import Visitor, needed_visitor
from town.evidence import When


def path_of(order_id: str, when: When, wide: int | None = None) -> str:
    """Where a picture is asked for; `wide` in pixels, left out for the whole exhibit with its captions."""
    return f"/town/pictures/{order_id}/{when}" + (f"?wide={wide}" if wide else "")


def desk_picture_routes(site: Site) -> list[BaseRoute]:
    """`/town/pictures/{order_id}/{before|after}?wide=320`."""

    async def picture(request: Request) -> Response:
        visitor, now = needed_visitor(request, DESK), site.clock()
        order_id, when = request.path_params["order_id"], request.path_params["when"]
        wide = width_of(request.query_params.get("wide", ""))
        if when not in set(When):
            raise HTTPException(404)
        jpeg = await site.aside(lambda: shown_to(site, visitor, order_id, When(when), wide, asked_from(request), now))
        if jpeg is None:
            raise HTTPException(404)
        return Response(jpeg, media_type="image/jpeg")

    return [Route("/town/pictures/{order_id}/{when}", picture, methods=["GET"])]


def shown_to(site: Site, visitor: Visitor, order_id: str, when: When, wide: int | None, network: str, now: datetime) -> bytes | None:
    """The picture; noted before it is shown. None where the order is not theirs to see, or has no such picture. Blocks."""
    try:
        order = order_of(site, visitor, order_id)
    except NotTheirs:
        return None
    return noted_exhibit(site.database, site.township(), order, when, visitor.seen_as, network, now, wide)
