"""Vehicles that stay: one seen before and one seen now are the same if place, look and clock agree."""

from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Self

from rules.assignment import Pair, best_pairs
from rules.case import incident_as_json, incident_from_json
from rules.dwell import Dwell
from rules.likeness import SAME_VEHICLE, likeness
from town.geometry import Box
from town.sight import SeenObject
from town.value_object import value_object
from town.work import Incident, IncidentKey

SAME_PLACE = 0.3
"""Least overlap of a vehicle's boxes in two looks. Boxes of a parked car seldom fall below 0.6; a neighbour's seldom reach 0.3."""

HIDDEN = 0.6
"""The share of a stay's box behind another vehicle from which it cannot be told to be gone."""

PART = 0.8
"""The share of a box within a larger one from which it is a part of that vehicle: a tree before a car cuts its box in two."""

FAINT_PART = 0.3
"""The same share for a box of which the look is not sure, beside one of which it is: the two halves hardly overlap (0.32 was seen)."""

MOST = 0.6
"""A box smaller than this share of the largest one in which a vehicle was seen shows a part of it, and not how the whole looks."""

LONGEST_GAP = timedelta(hours=4)
"""After a blind spell longer than this the same car in the same place may have been away: it counts from its return."""


@value_object
class Stay:
    """One vehicle in one place, as last seen, with the incident that it opened."""

    id: str
    anchor: Box
    """Where it stood when its stay began, or the larger box that holds it: what creeps away from there does not stay."""
    box: Box
    appearance: bytes
    dwell: Dwell
    is_sure: bool
    """Whether any look was sure enough that this is a vehicle."""
    missing_looks: int = 0
    incident: Incident | None = None
    hidden: bool = False
    """Whether another vehicle stood in front of it in this very look."""

    @classmethod
    def begins(cls, stay_id: str, seen: SeenObject, at: datetime, absent_before: datetime | None, is_sure: bool) -> Self:
        return cls(stay_id, seen.box, seen.box, seen.appearance, Dwell.begins(at, absent_before), is_sure)

    @property
    def is_present(self) -> bool:
        return not self.missing_looks and not self.hidden

    def seen_as(self, seen: SeenObject, at: datetime, is_sure: bool) -> "Stay":
        dwell, is_sure = self.dwell.seen(at), self.is_sure or is_sure
        anchor = seen.box if _is_within(self.anchor, seen.box) else self.anchor
        appearance = seen.appearance if seen.box.area >= MOST * anchor.area or not self.appearance else self.appearance
        return Stay(self.id, anchor, seen.box, appearance, dwell, is_sure, incident=self.incident)

    def unseen(self, at: datetime, others: Sequence[SeenObject]) -> "Stay":
        """Not found in a look: behind another vehicle, which tells nothing, or gone from its place."""
        if any(_hides(other.box, self.box) for other in others):
            return replace(self, hidden=True)
        return replace(self, dwell=self.dwell.missed(at), missing_looks=self.missing_looks + 1, hidden=False)

    def as_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "anchor": _exact(self.anchor),
            "box": _exact(self.box),
            "appearance": b64encode(self.appearance).decode(),
            "dwell": self.dwell.as_json(),
            "is_sure": self.is_sure,
            "missing_looks": self.missing_looks,
            "incident": incident_as_json(self.incident) if self.incident else None,
        }

    @classmethod
    def from_json(cls, raw: Any, zone_key: IncidentKey) -> Self:
        stay_id, dwell = str(raw["id"]), Dwell.from_json(raw["dwell"])
        incident = incident_from_json(raw["incident"], replace(zone_key, object_id=stay_id), dwell) if raw["incident"] else None
        appearance = _read_appearance(raw["appearance"])
        return cls(
            stay_id, Box(*raw["anchor"]), Box(*raw["box"]), appearance, dwell, bool(raw["is_sure"]), int(raw["missing_looks"]), incident
        )


