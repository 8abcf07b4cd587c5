"""`weisu silence`: agreed quiet periods, each with author, reason and end."""

import json
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from typing import Any

import click

from patrol.command import Span
from patrol.limiter_command import opened
from patrol.model_place import by_option
from patrol.order_deeds import lang_option
from patrol.wording import Wording, wording
from rules.command import config_option
from town.silence import EVERYTHING, Silence
from town.township import Township

LISTED_FOR = timedelta(days=30)


@click.group()
def silence() -> None:
    """静默 / agreed quiet periods, in which rules open no orders at some places.

    What is open goes on. A vehicle's stay goes on too, and opens when the silence ends, if it still stands there.
    """


@silence.command()
@config_option
@click.option("--zone", "zones", default=EVERYTHING, metavar="PATTERN", help="Over camera/zone, such as 'gate-3/*'. Left out: all.")
@click.option("--rule", "rules", default=EVERYTHING, metavar="PATTERN", help="Over ids of rules. Left out: all.")
@click.option("--for", "lasts", type=Span(), help="How long, from now: 30m, 2h, 1d.")
@click.option("--until", type=click.DateTime(["%Y-%m-%d", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M"]), help="Or until when, in the town's time.")
@click.option("--reason", "-r", required=True, help="为什么 / why.")
@by_option
@lang_option
def add(
    township: Township, zones: str, rules: str, lasts: timedelta | None, until: datetime | None, reason: str, by: str, lang: str
) -> None:
    """加静默 / silence rules at some places from now on. A running service takes it with its next look."""
    now = datetime.now(UTC)
    new = Silence(by, _said(reason), now, _end(township, now, lasts, until), zones, rules)
    _refuse_what_covers_nothing(new, township)
    with opened(township) as database, database.transaction() as book:
        number = book.silence(new)
    click.echo(_readable(replace(new, number=number), now, township, wording(lang)))


@silence.command("list")
@config_option
@click.option("--all", "everything", is_flag=True, help="Those of the last 30 days that are over, too.")
@lang_option
@click.option("--format", "shape", type=click.Choice(["text", "json"]), default="text", show_default=True)
def list_(township: Township, everything: bool, lang: str, shape: str) -> None:
    """列出静默 / list the silences that hold."""
    now = datetime.now(UTC)
    with opened(township) as database:
        found = database.order_lists.silences(now - LISTED_FOR if everything else now)
    found = [one for one in found if everything or one.ended_at is None]
    if shape == "json":
        click.echo(json.dumps([_as_json(one, now) for one in found], ensure_ascii=False, indent=2))
        return
    words = wording(lang)
    click.echo("\n".join(_readable(one, now, township, words) for one in found) or words.of("silences", "none"))


@silence.command()
@click.argument("number", type=int)
@config_option
@by_option
@lang_option
def end(number: int, township: Township, by: str, lang: str) -> None:
    """结束静默 / end silence NUMBER before its time."""
    with opened(township) as database, database.transaction() as book:
        ended = book.end_silence(number, by, datetime.now(UTC))
    words = wording(lang)
    if not ended:
        raise click.ClickException(words.told("silences", "no_such", n=number))
    click.echo(words.told("silences", "ended", n=number))


def _said(reason: str) -> str:
    if not reason.strip():
        raise click.BadParameter("请写明原因 / a reason is needed", param_hint="--reason")
    return reason.strip()


def _end(township: Township, now: datetime, lasts: timedelta | None, until: datetime | None) -> datetime:
    if (lasts is None) == (until is None):
        raise click.UsageError("a silence needs an end: --for 2h, or --until '2026-05-04 18:00'")
    ends_at = now + lasts if lasts is not None else until.replace(tzinfo=township.town.zone) if until else now
    if ends_at <= now:
        raise click.UsageError("a silence ends in the future: --for 2h, or --until '2026-05-04 18:00'")
    return ends_at


def _refuse_what_covers_nothing(new: Silence, township: Township) -> None:
    places = [f"{camera.id}/{zone.id}" for camera in township.cameras for zone in camera.zones]
    if not any(fnmatchcase(place, new.zones) for place in places):
        some = ", ".join(places[:5])
        raise click.BadParameter(
            f"{new.zones} is none of the town's zones, such as {some}; write gate-3/lane or gate-3/*", param_hint="--zone"
        )
    if not any(fnmatchcase(rule.id, new.rules) for rule in township.rules):
        raise click.BadParameter(f"{new.rules} is none of {', '.join(township.rule_by_id)}", param_hint="--rule")


def _readable(one: Silence, now: datetime, township: Township, words: Wording) -> str:
    facts = {"n": one.number, "zones": one.zones, "rules": one.rules, "author": one.author, "reason": one.reason}
    told = words.told("silences", "added", **facts, until=_local(one.ends_at, township))
    if one.ended_at:
        return f"{told} · {words.told('silences', 'ended_by', who=one.ended_by, at=_local(one.ended_at, township))}"
    return f"{told} · {words.of('silences', _standing(one, now))}"


def _standing(one: Silence, now: datetime) -> str:
    return "holds" if one.holds(now) else "waiting" if now < one.begins_at else "over"


def _local(at: datetime, township: Township) -> str:
    return f"{at.astimezone(township.town.zone):%Y-%m-%d %H:%M}"


def _as_json(one: Silence, now: datetime) -> dict[str, Any]:
    plain = {name: value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value for name, value in asdict(one).items()}
    return plain | {"holds": one.holds(now)}
