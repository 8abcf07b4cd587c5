"""Pictures of orders over HTTP: a signed link opens one, the view is noted, and everything else is one and the same 404."""

from datetime import datetime
from ipaddress import IPv6Address, ip_address, ip_network
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from alerts.picture_links import PictureLink, PictureLinks, may_see
from console.site import Site
from patrol.exhibits import newest_exhibit
from storage.database import Database
from town.evidence import PictureView, When
from town.township import Township
from town.work import WorkOrder

LEAST_WIDE, MOST_WIDE = 80, 1920
V4_BITS, V6_BITS = 24, 48
"""As much of an address is noted: which provider or office, not which household."""


def picture_routes(site: Site, links: PictureLinks) -> list[BaseRoute]:
    """`/pictures/{order}/{before|after}`."""

    async def picture(request: Request) -> Response:
        now = site.clock()
        link = links.read(request.path_params["order_id"], request.path_params["when"], request.query_params, now)
        if link is None:
            raise HTTPException(404)
        jpeg = await site.aside(lambda: shown(link, site.database, site.township(), asked_from(request), now))
        if jpeg is None:
            raise HTTPException(404)
        return Response(jpeg, media_type="image/jpeg")

    return [Route("/pictures/{order_id}/{when}", picture, methods=["GET"])]


def shown(link: PictureLink, database: Database, township: Township, network: str, now: datetime, wide: int | None = None) -> bytes | None:
    """The picture that a link opens; noted before it is shown. None where the order is not theirs to see, or has no such picture.

    At most `wide` pixels wide, and then without captions.
    """
    order = database.order_lists.order(link.order_id)
    if order is None or not may_see(link.person, order, township):
        return None
    return noted_exhibit(database, township, order, link.when, link.person, network, now, wide)


def noted_exhibit(
    database: Database, township: Township, order: WorkOrder, when: When, person: str, network: str, now: datetime, wide: int | None
) -> bytes | None:
    """A picture of an order that `person` may see; noted before it is shown. None where there is none. Blocks."""
    found = newest_exhibit(database, township, order, when, wide)
    if found is None:
        return None
    picture_id, jpeg = found
    with database.transaction() as book:
        book.note_picture_view(PictureView(now, person, order.id, picture_id, network))
    return jpeg


def folder_of(site: Site) -> Path:
    """Where pictures are kept."""
    return site.township().storage.pictures or site.database.pictures_beside()


def width_of(asked: str) -> int | None:
    """The width that was asked for, within reason; None for none, or what is no number."""
    return min(max(int(asked), LEAST_WIDE), MOST_WIDE) if asked.isascii() and asked.isdigit() and len(asked) < 6 else None


def asked_from(request: Request) -> str:
    """The network that a request comes from."""
    return network_of(request.client.host if request.client else "")


def network_of(host: str) -> str:
    """The network that an address lies in; empty for what is no address."""
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return ""
    if isinstance(address, IPv6Address):
        address = address.ipv4_mapped or address
    return str(ip_network(f"{address}/{V4_BITS if address.version == 4 else V6_BITS}", strict=False))
