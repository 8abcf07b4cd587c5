"""How two networks differ about a frame, at the level that rules judge by: the counts of a zone, and the things that they stand on."""

from collections.abc import Iterator, Sequence

from detectors.belonging import RECORDED_FROM
from detectors.labels import family
from town.evidence import Difference, Reason
from town.sight import Detection, Observation, SeenObject

SURE_FROM = 0.5
"""A network is sure of what it says from this confidence on; what the other is less sure of than `RECORDED_FROM` it does not see."""

SAME_THING_OVERLAP = 0.5


def differences(
    promoted: Sequence[Observation], candidate: Sequence[Observation], seen: Sequence[Detection], seen_by_candidate: Sequence[Detection]
) -> tuple[Difference, ...]:
    """What differs between the observations that two networks gave of one frame; `seen` are all their detections in it.

    The zones and kinds of the two are the same, in the same order.
    """
    found: list[Difference] = []
    for ours, theirs in zip(promoted, candidate, strict=True):
        found += _counts(ours, theirs)
        found += _unseen(ours, seen_by_candidate, Reason.ONLY_PROMOTED_SEES)
        found += _unseen(theirs, seen, Reason.ONLY_CANDIDATE_SEES)
    return tuple(found)


def _counts(ours: Observation, theirs: Observation) -> Iterator[Difference]:
    """Shares are left out: they follow from the counts."""
    for metric, count in ours.metrics.items():
        if metric.endswith("_count") and count != theirs.metrics[metric]:
            yield Difference(Reason.COUNT_DIFFERS, ours.zone_id, metric, count, theirs.metrics[metric])


def _unseen(observation: Observation, other: Sequence[Detection], reason: Reason) -> Iterator[Difference]:
    for one in observation.objects:
        if one.confidence >= SURE_FROM:
            confidence = max((seen.confidence for seen in other if _same_thing(one, seen)), default=0.0)
            if confidence < RECORDED_FROM:
                pair = (one.confidence, confidence) if reason is Reason.ONLY_PROMOTED_SEES else (confidence, one.confidence)
                yield Difference(reason, observation.zone_id, one.label, *pair)


def _same_thing(one: SeenObject, seen: Detection) -> bool:
    """Whether both may mean one thing: a van may be car or truck, and whether a bin overflows is what the counts tell."""
    return seen.label in family(one.label) and one.box.overlap(seen.box) >= SAME_THING_OVERLAP
