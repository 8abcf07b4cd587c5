"""The list of orders of the visitor's grids, newest first: what other pages' numbers lead to, and where to look for one order."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from nicegui import ui
from starlette.requests import Request

from console.frame import Look, page
from console.manager.markup import Drawn, Markup, told_if_not
from console.manager.order_query import ENDED_WORD, LIVE_WORD, NotUnderstood, OrderQuery, query_of
from console.manager.order_view import tone_of
from console.site import Site
from console.visitors import Visitor
from patrol.order_text import OrderText
from town.township import Township
from town.work import OrderState, WorkOrder

ON_A_PAGE = 50
LOOKS_EVERY_S = 0.3


def add(site: Site) -> None:
    @page(site, "/town/orders", "orders", "orders")
    async def order_list(look: Look) -> None:
        request: Request = ui.context.client.request
        query = query_of(request.query_params)
        markup = Markup(look.words, "order", site.township().town.zone)
        Drawn().show(_head(look, markup, query))
        rows = Drawn("panel")
        drawn: list[tuple[int, int]] = []

        async def keep_up() -> None:
            stands = (site.live.orders, site.clock().minute)
            if [stands] != drawn:
                drawn[:] = [stands]
                found = await site.aside(lambda: read_list(site, look.visitor, query))
                rows.show(_rows(site.township(), markup, query, found, site))

        await keep_up()
        ui.timer(LOOKS_EVERY_S, lambda: told_if_not(look, keep_up))


@dataclass(frozen=True)
class Found:
    """A page of orders, of so many in all. `not_understood` is what the address says and nobody knows."""

    orders: Sequence[WorkOrder] = ()
    count: int = 0
    not_understood: str = ""


def read_list(site: Site, visitor: Visitor, query: OrderQuery) -> Found:
    """Raises StorageError. Blocks."""
    township, search = site.township(), site.database.order_search
    try:
        sought = query.sought([grid.id for grid in visitor.grids(township)], township.town.zone)
    except NotUnderstood as error:
        return Found(not_understood=error.said)
    return Found(search.found(sought, ON_A_PAGE, (query.page - 1) * ON_A_PAGE), search.count(sought))


def categories(township: Township) -> dict[str, str]:
    """Each category, or where a rule has none the rule, with the names of its rules."""
    named: dict[str, list[str]] = {}
    for rule in township.rules:
        named.setdefault(rule.category or rule.id, []).append(rule.name)
    return {code: "、".join(names) for code, names in named.items()}


def _head(look: Look, markup: Markup, query: OrderQuery) -> str:
    township = look.site.township()
    grids = list(look.visitor.grids(township))
    states = {LIVE_WORD: markup.say("live"), ENDED_WORD: markup.say("ended")} | {
        one.value: markup.plain.of("states", one) for one in OrderState
    }
    mine = {grid.id for grid in grids}
    rule = township.rule_by_id.get(query["rule"])
    return markup.draw(
        "order_filter.html",
        look.site.clock(),
        query=query,
        states=states,
        cameras={one.id: one.name for one in township.cameras if one.grid in mine},
        kinds=categories(township),
        grids={grid.id: grid.name for grid in grids},
        taker=OrderText(township, markup.plain).name(query["cleaner"]),
        rule=rule.name if rule else query["rule"],
    )


def _rows(township: Township, markup: Markup, query: OrderQuery, found: Found, site: Site) -> str:
    now = site.clock()
    return markup.draw(
        "order_rows.html",
        now,
        found=found,
        query=query,
        pages=max(1, ceil(found.count / ON_A_PAGE)),
        text=OrderText(township, markup.plain),
        tone_of=tone_of,
    )
