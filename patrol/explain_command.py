"""`weisu explain`: why there was an order at a camera at a moment, or why there was none."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from difflib import get_close_matches

import click

from patrol.explaining import explain as explained
from patrol.explanation_text import Story, as_json
from patrol.limiter_command import opened
from patrol.wording import LANGUAGES, wording
from rules.command import config_option
from town.moments import parse_moment
from town.places import Camera, Zone
from town.township import Township
from town.validation import choices

NAMED_AT_MOST = 30


@click.command()
@click.argument("camera_id", metavar="CAMERA")
@click.option("--zone", "zone_id", metavar="ZONE", help="One zone of the camera. Left out: all of them.")
@click.option("--at", "moment", default="now", show_default=True, metavar="TIME", help="When, in the town's own time; see above.")
@click.option("--lang", type=click.Choice(LANGUAGES), default=LANGUAGES[0], show_default=True, help="Chinese or English.")
@click.option("--format", "shape", type=click.Choice(["text", "json"]), default="text", show_default=True, help="Words, or JSON in UTC.")
@config_option
def explain(camera_id: str, zone_id: str | None, moment: str, lang: str, shape: str, township: Township) -> None:
    """Tell why there was an order at CAMERA at a TIME, or none: what was seen, what was waited for, which rule, and what came after.

    The rules' last word before TIME counts, at the last look that had ended by then. TIME is 9:10 or 9:10:30 (today, or yesterday where
    that is still to come), "11-25 9:10", "2026-11-25 09:10", with an offset 2026-11-25T01:10:00Z, or now.

    For example: weisu explain gate-3 --zone lane --at 9:10
    """
    camera = _camera(township, camera_id)
    zones = _zones(camera, zone_id)
    try:
        at = parse_moment(moment, township.town.zone, datetime.now(UTC))
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--at") from None
    with opened(township) as database:
        found = explained(database, camera, zones, at)
    if shape == "json":
        click.echo(json.dumps(as_json(found), ensure_ascii=False, indent=2))
        return
    for line in Story(found, township, wording(lang)).lines():
        click.echo(line)


def _camera(township: Township, camera_id: str) -> Camera:
    if camera_id not in township.camera_by_id:
        raise click.BadParameter(f"there is no camera {camera_id}: {_known(camera_id, list(township.camera_by_id))}", param_hint="CAMERA")
    return township.camera_by_id[camera_id]


def _zones(camera: Camera, zone_id: str | None) -> Sequence[Zone]:
    zones = [zone for zone in camera.zones if zone_id in {None, zone.id}]
    if zone_id is not None and not zones:
        names = [zone.id for zone in camera.zones]
        raise click.BadParameter(f"{camera.id} has no zone {zone_id}: {_known(zone_id, names)}", param_hint="--zone")
    return zones


def _known(given: str, names: Sequence[str]) -> str:
    """Those that exist; of many, those that look alike."""
    if len(names) <= NAMED_AT_MOST:
        return choices(given, names)
    alike = get_close_matches(given, names, 10) or names[:NAMED_AT_MOST]
    return f"{', '.join(alike)}, … ({len(names)} in all)"
