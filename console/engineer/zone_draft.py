"""Zones of a camera while an engineer draws them: what they were, what they are to be, what is wrong with them. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pydantic import TypeAdapter, ValidationError

from town.durations import parse_duration
from town.editing import Change, Put, Remove, zones_of
from town.geometry import Polygon
from town.noun import Slug
from town.places import Zone, ZoneKind

Corners = tuple[tuple[float, float], ...]
DIGITS = 3
"""A thousandth of the picture's side is two pixels of 1920."""

MOST_STEPS = 200
_SLUG: TypeAdapter[str] = TypeAdapter(Slug)
_FIRST: Corners = ((0.3, 0.35), (0.7, 0.35), (0.7, 0.75), (0.3, 0.75))
LIMITED = frozenset({ZoneKind.NO_PARKING, ZoneKind.FIRE_LANE, ZoneKind.KEEP_CLEAR})
COUNTED = frozenset({ZoneKind.BIKE_BAY})


@dataclass(frozen=True, slots=True)
class ZoneDraft:
    """One zone as it is typed and drawn. `key` names it while it is edited, `was` is its id in the file, empty for a new one.

    `plain` is what the file says of it.
    """

    key: str
    was: str
    id: str
    name: str
    kind: str
    corners: Corners
    limit: str
    capacity: str
    plain: Mapping[str, Any]

    @property
    def title(self) -> str:
        return self.name or self.id or "?"

    def drawn(self, corners: Corners) -> "ZoneDraft":
        return replace(self, corners=corners)

    def item(self) -> dict[str, Any]:
        """As the file is to say it: what is empty and was not there is left out."""
        told: dict[str, Any] = {"id": self.id, "name": self.name, "kind": self.kind, "polygon": [list(corner) for corner in self.corners]}
        told |= {"limit": self.limit, "capacity": int(self.capacity) if self.capacity.isdecimal() else self.capacity}
        return {key: value for key, value in told.items() if value != "" or (key == "name" and key in self.plain)}


@dataclass(frozen=True, slots=True)
class Drawing:
    """The zones of a camera with the steps that led to them."""

    zones: tuple[ZoneDraft, ...]
    saved: tuple[ZoneDraft, ...]
    undone_to: tuple[tuple[ZoneDraft, ...], ...] = ()
    made: int = 0
    typing: tuple[str, str] = ("", "")
    """The zone and its field that the last step was typed into: typing a word is one step."""

    @property
    def is_changed(self) -> bool:
        return self.zones != self.saved

    @property
    def can_undo(self) -> bool:
        return bool(self.undone_to)

    def zone(self, key: str) -> ZoneDraft | None:
        return next((zone for zone in self.zones if zone.key == key), None)

    def undo(self) -> "Drawing":
        return replace(self, zones=self.undone_to[-1], undone_to=self.undone_to[:-1], typing=("", "")) if self.undone_to else self

    def written(self, items: Sequence[Mapping[str, Any]]) -> "Drawing":
        """The drawing once the file says it, as these items."""
        by_id = {str(item["id"]): item for item in items}
        zones = tuple(replace(zone, was=zone.id, plain=by_id.get(zone.id, {})) for zone in self.zones)
        return Drawing(zones, zones, made=self.made)

    def with_zone(self, changed: ZoneDraft, typed: str = "") -> "Drawing":
        """`typed` names the field that somebody is typing into."""
        zones = tuple(changed if zone.key == changed.key else zone for zone in self.zones)
        typing = (changed.key, typed)
        return replace(self, zones=zones) if typed and typing == self.typing else replace(self._to(zones), typing=typing)

    def without(self, key: str) -> "Drawing":
        return self._to(tuple(zone for zone in self.zones if zone.key != key))

    def with_new(self, kind: ZoneKind = ZoneKind.BIN_STATION) -> "Drawing":
        """One more zone in the middle of the picture, under an id that is free."""
        taken = {zone.id for zone in self.zones}
        free = next(name for number in range(1, len(taken) + 2) if (name := f"zone-{number}") not in taken)
        fresh = ZoneDraft(f"new-{self.made + 1}", "", free, "", kind, _FIRST, "", "", {})
        return replace(self._to((*self.zones, fresh)), made=self.made + 1)

    def _to(self, zones: tuple[ZoneDraft, ...]) -> "Drawing":
        return self if zones == self.zones else replace(self, zones=zones, undone_to=(*self.undone_to, self.zones)[-MOST_STEPS:])


