"""The subcommands of `weisu order` that change an order: one decision of a manager each."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import wraps
from hashlib import sha256
from pathlib import Path
from typing import Any

import click

from alerts.manager_desk import ManagerDesk, NotDone
from alerts.roll_call import Call
from patrol.limiter_command import opened
from patrol.links import picture_links
from patrol.model_place import by_option
from patrol.order_text import SHORT, OrderText
from patrol.wording import LANGUAGES, wording
from rules.command import config_option
from storage.database import Database
from town.durations import parse_duration
from town.township import Township
from town.work import WorkOrder

ENDING = 4
"""So many last characters at least name an order."""

lang_option = click.option("--lang", type=click.Choice(LANGUAGES), default=LANGUAGES[0], show_default=True, help="Chinese or English.")
order_argument = click.argument("order_id", metavar="ORDER")
_reason_option = click.option("--reason", "-r", required=True, help="为什么 / why. Recorded.")


@dataclass(frozen=True)
class Deed:
    """What every decision starts from."""

    desk: ManagerDesk
    database: Database
    township: Township
    order_id: str
    by: str
    now: datetime


def found_order(database: Database, name: str) -> WorkOrder:
    """The order of an id, or the one live order whose id ends so. Raises ClickException."""
    known = database.order_lists.order(name)
    if known:
        return known
    ending = [one for one in database.figures.live_orders(at_most=100_000) if len(name) >= ENDING and one.id.endswith(name)]
    if len(ending) == 1:
        return ending[0]
    several = f"；有几张都这样结尾 / several end so: {', '.join(one.id for one in ending[:5])}" if ending else ""
    raise click.ClickException(f"没有工单 {name} / there is no order {name}, and no live one that ends so{several}: see `weisu order list`")


def _deed(command: Callable[..., WorkOrder]) -> Callable[..., None]:
    """Give a command its order and who decides; print what then stands, or why nothing was done."""

    @config_option
    @by_option
    @lang_option
    @order_argument
    @wraps(command)
    def decided(township: Township, by: str, lang: str, order_id: str, **options: Any) -> None:
        words = wording(lang)
        with opened(township) as database:
            order = found_order(database, order_id)
            desk = ManagerDesk(database, township, picture_links(township, database))
            try:
                after = command(Deed(desk, database, township, order.id, by, datetime.now(UTC)), **options)
            except NotDone as refused:
                why = words.of("refusals", refused.reason)
                raise click.ClickException(words.told("orders", "not_done", order=order.id[-SHORT:], why=why)) from None
        click.echo(OrderText(township, words).line(after))

    return decided


@click.command("return")
@_deed
@_reason_option
def return_(at: Deed, reason: str) -> WorkOrder:
    """退单 / give back what its holder cannot do. It is offered to others; the third time you must `name` somebody."""
    return at.desk.give_back(at.order_id, at.by, reason, at.now)


@click.command()
@_deed
@click.option("--reason", "-r", default="", help="为什么 / why. Recorded.")
@click.option("--to", "cleaner_id", required=True, metavar="CLEANER", help="给谁 / who does it.")
def name(at: Deed, cleaner_id: str, reason: str) -> WorkOrder:
    """指定人 / say who does it."""
    return at.desk.name_owner(at.order_id, cleaner_id, at.by, reason, at.now)


@click.command("hand-over")
@_deed
@click.option("--reason", "-r", default="", help="为什么 / why. Recorded.")
@click.option("--to", "cleaner_id", required=True, metavar="CLEANER", help="给谁 / who goes on with it.")
def hand_over(at: Deed, cleaner_id: str, reason: str) -> WorkOrder:
    """转交 / take an order from its holder and give it to somebody else. Its deadline stays."""
    return at.desk.hand_over(at.order_id, cleaner_id, at.by, reason, at.now)


@click.command()
@_deed
@_reason_option
@click.option("--until", required=True, type=click.DateTime(["%Y-%m-%d", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M"]), help="In the town's time.")
@click.option("--approver", required=True, help="谁批准的 / who approved it.")
def defer(at: Deed, until: datetime, approver: str, reason: str) -> WorkOrder:
    """挂账 / put off until a day, when it is offered anew."""
    return at.desk.defer(at.order_id, until.replace(tzinfo=at.township.town.zone), approver, at.by, reason, at.now)


@click.command()
@_deed
@_reason_option
def resume(at: Deed, reason: str) -> WorkOrder:
    """恢复 / offer a deferred order now."""
    return at.desk.resume(at.order_id, at.by, reason, at.now)


@click.command()
@_deed
@_reason_option
@click.option("--into", "parent", required=True, metavar="ORDER", help="并入哪一单 / the order that stands for both.")
def merge(at: Deed, parent: str, reason: str) -> WorkOrder:
    """并案 / let another order stand for this one."""
    return at.desk.merge(at.order_id, found_order(at.database, parent).id, at.by, reason, at.now)


@click.command()
@_deed
@_reason_option
@click.option("--unit", "units", multiple=True, metavar="UNIT:LIMIT", help="必须报到的单位，如 城管:2h / must report in. Repeatable.")
@click.option("--also", multiple=True, metavar="UNIT:LIMIT", help="不等其报到的单位 / called, but not waited for. Repeatable.")
def whistle(at: Deed, units: tuple[str, ...], also: tuple[str, ...], reason: str) -> WorkOrder:
    """吹哨 / call several units, each with its limit. Once all that must have reported in (`report-in`), the camera verifies."""
    calls = [*(_call(one, at.now, True) for one in units), *(_call(one, at.now, False) for one in also)]
    if len({call.unit for call in calls}) < len(calls):
        raise click.UsageError("a unit is called twice: name each once, with --unit or with --also")
    return at.desk.whistle(at.order_id, calls, at.by, reason, at.now)


@click.command("report-in")
@_deed
@click.option("--unit", required=True, help="哪个单位 / which unit.")
@click.option("--note", default="", help="做了什么 / what it did.")
def report_in(at: Deed, unit: str, note: str) -> WorkOrder:
    """单位报到 / note that a called unit has done its part."""
    return at.desk.report_in(at.order_id, unit, at.by, note, at.now)


@click.command()
@_deed
@_reason_option
@click.option(
    "--photo", required=True, type=click.Path(path_type=Path, exists=True, dir_okay=False), help="处置后的照片 / the after-photo."
)
def close(at: Deed, photo: Path, reason: str) -> WorkOrder:
    """结案 / close what was reported done and no camera can judge. Not your own work; not what the camera saw firing last.

    The photo's name and SHA-256 are recorded, not the photo: keep it.
    """
    told = {"name": photo.name, "sha256": sha256(photo.read_bytes()).hexdigest()}
    return at.desk.confirm(at.order_id, told, at.by, reason, at.now)


@click.command()
@_deed
@_reason_option
def redo(at: Deed, reason: str) -> WorkOrder:
    """再派件 / have it done again: what was reported done is not. After two attempts you must `name` somebody, or `whistle`."""
    return at.desk.redo(at.order_id, at.by, reason, at.now)


@click.command("false-alarm")
@_deed
@_reason_option
def false_alarm(at: Deed, reason: str) -> WorkOrder:
    """误报 / end what was no problem; `weisu model harvest` teaches it to the network."""
    return at.desk.dismiss(at.order_id, at.by, reason, at.now)


@click.command()
@_deed
@_reason_option
def cancel(at: Deed, reason: str) -> WorkOrder:
    """撤销 / end an order that nobody should do."""
    return at.desk.cancel(at.order_id, at.by, reason, at.now)


DEEDS = (return_, name, hand_over, defer, resume, merge, whistle, report_in, close, redo, false_alarm, cancel)


def _call(text: str, now: datetime, mandatory: bool) -> Call:
    unit, _, limit = text.replace("：", ":").rpartition(":")
    if not unit.strip():
        raise click.BadParameter(f"{text}: the unit or its limit is missing; write it as 城管:2h", param_hint="--unit")
    try:
        return Call(unit.strip(), now + parse_duration(limit), mandatory)
    except ValueError as error:
        raise click.BadParameter(f"{text}: {error}; write it as 城管:2h", param_hint="--unit") from None
