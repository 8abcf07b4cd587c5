"""What is kept of an observation: its numbers rounded once, before anybody judges, so that stored and judged are the same values."""

from binascii import a2b_base64, b2a_base64
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC
from math import frexp, ldexp

import numpy as np
from numpy.typing import NDArray

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
    return b2a_base64(np.int8(halvings).tobytes() + _in_steps(appearance, halvings).tobytes(), newline=False).decode()


def unpacked(text: str) -> tuple[float, ...]:
    """What `packed` wrote. Raises ValueError for other text."""
    if not text:
        return ()
    raw = np.frombuffer(a2b_base64(text, strict_mode=True), np.int8)
    return tuple((raw[1:] * ldexp(1, -int(raw[0]))).tolist())


def _object_as_kept(seen: SeenObject) -> SeenObject:
    confidence, box = round(seen.confidence, CONFIDENCE_DIGITS), Box(*seen.box.as_list())
    return replace(seen, confidence=confidence, box=box, appearance=unpacked(packed(seen.appearance)))


def _halvings(vector: Sequence[float]) -> int:
    """How often one is halved to make the finest step in which the largest number still fits a byte."""
    share, exponent = frexp(max(map(abs, vector)))
    finest = (7 if share * 128 <= LARGEST else 6) - exponent
    return max(-LARGEST, min(LARGEST, finest)) if share else 0


def _in_steps(vector: Sequence[float], halvings: int) -> NDArray[np.int8]:
    return np.rint(np.array(vector) * ldexp(1, halvings)).astype(np.int8)
