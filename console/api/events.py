"""What happens to orders as it happens, as server-sent events: for screens, and for programs that must miss nothing."""

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Header
from starlette.responses import StreamingResponse

from console.api.access import Desk, Here
from console.api.bounds import LARGEST
from console.api.order_records import change_record
from console.api.responses import problems
from console.site import Site
from console.visitors import Visitor
from storage.errors import StorageError

MEDIA = "text/event-stream"
AT_ONCE = 200
SILENT_FOR_S = 15.0
"""After so long without an event a comment says that the line still holds, and whether its visitor is still let in is asked again."""

router = APIRouter(tags=["orders"])
_STREAM: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "Events named `order`. The id is the number of the order's event, the data an OrderChange as JSON.",
        "content": {MEDIA: {"schema": {"type": "string"}}},
    }
}
Last = Annotated[int | None, Header(alias="Last-Event-ID", ge=0, le=LARGEST, description="Go on after it. Left out: from now on.")]


@router.get("/events", responses={**problems(), **_STREAM}, response_class=StreamingResponse)
async def follow_events(site: Here, visitor: Desk, last_event_id: Last = None) -> StreamingResponse:
    """What happens to orders, as it happens; of a manager that of their own grids. It ends when the visitor is no longer let in."""
    number = last_event_id if last_event_id is not None else (await site.aside(site.database.accounts.marks))[0]
    return StreamingResponse(_changes(site, visitor, number), media_type=MEDIA)


async def _changes(site: Site, visitor: Visitor, number: int) -> AsyncIterator[str]:
    """Nothing is left out, however slowly it is read."""
    yield "retry: 2000\n\n"
    while not site.live.closed:
        drawn, before = site.live.orders, number
        try:
            if not await site.aside(lambda: site.doorkeeper.still_admits(visitor)):
                return
            number, told = await site.aside(partial(_told, site, visitor, number))
        except StorageError:
            return  # who listens comes back, and goes on where it was
        for one in told:
            yield one
        if number == before and not await _moved(site, drawn):
            yield ": still here\n\n"


def _told(site: Site, visitor: Visitor, after: int) -> tuple[int, list[str]]:
    """The number of the last event that was read, and those that are theirs to see. Blocks."""
    found = site.database.order_lists.events_after(after, AT_ONCE)
    orders = {order.id: order for order in site.database.order_lists.of_ids(list({event.order_id for _, event in found}))}
    theirs = [(number, event) for number, event in found if visitor.sees_grid(orders[event.order_id].grid_id, site.township())]
    told = [
        f"id: {number}\nevent: order\ndata: {change_record(event, orders[event.order_id]).model_dump_json()}\n\n"
        for number, event in theirs
    ]
    return found[-1][0] if found else after, told


async def _moved(site: Site, drawn: int) -> bool:
    """Wait until orders have changed since a count of changes; False after a while without any."""
    try:
        async with asyncio.timeout(SILENT_FOR_S):
            while site.live.orders == drawn and not site.live.closed:
                await site.live.changed()
    except TimeoutError:
        return False
    return True
