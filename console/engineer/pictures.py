"""Kept pictures for the bench, blurred as they are kept: for engineers only, and every showing is noted."""

from pathlib import Path
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from cameras.encoding import jpeg_of, narrowed
from console.pictures import asked_from, folder_of, width_of
from console.site import Site
from console.visitors import Visitor, needed_visitor
from detectors.listing import read_picture
from town.accounts import Role
from town.evidence import PictureView


def path_of(picture_id: str, wide: int | None = None) -> str:
    """Where a kept picture is asked for; `wide` in pixels, left out for the picture as it is kept."""
    return f"/bench/pictures/{quote(picture_id, safe='')}" + (f"?wide={wide}" if wide else "")


def bench_picture_routes(site: Site) -> list[BaseRoute]:
    """`/bench/pictures/{id}?wide=320`."""

    async def picture(request: Request) -> Response:
        visitor = needed_visitor(request, {Role.ENGINEER})
        width = width_of(request.query_params.get("wide", ""))
        jpeg = await site.aside(lambda: shown(site, visitor, request.path_params["picture_id"], width, asked_from(request)))
        if jpeg is None:
            raise HTTPException(404)
        return Response(jpeg, media_type="image/jpeg")

    return [Route("/bench/pictures/{picture_id}", picture, methods=["GET"])]


def shown(site: Site, visitor: Visitor, picture_id: str, wide: int | None, network: str) -> bytes | None:
    """The picture, noted before it is shown; None where it is not kept any more. Blocks."""
    kept = site.database.evidence.picture(picture_id)
    if kept is None:
        return None
    jpeg = _jpeg(folder_of(site) / kept.picture.path, wide)
    if jpeg is not None:
        order_id = kept.orders[0][1].id if kept.orders else ""
        with site.database.transaction() as book:
            book.note_picture_view(PictureView(site.clock(), visitor.seen_as, order_id, picture_id, network))
    return jpeg


def _jpeg(file: Path, wide: int | None) -> bytes | None:
    if not wide:
        return file.read_bytes() if file.is_file() else None
    image = read_picture(file)
    return None if image is None else jpeg_of(narrowed(image, wide))
