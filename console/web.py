"""All that is served, put together: pictures by signed links, Open311, the ways in, the phone's page, the API, and the desk's pages."""

from urllib.parse import urlsplit

from fastapi import FastAPI
from starlette.types import ASGIApp

from console.api.app import mounted
from console.api.bounds import BodyLimit
from console.engineer.pictures import bench_picture_routes
from console.entry import entry_routes
from console.gone import LetGo
from console.guard import Guard
from console.headers import SafeHeaders
from console.manager.figure_exports import figure_routes
from console.manager.pictures import desk_picture_routes
from console.open311 import open311_routes
from console.phone.routes import phone_routes
from console.pictures import picture_routes
from console.site import Site

LARGEST_BODY = 24 * 1024 * 1024
"""An uploaded photograph with what a form writes around it; most routes take much less."""


def plain(site: Site) -> FastAPI:
    """What needs no pages of NiceGUI's, of which a process can have one set only."""
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    app.router.redirect_slashes = False
    settings = site.township().console
    app.router.routes += entry_routes(site)
    app.router.routes += desk_picture_routes(site)
    app.router.routes += bench_picture_routes(site)
    app.router.routes += figure_routes(site)
    if site.lines:
        app.router.routes += phone_routes(site, site.lines)
    if site.links:
        app.router.routes += picture_routes(site, site.links)
    if settings and settings.open311_tokens:
        app.router.routes += open311_routes(site, settings.open311_tokens)
    app.router.routes.append(mounted(site))
    return app


def guarded(app: ASGIApp, site: Site) -> ASGIApp:
    """The application behind the guard, its answers with safe headers."""
    settings = site.township().console
    return SafeHeaders(
        Guard(LetGo(BodyLimit(app, LARGEST_BODY)), site.doorkeeper.visitor, frozenset({urlsplit(site.url).netloc})),
        settings.map.origin if settings else "",
    )


def whole(site: Site) -> ASGIApp:
    """Everything. Call it once in a process."""
    from console.pages import add_pages

    app = plain(site)
    add_pages(app, site)
    return guarded(app, site)
