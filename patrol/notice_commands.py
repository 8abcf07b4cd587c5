"""`weisu notices`: what is wrong with cameras, who was told of what, and whether a recipient can be reached."""

import json
import os
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click

from alerts.addresses import AddressError, addresses
from alerts.apprise_door import AppriseDoor
from alerts.grouping import standing
from alerts.notifications import Notification
from alerts.post import NotDelivered
from patrol.camera_commands import opened_if_any
from patrol.letters import LetterWriter
from patrol.order_deeds import lang_option
from patrol.wording import LANGUAGES, wording
from rules.command import DEFAULT_CONFIG, config_option, read_or_exit
from town.notices import Notice
from town.township import Township

LATELY = timedelta(days=1)


@click.group(invoke_without_command=True)
@click.option("--all", "healed_too", is_flag=True, help="What has healed, too.")
@click.option("--json", "as_json", is_flag=True, help="A JSON list of what is wrong with cameras.")
@click.option("--config", "file", type=click.Path(path_type=Path), default=DEFAULT_CONFIG, show_default=True, help="The township's file.")
@click.pass_context
def notices(context: click.Context, file: Path, healed_too: bool, as_json: bool) -> None:
    """通知 / list what is wrong with cameras, then what managers and engineers were told lately, and what waits to be told.

    Without a command: a line a fault of a camera, and a line a notification of the last day, newest first.
    """
    if context.invoked_subcommand:
        context.default_map = {context.invoked_subcommand: {"township": str(file)}}  # --config may stand before the command, too
        return
    township = read_or_exit(file)
    with opened_if_any(township) as database:
        found = database.figures.notices(healed_too) if database else []
        told = database.notifications.recent(datetime.now(UTC) - LATELY) if database and not as_json else ()
    if as_json:
        click.echo(json.dumps([_notice_as_json(notice) for notice in found], ensure_ascii=False))
        return
    for notice in found:
        click.echo(_readable(notice, township))
    if not found:
        click.echo("没有镜头故障 nothing is wrong with any camera")
    _list(township, told, "zh")


@notices.command()
@config_option
@click.option("--days", type=click.IntRange(1, 36_500), default=1, show_default=True, help="Of so many days; what waits is listed always.")
@lang_option
@click.option("--format", "shape", type=click.Choice(["text", "json"]), default="text", show_default=True)
def told(township: Township, days: int, lang: str, shape: str) -> None:
    """谁收到了什么 / what was sent to whom, what is held and why, and what was given up, newest first."""
    with opened_if_any(township) as database:
        found = database.notifications.recent(datetime.now(UTC) - timedelta(days=days)) if database else ()
    if shape == "json":
        click.echo(json.dumps([_as_json(one, township) for one in found], ensure_ascii=False, indent=2))
        return
    _list(township, found, lang)
    if not found:
        click.echo(wording(lang).of("notices", "nothing"))


@notices.command()
@click.argument("recipient_id", metavar="RECIPIENT")
@config_option
def test(recipient_id: str, township: Township) -> None:
    """发一条测试消息 / send RECIPIENT a test over each of their channels, now, quiet hours or not. Exit status 1 where one failed."""
    recipient = township.notices.recipient(recipient_id)
    if recipient is None:
        known = ", ".join(one.id for one in township.notices.recipients) or "none: name them under notices: recipients:"
        raise click.BadParameter(f"{recipient_id} is not one of {known}", param_hint="RECIPIENT")
    try:
        where = addresses(township.notices.model_copy(update={"recipients": (recipient,)}), os.environ)
    except AddressError as error:
        raise click.ClickException(str(error)) from error
    words, letter, failures = wording(recipient.language), LetterWriter(township).test(recipient), 0
    for (name, channel), address in where.items():
        try:
            AppriseDoor().send(address, letter)
            click.echo(words.told("notices", "test_sent", recipient=name, channel=channel))
        except NotDelivered as error:
            failures += 1
            why = words.of("post_reasons", error.reason)
            click.echo(words.told("notices", "test_failed", recipient=name, channel=channel, why=why), err=True)
    if failures:
        raise SystemExit(1)


def _list(township: Township, found: Sequence[Notification], lang: str) -> None:
    writer, now = LetterWriter(township), datetime.now(UTC)
    for one in found:
        click.echo(writer.row(one, wording(lang), now))


def _notice_as_json(notice: Notice) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in asdict(notice).items()}


def _as_json(one: Notification, township: Township) -> dict[str, Any]:
    plain = {name: value.isoformat() if isinstance(value, datetime) else value for name, value in asdict(one).items()}
    return plain | {"stands": standing(one, township.notices, township.town, datetime.now(UTC))}


def _readable(notice: Notice, township: Township) -> str:
    """For example: gate 三号门 · 镜头被移动 the camera had been moved · 05-04 10:00 → …"""
    known = township.camera_by_id.get(notice.camera_id)
    times = (f"{at.astimezone(township.town.zone):%m-%d %H:%M}" if at else "…" for at in (notice.since, notice.until))
    why = " ".join(wording(language).of("reasons", notice.reason) for language in LANGUAGES)
    return f"{notice.camera_id} {known.name if known else ''} · {why} · {' → '.join(times)}"
