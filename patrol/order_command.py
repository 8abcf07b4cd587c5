"""`weisu order`: what a manager (网格长) may do about orders; every deed is recorded with who and why."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from patrol.limiter_command import opened
from patrol.order_deeds import DEEDS, found_order, lang_option, order_argument
from patrol.order_text import OrderFile, OrderText, as_json, file_as_json
from patrol.wording import wording
from rules.command import config_option
from town.township import Township
from town.work import OrderState

BEFORE_IT_OPENED = timedelta(minutes=10)
"""A look's frame is older than the order that it opens, by less than this."""

shape_option = click.option("--format", "shape", type=click.Choice(["text", "json"]), default="text", show_default=True)


@click.group()
def order() -> None:
    """工单 / what a manager may do about orders.

    ORDER is an order's id, or of a live order its last characters, as `weisu order list` shows them. Every deed is recorded with who
    (--by) and why (--reason), and told to all whom it concerns by the running service. A refusal is told in a line, with exit status 1.
    """


@order.command("list")
@config_option
@click.option("--state", "states", type=click.Choice([state.value for state in OrderState]), multiple=True, help="Only these states.")
@click.option("--grid", help="One grid.")
@click.option("--days", type=click.IntRange(1), help="Also those that have ended, of so many days.")
@lang_option
@shape_option
def list_(township: Township, states: tuple[str, ...], grid: str | None, days: int | None, lang: str, shape: str) -> None:
    """列出工单 / list live orders, oldest first."""
    with opened(township) as database:
        found = database.figures.live_orders(at_most=100_000)
        if days:
            known = {one.id for one in found}
            found = [*found, *(one for one in database.order_lists.opened_since(_days_ago(days)) if one.id not in known)]
    chosen = [one for one in found if (not states or one.state in states) and grid in {None, one.grid_id}]
    if shape == "json":
        click.echo(json.dumps([as_json(one) for one in chosen], ensure_ascii=False, indent=2))
        return
    words = wording(lang)
    click.echo("\n".join(OrderText(township, words).line(one) for one in chosen) or words.of("orders", "none"))


@order.command()
@order_argument
@config_option
@lang_option
@shape_option
def show(order_id: str, township: Township, lang: str, shape: str) -> None:
    """一张工单的来龙去脉 / one order: its story, its roll-call (吹哨), what was merged into it."""
    with opened(township) as database:
        found = found_order(database, order_id)
        file = OrderFile(found, database.figures.events(found.id), database.order_lists.merged_into(found.id))
    if shape == "json":
        click.echo(json.dumps(file_as_json(file), ensure_ascii=False, indent=2))
        return
    click.echo("\n".join(OrderText(township, wording(lang)).whole(file)))


@order.command()
@order_argument
@config_option
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), required=True, help="The folder to write to.")
def picture(order_id: str, township: Township, out: Path) -> None:
    """一张工单的前后照片 / the pictures of an order, cut to its zone, the problem outlined, with time and place.

    Faces and plates were blurred when the pictures were kept, as far as they were found: hand them to whom they concern alone.
    """
    from patrol.exhibits import write_exhibits

    with opened(township) as database:
        found = found_order(database, order_id)
        written = write_exhibits(database, township, found, out)
        missing = [one for one in database.evidence.missing_pictures(found.opened_at - BEFORE_IT_OPENED) if found.id in one.order_ids]
    click.echo("".join(f"{file}\n" for file in written), nl=False)
    if missing and not written:
        raise click.ClickException(f"没有照片 / there is no picture of {found.id}: {missing[0].why} ({missing[0].detail})")
    if not written:
        raise click.ClickException(f"没有照片 / there is no picture of {found.id}: none was kept, or its time is over")


@order.command()
@config_option
@click.option("--days", type=click.IntRange(1), default=30, show_default=True)
@click.option("--at-least", type=click.IntRange(2), default=3, show_default=True, help="Orders at one place for one category.")
@lang_option
@shape_option
def topics(township: Township, days: int, at_least: int, lang: str, shape: str) -> None:
    """每月一题的候选 / places where the same happened again and again: candidates for the monthly topic, with their orders."""
    with opened(township) as database:
        found = database.order_lists.repeated(_days_ago(days), at_least)
    if shape == "json":
        click.echo(json.dumps([[as_json(one) for one in orders] for orders in found], ensure_ascii=False, indent=2))
        return
    words = wording(lang)
    text = OrderText(township, words)
    for orders in found:
        click.echo(words.told("orders", "topic", summary=orders[-1].summary, n=len(orders), days=days))
        for one in orders:
            click.echo(f"  {text.line(one)}")
    if not found:
        click.echo(words.of("orders", "no_topic"))


for deed in DEEDS:
    order.add_command(deed)


def _days_ago(days: int) -> datetime:
    return datetime.now(UTC) - timedelta(days=days)
