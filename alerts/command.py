"""`weisu cleaner`: a cleaner's terminal."""

import sys

import click
from rich.console import Console

from rules.command import config_option
from town.places import Cleaner
from town.settings import EmbeddedBroker, ExternalBroker
from town.township import Township


@click.command()
@click.argument("cleaner_id", metavar="ID")
@config_option
def cleaner(cleaner_id: str, township: Township) -> None:
    """保洁员终端 / a cleaner's terminal: shows offers; claims, arrivals and reports are typed. ID is a cleaner of the file.

    The cleaner needs a `password` in the file (from the environment), and the broker a port that is known beforehand.
    """
    from alerts.cleaner import CleanerClient
    from alerts.cleaner_terminal import run_cleaner_terminal
    from alerts.topics import Topics

    person = township.cleaner_by_id.get(cleaner_id)
    if person is None:
        raise click.BadParameter(f"{cleaner_id} is not one of {', '.join(township.cleaner_by_id)}", param_hint="ID")
    client = CleanerClient.over_mqtt(_broker_for(person, township), Topics(township.town.id), person.id)
    run_cleaner_terminal(client, township.town.zone, sys.stdin, Console())


def _broker_for(person: Cleaner, township: Township) -> ExternalBroker:
    if person.password is None:
        raise click.ClickException(
            f'{person.id} has no password in the file; write password: "${{{person.id.upper()}_PASSWORD}}" and set it'
        )
    settings = township.mqtt
    if not isinstance(settings, EmbeddedBroker):
        return settings.model_copy(update={"username": person.id, "password": person.password})
    if settings.port == 0:
        raise click.ClickException("the embedded broker's port is chosen at each start; set mqtt.port to a fixed one")
    return ExternalBroker(host=settings.host, port=settings.port, username=person.id, password=person.password, protocol="3.1.1")
