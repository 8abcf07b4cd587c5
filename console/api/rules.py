"""Rules with their settings, and every version of one that was ever in force."""

from datetime import datetime
from typing import Any, Literal

from fastapi import APIRouter
from pydantic import Field

from console.api.access import Desk, Here
from console.api.bounds import MOST, Cursor, Id, Limit, Page, cursor_of, page_of, read_cursor
from console.api.order_records import Record
from console.api.problem import Refused
from console.api.responses import MISSING, problems
from town.places import ZoneKind
from town.rule_settings import Priority, RuleSettings

router = APIRouter(tags=["rules"])


class Rule(Record):
    """When observations of a kind become an incident, and what order that makes."""

    id: str
    name: str
    version: str = Field(description="Names these very settings.")
    enabled: bool
    zones: list[ZoneKind]
    observes: Literal["bins", "vehicles", "bikes"]
    metric: str | None = Field(description="Null for a rule about stays.")
    category: str
    skill: str
    priority: Priority
    settings: dict[str, Any] = Field(description="All of them, as a file would give them.")


class RulePage(Page[Rule]):
    """The rules that run, in the order of their ids."""


class RuleVersion(Record):
    """A version of a rule, and its settings."""

    rule_id: str
    version: str
    since: datetime = Field(description="When it last came into force.")
    settings: dict[str, Any]


class RuleVersionPage(Page[RuleVersion]):
    """Versions of one rule, the one in force first."""


@router.get("/rules", responses=problems())
async def list_rules(site: Here, visitor: Desk, cursor: Cursor = None, limit: Limit = MOST) -> RulePage:  # noqa: ARG001  who asks
    """The rules that run."""
    known = sorted(site.township().rules, key=lambda one: one.id)
    shown, onward = page_of(known, lambda one: one.id, cursor, limit)
    return RulePage(items=[_record(one) for one in shown], next=onward)


@router.get("/rules/{rule_id}/versions", responses=problems(MISSING))
async def list_rule_versions(
    site: Here,
    visitor: Desk,  # noqa: ARG001  who asks
    rule_id: Id,
    cursor: Cursor = None,
    limit: Limit = MOST,
) -> RuleVersionPage:
    """Every version of a rule that was ever in force; none for a rule that has not run yet."""
    before = str(read_cursor(cursor, str)[0]) if cursor else ""
    found = await site.aside(lambda: site.database.rule_history.versions(rule_id))
    if not found and rule_id not in site.township().rule_by_id:
        raise Refused("no_such_rule")
    rest = [one for one in found if not before or one.since.isoformat() < before]
    onward = cursor_of(rest[limit - 1].since.isoformat()) if len(rest) > limit else None
    return RuleVersionPage(items=[RuleVersion.model_validate(one) for one in rest[:limit]], next=onward)


def _record(rule: RuleSettings) -> Rule:
    zones = sorted(rule.zones)
    named = ("id", "name", "version", "enabled", "observes", "metric", "category", "skill", "priority")
    return Rule(**{name: getattr(rule, name) for name in named}, zones=zones, settings=rule.canonical)
