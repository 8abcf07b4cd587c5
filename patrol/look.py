"""What one look concludes from its frame: fit or not, what was detected, what is true of the zones. Live and backtest share it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from cameras.fitness import Fitness, FitnessMemory, judge_fitness
from cameras.view import EMPTY_VIEW, View
from detectors.labels import BIN_LABELS
from detectors.registry import OBSERVERS, observe
from detectors.stillness import Grey, Reference, has_changed, reference_of
from rules.assess import SightKey, blind, sights_of
from rules.judgement import Sight
from town.looks import SeenBy
from town.places import Camera, Zone
from town.sight import Detection, Frame, Observation


class Sees(Protocol):
    """What finds the objects of a frame: `detectors.eye.Eye`, or a test's own."""

    def see(self, frame: Frame, zones: Sequence[Zone]) -> Sequence[Detection]: ...


@dataclass(frozen=True, slots=True)
class Judged:
    """What the network last found in a camera's frame, when that was taken, and what it showed."""

    taken_at: datetime
    detections: tuple[Detection, ...]
    reference: Reference


@dataclass(frozen=True, slots=True)
class LookMemory:
    """What one look at a camera hands on to the next. `suspects` is what the rules made of it: they want a new opinion.

    `view` is what the camera usually shows. `version` is the one of the network that judged, where versions change.
    """

    fitness: FitnessMemory | None = None
    judged: Judged | None = None
    suspects: bool = False
    version: str = ""
    view: View = EMPTY_VIEW


@dataclass(frozen=True, slots=True)
class Examination:
    """What a frame showed, and who saw it. In an unfit one nothing is detected, and every sight is an unknown with the reason."""

    fit: bool
    reason: str
    seen_by: SeenBy
    detections: tuple[Detection, ...]
    observations: tuple[Observation, ...]
    sights: Mapping[SightKey, Sight]
    memory: LookMemory
    version: str = ""
    """Which version of the network saw it."""
    frame: Frame | None = None
    """The frame itself, as long as a picture of it may be kept."""


def examine(frame: Frame, camera: Camera, memory: LookMemory, eye: Sees, refresh_every: timedelta) -> Examination:
    """Judge whether the view is fit, and if so what it shows of every zone. Pure, but for the model behind `eye`.

    Where the view has moved a little, the zones are judged where they lie in this frame, and the reason says by how much they moved.
    What the camera usually shows is learnt around all that comes and goes; a bin belongs to its place.

    `memory` is the one of this camera's last examination, an empty one at the first. The network is left out where nothing has
    changed since it last ran, less than `refresh_every` ago; no `refresh_every` (0) always runs it.
    """
    fitness = judge_fitness(frame, memory.fitness, memory.view)
    memory = replace(memory, fitness=fitness.memory, view=fitness.view)
    if not fitness.fit:
        return _unfit(camera, frame, fitness.reason, memory)
    try:
        camera = camera.shifted(fitness.shift)
    except ValueError:
        return _unfit(camera, frame, "moved", memory)
    seen_by = _who_sees(frame.taken_at, fitness.grey, memory, refresh_every)
    if memory.judged and seen_by is SeenBy.REUSE:
        detections = memory.judged.detections
    else:
        detections = tuple(eye.see(frame, camera.zones))
        reference = reference_of(fitness.grey, camera.zones, detections) if refresh_every else None
        memory = replace(memory, judged=Judged(frame.taken_at, detections, reference) if reference else None)
    memory = replace(memory, view=fitness.learnt([one.box for one in detections if one.label not in BIN_LABELS]))
    observations = tuple(observe(frame, camera.zones, detections))
    return Examination(True, _reason(fitness), seen_by, detections, observations, sights_of(observations), memory)


def _unfit(camera: Camera, frame: Frame, reason: str, memory: LookMemory) -> Examination:
    unknown = blind(camera, (observer.kind for observer in OBSERVERS), frame.taken_at, reason)
    return Examination(False, reason, SeenBy.NOBODY, (), (), unknown, memory)


def _reason(fitness: Fitness) -> str:
    """For example fit, or "shifted +0.012 -0.004": by shares of the picture's sides to the right and down."""
    return f"shifted {fitness.shift.dx:+.3f} {fitness.shift.dy:+.3f}" if fitness.shift else fitness.reason


def _who_sees(taken_at: datetime, grey: Grey, memory: LookMemory, refresh_every: timedelta) -> SeenBy:
    if not refresh_every:
        return SeenBy.NETWORK_ALWAYS
    if memory.judged is None:
        return SeenBy.NETWORK_FIRST
    if memory.suspects:
        return SeenBy.NETWORK_SUSPECTED
    # A clock that was set back must not keep old detections alive.
    if not timedelta(0) <= taken_at - memory.judged.taken_at < refresh_every:
        return SeenBy.NETWORK_REFRESH
    return SeenBy.NETWORK_CHANGED if has_changed(memory.judged.reference, grey) else SeenBy.REUSE