def drawing_of(items: Sequence[Mapping[str, Any]]) -> Drawing:
    """The zones as the file says them."""
    zones = tuple(_draft(number, item) for number, item in enumerate(items))
    return Drawing(zones, zones)


def _draft(number: int, item: Mapping[str, Any]) -> ZoneDraft:
    corners = tuple((float(x), float(y)) for x, y in item["polygon"])
    limit, capacity = ("" if item.get(key) is None else str(item[key]) for key in ("limit", "capacity"))
    return ZoneDraft(
        f"z{number}", str(item["id"]), str(item["id"]), str(item.get("name", "")), str(item["kind"]), corners, limit, capacity, item
    )


def corners_of(drawn: Any) -> Corners | None:
    """Corners that a browser tells, put into the picture and rounded; None for anything else."""
    try:
        pairs = [(float(x), float(y)) for x, y in drawn]
    except (TypeError, ValueError):
        return None
    if len(pairs) > 200 or not all(-1 < value < 2 for pair in pairs for value in pair):  # NaN is refused too
        return None
    return tuple((_within(x), _within(y)) for x, y in pairs)


def _within(value: float) -> float:
    return round(min(max(value, 0.0), 1.0), DIGITS)


def changes(drawing: Drawing, camera_id: str) -> list[Change]:
    """What the file needs to say the drawing: those that left first, so that their ids are free."""
    place = zones_of(camera_id)
    before = {zone.key: zone for zone in drawing.saved}
    here = {zone.key for zone in drawing.zones}
    gone = [Remove(place, zone.was) for zone in drawing.saved if zone.key not in here]
    put = [Put(place, zone.item(), zone.was) for zone in drawing.zones if zone != before.get(zone.key)]
    return [*gone, *put]


def faults(drawing: Drawing) -> Mapping[str, list[str]]:
    """By the key of each zone that is wrong, in words of the table `zones`, why."""
    found = {zone.key: list(_faults_of(zone, [one.id for one in drawing.zones])) for zone in drawing.zones}
    return {key: words for key, words in found.items() if words}


def _faults_of(zone: ZoneDraft, ids: Sequence[str]) -> Iterator[str]:
    try:
        _SLUG.validate_python(zone.id)
    except ValidationError:
        yield "bad_id"
    if ids.count(zone.id) > 1:
        yield "id_twice"
    shape = fault_of_shape(zone.corners)
    if shape:
        yield shape
    if zone.limit and not _is_duration(zone.limit):
        yield "bad_limit"
    if zone.capacity and not zone.capacity.isdecimal():
        yield "bad_capacity"


def fault_of_shape(corners: Corners) -> str:
    """few, outside, crossing or flat; empty for a polygon that will do."""
    if len(corners) < 3:
        return "few"
    if not all(0 <= value <= 1 for corner in corners for value in corner):
        return "outside"
    try:
        Polygon(corners)
    except ValueError:
        return "flat" if _area(corners) < 1e-6 else "crossing"
    return ""


def _area(corners: Corners) -> float:
    around = zip(corners, (*corners[1:], corners[0]), strict=True)
    return abs(sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in around)) / 2


def _is_duration(value: str) -> bool:
    try:
        parse_duration(value)
    except ValueError:
        return False
    return True


def zones_that_will_do(drawing: Drawing) -> list[Zone]:
    """Those without a fault, as the service would know them."""
    wrong = faults(drawing)
    return [Zone.model_validate(zone.item()) for zone in drawing.zones if zone.key not in wrong]
