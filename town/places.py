"""Where things are and who is there: a town, its grids and cleaners, its cameras and their zones, as `camera_config.yaml` names them."""

from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import cached_property
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
    WithJsonSchema,
)

from town.durations import Duration, Window
from town.geometry import Polygon, Position, Shift, is_simple
from town.noun import Noun, Slug
from town.schedule import Spell, holds
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
    try:
        return Position(float(value["lat"]), float(value["lon"]))
    except OverflowError as error:
        raise ValueError("lat from -90 to 90 and lon from -180 to 180") from error


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


def _area(corners: tuple[Position, ...]) -> tuple[Position, ...]:
    if corners and not is_simple(corners):
        raise ValueError("the corners of an area, at least 3, whose sides do not cross: [{lat: 39.79, lon: 116.50}, …]")
    return corners


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
    """A part of the town that one manager (网格长) answers for. `area` is its outline on a map: corners, at least 3; left out: unknown."""

    id: Slug
    name: str
    manager: Slug
    area: Annotated[tuple[Place, ...], AfterValidator(_area)] = ()


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
