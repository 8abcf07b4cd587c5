"""A recording, run through the very functions of the live service: what would have been opened, and when."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from patrol.look import LookMemory, Sees, examine
from patrol.replay import Replay
from town.places import Camera
from town.sight import Frame
from town.township import Township
from town.work import Incident

ALWAYS = timedelta(0)
"""How long detections are reused where several rule files are compared: whether the network looks again follows from the rules."""


@dataclass(frozen=True, slots=True)
class IncidentLine:
    """One incident of the past. Dwells are those at its close, or at the last look that told of it."""

    incident: Incident

    def as_json(self) -> dict[str, Any]:
        incident = self.incident
        return {
            "rule": incident.key.rule_id,
            "camera": incident.key.camera_id,
            "zone": incident.key.zone_id,
            "opened_at": written(incident.opened_at),
            "closed_at": written(incident.closed_at) if incident.closed_at else None,
            "box": incident.box.as_list(),
            "certain_dwell_s": round(incident.certain_dwell_s, 3),
            "possible_dwell_s": round(incident.possible_dwell_s, 3),
            "reason": incident.reason,
        }

    def __str__(self) -> str:
        return json.dumps(self.as_json(), ensure_ascii=False)


def run_backtest(frames: Iterable[Frame], camera: Camera, township: Township, eye: Sees) -> Iterator[IncidentLine]:
    """The incidents that a camera's frames would have opened, ordered by (opened_at, rule, camera, zone), then by stay.

    Time is the frames' own. Nothing is yielded before the last frame, since an incident may change until then. The same
    frames and settings give the same lines, byte by byte.
    """
    replay, memory = Replay(camera, township), LookMemory()
    for frame in frames:
        examination = examine(frame, camera, memory, eye, township.looks.refresh_every)
        memory = replace(examination.memory, suspects=replay.look(examination.sights).suspects)
    yield from map(IncidentLine, replay.incidents)


def judge_recording(frames: Iterable[Frame], camera: Camera, townships: Sequence[Township], eye: Sees) -> list[tuple[Incident, ...]]:
    """The incidents of a recording under each township's rules, which are all shown the same: the network sees every frame, once."""
    replays, memory = [Replay(camera, township) for township in townships], LookMemory()
    for frame in frames:
        examination = examine(frame, camera, memory, eye, ALWAYS)
        memory = examination.memory
        for replay in replays:
            replay.look(examination.sights)
    return [replay.incidents for replay in replays]


def written(at: datetime) -> str:
    """An instant as JSON lines hold it: UTC, with a Z."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
