"""The figures a manager is held to, as `weisu report --format json` tells them."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from console.api.access import Desk, Here
from console.api.bounds import MOST, Cursor, Limit, cursor_of, read_cursor
from console.api.problem import Refused
from console.api.responses import problems
from console.instants import EARLIEST, Moment
from console.site import Site
from console.visitors import Visitor
from patrol.report_command import month_before
from patrol.report_records import as_json
from patrol.reporting import By, Span, report_on
from town.accounts import Role

LONGEST = timedelta(days=400)

router = APIRouter(tags=["figures"])


class Rate(BaseModel):
    """A share with its counts and its 95 % interval; null where nothing is due yet."""

    share: float | None
    count: int
    of: int
    not_due: int = Field(description="Left out of it, since their time is not over.")
    low: float | None
    high: float | None


class Spread(BaseModel):
    """How long something took, in seconds: of `count` cases, half within `p50`."""

    count: int
    p50: float
    p95: float
    p99: float


class Figures(BaseModel):
    """The figures of some orders. What each counts: docs/orders.md."""

    orders: int
    shares: dict[str, Rate]
    rates: dict[str, Rate]
    times_s: dict[str, Spread | None]
    fairness_gini: float | None
    looks: Rate | None


class Group(Figures):
    """Those of one grid, cleaner, … An empty key is nobody's orders."""

    key: str
    name: str
    rank: int | None = Field(description="By resolution; null for groups of few orders, and of rules and days.")


class Precision(Rate):
    """Of one version of a rule."""

    rule: str
    version: str


class Report(BaseModel):
    """The figures of the orders opened in a span, as they stand now."""

    since: datetime = Field(alias="from")
    until: datetime = Field(alias="to")
    as_of: datetime
    by: By
    whole: Figures
    groups: Annotated[list[Group], Field(max_length=MOST)]
    precision_by_version: list[Precision]
    looks_since: datetime | None = Field(description="From when on looks are counted, where that is later than the beginning.")
    unknown: dict[str, str] = Field(description="Figures that cannot be told, and why.")
    next: str | None = Field(description="The cursor of the next groups; null at the end.")


@router.get("/figures", responses=problems())
async def get_figures(
    site: Here,
    visitor: Desk,
    since: Annotated[Moment | None, Query(alias="from", description="Left out: 30 days before the end, from midnight.")] = None,
    until: Annotated[Moment | None, Query(alias="to", description="Left out, or to come: now.")] = None,
    by: Annotated[By, Query(description="A group for each of these.")] = By.GRID,
    cursor: Cursor = None,
    limit: Limit = MOST,
) -> Report:
    """The figures of the orders opened in a span of at most 400 days; of a manager those of their own grids.

    By grid, managers too are told of every grid: they are there to be compared.
    """
    skip = int(read_cursor(cursor, int)[0]) if cursor else 0
    if skip < 0:
        raise Refused("bad_cursor")
    span, now = _span(site, since, until), site.clock()
    return await site.at_length(lambda: _report(site, visitor, span, by, now, skip, limit))


def _report(site: Site, visitor: Visitor, span: Span, by: By, now: datetime, skip: int, limit: int) -> Report:
    township = site.township()
    grids = frozenset(grid.id for grid in visitor.grids(township)) if visitor.role is Role.MANAGER else None
    told = as_json(report_on(site.database, township, span, by, now, grids))
    groups = told["groups"]
    onward = cursor_of(skip + limit) if len(groups) > skip + limit else None
    return Report.model_validate({**told, "groups": groups[skip : skip + limit], "next": onward})


def _span(site: Site, since: datetime | None, until: datetime | None) -> Span:
    """Raises Refused for one that holds nothing, or too much."""
    now = site.clock()
    end = min(until or now, now)
    begin = since or max(month_before(end, site.township().town.zone).astimezone(UTC), EARLIEST)
    if begin >= end:
        raise Refused("empty_span")
    if end - begin > LONGEST:
        raise Refused("long_span")
    return Span(begin, end)
