"""The nouns that `camera_config.yaml` names: a town, its grids, cleaners, cameras and zones, and how it is run."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import cached_property
from ipaddress import IPv4Network, IPv6Network
from math import ceil
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Discriminator,
    Field,
    PlainSerializer,
    SecretStr,
    Tag,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
    model_validator,
)

from town.durations import Duration, Window
from town.expressions import Expression, expression
from town.facts import METRICS
from town.geometry import Polygon, Position, Shift
from town.noun import Noun, Slug
from town.recipients import NoticeSettings
from town.schedule import Schedule, Spell, holds
from town.validation import choices
from town.working_days import WorkingDays


def _time_zone(value: str) -> str:
    if value not in available_timezones():
        raise ValueError("name a time zone of the IANA database, such as Asia/Shanghai")
    return value


def _position(value: Any) -> Position:
    if isinstance(value, Position):
        return value
    if not isinstance(value, dict) or set(value) != {"lat", "lon"} or not all(type(v) in (int, float) for v in value.values()):
        raise ValueError("write a place as {lat: 39.79, lon: 116.50}")
    return Position(float(value["lat"]), float(value["lon"]))


def _polygon(value: Any) -> Polygon:
    if isinstance(value, Polygon):
        return value
    corners_are_numbers = isinstance(value, list) and all(
        isinstance(corner, list) and all(type(number) in (int, float) for number in corner) for corner in value
    )
    if not corners_are_numbers:
        raise ValueError("write a polygon as a list of corners, [[0.1, 0.2], [0.9, 0.2], [0.9, 0.9]]")
    return Polygon.of(value)


Place = Annotated[
    Position,
    BeforeValidator(_position),
    PlainSerializer(lambda p: {"lat": p.lat, "lon": p.lon}),
    WithJsonSchema(
        {
            "type": "object",
            "properties": {
                "lat": {"type": "number", "minimum": -90, "maximum": 90},
                "lon": {"type": "number", "minimum": -180, "maximum": 180},
            },
            "required": ["lat", "lon"],
            "additionalProperties": False,
        }
    ),
]
Outline = Annotated[
    Polygon,
    BeforeValidator(_polygon),
    PlainSerializer(lambda p: [list(corner) for corner in p.corners]),
    WithJsonSchema(
        {
            "type": "array",
            "minItems": 3,
            "items": {"type": "array", "minItems": 2, "maxItems": 2, "items": {"type": "number", "minimum": 0, "maximum": 1}},
        }
    ),
]


KEPT_FROM = 0.8
"""The share of a zone that must lie in the picture for what is seen there to be judged."""


class Town(Noun):
    """`days_off` and `make_up_days` correct the calendar of public holidays where the town knows better than the library."""

    id: Slug
    name: str
    timezone: Annotated[str, AfterValidator(_time_zone)] = "Asia/Shanghai"
    days_off: frozenset[date] = frozenset()
    make_up_days: frozenset[date] = frozenset()

    @cached_property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    @cached_property
    def working_days(self) -> WorkingDays:
        return WorkingDays(self.days_off, self.make_up_days)

    def is_time_of(self, schedule: tuple[Spell, ...], at: datetime) -> bool:
        """Whether a schedule holds here at an aware instant. An empty one always does."""
        return not schedule or holds(schedule, at, self.zone, self.working_days)


class Grid(Noun):
    """A part of the town that one manager (网格长) answers for."""

    id: Slug
    name: str
    manager: Slug


class Cleaner(Noun):
    """Who acts. `position` is home ground; `password` opens the cleaner's own MQTT session."""

    id: Slug
    name: str
    grid: Slug
    position: Place
    shifts: tuple[Window, ...] = ()
    skills: frozenset[Slug] = frozenset()
    password: SecretStr | None = None

    def on_shift(self, at: datetime, town: Town) -> bool:
        return any(shift.holds(at, town.zone) for shift in self.shifts)


class ZoneKind(StrEnum):
    BIN_STATION = "bin_station"
    NO_PARKING = "no_parking"
    FIRE_LANE = "fire_lane"
    BIKE_BAY = "bike_bay"
    KEEP_CLEAR = "keep_clear"


