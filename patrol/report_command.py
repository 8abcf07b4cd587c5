"""`weisu report`: the figures that a manager is held to."""

import json
from datetime import UTC, date, datetime, time, timedelta, tzinfo

import click

from patrol.limiter_command import opened
from patrol.report_page import page
from patrol.report_records import as_csv, as_json
from patrol.report_text import ReportText, table_of
from patrol.reporting import By, Report, Span, report_on
from patrol.wording import LANGUAGES, wording
from rules.command import config_option
from town.moments import parse_moment
from town.township import Township

DAYS = 30
PIPE_WIDTH = 150


@click.command()
@config_option
@click.option("--from", "since", metavar="TIME", help=f"Orders opened from then on. Left out: {DAYS} days before the end, from midnight.")
@click.option("--to", "until", metavar="TIME", help="Orders opened before then; a day counts as a whole. Left out: now.")
@click.option("--by", type=click.Choice([by.value for by in By]), default=By.GRID.value, show_default=True, help="A row for each of these.")
@click.option("--format", "shape", type=click.Choice(["table", "csv", "json", "html"]), default="table", show_default=True)
@click.option("--lang", type=click.Choice(LANGUAGES), default=LANGUAGES[0], show_default=True, help="Chinese or English; not of csv, json.")
def report(township: Township, since: str | None, until: str | None, by: str, shape: str, lang: str) -> None:
    """运行指标 / the figures a manager is held to, of all orders that were opened in a span of time.

    Every rate is told with its counts, its 95 % interval, and the shares of merged, deferred and false-alarm orders. TIME is 2026-11-01,
    "2026-11-01 9:10" or 9:10 in the town's own time, or now. The html is one file to print on A4:

    weisu report --from 2026-11-01 --to 2026-11-30 --format html > november.html
    """
    now = datetime.now(UTC)
    span = _span(township, since, until, now)
    with opened(township) as database:
        found = report_on(database, township, span, By(by), now)
    if shape == "json":
        click.echo(json.dumps(as_json(found), ensure_ascii=False, indent=2))
    elif shape == "csv":
        click.echo(as_csv(found), nl=False)
    else:
        text = ReportText(township, wording(lang))
        _print(found, text) if shape == "table" else click.echo(page(found, text, lang), nl=False)


def _span(township: Township, since: str | None, until: str | None, now: datetime) -> Span:
    """Raises click.BadParameter for what is no time, and for a span that would hold nothing."""
    zone = township.town.zone
    try:
        end = min(now, _instant(until, township, now, "--to", is_end=True)) if until else now
        begin = (_instant(since, township, now, "--from") if since else month_before(end, zone)).astimezone(UTC)
    except OverflowError as error:
        raise click.BadParameter("no calendar goes so far", param_hint="--from / --to") from error
    if begin >= end:
        raise click.BadParameter(f"from {begin.astimezone(zone):%Y-%m-%d %H:%M} there is nothing before --to or now", param_hint="--from")
    return Span(begin, end)


def month_before(end: datetime, zone: tzinfo) -> datetime:
    """Where a report begins that does not say so: the town's midnight some days before its end."""
    return datetime.combine(end.astimezone(zone).date() - timedelta(days=DAYS), time(), zone)


def _instant(text: str, township: Township, now: datetime, option: str, is_end: bool = False) -> datetime:
    """The town's midnight with which a day begins, or with `is_end` ends; else a moment."""
    zone = township.town.zone
    try:
        return datetime.combine(date.fromisoformat(text.strip()) + timedelta(days=is_end), time(), zone)
    except ValueError:
        pass
    try:
        return parse_moment(text, zone, now)
    except ValueError as error:
        raise click.BadParameter(f"{error}, or a day: 2026-11-25", param_hint=option) from None


def _print(found: Report, text: ReportText) -> None:
    from rich.console import Console

    console = Console()
    if not console.is_terminal:
        console.width = PIPE_WIDTH
    click.echo(f"{text.title()}\n{text.span(found)}")
    for section in text.sections(found):
        console.print(table_of(section))
    for note in text.notes(found):
        click.echo(note)
