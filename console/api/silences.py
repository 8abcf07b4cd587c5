"""Silences: agreed quiet periods, in which rules open no orders at some places."""

from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from console.api.access import Desk, Here, Manager
from console.api.bounds import LARGEST, MOST, Cursor, Limit, Page, cursor_of, read_cursor
from console.api.problem import Refused
from console.api.responses import MISSING, problems
from console.deeds import Name, Said
from console.instants import Moment
from console.site import Site
from console.visitors import Visitor
from patrol.silence_command import LISTED_FOR
from town.accounts import Role
from town.places import Camera
from town.silence import EVERYTHING
from town.silence import Silence as Agreed

router = APIRouter(tags=["silences"])
Number = Annotated[int, Path(ge=1, le=LARGEST)]


class Silence(BaseModel):
    """A quiet period, with author, reason and end."""

    model_config = ConfigDict(from_attributes=True)

    number: int
    zones: str = Field(description="A pattern over `camera/zone`.")
    rules: str = Field(description="A pattern over ids of rules.")
    author: str
    reason: str
    begins_at: datetime
    ends_at: datetime
    ended_at: datetime | None = Field(description="When it was ended before its time.")
    ended_by: str


class SilencePage(Page[Silence]):
    """Silences, in the order in which they were agreed."""


class NewSilence(BaseModel):
    """What to be silent about, until when, and why."""

    model_config = ConfigDict(extra="forbid")

    camera_id: Name
    zone_id: Name | None = Field(None, description="Left out: all zones of the camera.")
    rule_id: Name | None = Field(None, description="Left out: every rule.")
    until: Moment
    reason: Said


@router.get("/silences", responses=problems())
async def list_silences(
    site: Here,
    visitor: Desk,
    ended: Annotated[bool, Query(description="Those of the last 30 days that are over, too.")] = False,
    cursor: Cursor = None,
    limit: Limit = MOST,
) -> SilencePage:
    """Silences that hold or are to come; of a manager those that cover a place in their grids."""
    now, after = site.clock(), int(read_cursor(cursor, int)[0]) if cursor else 0
    found = await site.aside(lambda: _theirs(site, visitor, now, LISTED_FOR if ended else timedelta(0)))
    rest = [one for one in found if one.number > after and (ended or one.ended_at is None)]
    onward = cursor_of(rest[limit - 1].number) if len(rest) > limit else None
    return SilencePage(items=[Silence.model_validate(one) for one in rest[:limit]], next=onward)


@router.post("/silences", status_code=HTTPStatus.CREATED, responses=problems(MISSING))
async def add_silence(site: Here, visitor: Manager, new: NewSilence) -> Silence:
    """Silence a rule, or all, at a camera of the manager's grids, from now on."""
    return Silence.model_validate(await site.aside(lambda: _agreed(site, visitor, new, site.clock())))


@router.delete("/silences/{number}", status_code=HTTPStatus.NO_CONTENT, responses=problems(MISSING), response_class=Response)
async def end_silence(site: Here, visitor: Manager, number: Number) -> Response:
    """End a silence before its time. One that holds in other managers' grids, too, is not a manager's to end."""
    await site.aside(lambda: _end(site, visitor, number, site.clock()))
    return Response(status_code=HTTPStatus.NO_CONTENT)


def _theirs(site: Site, visitor: Visitor, now: datetime, back: timedelta) -> list[Agreed]:
    """In the order of their numbers. Blocks."""
    found = site.database.order_lists.silences(now - back)
    if visitor.role is not Role.MANAGER:
        return found
    cameras = [camera for camera in site.township().cameras if visitor.sees_grid(camera.grid, site.township())]
    return [one for one in found if _covers_any(one, cameras)]


def _agreed(site: Site, visitor: Visitor, new: NewSilence, now: datetime) -> Agreed:
    """Raises Refused, StorageError."""
    camera = site.township().camera_by_id.get(new.camera_id)
    if camera is None or not visitor.sees_grid(camera.grid, site.township()):
        raise Refused("no_such_camera")
    if new.zone_id is not None and new.zone_id not in {zone.id for zone in camera.zones}:
        raise Refused("unknown_zone")
    if new.rule_id is not None and new.rule_id not in site.township().rule_by_id:
        raise Refused("unknown_rule")
    if new.until <= now:
        raise Refused("past_date")
    zones, rules = f"{camera.id}/{new.zone_id or EVERYTHING}", new.rule_id or EVERYTHING
    with site.database.transaction() as book:
        number = book.silence(Agreed(visitor.name, new.reason, now, new.until, zones, rules))
    return Agreed(visitor.name, new.reason, now, new.until, zones, rules, number=number)


def _end(site: Site, visitor: Visitor, number: int, now: datetime) -> None:
    """Raises Refused, StorageError."""
    found = next((one for one in _theirs(site, visitor, now, timedelta(0)) if one.number == number), None)
    if found is None:
        raise Refused("no_such_silence")
    others = [camera for camera in site.township().cameras if not visitor.sees_grid(camera.grid, site.township())]
    if _covers_any(found, others):
        raise Refused("not_yours_alone")
    with site.database.transaction() as book:
        ended = book.end_silence(number, visitor.name, now)
    if not ended:
        raise Refused("no_such_silence")


def _covers_any(silence: Agreed, cameras: list[Camera]) -> bool:
    """Whether it holds at any zone of some cameras, for some rule."""
    return any(silence.covers_place(camera.id, zone.id) for camera in cameras for zone in camera.zones)
