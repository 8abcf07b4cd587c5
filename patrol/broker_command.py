"""`weisu broker contract|dead-letters`: what stands between the service and those who speak MQTT."""

import json
from typing import Any

import click

from patrol.limiter_command import opened
from rules.command import config_option
from town.township import Township
from town.work import Message


@click.group()
def broker() -> None:
    """The MQTT side: the contract, and what went wrong with messages."""


@broker.command()
def contract() -> None:
    """Print the MQTT contract as an AsyncAPI 3 document, with a JSON Schema for every payload."""
    from alerts.contract import asyncapi_yaml

    click.echo(asyncapi_yaml(), nl=False)


@broker.command("dead-letters")
@config_option
@click.option("--last", default=20, show_default=True, help="How many of each kind, newest first.")
@click.option("--format", "shape", type=click.Choice(["text", "json"]), default="text", show_default=True)
def dead_letters(township: Township, last: int, shape: str) -> None:
    """List what could not be taken from cleaners, and what the broker would not take from the service.

    Of what cleaners said the newest 1,000 are kept. A reason is too_large, not_json, unknown_type, bad_version or bad_schema for a message
    outside the contract, and unknown_cleaner, not_holder or not_offered for one that its sender may not say.
    """
    with opened(township) as database:
        letters = [json.loads(message.payload) for message in database.figures.dead_letters(last)]
        given_up = [_refused(message, error) for message, error in database.figures.given_up(last)]
    if shape == "json":
        click.echo(json.dumps({"from_cleaners": letters, "given_up": given_up}, ensure_ascii=False, indent=2))
        return
    for letter in letters:
        click.echo(_harmless(f"{letter['issued_at']}  {letter['cleaner_id']}: {letter['reason']}  {letter.get('excerpt', '')}"))
    for refused in given_up:
        click.echo(f"{refused['created_at']}  to {refused['topic']}: {refused['error']}  ({refused['kind']} {refused['msg_id']})")
    if not letters and not given_up:
        click.echo("no dead letters")


def _harmless(line: str) -> str:
    """A stranger's bytes must not steer a terminal."""
    return "".join(char if char.isprintable() else "�" for char in line)


def _refused(message: Message, error: str) -> dict[str, Any]:
    return {
        "created_at": message.created_at.isoformat(),
        "topic": message.topic,
        "kind": message.kind,
        "msg_id": message.id,
        "order_id": message.order_id,
        "error": error,
    }
