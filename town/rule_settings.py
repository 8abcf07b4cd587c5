"""The settings of a rule, and what it is not to object to, as `camera_config.yaml` names them."""

import hashlib
import json
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import (
    Field,
    PlainSerializer,
    ValidationInfo,
    field_validator,
    model_validator,
)

from town.durations import Duration
from town.expressions import Expression, expression
from town.facts import METRICS
from town.noun import Noun, Slug
from town.places import Outline, Town, ZoneKind
from town.schedule import Schedule, Spell
from town.validation import choices


class Sustain(Noun):
    """`looks` of the last `of` looks within a span of wall time, and so on for as long as `lasting`."""

    looks: Annotated[int, Field(ge=1, le=50)] = 2
    of: Annotated[int, Field(ge=1, le=50)] = 3
    within: Duration = timedelta(minutes=10)
    lasting: Duration = timedelta(0)

    @model_validator(mode="after")
    def _looks_fit(self) -> "Sustain":
        if self.looks > self.of:
            raise ValueError(f"looks ({self.looks}) cannot be more than of ({self.of})")
        return self


class Priority(StrEnum):
    NORMAL = "normal"
    HIGH = "high"
    TOP = "top"


class Deadlines(Noun):
    """How long each step of an order may take, from the step before it."""

    claim: Duration = timedelta(minutes=10)
    done: Duration = timedelta(hours=1)
    verify: Duration = timedelta(minutes=30)


class LegalStop(Noun):
    """How long a vehicle may stand before its stay counts, for loading or for letting people out; at some hours, or always."""

    lasts: Duration = Field(alias="for")
    active: Schedule = ()


class RuleSettings(Noun):
    """When observations of a kind become an incident, and what order that makes.

    An *amount* rule (`metric` set) fires while the metric is at least `at_least`, sustained over looks. A *stay*
    rule (`metric` left out) fires when one object has certainly stayed for the zone's or the rule's `limit`.
    `when`, an expression over the facts of `town.facts`, must hold too for an incident to open; it has no say in what clears.
    """

    id: Slug
    name: str
    enabled: bool = True
    zones: Annotated[frozenset[ZoneKind], PlainSerializer(sorted)]
    observes: Literal["bins", "vehicles", "bikes"]
    metric: str | None = None
    at_least: float = 1.0
    clear_below: float | None = None
    limit: Duration = timedelta(minutes=10)
    legal_stop: LegalStop | None = None
    sustain: Sustain = Field(default=Sustain(), alias="for")
    keep_firing_for: Duration = timedelta(0)
    clear_looks: Annotated[int, Field(ge=1, le=50)] = 2
    when: str = ""
    active: Schedule = ()
    min_confidence: Annotated[float, Field(ge=0, le=1)] = 0.3
    severity: str = ""
    priority: Priority = Priority.NORMAL
    category: str = ""
    skill: Slug
    deadlines: Deadlines = Deadlines()

    @field_validator("metric")
    @classmethod
    def _is_measured(cls, metric: str | None, info: ValidationInfo) -> str | None:
        known = METRICS.get(info.data.get("observes", ""))
        if metric is not None and known and metric not in known:
            raise ValueError(f"a metric of {info.data['observes']}: {choices(metric, list(known))}")
        return metric

    @field_validator("when", "severity")
    @classmethod
    def _is_an_expression(cls, source: str, info: ValidationInfo) -> str:
        if source.strip() and info.data.get("observes"):
            expression(source, info.data["observes"], info.data.get("metric") is None, "bool" if info.field_name == "when" else "number")
        return source.strip()

    @model_validator(mode="after")
    def _clears_below_firing(self) -> "RuleSettings":
        if self.clear_below is not None and self.clear_below > self.at_least:
            raise ValueError(f"clear_below ({self.clear_below}) cannot be above at_least ({self.at_least}): name both")
        return self

    @model_validator(mode="after")
    def _only_vehicles_stop(self) -> "RuleSettings":
        if self.legal_stop and not self.judges_stays:
            raise ValueError("legal_stop is for rules about stays, which have no metric")
        return self

    @property
    def judges_stays(self) -> bool:
        return self.metric is None

    @property
    def canonical(self) -> dict[str, Any]:
        """All settings as a file would give them, defaults included, as plain JSON."""
        settings = self.model_dump(mode="json", by_alias=True)
        if not self.sustain.lasting:
            del settings["for"]["lasting"]  # the versions of rules from before it was known stay what they were
        return settings

    @cached_property
    def version(self) -> str:
        """Names these very settings: eight digits of a hash, the same however a file words or orders them."""
        text = json.dumps(self.canonical, ensure_ascii=False, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:8]

    @cached_property
    def condition(self) -> Expression | None:
        return expression(self.when, self.observes, self.judges_stays, "bool") if self.when else None

    @cached_property
    def severity_expression(self) -> Expression | None:
        return expression(self.severity, self.observes, self.judges_stays, "number") if self.severity else None


class Permit(Noun):
    """Leave for what the rules would object to in a zone (`camera/zone`), or at a place in it: no incident opens there meanwhile.

    Days are the town's, both ends included. A permit without `rules` bears on every rule.
    """

    id: Slug
    reason: Annotated[str, Field(min_length=1)]
    zone: Annotated[str, Field(pattern=r"^[a-z0-9-]+/[a-z0-9-]+$")]
    place: Outline | None = None
    rules: Annotated[frozenset[Slug], PlainSerializer(sorted)] = frozenset()
    first_day: date = Field(default=date.min, alias="from")
    last_day: date = Field(default=date.max, alias="until")
    active: Schedule = ()

    @model_validator(mode="after")
    def _begins_before_it_ends(self) -> "Permit":
        if self.first_day > self.last_day:
            raise ValueError(f"from ({self.first_day}) cannot be after until ({self.last_day})")
        return self

    def holds(self, at: datetime, town: Town) -> bool:
        """Whether the permit is in force at an aware instant. A night belongs to the day on which it began."""
        days = (spell.day_at(at, town.zone, town.working_days) for spell in self.active or (Spell(),))
        return any(day is not None and self.first_day <= day <= self.last_day for day in days)
