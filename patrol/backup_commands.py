"""`weisu backup`, `weisu restore` and `weisu drill`: a township's database kept elsewhere, brought back, and both tried out."""

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from patrol import backing_up
from patrol.backing_up import Drill, NotRestored, Restored, back_up, beside, pictures_of
from patrol.stored import opened
from rules.command import config_option
from storage.engines import database_file
from storage.errors import StorageError
from storage.holdings import Holdings
from storage.picture_folder import PictureFolder
from town.township import Township

_shape = click.option("--format", "shape", type=click.Choice(["text", "json"]), default="text", show_default=True)
_PLACE = click.Path(path_type=Path)


@click.command()
@click.option("--to", "place", type=_PLACE, required=True, metavar="PLACE", help="A folder, or a new file.db.")
@click.option("--pictures", is_flag=True, help="The pictures too, into a folder beside that mirrors them.")
@_shape
@config_option
def backup(township: Township, place: Path, pictures: bool, shape: str) -> None:
    """Back up the township's database to PLACE, also while the service runs, and look the copy through.

    In a folder the file is named by the time in UTC. The exit status is 1 where the copy is not whole: it is kept, but do not rely on it.
    Note the last hash elsewhere: `weisu audit --expect` shows by it that nothing of before was rewritten.
    """
    now = datetime.now(UTC)
    with _told():
        database = _existing(township)
        target = _named(place, database, now)
        held = back_up(database, target, now)
    if shape == "text":
        click.echo(f"{target}: {target.stat().st_size / 1e6:,.1f} MB, {_summary(held)}")
        click.echo(f"hash of the last event: {held.head or '-'} (note it elsewhere)")
    with _told("pictures: "):
        copied = _mirrored(township, database, target) if pictures else 0
    if shape == "json":
        click.echo(json.dumps({"file": str(target), "pictures_copied": copied, **_as_json(held)}, ensure_ascii=False))
    elif pictures:
        click.echo(f"{copied} pictures copied to {beside(target, township.town.id)}")
    if not held.is_whole:
        raise SystemExit(1)


def _mirrored(township: Township, database: Path, target: Path) -> int:
    with opened(target) as copy:
        known = copy.evidence.paths()
    return pictures_of(township, database).mirror(PictureFolder(beside(target, township.town.id)), known)


@click.command()
@click.argument("source", type=_PLACE, metavar="FROM")
@click.option("--force", is_flag=True, help="Although the database has events that FROM lacks, or FROM is not whole.")
@_shape
@config_option
def restore(township: Township, source: Path, force: bool, shape: str) -> None:
    """Put the backup FROM in the place of the township's database. Stop the service first.

    What stands there now is kept beside it. Pictures that a folder beside FROM holds and the township lacks are brought back too. At its
    next start the service goes on from there: phones get new snapshots, and forget what the backup does not know.
    """
    now = datetime.now(UTC)
    with _told():
        database = database_file(township.storage.url)
        done = backing_up.restore(source, database, now, force)
    if shape == "text":
        click.echo("\n".join(_readable(done, database, township)))
    with _told("the database is restored, its pictures are not: "):
        copied = PictureFolder(beside(source, township.town.id)).lend(pictures_of(township, database))
    if shape == "json":
        click.echo(json.dumps({**_as_json(done.held), **_replaced_as_json(done), "pictures_copied": copied}, ensure_ascii=False))
    else:
        click.echo(f"{copied} pictures brought back")


@click.command()
@click.argument("source", type=_PLACE, required=False, metavar="[FROM]")
@_shape
@config_option
def drill(township: Township, source: Path | None, shape: str) -> None:
    """Try out that a backup can be restored: FROM, or one that is made now, also while the service runs.

    It is restored in a folder of its own, gone on from as the service would, and looked through; the township's database is only read.
    The exit status is 1 where anything is not as it must be.
    """
    with _told(), tempfile.TemporaryDirectory() as folder:
        done = backing_up.drill(_existing(township), source, Path(folder), township, datetime.now(UTC))
    if shape == "json":
        click.echo(json.dumps({"problems": done.problems, "seconds": done.seconds, **_as_json(done.held)}, ensure_ascii=False))
    else:
        click.echo("\n".join(_drilled(done)))
    if done.problems:
        raise SystemExit(1)


@contextmanager
def _told(what: str = "") -> Iterator[None]:
    """What goes wrong within is told without a trace."""
    try:
        yield
    except (NotRestored, StorageError, OSError) as error:
        raise click.ClickException(f"{what}{error}") from error


def _existing(township: Township) -> Path:
    file = database_file(township.storage.url)
    if not file.is_file():
        raise click.ClickException(f"there is no database at {township.storage.url} yet: has this township's service run?")
    return file


def _named(place: Path, database: Path, now: datetime) -> Path:
    if place.is_dir():
        return place / f"{database.stem}-{now:%Y%m%dT%H%M%SZ}.db"
    if place.suffix != ".db":
        raise click.ClickException(f"there is no folder {place}: make it first, or name a file that ends in .db")
    return place


def _summary(held: Holdings) -> str:
    whole = "whole" if held.is_whole else "NOT WHOLE"
    return f"{whole}: {held.orders:,} orders ({held.live_count:,} live), {held.events:,} events"


def _readable(done: Restored, database: Path, township: Township) -> Iterator[str]:
    held, was = done.held, done.replaced
    if was is None:
        yield "before: no database"
    else:
        stood = f"{was.events:,} events, {was.beyond:,} of them not in the backup" if was.is_readable else "a database that cannot be read"
        yield f"before: {stood}; kept as {done.aside}"
    yield f"now: {database} is {_summary(held)}"
    if held.last_at:
        yield f"its last event is of {held.last_at.astimezone(township.town.zone):%Y-%m-%d %H:%M:%S}, with the hash {held.head}"
    yield "at its next start the service"
    yield f"- sends {held.waiting - held.expired:,} messages that had not been sent, and drops {held.expired:,} whose time is over"
    yield f"- sends {held.unreceived:,} offers again that nobody had acknowledged"
    yield f"- tells {len(township.cleaners):,} cleaners' phones anew what is live: {held.live_count:,} orders"
    yield "- finds what became overdue meanwhile, and offers it again or tells the manager"


def _drilled(done: Drill) -> Iterator[str]:
    yield f"restored: {_summary(done.held)}"
    yield ", ".join(f"{step} {seconds:.2f} s" for step, seconds in done.seconds.items())
    yield from (f"NOT AS IT MUST BE: {problem}" for problem in done.problems)
    if not done.problems:
        yield "all as it must be: the backup can be restored, and the service can go on from it"


def _as_json(held: Holdings) -> dict[str, Any]:
    plain = {name: value for name, value in asdict(held).items() if name not in {"broken", "live", "last_at"}}
    return {"whole": held.is_whole, **plain, "live": held.live_count, "last_at": held.last_at and held.last_at.isoformat()}


def _replaced_as_json(done: Restored) -> dict[str, Any]:
    return {"replaced": done.replaced and asdict(done.replaced), "kept_as": done.aside and str(done.aside)}
