"""Kept pictures for the bench, blurred as they are kept: for engineers only, and every showing is noted."""

from pathlib import Path
from typing import Any
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from cameras.encoding import jpeg_of, narrowed
from console.pictures import network_of
from console.site import Site
from console.visitors import Visitor, needed_visitor
from detectors.listing import read_picture
from town.accounts import Role
from town.evidence import PictureView

PATH = "/bench/pictures/{picture_id}"
NARROWEST, WIDEST = 80, 1920


def path_of(picture_id: str, wide: int = 0) -> str:
    """Where a kept picture is asked for; `wide` in pixels, left out for the picture as it is kept."""
    return f"/bench/pictures/{quote(picture_id, safe='')}" + (f"?wide={wide}" if wide else "")


def picture_route(site: Site) -> tuple[str, Any]:
    """`/bench/pictures/{id}?wide=320`."""

    async def picture(request: Request) -> Response:
        visitor = needed_visitor(request, {Role.ENGINEER})
        width = width_of(request.query_params.get("wide", ""))
        network = network_of(request.client.host if request.client else "")
        jpeg = await site.aside(lambda: shown(site, visitor, request.path_params["picture_id"], width, network))
        if jpeg is None:
            raise HTTPException(404)
        return Response(jpeg, media_type="image/jpeg")

    return PATH, picture


def width_of(asked: str) -> int:
    """The width that was asked for, within reason; 0 for none, or what is no number."""
    return min(max(int(asked), NARROWEST), WIDEST) if asked.isascii() and asked.isdecimal() and len(asked) < 6 else 0


def shown(site: Site, visitor: Visitor, picture_id: str, wide: int, network: str) -> bytes | None:
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


def folder_of(site: Site) -> Path:
    """Where pictures are kept."""
    return site.township().storage.pictures or site.database.pictures_beside()


def _jpeg(file: Path, wide: int) -> bytes | None:
    if not wide:
        return file.read_bytes() if file.is_file() else None
    image = read_picture(file)
    return None if image is None else jpeg_of(narrowed(image, wide))