class Zone(Noun):
    """A named polygon in a camera's picture with a purpose. `limit` replaces the rule's own for stays in it."""

    id: Slug
    kind: ZoneKind
    polygon: Outline
    name: str = ""
    limit: Duration | None = None
    capacity: Annotated[int, Field(ge=0)] | None = None


class HttpSnapshot(Noun):
    """One JPEG or PNG per GET. Hikvision: /ISAPI/Streaming/channels/101/picture; Dahua: /cgi-bin/snapshot.cgi."""

    kind: Literal["http_snapshot"]
    url: Annotated[str, Field(pattern=r"^https?://[^\s@]+$")]
    username: str | None = None
    password: SecretStr | None = None


class Rtsp(Noun):
    """One keyframe per look, over TCP."""

    kind: Literal["rtsp"]
    url: Annotated[str, Field(pattern=r"^rtsps?://[^\s@]+$")]
    username: str | None = None
    password: SecretStr | None = None


class Recording(Noun):
    """A folder of frames named YYYY-MM-DD_HH_MM_SS.jpg in the town's time zone, or a video file with its start."""

    kind: Literal["recording"]
    path: Path
    start: datetime | None = None


Source = Annotated[HttpSnapshot | Rtsp | Recording, Discriminator("kind")]


class Camera(Noun):
    id: Slug
    name: str
    grid: Slug
    position: Place
    source: Source
    every: Duration = timedelta(seconds=60)
    zones: tuple[Zone, ...] = ()

    def shifted(self, shift: Shift) -> "Camera":
        """The camera with its zones where they lie in a view that has moved.

        Raises ValueError where a zone has left the picture by more than a fifth.
        """
        return self.model_copy(update={"zones": tuple(_shifted(zone, shift) for zone in self.zones)}) if shift else self


def _shifted(zone: Zone, shift: Shift) -> Zone:
    polygon = zone.polygon.shifted(shift)
    if polygon.area < KEPT_FROM * zone.polygon.area:
        raise ValueError(f"{zone.id} has left the picture")
    return zone.model_copy(update={"polygon": polygon})


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


class EmbeddedBroker(Noun):
    """weisu's own broker in a process of its own: MQTT 3.1.1, for a desk or a small town."""

    broker: Literal["embedded"]
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 1883


class ExternalBroker(Noun):
    """A broker that others run, such as Mosquitto."""

    host: str
    port: Annotated[int, Field(ge=1, le=65535)] = 1883
    tls: bool = False
    ca_file: Path | None = None
    username: str | None = None
    password: SecretStr | None = None
    protocol: Literal["3.1.1", "5"] = "5"


def _broker_kind(value: Any) -> str:
    named = value.get("broker") if isinstance(value, dict) else getattr(value, "broker", None)
    return "embedded" if named is not None else "external"


Mqtt = Annotated[Annotated[EmbeddedBroker, Tag("embedded")] | Annotated[ExternalBroker, Tag("external")], Discriminator(_broker_kind)]


class PictureTimes(Noun):
    """For how long pictures are kept after they were taken, by what they are kept for. Those of a live order stay until it has ended."""

    judged: Duration = timedelta(days=30)
    order: Duration = timedelta(days=30)
    disagreement: Duration = timedelta(days=30)
    held: Duration = timedelta(days=30)


class StorageSettings(Noun):
    """`pictures` is where evidence is kept (left out: beside the database), `pictures_mb` how much of it; 0 keeps none.

    `keep_pictures_for` says how long, by kind.

    What was seen is kept for `keep_looks_for`, why the rules decided as they did for `keep_reasons_for`.
    """

    url: str = "sqlite:///weisu.db"
    keep_looks_for: Duration = timedelta(days=30)
    keep_reasons_for: Duration = timedelta(days=365)
    keep_pictures_for: PictureTimes = PictureTimes()
    pictures: Path | None = None
    pictures_mb: Annotated[int, Field(ge=0)] = 2000


