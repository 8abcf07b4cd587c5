"""Cameras: what each is good for now, what its last look said, what was planned and done today, and its zones."""

from collections import Counter
from datetime import UTC, datetime, time
from typing import Annotated, Any, Literal

from fastapi import APIRouter
from pydantic import Field

from alerts.noticeboard import AT_MOST, STATUS
from console.api.access import Desk, Here
from console.api.bounds import MOST, Cursor, Id, Limit, Named, Page, page_of
from console.api.order_records import Place, Record
from console.api.problem import Refused
from console.api.responses import MISSING, problems
from console.site import Site
from console.visitors import Visitor
from storage.cohorts import LookCount
from storage.order_search import Sought
from town.looks import Cadence, LookOutcome, SeenBy
from town.looks import Look as Seen
from town.notices import Trouble
from town.places import Camera as Known
from town.places import ZoneKind
from town.work import ENDED, OrderState

router = APIRouter(tags=["cameras"])
LIVE = frozenset(OrderState) - ENDED


class Look(Record):
    """One scheduled attempt to see."""

    planned_at: datetime
    started_at: datetime
    ended_at: datetime
    outcome: LookOutcome
    reason: str = Field(description="Of an unknown look why the view was unfit, of a failed one what failed.")
    cadence: Cadence
    seen_by: SeenBy


class Camera(Record):
    """A configured viewpoint, and what it is good for now."""

    id: str
    name: str
    grid_id: str
    position: Place
    status: Literal["fit", "unfit", "unreachable", "unseen"] = Field(description="By its last look; unseen where there was none yet.")
    last_look: Look | None
    live_orders: int


class CameraPage(Page[Camera]):
    """Cameras, in the order of their ids."""


class LooksOfDay(Record):
    """Looks since the town's midnight: those that the cadence asked for, and those that saw clearly."""

    since: datetime
    planned: int
    done: int


class Notice(Record):
    """What is wrong with the camera and was told."""

    trouble: Trouble
    reason: str
    since: datetime
    told_at: datetime | None


class Zone(Record):
    """A named polygon in the picture with a purpose, and the rules that judge it."""

    id: str
    name: str
    kind: ZoneKind
    polygon: list[tuple[float, float]] = Field(description="Corners, 0 to 1 from the upper left.")
    limit_s: float | None = Field(description="How long a stay may last here, where it is not the rule's own.")
    capacity: int | None
    rules: list[str]


class ZonePage(Page[Zone]):
    """Zones of one camera, in the order of their ids."""


class CameraStory(Camera):
    """A camera, why it is silent if it is, and what goes on there."""

    every_s: float = Field(description="The routine between two looks.")
    looks_today: LooksOfDay
    notices: Annotated[list[Notice], Field(max_length=MOST)]
    orders: Annotated[list[str], Field(max_length=MOST, description="The newest live orders, oldest first.")]


@router.get("/cameras", responses=problems())
async def list_cameras(site: Here, visitor: Desk, grid: Named = None, cursor: Cursor = None, limit: Limit = MOST) -> CameraPage:
    """Cameras; of a manager those of their own grids."""
    return await site.aside(lambda: _page(site, visitor, grid, cursor, limit))


@router.get("/cameras/{camera_id}", responses=problems(MISSING))
async def get_camera(site: Here, visitor: Desk, camera_id: Id) -> CameraStory:
    """A camera with its last look, the looks of the day, what is wrong with it, and its live orders."""
    return await site.aside(lambda: _story(site, camera_of(site, visitor, camera_id)))


@router.get("/cameras/{camera_id}/zones", responses=problems(MISSING))
async def list_zones(site: Here, visitor: Desk, camera_id: Id, cursor: Cursor = None, limit: Limit = MOST) -> ZonePage:
    """The zones of a camera."""
    camera = camera_of(site, visitor, camera_id)
    shown, onward = page_of(sorted(_zones(site, camera), key=lambda zone: zone.id), lambda zone: zone.id, cursor, limit)
    return ZonePage(items=list(shown), next=onward)


def camera_of(site: Site, visitor: Visitor, camera_id: str) -> Known:
    """A camera that is theirs to see. Raises Refused."""
    camera = site.township().camera_by_id.get(camera_id)
    if camera is None or not visitor.sees_grid(camera.grid, site.township()):
        raise Refused("no_such_camera")
    return camera


def _page(site: Site, visitor: Visitor, grid: str | None, cursor: str | None, limit: int) -> CameraPage:
    theirs = {one.id for one in visitor.grids(site.township())} & ({grid} if grid else {one.id for one in site.township().grids})
    known = sorted((one for one in site.township().cameras if one.grid in theirs), key=lambda one: one.id)
    shown, onward = page_of(known, lambda one: one.id, cursor, limit)
    looks = {look.camera_id: look for look in site.database.figures.camera_states()}
    live = Counter(order.camera_id for order in site.database.figures.live_orders(AT_MOST))
    return CameraPage(items=[Camera(**_plain(one, looks.get(one.id), live[one.id])) for one in shown], next=onward)


def _story(site: Site, camera: Known) -> CameraStory:
    figures, now = site.database.figures, site.clock()
    midnight = datetime.combine(now.astimezone(site.township().town.zone).date(), time(), site.township().town.zone).astimezone(UTC)
    look = next((one for one in figures.camera_states() if one.camera_id == camera.id), None)
    sought = Sought([camera.grid], LIVE, [camera.id])
    newest = site.database.order_search.found(sought, MOST)
    count = site.database.cohorts.looks_by_camera(midnight, now).get(camera.id, LookCount())
    return CameraStory(
        **_plain(camera, look, site.database.order_search.count(sought)),
        every_s=camera.every.total_seconds(),
        looks_today=LooksOfDay(since=midnight, planned=count.planned, done=count.done),
        notices=[Notice.model_validate(one) for one in figures.notices() if one.camera_id == camera.id][:MOST],
        orders=[order.id for order in reversed(newest)],
    )


def _plain(camera: Known, look: Seen | None, live_orders: int) -> dict[str, Any]:
    return {
        "id": camera.id,
        "name": camera.name,
        "grid_id": camera.grid,
        "position": Place.model_validate(camera.position),
        "status": STATUS.get(look.outcome, "unseen") if look else "unseen",
        "last_look": Look.model_validate(look) if look else None,
        "live_orders": live_orders,
    }


def _zones(site: Site, camera: Known) -> list[Zone]:
    return [
        Zone(
            id=zone.id,
            name=zone.name,
            kind=zone.kind,
            polygon=[(x, y) for x, y in zone.polygon.corners],
            limit_s=zone.limit.total_seconds() if zone.limit is not None else None,
            capacity=zone.capacity,
            rules=[rule.id for rule in site.township().rules_for(zone)],
        )
        for zone in camera.zones
    ]
