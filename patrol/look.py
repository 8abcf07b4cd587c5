"""What one look concludes from its frame: fit or not, what was detected, what is true of the zones. Live and backtest share it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from cameras.fitness import FitnessMemory, judge_fitness
from detectors.registry import OBSERVERS, observe
from rules.assess import SightKey, blind, sights_of
from rules.judgement import Sight
from town.sight import Detection, Frame, Observation
from town.township import Camera, Zone


class Sees(Protocol):
    """What finds the objects of a frame: `detectors.eye.Eye`, or a test's own."""

    def see(self, frame: Frame, zones: Sequence[Zone]) -> Sequence[Detection]: ...


@dataclass(frozen=True, slots=True)
class Examination:
    """What a frame showed. In an unfit one nothing is detected, and every sight is an unknown with the reason."""

    fit: bool
    reason: str
    detections: tuple[Detection, ...]
    observations: tuple[Observation, ...]
    sights: Mapping[SightKey, Sight]
    fitness_memory: FitnessMemory
    version: str = ""
    """Which version of the network saw it."""
    frame: Frame | None = None
    """The frame itself, as long as a picture of it may be kept."""


def examine(frame: Frame, camera: Camera, fitness_memory: FitnessMemory | None, eye: Sees) -> Examination:
    """Judge whether the view is fit, and if so what it shows of every zone. Pure, but for the model behind `eye`.

    `fitness_memory` is the one of this camera's last examination, None at the first.
    """
    fitness = judge_fitness(frame, fitness_memory)
    if not fitness.fit:
        unknown = blind(camera, (observer.kind for observer in OBSERVERS), frame.taken_at, fitness.reason)
        return Examination(False, fitness.reason, (), (), unknown, fitness.memory)
    detections = tuple(eye.see(frame, camera.zones))
    observations = tuple(observe(frame, camera.zones, detections))
    return Examination(True, fitness.reason, detections, observations, sights_of(observations), fitness.memory)
