"""`weisu model add|list|show|promote|rollback`: versions of the network as things one manages. They join the group that trains them."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from detectors.command import model
from detectors.promotions import Promotion
from patrol.model_place import Place, by_option, json_option, place_options
from patrol.model_versions import card_of, next_below, tally_of, version_row

why_option = click.option("--why", default="", help="The reason, for the history.")


@model.command()
@click.argument("source", type=click.Path(path_type=Path, exists=True, file_okay=False), metavar="FOLDER")
@click.option("--name", required=True, help="Lower-case letters, digits and single hyphens.")
@place_options
def add(place: Place, source: Path, name: str) -> None:
    """Take in a model's FOLDER, as `weisu model export` wrote it, under a name of its own. It runs only once it is promoted."""
    version = place.versions.add(source, name, datetime.now(UTC))
    click.echo(f"{name}: {len(version.checksums)} files, {version.size_bytes():,} bytes, in {version.folder}")


@model.command("list")
@json_option
@place_options
def list_versions(place: Place, as_json: bool) -> None:
    """List the versions: which is promoted, which runs in its shadow, which is damaged."""
    rows = [version_row(place, name) for name in place.versions.names()]
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False))
        return
    table = Table()
    for heading in ("name", "added", "bytes", "role", "figures", "files"):
        table.add_column(heading, overflow="fold")
    for one in rows:
        added = one["added_at"][:16].replace("T", " ") if one["added_at"] else "with weisu"
        figures = " · ".join(f"{name} {value:g}" for name, value in one["figures"].items())
        table.add_row(one["name"], added, f"{one['size_bytes']:,}", one["role"], figures, one["damage"] or "intact")
    Console().print(table)


@model.command()
@click.argument("name")
@json_option
@place_options
def show(place: Place, name: str, as_json: bool) -> None:
    """Show a version: where it came from, its checksums, how it was trained, what was made of its shadow, and its card."""
    version = place.versions.get(name)
    said = version_row(place, name) | {
        "added_from": version.added_from,
        "sha256": dict(version.checksums),
        "recipe": version.metadata().get("recipe", {}),
        "shadow": tally_of(place, name),
    }
    if as_json:
        click.echo(json.dumps(said, ensure_ascii=False, default=str))
        return
    for key, value in said.items():
        click.echo(f"{key}:" if isinstance(value, Mapping) else f"{key}: {'' if value is None else value}")
        for part, detail in value.items() if isinstance(value, Mapping) else ():
            click.echo(f"  {part}: {detail}")
    click.echo(f"\n{card_of(version)}")


@model.command()
@click.argument("name")
@why_option
@by_option
@place_options
def promote(place: Place, name: str, why: str, by: str) -> None:
    """Make a version the one that looks, once its files and network have been checked. A running service takes it in a few seconds."""
    place.versions.get(name).load()
    _told(place, name, place.promotions.promote(name, by, why, datetime.now(UTC)))


@model.command()
@why_option
@by_option
@place_options
def rollback(place: Place, why: str, by: str) -> None:
    """Go back to the version that was promoted before this one; it is checked like any other."""
    before = next_below(place)
    place.versions.get(before).load()
    _told(place, before, place.promotions.rollback(before, by, why, datetime.now(UTC)))


def _told(place: Place, name: str, promotion: Promotion | None) -> None:
    click.echo(f"{promotion.before} → {name}: a running service takes it in a few seconds" if promotion else f"{name} is promoted already")
    if place.township and place.township.model.path:
        click.echo(f"weisu: model.path names {place.township.model.path}, which the service runs instead: take it out", err=True)
