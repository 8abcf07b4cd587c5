"""`weisu console`: who saw which picture, links to pictures, and tokens for city systems."""

import hashlib
import json
import secrets
from dataclasses import asdict
from datetime import UTC, datetime, timedelta

import click

from alerts.picture_links import MANAGER
from console.account_commands import account, api_token, phone
from patrol.limiter_command import opened
from patrol.links import picture_links
from patrol.order_deeds import found_order, order_argument
from rules.command import config_option
from town.evidence import PictureView, When
from town.places import Cleaner
from town.township import Township

TOKEN_BYTES = 32


@click.group()
def console() -> None:
    """网页控制台 / the console: who may use it, who saw which picture, and tokens for other systems."""


@console.command()
@config_option
@click.option("--days", type=click.IntRange(1), default=7, show_default=True, help="So many days back.")
@click.option("--order", "order_id", metavar="ORDER", help="Of one order.")
@click.option("--format", "shape", type=click.Choice(["text", "json"]), default="text", show_default=True)
def views(township: Township, days: int, order_id: str | None, shape: str) -> None:
    """照片查看记录 / who was shown which picture when, and from which network; the newest 10,000 at most."""
    with opened(township) as database:
        wanted = found_order(database, order_id).id if order_id else ""
        found = database.evidence.picture_views(datetime.now(UTC) - timedelta(days=days), wanted)
    if shape == "json":
        click.echo(json.dumps([asdict(one) for one in found], ensure_ascii=False, default=str, indent=2))
        return
    click.echo("\n".join(_line(one, township) for one in found) or "没有人看过照片 / nobody was shown a picture")


@console.command()
@order_argument
@config_option
def link(order_id: str, township: Township) -> None:
    """照片链接 / links to an order's pictures for the manager of its grid, good for `console.links_for`."""
    with opened(township) as database:
        order = found_order(database, order_id)
        links = picture_links(township, database)
    manager = next((grid.manager for grid in township.grids if grid.id == order.grid_id), None)
    if links is None:
        raise click.ClickException("no links are made: name console.url or a fixed port under console.listen, and keep pictures")
    if manager is None:
        raise click.ClickException(f"the grid {order.grid_id} of this order is not in the file, and nobody else may see it")
    for when, words in ((When.BEFORE, "处置前 before"), (When.AFTER, "处置后 after")):
        click.echo(f"{words}  {links.url(order.id, when, f'{MANAGER}:{manager}', datetime.now(UTC))}")


@console.command()
@click.argument("name")
def token(name: str) -> None:
    """Make a token for a city system that may read Open311, NAME being your word for it. It is shown once; the file holds its hash."""
    made = secrets.token_urlsafe(TOKEN_BYTES)
    click.echo(f"token, for them alone:  {made}")
    click.echo(f"into the township's file, under console:\n  open311_tokens: {{{name}: {hashlib.sha256(made.encode()).hexdigest()}}}")


@console.command()
def openapi() -> None:
    """Print the contract of the REST API below /api/v1 as an OpenAPI document."""
    from console.api.app import bare_app
    from console.api.contract import openapi_yaml

    click.echo(openapi_yaml(bare_app().routes), nl=False)


def _line(view: PictureView, township: Township) -> str:
    at = f"{view.viewed_at.astimezone(township.town.zone):%Y-%m-%d %H:%M:%S}"
    role, _, name = view.person.partition(":")
    cleaner: Cleaner | None = township.cleaner_by_id.get(name) if role != MANAGER else None
    who = f"{cleaner.name} ({name})" if cleaner else name
    return " · ".join((at, who, f"工单 {view.order_id}", f"照片 {view.picture_id}", view.network or "?"))


for command in (account, phone, api_token):
    console.add_command(command)