class LookLimits(Noun):
    """What any look may cost, and where a camera may live.

    `budget` is how many looks may begin a second in the whole township (left out: as many as are due). A look over RTSP counts for
    `rtsp_cost` of them, any other for one.
    """

    deadline: Duration = timedelta(seconds=10)
    confirm_every: Duration = timedelta(seconds=10)
    refresh_every: Duration = timedelta(minutes=10)
    at_once: Annotated[int, Field(ge=1, le=2000)] = 64
    budget: Annotated[float, Field(gt=0)] | None = None
    rtsp_cost: Annotated[float, Field(ge=1, le=1000)] = 1.0
    max_bytes: Annotated[int, Field(ge=1024)] = 12_000_000
    max_pixels: Annotated[int, Field(ge=4096)] = 25_000_000
    allow_networks: tuple[IPv4Network | IPv6Network, ...] = (
        IPv4Network("10.0.0.0/8"),
        IPv4Network("172.16.0.0/12"),
        IPv4Network("192.168.0.0/16"),
    )
    allow_loopback: bool = False
    allow_link_local: bool = False


class DispatchSettings(Noun):
    """Who is offered an order: the `nearest` cleaners on shift within `within_m`, then wider.

    Nobody gets more than `offers_an_hour` (null: any number), but for orders of top priority.
    """

    nearest: Annotated[int, Field(ge=1, le=50)] = 3
    within_m: Annotated[float, Field(gt=0)] = 1500.0
    widen_after: Duration = timedelta(minutes=3)
    resend_after: Duration = timedelta(seconds=20)
    offers_an_hour: Annotated[int, Field(ge=1)] | None = 12


def _some_time(value: timedelta) -> timedelta:
    if value <= timedelta(0):
        raise ValueError("a span of time, such as 10m")
    return value


class RuleLimit(Noun):
    """Another limit for one rule; what it leaves out is the township's."""

    orders: Annotated[int, Field(ge=1)] | None = None
    within: Annotated[Duration, AfterValidator(_some_time)] | None = None


class LimiterSettings(Noun):
    """A rule that would open more than `orders` within a span is paused for the whole township.

    `orders` left out: 20, or a tenth of the cameras where that is more. `rules` holds other limits for some rules, by their id.
    """

    orders: Annotated[int, Field(ge=1)] | None = None
    within: Annotated[Duration, AfterValidator(_some_time)] = timedelta(minutes=10)
    rules: dict[Slug, RuleLimit] = Field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OrderLimit:
    """What one rule may open before it is paused."""

    orders: int
    within: timedelta


class ModelSettings(Noun):
    """Which network looks: the file `path`, else the version promoted in `folder`, else the one that ships with weisu."""

    path: Path | None = None
    folder: Path = Path("models")
    min_confidence: Annotated[float, Field(gt=0, lt=1)] = 0.15
    threads: Annotated[int, Field(ge=0, le=256)] = 0


def _listen(value: str) -> str:
    if int(value.rpartition(":")[2]) > 65535:
        raise ValueError("a port is at most 65535")
    return value


def _base_url(value: str) -> str:
    if not value.isascii() or {"?", "#"} & set(value):
        raise ValueError("only an address and perhaps a path, such as https://weisu.town.example")
    return value.rstrip("/")


