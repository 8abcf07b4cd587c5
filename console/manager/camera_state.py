"""How a camera stands: fine, unfit, silent or never looked at, since when and why. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from town.looks import Look, LookOutcome
from town.notices import Notice, Trouble
from town.places import Camera

NOBODY_LOOKED = "nobody_looked"
"""Why a camera is silent whose last look was too long ago: nothing is known of it, good or bad."""
_MISSED_ROUNDS = 5
_AT_LEAST = timedelta(minutes=10)


class State(StrEnum):
    """The worst first."""

    SILENT = "silent"
    NEVER = "never"
    UNFIT = "unfit"
    FINE = "fine"


@dataclass(frozen=True, slots=True)
class Standing:
    """A camera with its state. `since` is when that began, as far as is known; `reason` is that of its last look, or `NOBODY_LOOKED`."""

    camera: Camera
    state: State
    look: Look | None = None
    since: datetime | None = None
    reason: str = ""


def standing(camera: Camera, look: Look | None, notices: Iterable[Notice], now: datetime) -> Standing:
    """`look` is the last one that was not skipped, `notices` are those of the camera that have not healed."""
    if look is None:
        return Standing(camera, State.NEVER)
    if now - look.ended_at > max(_AT_LEAST, _MISSED_ROUNDS * camera.every):
        return Standing(camera, State.SILENT, look, look.ended_at, NOBODY_LOOKED)
    if look.outcome is LookOutcome.FAILED:
        return Standing(camera, State.SILENT, look, _since(notices, Trouble.NO_PICTURE, look), look.reason)
    if look.outcome is LookOutcome.UNKNOWN:
        return Standing(camera, State.UNFIT, look, _since(notices, Trouble.UNFIT_VIEW, look), look.reason)
    return Standing(camera, State.FINE, look)


def worst_first(standings: Iterable[Standing]) -> Sequence[Standing]:
    """By state, then by name."""
    ranks = list(State)
    return sorted(standings, key=lambda one: (ranks.index(one.state), one.camera.name, one.camera.id))


def _since(notices: Iterable[Notice], trouble: Trouble, look: Look) -> datetime:
    return min((one.since for one in notices if one.trouble is trouble), default=look.ended_at)
