"""`weisu audit`: whether the history of orders is the one that was written."""

import json
import sys
from typing import Any

import click

from patrol.limiter_command import opened
from patrol.wording import LANGUAGES, Wording, wording
from rules.command import config_option
from storage.audit import Audit, Break
from town.township import Township


@click.command()
@config_option
@click.option(
    "--expect", "expected", default="", metavar="HASH", help="A hash that an earlier audit printed, and that must still be there."
)
@click.option("--lang", type=click.Choice(LANGUAGES), default=LANGUAGES[0], show_default=True, help="Chinese or English.")
@click.option("--format", "shape", type=click.Choice(["text", "json"]), default="text", show_default=True)
def audit(township: Township, expected: str, lang: str, shape: str) -> None:
    """审计工单记录 / go through the whole chain of order events, and tell the first that is not what was written.

    The exit status is 0 where all fits, else 1. A running service goes on meanwhile. Note the last hash elsewhere: with --expect it
    shows even that all events were written anew.
    """
    with opened(township) as database, click.progressbar(length=database.event_count(), label="events", file=sys.stderr) as bar:
        found = database.audit(bar.update, expected)
    if shape == "json":
        click.echo(json.dumps(_as_json(found), ensure_ascii=False))
    else:
        click.echo("\n".join(_readable(found, expected, wording(lang), township)))
    if found.broken:
        raise SystemExit(1)


def _readable(found: Audit, expected: str, words: Wording, township: Township) -> list[str]:
    if found.broken:
        return [_told(found.broken, expected, words, township), words.told("audit", "checked", events=found.events)]
    if not found.events:
        return [words.of("audit", "empty")]
    whole = words.told("audit", "whole", orders=found.orders, events=found.events)
    return [whole, words.told("audit", "head", head=found.head)]


def _told(broken: Break, expected: str, words: Wording, township: Township) -> str:
    event = broken.event
    if event is None:
        name = "no_events" if broken.order_id else broken.breach.value
        return words.told("audit", name, order=broken.order_id, expected=expected)
    at = f"{event.happened_at.astimezone(township.town.zone):%Y-%m-%d %H:%M:%S}"
    what = words.of("events", event.action)
    return words.told("audit", broken.breach.value, order=broken.order_id, rev=event.rev, at=at, event=what, actor=event.actor)


def _as_json(found: Audit) -> dict[str, Any]:
    broken, event = found.broken, found.broken.event if found.broken else None
    told = broken and {
        "breach": broken.breach,
        "order": broken.order_id,
        "rev": event and event.rev,
        "action": event and event.action,
        "at": event and event.happened_at.isoformat(),
        "actor": event and event.actor,
    }
    return {"whole": broken is None, "orders": found.orders, "events": found.events, "head": found.head, "broken": told}
