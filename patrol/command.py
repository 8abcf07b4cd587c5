"""`weisu backtest`: a recording through the live service's own functions."""

import sys
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import click

from rules.command import config_option
from town.durations import parse_duration, show_duration
from town.township import Camera, Recording, Township
from town.work import Incident


class Span(click.ParamType[timedelta]):
    """A duration on the command line: 30s, 10m."""

    name = "duration"

    def convert(self, value: str | timedelta, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        try:
            return parse_duration(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


@click.command()
@click.argument("path", type=click.Path(path_type=Path, exists=True))
@config_option
@click.option("--camera", "camera_id", help="Whose zones to judge by. Needed where the file has several cameras and none records PATH.")
@click.option("--start", type=click.DateTime(), help="When a video begins, in the town's time zone, such as 2026-03-01T08:00:00.")
@click.option("--step", type=Span(), default="1s", show_default=True, help="Between two looks at a video.")
@click.option("--json", "as_json", is_flag=True, help="A JSON object a line; otherwise a readable line an incident.")
def backtest(path: Path, township: Township, camera_id: str | None, start: datetime | None, step: timedelta, as_json: bool) -> None:
    """Print the incidents that a recording would have opened. PATH is a folder of frames named by their time, or a video.

    Time is the frames' own. The same recording and file print the same bytes.
    """
    from cameras.recording import frames_of
    from cameras.source import CameraError
    from detectors.detector import ModelError
    from detectors.eye import Eye
    from detectors.loading import load_detector
    from detectors.promotions import promoted_path
    from patrol.backtest import run_backtest

    camera = _camera(township, path, camera_id)
    began = start.replace(tzinfo=township.town.zone) if start else None
    recording = Recording(kind="recording", path=path, start=began)
    try:
        eye = Eye(load_detector(promoted_path(township.model), township.model.threads), township.model.min_confidence)
        taken = frames_of(recording, camera.id, township.town, step, partial(eye.reduction, camera.zones))
        with click.progressbar(list(taken), label="looks", file=sys.stderr) as frames:
            lines = list(run_backtest(frames, camera, township, eye))
    except (CameraError, ModelError) as error:
        raise click.ClickException(str(error)) from error
    for line in lines:
        click.echo(str(line) if as_json else _readable(line.incident, township))


def _camera(township: Township, path: Path, camera_id: str | None) -> Camera:
    if camera_id:
        if camera_id not in township.camera_by_id:
            raise click.BadParameter(f"{camera_id} is not one of {', '.join(township.camera_by_id)}", param_hint="--camera")
        return township.camera_by_id[camera_id]
    recorded = [c for c in township.cameras if isinstance(c.source, Recording) and c.source.path.resolve() == path.resolve()]
    chosen = recorded or township.cameras
    if len(chosen) > 1:
        raise click.UsageError(f"which camera? Name one with --camera: {', '.join(camera.id for camera in chosen)}")
    return chosen[0]


def _readable(incident: Incident, township: Township) -> str:
    """For example: 05-04 10:00 → 10:25 · 机动车违停 · lane · 12m to 15m · …"""
    times = (f"{at.astimezone(township.town.zone):%m-%d %H:%M}" if at else "…" for at in (incident.opened_at, incident.closed_at))
    certain, possible = (show_duration(timedelta(seconds=round(s))) for s in (incident.certain_dwell_s, incident.possible_dwell_s))
    rule = township.rule_by_id[incident.key.rule_id].name
    return f"{' → '.join(times)} · {rule} · {incident.key.zone_id} · {certain} to {possible} · {incident.reason}"
