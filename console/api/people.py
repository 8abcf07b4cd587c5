"""People: who cleans where, when, what they can, who is on duty now and what they have in hand; and who asks."""

from fastapi import APIRouter
from pydantic import Field

from console.api.access import Desk, Here
from console.api.bounds import MOST, Cursor, Limit, Named, Page, page_of
from console.api.order_records import Place, Record
from console.api.responses import problems
from console.site import Site
from console.visitors import Visitor
from town.accounts import Kind, Role

router = APIRouter(tags=["people"])


class Cleaner(Record):
    """Who acts."""

    id: str
    name: str
    grid_id: str
    position: Place = Field(description="Their home ground.")
    shifts: list[str] = Field(description="In the town's time, such as 06:00-14:00.")
    skills: list[str]
    on_shift: bool
    load: int = Field(description="Orders that they have taken and not reported done.")


class CleanerPage(Page[Cleaner]):
    """Cleaners, in the order of their ids."""


class Me(Record):
    """Who asks, and what is theirs to see."""

    role: Role
    name: str = Field(description="As what is recorded who did what.")
    person: str = Field(description="Who they are in the township's file; empty where they do not stand there.")
    kind: Kind = Field(description="What let them in.")
    grids: list[str]


@router.get("/people", responses=problems())
async def list_people(site: Here, visitor: Desk, grid: Named = None, cursor: Cursor = None, limit: Limit = MOST) -> CleanerPage:
    """Cleaners; of a manager those of their own grids."""
    return await site.aside(lambda: _page(site, visitor, grid, cursor, limit))


@router.get("/me", responses=problems())
async def get_me(site: Here, visitor: Desk) -> Me:
    """Who asks."""
    grids = [grid.id for grid in visitor.grids(site.township())]
    return Me(role=visitor.role, name=visitor.name, person=visitor.person, kind=visitor.kind, grids=grids)


def _page(site: Site, visitor: Visitor, grid: str | None, cursor: str | None, limit: int) -> CleanerPage:
    township, now = site.township(), site.clock()
    known = [one for one in township.cleaners if visitor.sees_grid(one.grid, township) and grid in {None, one.grid}]
    shown, onward = page_of(sorted(known, key=lambda one: one.id), lambda one: one.id, cursor, limit)
    loads, _ = site.database.order_lists.at_work()
    items = [
        Cleaner(
            id=one.id,
            name=one.name,
            grid_id=one.grid,
            position=Place.model_validate(one.position),
            shifts=[str(shift) for shift in one.shifts],
            skills=sorted(one.skills),
            on_shift=one.on_shift(now, township.town),
            load=loads.get(one.id, 0),
        )
        for one in shown
    ]
    return CleanerPage(items=items, next=onward)
