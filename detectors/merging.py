"""One detection an object, where several regions or labels saw it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from detectors.labels import family
from detectors.regions import WHOLE
from town.geometry import Box
from town.sight import Detection

SAME_OBJECT_OVERLAP = 0.5
"""Two boxes of one family that overlap more than this (intersection over union) are one object."""

PART_OF_WHOLE = 0.7
"""A box that a region's border cut is part of a whole one that covers this share of it."""

AT_BORDER = 0.01
"""How near, in sizes of the region, a box must come to a border of its region to count as cut."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A detection in the frame, and whether the border of its region cut it."""

    detection: Detection
    cut: bool = False


def in_frame(detection: Detection, region: Box) -> Candidate:
    """A detection of a region (normalised to it) as one of the frame."""
    seen = detection.box
    box = Box(
        region.x1 + seen.x1 * region.width,
        region.y1 + seen.y1 * region.height,
        region.x1 + seen.x2 * region.width,
        region.y1 + seen.y2 * region.height,
    )
    return Candidate(Detection(detection.label, detection.confidence, box.clipped()), _is_cut(seen, region))


def one_each(candidates: Iterable[Candidate]) -> list[Detection]:
    """The best detection of every object, most confident first. Whole boxes win over cut ones, then confidence decides."""
    kept: list[Candidate] = []
    for candidate in sorted(candidates, key=lambda c: (c.cut, -c.detection.confidence)):
        if not any(_same_object(candidate, other.detection) for other in kept):
            kept.append(candidate)
    return sorted((candidate.detection for candidate in kept), key=lambda d: -d.confidence)


def without_repeats(detections: Sequence[Detection]) -> list[Detection]:
    """One detection an object: a van seen as car and as truck is one vehicle, named as the network was surest."""
    return one_each(Candidate(detection) for detection in detections)


def _same_object(candidate: Candidate, other: Detection) -> bool:
    box = candidate.detection.box
    if other.label not in family(candidate.detection.label):
        return False
    if box.overlap(other.box) > SAME_OBJECT_OVERLAP:
        return True
    return candidate.cut and box.shared_area(other.box) >= PART_OF_WHOLE * box.area


def _is_cut(seen: Box, region: Box) -> bool:
    """Whether the box touches a border of its region that is not the frame's own."""
    return (
        (seen.x1 <= AT_BORDER and region.x1 > WHOLE.x1)
        or (seen.y1 <= AT_BORDER and region.y1 > WHOLE.y1)
        or (seen.x2 >= 1 - AT_BORDER and region.x2 < WHOLE.x2)
        or (seen.y2 >= 1 - AT_BORDER and region.y2 < WHOLE.y2)
    )