def follow(
    stays: Sequence[Stay], objects: Sequence[SeenObject], at: datetime, last_look_at: datetime | None, min_confidence: float
) -> tuple[Stay, ...]:
    """The stays after a fit look at `at`: those seen again, those missed, and those that begin.

    A vehicle seen faintly is followed like any other, but its stay is not sure until a look is as confident as `min_confidence`.
    """
    known = [stay for stay in stays if stay.incident or at - stay.dwell.last_seen_at <= LONGEST_GAP]
    if len(known) == len(objects) == 1 and _fit(known[0], objects[0]) is not None:  # nearly every look at a place for one vehicle
        return (known[0].seen_as(objects[0], at, objects[0].confidence >= min_confidence),)
    scores = _scores(known, objects)
    pairs = best_pairs(scores)
    followed = []
    for row, stay in enumerate(known):
        if row in pairs:
            seen = objects[pairs[row]]
            followed.append(stay.seen_as(seen, at, seen.confidence >= min_confidence))
        elif stay.incident or not (_claims(row, scores) or any(_was_part(stay.box, objects[column].box) for column in pairs.values())):
            followed.append(stay.unseen(at, objects))
    if len(pairs) == len(objects):
        return tuple(followed)
    there = [stay.anchor for stay in followed if stay.is_present]
    taken = set(pairs.values())
    unknown = [seen for column, seen in enumerate(objects) if column not in taken]
    newcomers = [seen for seen in unknown if not _is_part(seen, objects, there, min_confidence)]
    return (*followed, *_begun(newcomers, at, last_look_at, min_confidence))


def _begun(newcomers: Sequence[SeenObject], at: datetime, last_look_at: datetime | None, min_confidence: float) -> Iterator[Stay]:
    """New stays, named after their first look, so that a look judged twice names them the same."""
    for ordinal, seen in enumerate(sorted(newcomers, key=lambda seen: seen.box.as_list()), start=1):
        stay_id = f"{at.astimezone(UTC):%Y%m%dT%H%M%S%f}Z-{ordinal}"
        yield Stay.begins(stay_id, seen, at, last_look_at, seen.confidence >= min_confidence)


def _scores(stays: Sequence[Stay], objects: Sequence[SeenObject]) -> dict[Pair, float]:
    """How well stays and objects fit. Where several stays claim one object, the one with an incident has it, or else the elder."""
    scores = {}
    for row, stay in enumerate(stays):
        rank = len(stays) * (2 if stay.incident else 1) - row
        for column, seen in enumerate(objects):
            fit = _fit(stay, seen)
            if fit is not None:
                scores[row, column] = fit + 2 * rank
    return scores


def _fit(stay: Stay, seen: SeenObject) -> float | None:
    """How well place and look agree, 0 to 2; None where either says that this is another vehicle.

    The label is not asked: one vehicle is a car in this look and a truck in the next.
    """
    overlap = stay.anchor.overlap(seen.box)
    if overlap < SAME_PLACE:
        return None
    if stay.appearance and seen.appearance:
        alike = likeness(stay.appearance, seen.appearance)
        return overlap + alike if alike >= SAME_VEHICLE else None
    # Nothing but place is known, so that the last one must agree as well.
    last = stay.box.overlap(seen.box)
    return min(overlap, last) if last >= SAME_PLACE else None


def _claims(row: int, scores: Mapping[Pair, float]) -> bool:
    """Whether a stay fits what another one has: then both are one vehicle, of which a spoilt look had made two."""
    return any(claimed == row for claimed, _ in scores)


def _hides(front: Box, behind: Box) -> bool:
    """Whether one box stands before another, rather than in its very place."""
    return front.shared_area(behind) >= HIDDEN * behind.area and front.overlap(behind) < SAME_PLACE


def _was_part(stood: Box, whole: Box) -> bool:
    """Whether what was taken for a vehicle of its own is seen to be a part of one, rather than behind it."""
    return _is_within(stood, whole) and whole.overlap(stood) >= SAME_PLACE


def _is_part(seen: SeenObject, objects: Sequence[SeenObject], there: Sequence[Box], min_confidence: float) -> bool:
    """Whether it is a part of another object of this look, or of a vehicle that is still there, as that was seen before."""
    if any(_is_within(seen.box, other.box) for other in objects) or any(_is_within(seen.box, box) for box in there):
        return True
    if seen.confidence >= min_confidence:
        return False
    return any(one.confidence >= min_confidence and one.box.shared_area(seen.box) >= FAINT_PART * seen.box.area for one in objects)


def _is_within(part: Box, whole: Box) -> bool:
    return whole.area > part.area and whole.shared_area(part) >= PART * part.area


def _exact(box: Box) -> list[float]:
    """Not rounded: a memory that went through JSON must judge as one that did not."""
    return [box.x1, box.y1, box.x2, box.y2]


def _read_appearance(raw: Any) -> bytes:
    """A memory from before looks were kept on a grid held a list of numbers: at its first look place alone decides."""
    return b64decode(raw) if isinstance(raw, str) else b""
