"""The figures that a visitor may know: a manager those of the own grids, and how all grids compare. Blocks; raises StorageError."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from console.manager.figures_asked import Asked
from console.site import Site
from console.visitors import Visitor
from patrol.reporting import Report, report_on
from town.accounts import Role
from town.work import WorkOrder

TOPIC_DAYS, TOPIC_FROM = 30, 3


@dataclass(frozen=True, slots=True)
class Found:
    """`topics` are the orders of each place where the same came again and again lately: candidates for the monthly topic."""

    report: Report
    topics: Sequence[Sequence[WorkOrder]]


def today_of(site: Site) -> date:
    """The town's."""
    return site.clock().astimezone(site.township().town.zone).date()


def report_for(site: Site, visitor: Visitor, asked: Asked) -> Report:
    township, now = site.township(), site.clock()
    only = {grid.id for grid in visitor.grids(township)} if visitor.role is Role.MANAGER else None
    return report_on(site.database, township, asked.span(township.town.zone, now), asked.by, now, only)


def found_for(site: Site, visitor: Visitor, asked: Asked) -> Found:
    repeated = site.database.order_lists.repeated(site.clock() - timedelta(days=TOPIC_DAYS), TOPIC_FROM)
    theirs = [orders for orders in repeated if visitor.sees_grid(orders[-1].grid_id, site.township())]
    return Found(report_for(site, visitor, asked), theirs)
