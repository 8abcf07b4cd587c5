"""`weisu backtest`: looks of the past through the live service's own functions, under these rules or others."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from detectors.cores import core_count
from rules.builtin import BUILT_IN
from rules.command import DEFAULT_CONFIG, TownshipFile, problems_told
from town.durations import parse_duration
from town.places import Camera, Recording
from town.reading import read_under_rules
from town.township import Township

if TYPE_CHECKING:
    from rich.table import Table

    from patrol.labels import Label
    from patrol.material import Material

FROM_SIGINT = 130
PIPE_WIDTH = 160
_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


class Span(click.ParamType[timedelta]):
    """A duration on the command line: 30s, 10m."""

    name = "duration"

    def convert(self, value: str | timedelta, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        try:
            return parse_duration(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


@click.command()
@click.argument("path", type=click.Path(path_type=Path, exists=True), required=False)
@click.option("--config", type=click.Path(path_type=Path), default=DEFAULT_CONFIG, show_default=True, help="The township's file.")
@click.option("--rules", type=_FILE, help="Judge by the rules of this file: one with rules: alone, or another township's.")
@click.option("--against", type=_FILE, help="List the orders that the rules of this file would gain, lose and move.")
@click.option("--labels", type=_FILE, help="Incidents that a person confirmed, as CSV or YAML: camera, zone, from, to, and rule.")
@click.option(
    "--tolerance", type=Span(), default="5m", show_default=True, help="How far from a label an incident may open and still be it."
)
@click.option(
    "--sweep", multiple=True, metavar="GRID", help="Try all: rules.bin-overflow.for.looks=1..4,rules.illegal-parking.limit=5m|10m"
)
@click.option("--plot", type=click.Path(path_type=Path, dir_okay=False), help="Write the sweep's frontier as an SVG file, too.")
@click.option(
    "--camera", "camera_ids", multiple=True, help="Only this camera; may be said again. For a recording: whose zones to judge by."
)
@click.option("--since", type=click.DateTime(), help="Stored looks from this time on, in the town's time zone, such as 2026-03-01.")
@click.option("--until", type=click.DateTime(), help="Stored looks before this time.")
@click.option("--jobs", type=click.IntRange(min=1), help="Processes for stored looks. Left out: one a core, 8 at most.")
@click.option("--start", type=click.DateTime(), help="When a video begins, in the town's time zone, such as 2026-03-01T08:00:00.")
@click.option("--step", type=Span(), default="1s", show_default=True, help="Between two looks at a video.")
@click.option("--json", "as_json", is_flag=True, help="A JSON object a line, the same bytes for the same findings.")
def backtest(
    path: Path | None,
    config: Path,
    rules: Path | None,
    against: Path | None,
    labels: Path | None,
    tolerance: timedelta,
    sweep: tuple[str, ...],
    plot: Path | None,
    camera_ids: tuple[str, ...],
    since: datetime | None,
    until: datetime | None,
    jobs: int | None,
    start: datetime | None,
    step: timedelta,
    as_json: bool,
) -> None:
    """Print the incidents that past looks would have opened.

    Without PATH the looks are those in the township's database; PATH is a recording, a folder of frames named by their time or a
    video. Time is the looks' own, and judging begins with nothing remembered. The same looks and rules print the same bytes, however many
    processes judge them.

    \b
    weisu backtest --since 2026-05-01                          what would these rules have opened?
    weisu backtest --against other-rules.yaml                  and what would others have opened instead?
    weisu backtest --labels confirmed.csv                      how right were they?
    weisu backtest --labels confirmed.csv --sweep GRID         which settings would have been best?
    """
    _check_options(path, against, labels, sweep, plot, since or until or jobs)
    with _ctrl_c_told(), _refusals_told():
        from patrol.answers import Asked, Other, answer

        township: Township = TownshipFile().convert(str(config), None, None)
        if rules:
            township = _under(rules, config)
        if path:
            material = _recording(township, path, camera_ids, start, step)
        else:
            material = _stored(township, camera_ids, since, until, jobs or core_count(0))
        known = _labels(labels, township, material, *_instants(township, since, until)) if labels else None
        other = Other(str(against), _under(against, config)) if against else None
        answers = list(answer(Asked(township, other, known, tolerance, sweep, plot, as_json), material))
    _print(answers)


def _print(answers: "Sequence[str | Table]") -> None:
    """Print lines and tables, all of which are known by now."""
    from rich.console import Console

    console = Console()
    if not console.is_terminal:
        console.width = PIPE_WIDTH
    for one in answers:
        if isinstance(one, str):
            click.echo(one)
        else:
            console.print(one)


def _check_options(
    path: Path | None, against: Path | None, labels: Path | None, sweep: tuple[str, ...], plot: Path | None, of_stored: object
) -> None:
    if sweep and against:
        raise click.UsageError("--sweep and --against are two questions: ask one")
    if sweep and not labels:
        raise click.UsageError("--sweep needs --labels: what was missed and what was false is told by what a person confirmed")
    if plot and not sweep:
        raise click.UsageError("--plot draws what --sweep found")
    if path and of_stored:
        raise click.UsageError("--since, --until and --jobs are for stored looks: leave out PATH")


@contextmanager
def _refusals_told() -> Iterator[None]:
    """What the world refuses is told in a line."""
    from concurrent.futures.process import BrokenProcessPool

    from cameras.source import CameraError
    from detectors.detector import ModelError
    from patrol.sweep import SweepError
    from storage.errors import StorageError

    try:
        yield
    except SweepError as error:
        raise click.BadParameter(str(error), param_hint="--sweep") from error
    except BrokenProcessPool as error:
        raise click.ClickException("a process was ended from outside, perhaps for want of memory: try fewer --jobs") from error
    except (CameraError, ModelError, StorageError, OSError) as error:
        raise click.ClickException(str(error)) from error


@contextmanager
def _ctrl_c_told() -> Iterator[None]:
    """Ctrl-C ends with exit status 130, nothing having been printed or written."""
    try:
        yield
    except KeyboardInterrupt:
        click.echo("\nweisu: stopped before the end; nothing was printed or written", err=True)
        raise SystemExit(FROM_SIGINT) from None


def _under(rules: Path, config: Path) -> Township:
    with problems_told(rules):
        return read_under_rules(config, rules, os.environ, BUILT_IN)


def _recording(township: Township, path: Path, camera_ids: Sequence[str], start: datetime | None, step: timedelta) -> "Material":
    from patrol.material import RecordedLooks

    if len(camera_ids) > 1:
        raise click.UsageError("a recording is of one camera: say --camera once")
    camera = _camera(township, path, *camera_ids)
    began = start.replace(tzinfo=township.town.zone) if start else None
    return RecordedLooks(Recording(kind="recording", path=path, start=began), camera, township, step)


def _camera(township: Township, path: Path, camera_id: str | None = None) -> Camera:
    if camera_id:
        return township.camera_by_id[_known(township, camera_id)]
    recorded = [c for c in township.cameras if isinstance(c.source, Recording) and c.source.path.resolve() == path.resolve()]
    chosen = recorded or township.cameras
    if len(chosen) > 1:
        raise click.UsageError(f"which camera? Name one with --camera: {', '.join(camera.id for camera in chosen)}")
    return chosen[0]


def _known(township: Township, camera_id: str) -> str:
    if camera_id not in township.camera_by_id:
        raise click.BadParameter(f"{camera_id} is not one of {', '.join(township.camera_by_id)}", param_hint="--camera")
    return camera_id


def _stored(township: Township, camera_ids: Sequence[str], since: datetime | None, until: datetime | None, jobs: int) -> "Material":
    from patrol.material import StoredLooks
    from patrol.stored import Span as StoredSpan
    from storage.database import Database

    url = township.storage.url
    if not Database.exists(url):
        raise click.ClickException(f"there is no database at {url} yet: run the service, or name a recording")
    named = [_known(township, camera_id) for camera_id in dict.fromkeys(camera_ids)]
    return StoredLooks(StoredSpan(url, *_instants(township, since, until)), township, named or list(township.camera_by_id), jobs)


def _instants(township: Township, since: datetime | None, until: datetime | None) -> tuple[datetime, datetime]:
    from patrol.stored import EVER

    began, ended = (at.replace(tzinfo=township.town.zone).astimezone(UTC) if at else None for at in (since, until))
    return began or EVER[0], ended or EVER[1]


def _labels(file: Path, township: Township, material: "Material", since: datetime, until: datetime) -> "tuple[Label, ...]":
    """The labels of what is judged; of those that begin elsewhere the number is told."""
    from patrol.labels import read_labels

    with problems_told(file):
        labels = read_labels(file, township)
    here = tuple(label for label in labels if label.camera_id in material.camera_ids and since <= label.since < until)
    if len(here) < len(labels):
        click.echo(f"weisu: {len(labels) - len(here)} labels are of other cameras or times, and left out", err=True)
    return here
