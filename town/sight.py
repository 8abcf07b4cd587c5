"""What is seen: frames, detections and observations."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from town.geometry import Box

Image = NDArray[np.uint8]
"""Height × width × 3, blue-green-red, 0 to 255."""


@dataclass(frozen=True, eq=False, slots=True)
class Frame:
    """One image with its camera and the UTC time at which it was taken."""

    camera_id: str
    taken_at: datetime
    image: Image
    packed: bytes = b""
    """The JPEG or PNG that `image` was decoded from, maybe at a part of its size; empty where there was none."""


@dataclass(frozen=True, slots=True)
class Detection:
    """One box from the model: no meaning yet."""

    label: str
    confidence: float
    box: Box


@dataclass(frozen=True, slots=True)
class SeenObject:
    """One object in a zone. `appearance` is a packed `town.appearance.Appearance`; empty where identity does not matter."""

    label: str
    confidence: float
    box: Box
    appearance: bytes = b""


@dataclass(frozen=True, slots=True)
class Observation:
    """One measured fact about a zone at a time, of one kind ("bins", "vehicles", …): numbers, and the objects behind them."""

    camera_id: str
    zone_id: str
    kind: str
    seen_at: datetime
    metrics: Mapping[str, float]
    objects: tuple[SeenObject, ...] = field(default=())
