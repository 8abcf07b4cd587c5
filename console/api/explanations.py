"""Why there was an order at a camera at a moment, or none, as `weisu explain --format json` tells it."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from console.api.access import Desk, Here
from console.api.cameras import Look, camera_of
from console.api.problem import Refused
from console.api.responses import MISSING, problems
from console.instants import Moment
from patrol.explaining import explain
from patrol.explanation_text import as_json
from rules.judgement import Verdict
from rules.limiter import Fate
from town.work import OrderState

router = APIRouter(tags=["explain"])


class Told(BaseModel):
    """One thing that happened to an order."""

    at: datetime
    action: str
    actor: str
    reason: str


class OrderTold(BaseModel):
    """An order that came of a decision."""

    order: str
    state: OrderState
    opened_at: datetime
    events: list[Told]


class Held(BaseModel):
    """The limiter held the order back."""

    fate: Fate
    held_at: datetime


class Followed(BaseModel):
    """The next thing that the rule said of the same place."""

    at: datetime
    verdict: Verdict


class Decision(BaseModel):
    """What one rule said at the clear look about a zone, or about one vehicle in it."""

    rule: str
    rule_version: str
    object: str
    verdict: Verdict
    firing: bool | None
    decided_at: datetime
    since: datetime = Field(description="From when on it said the same.")
    looks: int
    detail: dict[str, Any]
    provable_at: datetime | None = Field(description="When the limit of a stay can first be proven.")
    incident: str | None
    held: Held | None
    orders: list[OrderTold]
    followed_by: Followed | None


class ZoneTold(BaseModel):
    """What was seen in a zone (null where that is no longer kept), and what the rules made of it."""

    zone: str
    seen: dict[str, float] | None
    decisions: list[Decision]


class Explanation(BaseModel):
    """The looks around a moment, and what was decided at the last clear one before it."""

    camera: str
    at: datetime
    look: Look | None
    clear_look: Look | None
    next_look: Look | None
    zones: list[ZoneTold]


@router.get("/explain", responses=problems(MISSING))
async def get_explanation(
    site: Here,
    visitor: Desk,
    camera: Annotated[str, Query(min_length=1, max_length=64)],
    zone: Annotated[str | None, Query(min_length=1, max_length=64, description="Left out: all zones.")] = None,
    at: Annotated[Moment | None, Query(description="Left out: now.")] = None,
) -> Explanation:
    """Why there was an order at a camera at a moment, or why there was none."""
    known, moment = camera_of(site, visitor, camera), at or site.clock()
    zones = [one for one in known.zones if zone in {None, one.id}]
    if zone is not None and not zones:
        raise Refused("unknown_zone")
    return Explanation.model_validate(await site.aside(lambda: as_json(explain(site.database, known, zones, moment))))
