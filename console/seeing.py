"""The network in the console's process: loaded when first asked, one for all pages, one picture at a time on a thread of its own."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import TypeVar

from cameras.encoding import jpeg_of
from detectors.detector import ModelError
from detectors.privacy import NotBlurred, blurred_frame
from detectors.registry import observe
from detectors.switch import EyeSwitch, Running
from patrol.look import LookMemory, examine
from town.places import Camera, Zone
from town.settings import ModelSettings
from town.sight import Detection, Frame, Observation

T = TypeVar("T")
WIDE_ENOUGH_PX = 2560


@dataclass(frozen=True, slots=True)
class Sight:
    """What a person may see of a frame, and what the network of `version` saw in it. `reason` is why a view is not fit to judge."""

    frame: Frame
    jpeg: bytes
    detections: tuple[Detection, ...]
    fit: bool
    reason: str
    version: str


class Seeing:
    """Blurs, and sees what the promoted version sees. One core: the service's own looks come first."""

    def __init__(self, settings: ModelSettings) -> None:
        self._settings = settings.model_copy(update={"threads": 1})
        self._switch: EyeSwitch | None = None
        self._thread = ThreadPoolExecutor(1, "seeing")

    async def blurred(self, frame: Frame, zones: Sequence[Zone] = ()) -> bytes:
        """A JPEG of a frame in which nobody and no plate can be recognised. Raises NotBlurred: then nobody may see it."""
        return await self.alone(lambda: self._blurred(frame, zones))

    async def sight(self, frame: Frame, camera: Camera) -> Sight:
        """The same with what the service would make of it, by the function that the service calls. Raises NotBlurred."""
        return await self.alone(lambda: self._sight(frame, camera))

    async def observed(self, sight: Sight, zones: Sequence[Zone]) -> list[Observation]:
        """What zones would observe in a frame that was seen."""
        return await self.alone(lambda: observe(sight.frame, zones, sight.detections))

    def _blurred(self, frame: Frame, zones: Sequence[Zone]) -> bytes:
        return jpeg_of(blurred_frame(self.running().eye, frame, zones))

    def _sight(self, frame: Frame, camera: Camera) -> Sight:
        running = self.running()
        jpeg = jpeg_of(blurred_frame(running.eye, frame, camera.zones))
        seen = examine(frame, camera, LookMemory(), running.eye, timedelta(0))
        return Sight(frame, jpeg, seen.detections, seen.fit, seen.reason, running.version)

    def running(self) -> Running:
        """The network itself, for work that is done `alone`. Raises NotBlurred."""
        try:
            if self._switch is None:
                self._switch = EyeSwitch(self._settings)
            else:
                self._switch.follow()
        except ModelError as error:
            raise NotBlurred(str(error)) from error
        return self._switch.running

    async def alone(self, work: Callable[[], T]) -> T:
        """Do work with `running` on the network's thread."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)


@lru_cache(maxsize=1)
def seeing_by(settings: ModelSettings) -> Seeing:
    """The one of this process. Nothing is loaded yet."""
    return Seeing(settings)


def size_for_people(width: int, height: int) -> int:
    """How many times smaller a frame is taken that a person looks at."""
    return next((by for by in (1, 2, 4) if max(width, height) / by <= WIDE_ENOUGH_PX), 8)
