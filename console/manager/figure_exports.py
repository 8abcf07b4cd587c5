"""The figures to take away: CSV for a spreadsheet, and a page to print. Who took them is noted."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from console.guard import DESK
from console.manager.figures_asked import Asked, asked_of
from console.manager.figures_found import report_for, today_of
from console.site import Site
from console.visitors import Visitor, needed_visitor
from console.wording import language_of
from patrol.report_page import page
from patrol.report_records import as_csv
from patrol.report_text import ReportText
from patrol.reporting import Report
from patrol.wording import wording


def figure_routes(site: Site) -> list[BaseRoute]:
    """`/town/figures.csv` and `/town/figures.html`, asked as the page is."""

    async def as_table(request: Request) -> Response:
        visitor, asked = needed_visitor(request, DESK), _asked(request, site)
        told = await site.at_length(lambda: as_csv(_noted(site, visitor, asked, "csv")))
        name = f"figures-{asked.first}-{asked.last}-{asked.by}.csv"
        return Response(told, media_type="text/csv; charset=utf-8", headers={"Content-Disposition": f'attachment; filename="{name}"'})

    async def as_page(request: Request) -> Response:
        visitor, asked, language = needed_visitor(request, DESK), _asked(request, site), language_of(request)
        text = ReportText(site.township(), wording(language))
        told = await site.at_length(lambda: page(_noted(site, visitor, asked, "html"), text, language))
        return Response(told, media_type="text/html; charset=utf-8")

    return [Route("/town/figures.csv", as_table), Route("/town/figures.html", as_page)]


def _asked(request: Request, site: Site) -> Asked:
    return asked_of(request.query_params, today_of(site))


def _noted(site: Site, visitor: Visitor, asked: Asked, shape: str) -> Report:
    """The report, once it is written down who takes it."""
    site.doorkeeper.note(visitor, "exported", f"figures.{shape}?{asked.query}")
    return report_for(site, visitor, asked)
