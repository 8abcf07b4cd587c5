"""How a camera stands: fine, unfit, silent or never looked at, since when and why. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from console.manager.today_reading import CameraState, silent_after, state_of
from town.looks import Look
from town.notices import Notice, Trouble, trouble_of
from town.places import Camera

NOBODY_LOOKED = "nobody_looked"
"""Why a camera is silent whose last look was too long ago: nothing is known of it, good or bad."""
WORST_FIRST = (CameraState.SILENT, CameraState.NEVER, CameraState.UNFIT, CameraState.FINE)


@dataclass(frozen=True, slots=True)
class Standing:
    """A camera with its state. `since` is when that began, as far as is known; `reason` is that of its last look, or `NOBODY_LOOKED`."""

    camera: Camera
    state: CameraState
    look: Look | None = None
    since: datetime | None = None
    reason: str = ""

    @property
    def name(self) -> str:
        """The word of its state."""
        return self.state.word


def standing(camera: Camera, look: Look | None, notices: Iterable[Notice], now: datetime) -> Standing:
    """`look` is the last one that was not skipped, `notices` are those of the camera that have not healed."""
    state = state_of(camera, look, now)
    if look is None or state is CameraState.FINE:
        return Standing(camera, state, look)
    if trouble_of(look) is None or now - look.ended_at > silent_after(camera):
        return Standing(camera, state, look, look.ended_at, NOBODY_LOOKED)
    trouble = Trouble.NO_PICTURE if state is CameraState.SILENT else Trouble.UNFIT_VIEW
    return Standing(camera, state, look, _since(notices, trouble, look), look.reason)


def worst_first(standings: Iterable[Standing]) -> Sequence[Standing]:
    """By state, then by name."""
    return sorted(standings, key=lambda one: (WORST_FIRST.index(one.state), one.camera.name, one.camera.id))


def _since(notices: Iterable[Notice], trouble: Trouble, look: Look) -> datetime:
    return min((one.since for one in notices if one.trouble is trouble), default=look.ended_at)
