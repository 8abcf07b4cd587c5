"""Orders as somebody looks for them: by place, state, kind, taker and time, a page at a time. Read only."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, or_, select, true

from alerts.lifecycle import Action
from storage.engines import Engines
from storage.rows import order_of
from storage.tables import order_events, orders
from town.work import OrderState, WorkOrder


@dataclass(frozen=True, slots=True)
class Sought:
    """What to look for; an empty collection, an empty name or None asks nothing, but `grids` always bounds.

    `categories` are codes, or ids of rules whose orders have none. `taker` claimed the order, or was its last holder. `since` and `until`
    are about when it opened: the first included, the last not.
    """

    grids: Collection[str]
    states: Collection[OrderState] = ()
    cameras: Collection[str] = ()
    categories: Collection[str] = ()
    rules: Collection[str] = ()
    taker: str = ""
    since: datetime | None = None
    until: datetime | None = None


class OrderSearch:
    """Reads what is committed; each call sees one moment."""

    def __init__(self, engines: Engines) -> None:
        self._engines = engines

    def found(self, sought: Sought, at_most: int, skip: int = 0, after: tuple[datetime, str] | None = None) -> list[WorkOrder]:
        """A page of the orders, newest first; with `after`, an order's `opened_at` and id, of those that follow it."""
        chosen = select(orders).where(_fits(sought)).order_by(orders.c.opened_at.desc(), orders.c.id.desc())
        if after is not None:
            at, order_id = after
            same = and_(orders.c.opened_at == at, orders.c.id < order_id)
            chosen = chosen.where(orders.c.opened_at <= at, or_(orders.c.opened_at < at, same))
        with self._engines.reading() as connection:
            return [order_of(row) for row in connection.execute(chosen.limit(at_most).offset(skip)).mappings()]

    def count(self, sought: Sought) -> int:
        with self._engines.reading() as connection:
            return connection.execute(select(func.count()).select_from(orders).where(_fits(sought))).scalar_one()


def _fits(sought: Sought) -> ColumnElement[bool]:
    code = func.coalesce(func.nullif(orders.c.category, ""), orders.c.rule_id)
    asked: list[ColumnElement[bool]] = [orders.c.grid_id.in_(sought.grids)]
    for column, words in ((orders.c.state, sought.states), (orders.c.camera_id, sought.cameras), (orders.c.rule_id, sought.rules)):
        asked.append(column.in_(words) if words else true())
    asked.append(code.in_(sought.categories) if sought.categories else true())
    asked.append(_taken_by(sought.taker) if sought.taker else true())
    asked.append(orders.c.opened_at >= sought.since if sought.since else true())
    asked.append(orders.c.opened_at < sought.until if sought.until else true())
    return and_(*asked)


def _taken_by(cleaner_id: str) -> ColumnElement[bool]:
    events = order_events.c
    claimed = select(events.order_id).where(events.action == Action.CLAIM, events.actor == cleaner_id)
    return or_(orders.c.holder == cleaner_id, orders.c.id.in_(claimed))
