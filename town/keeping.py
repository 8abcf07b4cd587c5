"""What is kept of an observation: its numbers rounded once, before anybody judges, so that stored and judged are the same values."""

from dataclasses import replace
from datetime import UTC

from town.geometry import Box
from town.sight import Observation, SeenObject

CONFIDENCE_DIGITS = 3


def as_kept(observation: Observation) -> Observation:
    """The observation as it reads once it was stored and read again. Once done, doing it again changes nothing."""
    objects = tuple(_object_as_kept(seen) for seen in observation.objects)
    return replace(observation, seen_at=observation.seen_at.astimezone(UTC), objects=objects)


def _object_as_kept(seen: SeenObject) -> SeenObject:
    return replace(seen, confidence=round(seen.confidence, CONFIDENCE_DIGITS), box=Box(*seen.box.as_list()))
