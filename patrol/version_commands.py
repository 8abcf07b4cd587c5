"""`weisu model add|list|show|promote|rollback`: versions of the network as things one manages. They join the group that trains them."""

import json
import re
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from detectors.command import model
from detectors.promotions import Promotion
from detectors.versions import MODEL_CARD, Version, VersionError
from patrol.model_place import Place, by_option, json_option, place_options

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
    rows = [_row(place, name) for name in place.versions.names()]
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False))
        return
    table = Table()
    for heading in ("name", "added", "bytes", "role", "figures", "files"):
        table.add_column(heading, overflow="fold")
    for row in rows:
        added = row["added_at"][:16].replace("T", " ") if row["added_at"] else "with weisu"
        figures = " · ".join(f"{name} {value:g}" for name, value in row["figures"].items())
        table.add_row(row["name"], added, f"{row['size_bytes']:,}", row["role"], figures, row["damage"] or "intact")
    Console().print(table)


@model.command()
@click.argument("name")
@json_option
@place_options
def show(place: Place, name: str, as_json: bool) -> None:
    """Show a version: where it came from, its checksums, how it was trained, what was made of its shadow, and its card."""
    version = place.versions.get(name)
    said = _row(place, name) | {
        "added_from": version.added_from,
        "sha256": dict(version.checksums),
        "recipe": version.metadata().get("recipe", {}),
        "shadow": _tally(place, name),
    }
    if as_json:
        click.echo(json.dumps(said, ensure_ascii=False, default=str))
        return
    for key, value in said.items():
        click.echo(f"{key}:" if isinstance(value, Mapping) else f"{key}: {'' if value is None else value}")
        for part, detail in value.items() if isinstance(value, Mapping) else ():
            click.echo(f"  {part}: {detail}")
    click.echo(f"\n{_card(version)}")


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
    *before, promoted = place.promotions.standing()
    if not before:
        raise VersionError(f"no version was promoted before {promoted}: there is nothing to go back to")
    place.versions.get(before[-1]).load()
    _told(place, before[-1], place.promotions.rollback(before[-1], by, why, datetime.now(UTC)))


def _told(place: Place, name: str, promotion: Promotion | None) -> None:
    click.echo(f"{promotion.before} → {name}: a running service takes it in a few seconds" if promotion else f"{name} is promoted already")
    if place.township and place.township.model.path:
        click.echo(f"weisu: model.path names {place.township.model.path}, which the service runs instead: take it out", err=True)


def _row(place: Place, name: str) -> dict[str, Any]:
    try:
        version = place.versions.get(name)
    except VersionError as error:
        return {"name": name, "added_at": None, "size_bytes": 0, "role": _role(place, name), "figures": {}, "damage": str(error)}
    return {
        "name": name,
        "added_at": version.added_at.isoformat() if version.added_at else None,
        "size_bytes": version.size_bytes(),
        "role": _role(place, name),
        "figures": _figures(version),
        "damage": version.damage(),
    }


def _role(place: Place, name: str) -> str:
    if name == place.promotions.promoted():
        return "promoted"
    shadowing = place.shadow.read()
    return f"candidate ({shadowing.share:g} of looks)" if shadowing and shadowing.candidate == name else ""


def _tally(place: Place, name: str) -> dict[str, int]:
    """What came of a version's time in the shadow, where a township with a database was named."""
    if not place.has_database:
        return {}
    with place.database() as database:
        return asdict(database.evidence.tally(name))


def _figures(version: Version) -> dict[str, float]:
    """The headline figures that the model's metadata holds under `figures`."""
    figures = version.metadata().get("figures")
    return {str(k): float(v) for k, v in figures.items() if isinstance(v, int | float)} if isinstance(figures, dict) else {}


def _card(version: Version) -> str:
    file = version.folder / MODEL_CARD
    card = file.read_text(encoding="utf-8", errors="replace") if file.is_file() else f"This version has no {MODEL_CARD}."
    # What is printed comes from a file somebody gave us: no control characters reach the terminal.
    return re.sub(r"[^\S\n]|[\x00-\x08\x0b-\x1f\x7f]", " ", card)
