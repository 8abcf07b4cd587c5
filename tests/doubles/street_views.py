"""Looks at one street in order, as a camera's view is learnt and judged by them; and real frames of one fixed camera."""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import cv2

from cameras.fitness import Fitness, FitnessMemory, judge_fitness
from cameras.view import EMPTY_VIEW, View
from tests.doubles.camera_servers import data_or_skip
from town.geometry import Box
from town.sight import Frame

NOON = datetime(2026, 5, 1, 4, 0, tzinfo=UTC)


class Lookouts:
    """One camera's looks, a minute apart unless said otherwise."""

    def __init__(self, view: View = EMPTY_VIEW) -> None:
        self.view = view
        self.memory: FitnessMemory | None = None
        self.now = NOON

    def look(self, image: Any, after: timedelta = timedelta(minutes=1), passing: Sequence[Box] = ()) -> Fitness:
        self.now += after
        fitness = judge_fitness(Frame("gate-3", self.now, image), self.memory, self.view)
        self.memory, self.view = fitness.memory, fitness.learnt(passing)
        return fitness

    def reasons(self, images: Iterable[Any]) -> list[str]:
        return [self.look(image).reason for image in images]


def car_park(every: int = 1, damage: Callable[[Any], Any] = lambda image: image) -> list[Any]:
    """Frames of a fixed camera through a day, from dawn to dusk."""
    return [damage(cv2.imread(str(path))) for path in sorted(data_or_skip("parking/empty-day").glob("*.jpg"))[::every]]
