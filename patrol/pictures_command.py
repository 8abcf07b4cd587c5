"""`weisu pictures`: the account of deleted pictures, day by day, and of those that could not be kept."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Any

import click

from patrol.limiter_command import opened
from patrol.wording import LANGUAGES, Wording, wording
from rules.command import config_option
from town.evidence import MissingPicture, PictureDay
from town.township import Township

UNCHECKED_AFTER = timedelta(hours=3)
"""The service checks every hour: after this it cannot be running."""
MOST_DAYS = 36_500


@click.command()
@config_option
@click.option("--days", type=click.IntRange(1, MOST_DAYS), default=7, show_default=True, help="So many days of the town, today the last.")
@click.option("--lang", type=click.Choice(LANGUAGES), default=LANGUAGES[0], show_default=True, help="Chinese or English.")
@click.option("--format", "shape", type=click.Choice(["text", "json"]), default="text", show_default=True)
def pictures(township: Township, days: int, lang: str, shape: str) -> None:
    """照片删除日报 / how many pictures of which kind were deleted each day, and whether any is kept beyond its time.

    The exit status is 1 where one is by the last check of the service, and where the service has not checked for hours.
    """
    now = datetime.now(UTC).astimezone(township.town.zone)
    since = now.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=days - 1)
    with opened(township) as database:
        told, missing = database.evidence.picture_days(since.date()), database.evidence.missing_pictures(since)
        checked_at = database.evidence.pictures_checked_at()
    broken = bool(told) and any(one.overdue for one in told if one.day == told[-1].day)
    stale = checked_at is not None and now - checked_at > UNCHECKED_AFTER
    verdict = "none" if checked_at is None else "stale" if stale else "broken" if broken else "whole"
    if shape == "json":
        click.echo(json.dumps(_as_json(told, missing), ensure_ascii=False, default=str, indent=2))
    else:
        for line in _readable(told, missing, wording(lang), township):
            click.echo(line)
        at = f"{checked_at.astimezone(township.town.zone):%Y-%m-%d %H:%M}" if checked_at else ""
        click.echo(wording(lang).told("pictures", verdict, at=at))
    if broken or stale:
        raise SystemExit(1)


def _readable(told: Sequence[PictureDay], missing: Sequence[MissingPicture], words: Wording, township: Township) -> Iterator[str]:
    for day, kinds in groupby(told, key=lambda one: one.day):
        lines = list(kinds)
        yield words.told("pictures", "head", day=day, at=f"{lines[0].checked_at.astimezone(township.town.zone):%H:%M:%S}")
        yield from (_line(one, words, township) for one in lines)
    for why, count in sorted(Counter(one.why for one in missing).items()):
        yield words.told("pictures", "missing", n=count, why=words.of("why_none", why))


def _line(one: PictureDay, words: Wording, township: Township) -> str:
    at = f"{one.oldest_at.astimezone(township.town.zone):%Y-%m-%d %H:%M}" if one.oldest_at else ""
    return words.told(
        "pictures",
        "line",
        what=words.of("picture_kinds", one.kind),
        forgotten=one.forgotten,
        crowded_out=one.crowded_out,
        left=one.left,
        oldest=words.told("pictures", "oldest", at=at) if at else "",
        overdue=words.told("pictures", "overdue", n=one.overdue) if one.overdue else "",
    )


def _as_json(told: Sequence[PictureDay], missing: Sequence[MissingPicture]) -> dict[str, Any]:
    return {"days": [asdict(one) for one in told], "missing": [asdict(one) for one in missing]}
