"""`weisu model shadow|disagreements|judge`: a candidate beside the promoted version, and a person's word on what it saw otherwise."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from detectors.command import model
from detectors.listing import as_record
from detectors.shadowing import Shadowing
from detectors.versions import VersionError
from patrol.model_place import Place, by_option, json_option, place_options, township_options
from town.evidence import Disagreement, Side


@model.command()
@click.argument("name", required=False)
@click.option("--share", type=click.FloatRange(0, 1, min_open=True), default=0.1, show_default=True, help="Of looks that it sees too.")
@click.option("--off", is_flag=True, help="Let no candidate look any more.")
@place_options
def shadow(place: Place, name: str | None, share: float, off: bool) -> None:
    """Let a version see a share of looks beside the promoted one. It opens and closes nothing; what it sees otherwise is kept."""
    if off == bool(name):
        raise click.UsageError("name a version, or say --off")
    if name is None:
        place.shadow.remove()
        click.echo("no candidate looks any more")
        return
    if name == place.promotions.promoted():
        raise VersionError(f"{name} is the promoted version: it looks already")
    place.versions.get(name).load()
    place.shadow.write(Shadowing(name, share, datetime.now(UTC)))
    click.echo(f"{name} sees {share:g} of looks: a running service lets it in a few seconds")


@model.command()
@click.option("--all", "everything", is_flag=True, help="Judged ones too.")
@json_option
@township_options
def disagreements(place: Place, everything: bool, as_json: bool) -> None:
    """List what a candidate saw otherwise, each with its picture, for a person to judge."""
    with place.database() as database:
        folder = place.pictures(database)
        found = database.evidence.disagreements(unjudged_only=not everything)
    if as_json:
        click.echo(json.dumps([_as_json(one, folder) for one in found], ensure_ascii=False))
        return
    for one in found:
        click.echo(_readable(one, folder))


@model.command()
@click.argument("number", type=int, metavar="ID")
@click.argument("side", type=click.Choice([side.value for side in Side]))
@by_option
@township_options
def judge(place: Place, number: int, side: str, by: str) -> None:
    """Say who saw a disagreement's picture right: promoted, candidate or neither. A later word replaces an earlier one."""
    with place.database() as database, database.transaction() as book:
        if not book.judge(number, Side(side), by, datetime.now(UTC)):
            raise click.ClickException(f"there is no disagreement {number}: see `weisu model disagreements --all`")
    click.echo(f"{number}: {side}, says {by}")


def _readable(one: Disagreement, folder: Path) -> str:
    """One disagreement in lines: its id, camera and time; each difference, promoted against candidate; the judgement; the picture."""
    head = f"{one.number} · {one.picture.camera_id} · {one.picture.taken_at:%Y-%m-%d %H:%M:%S}Z · {one.picture.version} : {one.candidate}"
    differences = [f"{d.zone_id} · {d.what} {d.promoted:g} : {d.candidate:g}" for d in one.differences]
    judged = [f"judged: {one.judged} ({one.judged_by})"] if one.judged else []
    return "\n    ".join((head, *differences, *judged, str(folder / one.picture.path)))


def _as_json(one: Disagreement, folder: Path) -> dict[str, Any]:
    return {
        "id": one.number,
        "camera": one.picture.camera_id,
        "taken_at": one.picture.taken_at.isoformat(),
        "promoted": one.picture.version,
        "candidate": one.candidate,
        "differences": [
            {"reason": d.reason, "zone": d.zone_id, "what": d.what, "promoted": d.promoted, "candidate": d.candidate}
            for d in one.differences
        ],
        "seen": [as_record(seen) for seen in one.picture.detections],
        "seen_by_candidate": [as_record(seen) for seen in one.seen_by_candidate],
        "judged": one.judged,
        "judged_by": one.judged_by,
        "picture": str(folder / one.picture.path),
    }
