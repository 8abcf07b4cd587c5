"""What a backtest judges: a recording through the network, or what a database holds. Both answer the same two questions."""

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Protocol

import click

from patrol.backtest import judge_recording, run_backtest
from patrol.replay import in_order
from patrol.stored import Judged, Span, judge_cameras, opened
from storage.database import Database
from town.places import Camera, Recording
from town.township import Township
from town.work import Incident


class Material(Protocol):
    """Looks of the past."""

    @property
    def camera_ids(self) -> Sequence[str]: ...

    def judge(self, townships: Sequence[Township]) -> list[tuple[Incident, ...]]:
        """The incidents under each township's rules, in order of their opening. Tells its progress on standard error."""
        ...

    def pictures(self, incidents: Iterable[Incident]) -> dict[str, Path]:
        """A kept picture an incident, by the incident's id: of its opening where there is one, else the nearest while it lasted."""
        ...


@dataclass(frozen=True)
class RecordedLooks:
    """One camera's recording, seen by the network that is promoted. Raises CameraError or ModelError."""

    recording: Recording
    camera: Camera
    township: Township
    step: timedelta

    @property
    def camera_ids(self) -> Sequence[str]:
        return [self.camera.id]

    def judge(self, townships: Sequence[Township]) -> list[tuple[Incident, ...]]:
        from cameras.recording import frames_of
        from detectors.eye import Eye
        from detectors.loading import load_detector
        from detectors.promotions import promoted_path

        model = self.township.model
        eye = Eye(load_detector(promoted_path(model), model.threads), model.min_confidence)
        reduction = partial(eye.reduction, self.camera.zones)
        taken = frames_of(self.recording, self.camera.id, self.township.town, self.step, reduction)
        with click.progressbar(list(taken), label="looks", file=sys.stderr) as frames:
            if len(townships) > 1:
                return judge_recording(frames, self.camera, townships, eye)
            return [tuple(line.incident for line in run_backtest(frames, self.camera, townships[0], eye))]

    def pictures(self, incidents: Iterable[Incident]) -> dict[str, Path]:
        """The frames themselves, where the recording is a folder of them."""
        frames = {path.stem: path for path in sorted(self.recording.path.iterdir())} if self.recording.path.is_dir() else {}
        zone = self.township.town.zone
        named = ((incident.id, f"{incident.opened_at.astimezone(zone):%Y-%m-%d_%H_%M_%S}") for incident in incidents)
        return {incident_id: frames[stem] for incident_id, stem in named if stem in frames}


@dataclass(frozen=True)
class StoredLooks:
    """What a township's database holds of some cameras in a span of time. Raises StorageError."""

    span: Span
    township: Township
    camera_ids: Sequence[str]
    jobs: int

    def judge(self, townships: Sequence[Township]) -> list[tuple[Incident, ...]]:
        judging = judge_cameras(self.span, townships, self.camera_ids, self.jobs)
        with click.progressbar(judging, length=len(self.camera_ids), label="cameras", file=sys.stderr) as cameras:
            judged = list(cameras)
        _tell(judged)
        return [in_order(one for camera in judged for one in camera.incidents[number]) for number in range(len(townships))]

    def pictures(self, incidents: Iterable[Incident]) -> dict[str, Path]:
        with opened(self.span.url) as database:
            folder = self.township.storage.pictures or database.pictures_beside()
            found = {incident.id: _nearest_picture(database, incident) for incident in incidents}
        return {incident_id: folder / path for incident_id, path in found.items() if path}


def _nearest_picture(database: Database, incident: Incident) -> str | None:
    began_at = incident.opened_at - timedelta(seconds=incident.certain_dwell_s)
    kept = database.past.pictures(incident.key.camera_id, began_at, incident.closed_at or incident.opened_at)
    nearest = min(kept, key=lambda one: (abs(one[0] - incident.opened_at), one), default=None)
    return nearest[1] if nearest else None


def _tell(judged: Sequence[Judged]) -> None:
    looks, unknown, observations, faceless = (
        sum(getattr(camera, name) for camera in judged) for name in ("looks", "unknown", "observations", "faceless")
    )
    click.echo(f"weisu: {looks} looks at {len(judged)} cameras, {unknown} of them unknown, {observations} observations", err=True)
    if faceless:
        click.echo(
            f"weisu: {faceless} vehicles were stored without how they look, by an earlier weisu: place alone tells them apart", err=True
        )
