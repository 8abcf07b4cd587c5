"""What a judged picture teaches: the boxes that are true of it, as seen and put right by the judgement. Pure."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

from detectors.belonging import COUNTED_FROM, RECORDED_FROM, lies_in
from town.evidence import Disagreement, Kept, Purpose, Side
from town.geometry import Box
from town.places import Town
from town.sight import Detection
from town.township import Township
from town.work import OrderState, WorkOrder

TRAIN, VAL, TO_LABEL = "train", "val", "to-label"
VAL_SHARE = 5
"""One day of a camera in so many is kept to score on."""

SAME_THING_OVERLAP = 0.5

Labelled = tuple[str, Box]


@dataclass(frozen=True, slots=True)
class Lesson:
    """A picture to train or to score on, or where nobody knows its labels, one for a person to label. `told` is its line of the report."""

    split: str
    name: str
    boxes: tuple[Labelled, ...]
    told: dict[str, Any]


def lesson_of(kept: Kept, township: Township) -> Lesson | None:
    """What a kept picture teaches; None where nothing about it has been judged."""
    seen = [(purpose, order) for purpose, order in kept.orders if purpose is not Purpose.REPORTED]  # no camera took that
    judged = [(purpose, order) for purpose, order in seen if order.state in {OrderState.CLOSED, OrderState.FALSE_ALARM}]
    otherwise = kept.disagreement if kept.disagreement and kept.disagreement.judged else None
    if not judged and otherwise is None:
        return None
    draft = _Draft(list(_seen_right(kept, otherwise)))
    for order in dict.fromkeys(order for _, order in judged if order.state is OrderState.FALSE_ALARM):
        _put_right(draft, order, township)
    if otherwise and otherwise.judged is Side.NEITHER:
        draft.unknown = "neither_saw_it_right"
    return _lesson(kept, judged, otherwise, draft, township.town)


@dataclass
class _Draft:
    """Labels in the making. `unknown`: why a person must label the picture, if so."""

    seen: list[Detection]
    changed: list[str] = field(default_factory=list)
    unknown: str = ""


def _seen_right(kept: Kept, otherwise: Disagreement | None) -> Sequence[Detection]:
    return otherwise.seen_by_candidate if otherwise and otherwise.judged is Side.CANDIDATE else kept.picture.detections


def _put_right(draft: _Draft, order: WorkOrder, township: Township) -> None:
    """A false alarm says that what the order's rule counted was not there, in the whole of its zone."""
    rule = township.rule_by_id.get(order.rule_id)
    concerns = _concerned(order, township)
    if rule is None:
        draft.unknown = "rule_unknown"
    elif rule.observes != "bins":
        draft.changed.append(f"{rule.observes}: labels stay, for a permitted vehicle is a vehicle")
    elif rule.metric in {"overflowing_count", "overflowing_share"}:
        draft.seen = list(_relabelled(draft, concerns))
    elif rule.metric == "garbage_count":
        draft.seen = list(_without_garbage(draft, concerns))
    else:
        draft.unknown = f"nobody_says_what_is_wrong_about_{rule.metric}"


def _relabelled(draft: _Draft, concerns: Callable[[Box], bool]) -> Iterator[Detection]:
    for one in draft.seen:
        if one.label == "overflowing_bin" and concerns(one.box):
            draft.changed.append("overflowing_bin: bin")
            yield Detection("bin", one.confidence, one.box)
        else:
            yield one


def _without_garbage(draft: _Draft, concerns: Callable[[Box], bool]) -> Iterator[Detection]:
    for one in draft.seen:
        if one.label == "garbage" and concerns(one.box):
            draft.changed.append("garbage: dropped")
        else:
            yield one


def _concerned(order: WorkOrder, township: Township) -> Callable[[Box], bool]:
    """Whether a box is one that the order was about: in its zone, or where the zone is gone, the order's own box."""
    zone = township.zone_at(order.camera_id, order.zone_id)
    return (lambda box: lies_in(zone, box)) if zone else (lambda box: box.overlap(order.box) >= SAME_THING_OVERLAP)


def _lesson(kept: Kept, judged: Iterable[tuple[Purpose, WorkOrder]], otherwise: Disagreement | None, draft: _Draft, town: Town) -> Lesson:
    picture = kept.picture
    boxes = tuple((one.label, one.box) for one in draft.seen if one.confidence >= COUNTED_FROM)
    split = TO_LABEL if draft.unknown else split_of(picture.camera_id, f"{picture.taken_at.astimezone(town.zone):%Y-%m-%d}")
    told = {
        "camera": picture.camera_id,
        "taken_at": picture.taken_at.isoformat(),
        "version": picture.version,
        "orders": [{"id": one.id, "rule": one.rule_id, "judged": one.state, "shows": purpose} for purpose, one in judged],
        "disagreement": _told(otherwise),
        "labels": len(boxes),
        "changed": draft.changed,
        "unsure": sum(RECORDED_FROM <= one.confidence < COUNTED_FROM for one in draft.seen),
        "to_label": draft.unknown,
    }
    return Lesson(split, f"{picture.camera_id}-{picture.taken_at:%Y%m%dT%H%M%SZ}-{picture.id}", boxes, told)


def _told(otherwise: Disagreement | None) -> dict[str, Any] | None:
    if otherwise is None:
        return None
    return {"id": otherwise.number, "candidate": otherwise.candidate, "judged": otherwise.judged, "by": otherwise.judged_by}


def split_of(camera_id: str, day: str) -> str:
    """Train or val, the same for all pictures that a camera took on a day: near-duplicates never stand on both sides."""
    digest = blake2b(f"{camera_id} {day}".encode(), digest_size=8).digest()
    return VAL if int.from_bytes(digest, "big") % VAL_SHARE == 0 else TRAIN