class ConsoleSettings(Noun):
    """Where weisu answers over HTTP, `host:port` (port 0: any free one), and how others reach it: `url`, left out where that is `listen`.

    Only proxies in `trust_proxies` may say whom they ask for. Open311 answers to the bearers of `open311_tokens`, by name the SHA-256 of
    each; to nobody where there is none. A link to a picture opens for `links_for`.
    """

    listen: Annotated[str, Field(pattern=r"^(\[[0-9A-Fa-f:]+\]|[A-Za-z0-9.-]+):[0-9]{1,5}$"), AfterValidator(_listen)] = "127.0.0.1:8080"
    url: Annotated[str, Field(pattern=r"^https?://[^\s@]+$", max_length=200), AfterValidator(_base_url)] | None = None
    links_for: Annotated[Duration, AfterValidator(_some_time)] = timedelta(hours=2)
    trust_proxies: tuple[IPv4Network | IPv6Network, ...] = ()
    open311_tokens: dict[Slug, Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _can_be_reached(self) -> "ConsoleSettings":
        if self.url is None and self.host in {"0.0.0.0", "::"}:  # noqa: S104  what others wrote is only compared
            raise ValueError("who listens on every address says in url by which one others reach it")
        return self

    @property
    def base(self) -> str:
        """What links begin with; empty where only the running service knows its port."""
        return self.url or (f"http://{self.listen}" if self.port else "")

    @property
    def host(self) -> str:
        return self.listen.rpartition(":")[0].strip("[]")

    @property
    def port(self) -> int:
        return int(self.listen.rpartition(":")[2])


def _unless_off(value: Any) -> Any:
    """YAML reads `off` as false."""
    return None if value is False or value == "off" else value


def _may_be_off(schema: dict[str, Any]) -> None:
    schema["anyOf"] = [*schema["anyOf"], {"enum": [False, "off"]}]


class Township(Noun):
    """A whole `camera_config.yaml`, right in itself: every name that is used is defined once."""

    town: Town
    grids: tuple[Grid, ...] = Field(min_length=1)
    cleaners: tuple[Cleaner, ...] = ()
    cameras: tuple[Camera, ...] = Field(min_length=1)
    rules: tuple[RuleSettings, ...]
    permits: tuple[Permit, ...] = ()
    looks: LookLimits = LookLimits()
    dispatch: DispatchSettings = DispatchSettings()
    limiter: LimiterSettings = LimiterSettings()
    notices: NoticeSettings = NoticeSettings()
    model: ModelSettings = ModelSettings()
    mqtt: Mqtt = EmbeddedBroker(broker="embedded")
    storage: StorageSettings = StorageSettings()
    console: Annotated[ConsoleSettings | None, BeforeValidator(_unless_off), Field(json_schema_extra=_may_be_off)] = ConsoleSettings()

    @cached_property
    def camera_by_id(self) -> dict[str, Camera]:
        return {camera.id: camera for camera in self.cameras}

    @cached_property
    def cleaner_by_id(self) -> dict[str, Cleaner]:
        return {cleaner.id: cleaner for cleaner in self.cleaners}

    @cached_property
    def rule_by_id(self) -> dict[str, RuleSettings]:
        return {rule.id: rule for rule in self.rules}

    def permits_for(self, camera_id: str, zone_id: str) -> tuple[Permit, ...]:
        return self._permits_by_zone.get(f"{camera_id}/{zone_id}", ())

    @cached_property
    def _permits_by_zone(self) -> dict[str, tuple[Permit, ...]]:
        return {zone: tuple(permit for permit in self.permits if permit.zone == zone) for zone in {one.zone for one in self.permits}}

    def with_rules_of(self, other: "Township") -> "Township":
        """This township under the rules and permits of another."""
        return self.model_copy(update={"rules": other.rules, "permits": other.permits})

    def rules_for(self, zone: Zone) -> tuple[RuleSettings, ...]:
        return self._rules_by_kind[zone.kind]

    @cached_property
    def _rules_by_kind(self) -> dict[ZoneKind, tuple[RuleSettings, ...]]:
        return {kind: tuple(rule for rule in self.rules if rule.enabled and kind in rule.zones) for kind in ZoneKind}

    def limit_of(self, rule_id: str) -> OrderLimit:
        """What the limiter lets a rule open."""
        everybody, own = self.limiter, self.limiter.rules.get(rule_id, RuleLimit())
        orders = own.orders or everybody.orders or max(20, ceil(len(self.cameras) / 10))
        return OrderLimit(orders, own.within or everybody.within)

    def with_rules(self, rules: Sequence[RuleSettings]) -> "Township":
        """The same township under other rules, as strictly checked as one from a file. Raises ValidationError."""
        return Township.model_validate({**{name: getattr(self, name) for name in type(self).model_fields}, "rules": rules})
