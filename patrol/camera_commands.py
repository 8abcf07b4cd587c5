"""`weisu notices` and `weisu camera`: what is wrong with cameras, and an engineer's word on it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import click

from patrol.wording import LANGUAGES, wording
from rules.command import config_option
from storage.database import Database
from storage.errors import StorageError
from town.notices import Notice
from town.township import Township


@click.command()
@click.option("--all", "healed_too", is_flag=True, help="What has healed, too.")
@click.option("--json", "as_json", is_flag=True, help="A JSON list.")
@config_option
def notices(township: Township, healed_too: bool, as_json: bool) -> None:
    """List what is wrong with cameras: one line a fault, newest first."""
    with _opened(township) as database:
        found = database.figures.notices(healed_too) if database else []
    if as_json:
        click.echo(json.dumps([_as_json(notice) for notice in found], ensure_ascii=False))
        return
    for notice in found:
        click.echo(_readable(notice, township))
    if not found:
        click.echo("没有镜头故障 nothing is wrong with any camera")


@click.group()
def camera() -> None:
    """An engineer's word on cameras."""


@camera.command("accept-view")
@click.argument("camera_id", metavar="CAMERA")
@config_option
def accept_view(township: Township, camera_id: str) -> None:
    """Accept what CAMERA shows now as its view, with the zones as they are drawn.

    For a camera that was moved and whose zones still lie right, or before which something new stands for good. Where zones lie wrong,
    redraw them instead and restart weisu: that accepts the view too.
    """
    if camera_id not in township.camera_by_id:
        raise click.BadParameter(f"{camera_id} is not one of {', '.join(township.camera_by_id)}", param_hint="CAMERA")
    with _opened(township) as database:
        if database is None:
            raise click.ClickException(
                f"there is no database {township.storage.url} yet: nothing has looked, and there is no view to accept"
            )
        with database.transaction() as book:
            book.accept_view(camera_id, datetime.now(UTC))
    click.echo(f"{camera_id}: a running service learns its view anew within a few seconds")


@contextmanager
def _opened(township: Township) -> Iterator[Database | None]:
    """The township's database; None where no service has made one yet."""
    try:
        database = Database.open(township.storage.url) if Database.exists(township.storage.url) else None
    except StorageError as error:
        raise click.ClickException(str(error)) from error
    try:
        yield database
    except StorageError as error:
        raise click.ClickException(str(error)) from error
    finally:
        if database is not None:
            database.close()


def _as_json(notice: Notice) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in asdict(notice).items()}


def _readable(notice: Notice, township: Township) -> str:
    """For example: gate 三号门 · 镜头被移动 the camera had been moved · 05-04 10:00 → …"""
    known = township.camera_by_id.get(notice.camera_id)
    times = (f"{at.astimezone(township.town.zone):%m-%d %H:%M}" if at else "…" for at in (notice.since, notice.until))
    why = " ".join(wording(language).of("reasons", notice.reason) for language in LANGUAGES)
    return f"{notice.camera_id} {known.name if known else ''} · {why} · {' → '.join(times)}"
