"""`weisu camera`: an engineer's word on cameras."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import click

from rules.command import config_option
from storage.database import Database
from storage.errors import StorageError
from town.township import Township


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
    with opened_if_any(township) as database:
        if database is None:
            raise click.ClickException(
                f"there is no database {township.storage.url} yet: nothing has looked, and there is no view to accept"
            )
        with database.transaction() as book:
            book.accept_view(camera_id, datetime.now(UTC))
    click.echo(f"{camera_id}: a running service learns its view anew within a few seconds")


@contextmanager
def opened_if_any(township: Township) -> Iterator[Database | None]:
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
