"""What is kept of an observation: its numbers rounded once, before anybody judges, so that stored and judged are the same values."""

from array import array
from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC
from functools import cache
from math import frexp, ldexp

from town.geometry import Box
from town.sight import Observation, SeenObject

CONFIDENCE_DIGITS = 3
LARGEST = 127
"""A number of an appearance is kept as a signed byte, in steps of a power of two: such values are exact in binary."""


def as_kept(observation: Observation) -> Observation:
    """The observation as it reads once it was stored and read again. Once done, doing it again changes nothing."""
    objects = tuple(_object_as_kept(seen) for seen in observation.objects)
    return replace(observation, seen_at=observation.seen_at.astimezone(UTC), objects=objects)


def packed(appearance: Sequence[float]) -> str:
    """A vector of any length in about 1.4 characters a number; empty for an empty one. Exact for one that is as kept."""
    if not appearance:
        return ""
    halvings = _halvings(appearance)
    return b64encode(array("b", [halvings, *_in_steps(appearance, halvings)]).tobytes()).decode()


def unpacked(text: str) -> tuple[float, ...]:
    """What `packed` wrote. Raises ValueError for other text."""
    raw = b64decode(text, validate=True)
    if not raw:
        return ()
    return tuple(map(_values(raw[0]).__getitem__, raw[1:]))


def _object_as_kept(seen: SeenObject) -> SeenObject:
    confidence, box = round(seen.confidence, CONFIDENCE_DIGITS), Box(*seen.box.as_list())
    if not seen.appearance:
        return replace(seen, confidence=confidence, box=box)
    halvings = _halvings(seen.appearance)
    appearance = tuple(ldexp(step, -halvings) for step in _in_steps(seen.appearance, halvings))
    return replace(seen, confidence=confidence, box=box, appearance=appearance)


def _halvings(vector: Sequence[float]) -> int:
    """How often one is halved to make the finest step in which the largest number still fits a byte."""
    share, exponent = frexp(max(map(abs, vector)))
    finest = (7 if share * 128 <= LARGEST else 6) - exponent
    return max(-LARGEST, min(LARGEST, finest)) if share else 0


def _in_steps(vector: Sequence[float], halvings: int) -> list[int]:
    steps = 2.0**halvings
    return [round(value * steps) for value in vector]


@cache
def _values(halvings: int) -> tuple[float, ...]:
    """What each byte stands for."""
    signed = halvings - 256 if halvings > LARGEST else halvings
    return tuple(ldexp(byte - 256 if byte > LARGEST else byte, -signed) for byte in range(256))
