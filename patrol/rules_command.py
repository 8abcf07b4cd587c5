"""`weisu rules`: what the rules of a file are, which versions were in force, and what their expressions may name."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
import yaml

from patrol.publishing import Publications, PublishingError
from rules.builtin import BUILT_IN
from rules.command import DEFAULT_CONFIG, config_option
from storage.database import Database
from storage.rule_history import RuleVersion
from town.facts import METRICS, facts_of
from town.township import Township


@click.group()
def rules() -> None:
    """Show the rules of a township's file, their versions, and what expressions may name. `weisu check` tells whether they are right.

    A running service takes rules and permits from its file within seconds of a change. To try them before: `weisu backtest --help`.
    """


@rules.command(name="list")
@config_option
def list_rules(township: Township) -> None:
    """List every rule with its version, its zones and what it asks."""
    for rule in township.rules:
        asks = f"{rule.metric} ≥ {rule.at_least:g}" if rule.metric else f"stays {rule.canonical['limit']}"
        off = "" if rule.enabled else "  (off)"
        click.echo(f"{rule.version}  {rule.id:<20} {rule.name}  {', '.join(sorted(rule.zones))}  {asks}{off}")


@rules.command()
@click.argument("rule_id", metavar="RULE")
@click.option("--version", "version", help="One that was in force before, from the database; its first digits are enough.")
@config_option
def show(rule_id: str, version: str | None, township: Township) -> None:
    """Print all settings of RULE with their defaults, as a file may hold them; after them, the versions that were ever in force."""
    rule = township.rule_by_id.get(rule_id)
    history = _history(township, rule_id)
    if version is None and rule:
        click.echo(_as_yaml(rule.version, rule.canonical), nl=False)
    elif version is None:
        raise click.UsageError(f"{rule_id} is not one of {', '.join(township.rule_by_id)}")
    else:
        found = next((one for one in history if one.version.startswith(version)), None)
        if found is None:
            raise click.UsageError(f"{rule_id} never was {version} here; it was: {', '.join(one.version for one in history) or 'nothing'}")
        click.echo(_as_yaml(found.version, found.settings), nl=False)
        return
    for number, one in enumerate(history):
        since = f"{one.since.astimezone(township.town.zone):%Y-%m-%d %H:%M}"
        click.echo(f"# in force {'since' if number == 0 else 'before, from'} {since}: {one.version}")


@rules.command()
@click.argument("kind", type=click.Choice(list(METRICS)))
@click.option("--stays", is_flag=True, help="For a rule without a metric.")
def facts(kind: str, stays: bool) -> None:
    """List what `when` and `severity` may name in a rule that observes KIND."""
    for name, type_ in facts_of(kind, stays).items():
        click.echo(f"{name:<20} {type_}")


@rules.command()
@click.option("--config", type=click.Path(path_type=Path, exists=True, dir_okay=False), default=DEFAULT_CONFIG, show_default=True)
def history(config: Path) -> None:
    """List what was published from the console, newest first: when, by whom, why, and which versions changed."""
    try:
        published = Publications(config, os.environ, BUILT_IN).history()
    except PublishingError as error:
        raise click.ClickException(str(error)) from error
    for one in published:
        click.echo(f"{one.at.isoformat(timespec='minutes')}  {one.action}  {one.by}: {one.why}")
        for rule_id, before, after in one.changes:
            click.echo(f"  {rule_id}  {before or '(new)'} → {after or '(gone)'}")


def _history(township: Township, rule_id: str) -> list[RuleVersion]:
    if not Database.exists(township.storage.url):
        return []
    database = Database.open(township.storage.url)
    try:
        return database.rule_history.versions(rule_id)
    finally:
        database.close()


def _as_yaml(version: str, settings: Mapping[str, Any]) -> str:
    return f"# version {version}\n" + yaml.safe_dump([dict(settings)], allow_unicode=True, sort_keys=False)
