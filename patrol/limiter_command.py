"""`weisu limiter list|release|discard`: rules that were paused for opening too much at once, and the one action that ends a pause."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import click

from patrol.limiting import NotPaused, discard, release
from patrol.model_place import by_option
from rules.command import config_option
from rules.limiter import Fate, HeldOpening, Pause
from storage.database import Database
from storage.errors import StorageError
from town.durations import show_duration
from town.rule_settings import Priority
from town.township import Township


@click.group()
def limiter() -> None:
    """Rules that are paused because they would have opened too many orders at once.

    Snow, a dirty lens or a bad model fires at many cameras: that is one fault, not a hundred orders. Above the township's `limiter`
    a rule opens nothing more; what it would open is held, for good and over restarts, until you release or discard it.
    """


@limiter.command("list")
@config_option
@click.option("--all", "everything", is_flag=True, help="Pauses that ended too.")
@click.option("--format", "shape", type=click.Choice(["text", "json"]), default="text", show_default=True)
def list_(township: Township, everything: bool, shape: str) -> None:
    """List what is paused, why, and every order that was held back, with what has become of it since."""
    with opened(township) as database:
        pauses = [pause for pause in database.pauses.recent() if everything or pause.ended_at is None]
        told = [(pause, database.pauses.openings(pause.number)) for pause in pauses]
        folder = township.storage.pictures or database.pictures_beside()
        paths = {one.picture_id: database.pauses.picture_path(one.picture_id) for _, held in told for one in held if one.picture_id}
    pictures = {name: str(folder / path) for name, path in paths.items() if path}
    if shape == "json":
        click.echo(json.dumps([_as_json(pause, held, pictures) for pause, held in told], ensure_ascii=False, indent=2))
        return
    for pause, held in told:
        click.echo("\n".join(_readable(pause, held, pictures, township)))
    if not told:
        click.echo("no rule is paused")


@limiter.command("release")
@click.argument("rule_id", metavar="RULE")
@config_option
@by_option
def release_(rule_id: str, township: Township, by: str) -> None:
    """End the pause of RULE, and open an order for everything that still holds.

    What cleared meanwhile, or is no longer configured, is not opened. Cut off halfway, run it again: nothing is opened twice.
    """
    with opened(township) as database, _told(database, rule_id):
        counts = release(database, township, rule_id, by, datetime.now(UTC))
    gone = f"; {counts[Fate.GONE]} are gone from the configuration" if counts[Fate.GONE] else ""
    click.echo(f"{rule_id} runs again: {_orders(counts[Fate.RELEASED])} opened{gone}")


@limiter.command("discard")
@click.argument("rule_id", metavar="RULE")
@config_option
@by_option
def discard_(rule_id: str, township: Township, by: str) -> None:
    """End the pause of RULE, and open none of the orders that it held.

    A place that goes on firing gets no order either, until it has been seen clear and fires anew.
    """
    with opened(township) as database, _told(database, rule_id):
        count = discard(database, rule_id, by, datetime.now(UTC))
    click.echo(f"{rule_id} runs again: {_orders(count)} discarded")


@contextmanager
def opened(township: Township) -> Iterator[Database]:
    """The township's database, which a running service may have open too. Raises ClickException where there is none."""
    if not Database.exists(township.storage.url):
        raise click.ClickException(f"there is no database at {township.storage.url} yet: has this township's service run?")
    try:
        database = Database.open(township.storage.url)
        try:
            yield database
        finally:
            database.close()
    except StorageError as error:
        raise click.ClickException(str(error)) from error


@contextmanager
def _told(database: Database, rule_id: str) -> Iterator[None]:
    try:
        yield
    except NotPaused:
        paused = [pause.rule_id for pause in database.pauses.recent() if pause.ended_at is None]
        raise click.ClickException(f"{rule_id} is not paused; paused: {', '.join(paused) or 'no rule'}") from None


def _orders(count: int) -> str:
    return f"{count} order{'' if count == 1 else 's'}"


def _readable(pause: Pause, held: list[HeldOpening], pictures: dict[str, str], township: Township) -> Iterator[str]:
    rule = township.rule_by_id.get(pause.rule_id)
    urgent = " · top priority" if rule and rule.priority is Priority.TOP else ""
    yield f"{pause.rule_id} {rule.name if rule else '(not configured)'}{urgent}"
    yield f"  paused {_local(pause.paused_at, township)}: more than {_orders(pause.orders)} within {show_duration(pause.within)}"
    if pause.ended_at:
        yield f"  {pause.ended} {_local(pause.ended_at, township)} by {pause.ended_by}"
    waiting = sum(one.fate is Fate.HELD for one in held)
    yield f"  {_orders(len(held))} held back, {waiting} still held" + ("" if pause.ended_at else _ways_out(pause))
    for one in held:
        key, picture = one.incident.key, pictures.get(one.picture_id)
        camera = township.camera_by_id.get(key.camera_id)
        place = f"{camera.name if camera else '?'} ({key.camera_id}) {key.zone_id}"
        ended = f" {_local(one.incident.closed_at, township)}" if one.incident.closed_at else ""
        told = (_local(one.held_at, township), place, one.incident.reason, f"{one.fate}{ended}", *([picture] if picture else []))
        yield f"  - {' · '.join(told)}"


def _ways_out(pause: Pause) -> str:
    return f": `weisu limiter release {pause.rule_id}` or `weisu limiter discard {pause.rule_id}`"


def _local(at: datetime, township: Township) -> str:
    return f"{at.astimezone(township.town.zone):%Y-%m-%d %H:%M:%S}"


def _as_json(pause: Pause, held: list[HeldOpening], pictures: dict[str, str]) -> dict[str, Any]:
    return {
        "rule": pause.rule_id,
        "paused_at": pause.paused_at.isoformat(),
        "orders": pause.orders,
        "within_s": pause.within.total_seconds(),
        "ended": pause.ended,
        "ended_at": pause.ended_at and pause.ended_at.isoformat(),
        "ended_by": pause.ended_by,
        "held": [_held_as_json(one, pictures.get(one.picture_id)) for one in held],
    }


def _held_as_json(one: HeldOpening, picture: str | None) -> dict[str, Any]:
    incident = one.incident
    return {
        "incident": incident.id,
        "camera": incident.key.camera_id,
        "zone": incident.key.zone_id,
        "object": incident.key.object_id,
        "held_at": one.held_at.isoformat(),
        "reason": incident.reason,
        "severity_score": incident.severity_score,
        "box": incident.box.as_list(),
        "fate": one.fate,
        "cleared_at": incident.closed_at and incident.closed_at.isoformat(),
        "picture": picture,
    }
