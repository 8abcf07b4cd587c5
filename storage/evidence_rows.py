"""Evidence to rows and back: pictures, disagreements, and the detections in them."""

from collections.abc import Iterable, Sequence
from typing import Any

from storage.rows import Row
from town.evidence import Difference, Disagreement, Picture, Reason, Side
from town.geometry import Box
from town.sight import Detection


def picture_row(picture: Picture) -> Row:
    return {
        "id": picture.id,
        "camera_id": picture.camera_id,
        "taken_at": picture.taken_at,
        "path": picture.path,
        "size_bytes": picture.size_bytes,
        "version": picture.version,
        "detections": _plain(picture.detections),
    }


def picture_of(row: Row) -> Picture:
    return Picture(
        row["id"], row["camera_id"], row["taken_at"], row["path"], row["size_bytes"], row["version"], _detections(row["detections"])
    )


def disagreement_row(one: Disagreement) -> Row:
    differences = [[d.reason, d.zone_id, d.what, round(d.promoted, 3), round(d.candidate, 3)] for d in one.differences]
    return {
        "picture_id": one.picture.id,
        "candidate": one.candidate,
        "seen_by_candidate": _plain(one.seen_by_candidate),
        "differences": differences,
        "judged": one.judged,
        "judged_by": one.judged_by,
        "judged_at": one.judged_at,
    }


def disagreement_of(row: Row, picture: Picture) -> Disagreement:
    differences = tuple(Difference(Reason(reason), zone, what, ours, theirs) for reason, zone, what, ours, theirs in row["differences"])
    return Disagreement(
        picture,
        row["candidate"],
        _detections(row["seen_by_candidate"]),
        differences,
        row["number"],
        None if row["judged"] is None else Side(row["judged"]),
        row["judged_by"],
        row["judged_at"],
    )


def _plain(detections: Sequence[Detection]) -> list[list[Any]]:
    return [[seen.label, round(seen.confidence, 3), seen.box.as_list()] for seen in detections]


def _detections(plain: Iterable[Any]) -> tuple[Detection, ...]:
    return tuple(Detection(label, confidence, Box(*corners)) for label, confidence, corners in plain)
