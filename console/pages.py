"""The pages that the server drives, and their place in the application."""

from http import HTTPStatus

from fastapi import FastAPI
from nicegui import app as driven
from nicegui import ui
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from console.accounts import accounts_page, audit_page, me_page
from console.engineer import model_page, rules_page, why_page, zones_page
from console.frame import add_static
from console.manager import cameras_page, figures_page, order_page, orders_page, people_page, today_page
from console.site import Site

PAGES = (
    *(today_page, order_page, orders_page, cameras_page, figures_page, people_page),
    *(zones_page, rules_page, why_page, model_page),
    *(accounts_page, audit_page, me_page),
)
"""Each has `add(site)`, which registers its pages."""

AWAY_AT_MOST_S = 30
"""Who comes back after so long a gap of the line finds the page as it was, drafts and half-filled forms too."""


def add_pages(app: FastAPI, site: Site) -> None:
    """Register all pages, and mount them below everything else. Once in a process."""
    add_static()
    driven.add_exception_handler(HTTPStatus.NOT_FOUND, _not_there)
    for one in PAGES:
        one.add(site)
    away_s = AWAY_AT_MOST_S
    ui.run_with(app, title="未诉先办", favicon="/static/icon.svg", tailwind=False, reconnect_timeout=away_s, show_welcome_message=False)


async def _not_there(_: Request, __: Exception) -> Response:
    """NiceGUI would build a page for every stranger, and log the address: it may hold a key or a signature."""
    return JSONResponse({"detail": "Not Found"}, HTTPStatus.NOT_FOUND)
