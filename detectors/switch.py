"""The eye that looks and the candidate in its shadow, changed while looks go on: each look is seen by one network from end to end."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from detectors.detector import ModelError
from detectors.eye import Eye
from detectors.loading import load_detector
from detectors.promotions import Promotions
from detectors.shadowing import ShadowFile, Shadowing
from detectors.versions import Versions
from town.settings import ModelSettings

log = logging.getLogger(__name__)

PROMOTED, CANDIDATE = "promoted version", "candidate"

Wish = tuple[object, ...]
"""What somebody wants to run, and the state of its files: one that was tried is tried again only when it has changed."""


@dataclass(frozen=True, slots=True)
class Running:
    """The network that judges, and the name of its version."""

    version: str
    eye: Eye


@dataclass(frozen=True, slots=True)
class Candidate:
    """A network on trial, and the share of looks that it sees too."""

    version: str
    share: float
    eye: Eye


@dataclass(frozen=True, slots=True)
class VersionChange:
    """Another version judges from now on; `before` is empty at the start of a service."""

    before: str
    after: str


class EyeSwitch:
    """Read `running` once a look, and `candidate` once a comparison: either may be another object at the next reading.

    A `path` in the settings is run for good. Else the promoted version is, and where that one is broken at the start, the one that was
    promoted before it. Raises ModelError where none can be run.
    """

    def __init__(self, settings: ModelSettings) -> None:
        self._settings = settings
        self._versions, self._promotions = Versions(settings.folder), Promotions(settings.folder)
        self._shadow = ShadowFile(settings.folder)
        self._told: dict[str, str] = {}
        self._why_not: dict[str, str] = {}
        self._refused: Wish = ()
        self._candidate_wish: Wish = ()
        self._running_wish: Wish = ()
        self.candidate: Candidate | None = None
        self.running = self._first()

    def refresh(self) -> VersionChange | None:
        """Take what is promoted now, and the candidate that is to run now. May take seconds: call it aside, every few seconds.

        What is broken is refused, with its reason in the log once, and what runs goes on.
        """
        change = self._unless_refused(PROMOTED, self._refresh_running)
        self._unless_refused(CANDIDATE, self._refresh_candidate)
        return change

    def follow(self) -> VersionChange | None:
        """The same without candidates: for who looks beside the service."""
        return self._unless_refused(PROMOTED, self._refresh_running)

    @property
    def refused(self) -> Mapping[str, str]:
        """Of the promoted version and the candidate each that is wanted and refused, with the reason, until it is taken or not wanted."""
        return dict(self._why_not)

    def drop(self, candidate: Candidate) -> None:
        """Let a candidate that keeps failing run no more, until somebody changes what is to run in the shadow."""
        if self.candidate is candidate:
            self.candidate = None

    def _first(self) -> Running:
        if self._settings.path is not None:
            return Running(self._settings.path.name, self._eye_of_file())
        *others, shipped = reversed(self._promotions.standing())
        for name in others:
            try:
                return self._open(name)
            except ModelError as error:
                self._refuse(PROMOTED, error)
        return self._open(shipped)

    def _refresh_running(self) -> VersionChange | None:
        if self._settings.path is not None:
            return None
        name = self._promotions.promoted()
        wish = self._wish(name)
        if wish == self._running_wish:
            self._why_not.pop(PROMOTED, None)
        if wish in (self._running_wish, self._refused):
            return None
        self._refused = wish
        before, self.running = self.running.version, self._open(name)
        self._why_not.pop(PROMOTED, None)
        return VersionChange(before, name)

    def _refresh_candidate(self) -> None:
        shadowing = self._shadow.read()
        if shadowing is None or shadowing.candidate == self.running.version:
            self.candidate, self._candidate_wish = None, ()
            self._why_not.pop(CANDIDATE, None)
            return
        wish = (shadowing, *self._wish(shadowing.candidate))
        if wish != self._candidate_wish:
            self._candidate_wish, self.candidate = wish, None
            self.candidate = self._open_candidate(shadowing)
            self._why_not.pop(CANDIDATE, None)

    def _open(self, name: str) -> Running:
        wish = self._wish(name)
        opened = Running(name, self._eye(name))
        self._running_wish, self._refused = wish, ()
        return opened

    def _open_candidate(self, shadowing: Shadowing) -> Candidate:
        return Candidate(shadowing.candidate, shadowing.share, self._eye(shadowing.candidate))

    def _eye(self, name: str) -> Eye:
        return Eye(self._versions.get(name).load(self._settings.threads), self._settings.min_confidence)

    def _eye_of_file(self) -> Eye:
        return Eye(load_detector(self._settings.path, self._settings.threads), self._settings.min_confidence)

    def _wish(self, name: str) -> Wish:
        return (name, self._versions.stamp(name))

    def _unless_refused(self, role: str, refresh: Callable[[], VersionChange | None]) -> VersionChange | None:
        try:
            change = refresh()
        except ModelError as error:
            self._refuse(role, error)
            return None
        self._told.pop(role, None)
        return change

    def _refuse(self, role: str, error: ModelError) -> None:
        self._why_not[role] = str(error)
        if self._told.get(role) != str(error):
            self._told[role] = str(error)
            log.error("the %s is refused, and what ran before it runs: %s", role, error)
