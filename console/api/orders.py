"""Orders: listed, told whole, decided on, and shown."""

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Body, Path, Query
from starlette.requests import Request
from starlette.responses import Response

from console.api.access import Desk, Here, Manager
from console.api.bounds import Cursor, Id, Limit, Named, cursor_of, read_cursor
from console.api.order_records import Order, OrderPage, OrderStory, order_record, story_record
from console.api.problem import Refused
from console.api.responses import CONFLICT, MISSING, problems
from console.deeds import Deed, carry_out, order_of
from console.instants import Moment
from console.manager.pictures import shown_to
from console.pictures import LEAST_WIDE, MOST_WIDE, network_of
from console.site import Site
from console.visitors import Visitor
from patrol.order_text import OrderFile
from storage.order_search import Sought
from town.evidence import When
from town.work import OrderState

router = APIRouter(tags=["orders"])

States = Annotated[list[OrderState] | None, Query(max_length=len(OrderState), description="Only these states.")]
_PICTURE: dict[int | str, dict[str, Any]] = {
    200: {"description": "The picture.", "content": {"image/jpeg": {"schema": {"type": "string", "format": "binary"}}}}
}


@router.get("/orders", responses=problems())
async def list_orders(
    site: Here,
    visitor: Desk,
    state: States = None,
    camera: Named = None,
    category: Annotated[str | None, Query(min_length=1, max_length=64, description="A code; or of a rule that has none, its id.")] = None,
    grid: Named = None,
    rule: Named = None,
    cleaner: Annotated[str | None, Query(min_length=1, max_length=64, description="Who claimed it, or held it last.")] = None,
    opened_from: Annotated[Moment | None, Query(description="Opened then or later.")] = None,
    opened_until: Annotated[Moment | None, Query(description="Opened before then.")] = None,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> OrderPage:
    """Orders, newest first; of a manager those of their own grids."""
    theirs = frozenset(one.id for one in visitor.grids(site.township()))
    sought = Sought(
        grids=theirs if grid is None else theirs & {grid},
        states=state or (),
        cameras=[camera] if camera else (),
        categories=[category] if category else (),
        rules=[rule] if rule else (),
        taker=cleaner or "",
        since=opened_from,
        until=opened_until,
    )
    after = _after(cursor) if cursor else None
    found = await site.aside(lambda: site.database.order_search.found(sought, limit + 1, after=after))
    shown, more = found[:limit], len(found) > limit
    onward = cursor_of(shown[-1].opened_at.isoformat(), shown[-1].id) if more else None
    return OrderPage(items=[order_record(one) for one in shown], next=onward)


@router.get("/orders/{order_id}", responses=problems(MISSING))
async def get_order(site: Here, visitor: Desk, order_id: Id) -> OrderStory:
    """An order with its events, its offers, its roll-call, and what was merged into it."""
    return await site.aside(lambda: _story(site, visitor, order_id))


@router.post("/orders/{order_id}/deeds", responses=problems(MISSING, CONFLICT))
async def do_deed(
    site: Here,
    visitor: Manager,
    order_id: Id,
    deed: Annotated[Deed, Body(description="What is decided, and why. `action` says which.")],
) -> Order:
    """Decide about an order, as the manager of its grid. Who and why is recorded. The order as it then stands."""
    return order_record(await site.aside(lambda: carry_out(site, visitor, order_id, deed)))


@router.get("/orders/{order_id}/pictures/{when}", responses={**problems(MISSING), **_PICTURE}, response_class=Response)
async def get_picture(
    site: Here,
    visitor: Desk,
    request: Request,
    order_id: Id,
    when: Annotated[When, Path(description="The side of the work.")],
    wide: Annotated[
        int | None, Query(ge=LEAST_WIDE, le=MOST_WIDE, description="In pixels, and without captions. Left out: the whole exhibit.")
    ] = None,
) -> Response:
    """The newest picture from before or after the work, cut to its place, the problem outlined. Who was shown it is noted."""
    network, now = network_of(request.client.host if request.client else ""), site.clock()
    jpeg = await site.aside(lambda: shown_to(site, visitor, order_id, when, wide, network, now))
    if jpeg is None:
        raise Refused("no_such_picture")
    return Response(jpeg, media_type="image/jpeg")


def _story(site: Site, visitor: Visitor, order_id: str) -> OrderStory:
    order = order_of(site, visitor, order_id)
    lists = site.database.order_lists
    file = OrderFile(order, site.database.figures.events(order.id), lists.merged_into(order.id))
    return story_record(file, lists.receipts(order.id))


def _after(cursor: str) -> tuple[datetime, str]:
    opened_at, order_id = (str(one) for one in read_cursor(cursor, str, str))
    try:
        at = datetime.fromisoformat(opened_at)
        if at.tzinfo is not None:
            return at.astimezone(UTC), order_id
    except (ValueError, OverflowError):
        pass
    raise Refused("bad_cursor")
