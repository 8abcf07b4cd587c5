"""`weisu broker setup|probe|contract|dead-letters`: what stands between the service and those who speak MQTT."""

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from secrets import token_urlsafe
from typing import Any

import click
from pydantic import SecretStr
from rich.console import Console

from alerts.access import Access
from alerts.broker import EmbeddedBroker as BrokerProcess
from alerts.topics import Topics
from patrol.limiter_command import opened
from rules.command import config_option
from town.settings import EmbeddedBroker, ExternalBroker
from town.township import Township
from town.work import Message

NOT_KEPT = timedelta(0)


@click.group()
def broker() -> None:
    """The MQTT side: Mosquitto's files, what its users may do, the contract, and what went wrong with messages."""


@broker.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@config_option
@click.option("--cert", type=click.Path(dir_okay=False, path_type=Path), help="The broker's TLS certificate, with its chain (PEM).")
@click.option("--key", type=click.Path(dir_okay=False, path_type=Path), help="The key of that certificate (PEM).")
@click.option("--listen", "address", help="Where Mosquitto listens: 0.0.0.0 with a certificate, else 127.0.0.1.")
@click.option("--port", type=click.IntRange(1, 65535), help="By itself the township's mqtt.port.")
@click.option("--at", type=click.Path(path_type=Path), help="Where FOLDER will stand at the broker; left out, where it is.")
@click.option(
    "--data", type=click.Path(path_type=Path), default="/var/lib/mosquitto", show_default=True, help="Where Mosquitto keeps its own."
)
@click.option("--user", default="mosquitto", show_default=True, help="As whom Mosquitto runs.")
def setup(
    folder: Path,
    township: Township,
    cert: Path | None,
    key: Path | None,
    address: str | None,
    port: int | None,
    at: Path | None,
    data: Path,
    user: str,
) -> None:
    """Write Mosquitto's configuration, access list and password hashes for the township into FOLDER.

    The service's name and password are those under `mqtt`, a cleaner's name is their id; who has no password in the file is not let in.
    Run it again after a change, and let Mosquitto read anew (SIGHUP). Passwords are kept as hashes only, and nothing secret is printed.
    """
    from alerts.mosquitto import Certificate, Listening, write_mosquitto_files

    settings = _external(township)
    if (cert is None) != (key is None):
        raise click.UsageError("--cert and --key belong together")
    shown = Certificate(cert.absolute(), key.absolute()) if cert and key else None
    address = address or ("0.0.0.0" if shown else "127.0.0.1")  # noqa: S104  with TLS and passwords it is meant for the network
    if shown is None and address not in {"127.0.0.1", "::1", "localhost"}:
        raise click.UsageError(f"passwords would cross the network in the clear: give --cert and --key for {address}")
    passwords = _passwords(township, settings)
    listening = Listening(address, port or settings.port, (at or folder).absolute(), data.absolute(), user, shown)
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        paths = write_mosquitto_files(folder, _access(township, settings), passwords, listening)
    except (OSError, ValueError) as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"wrote {', '.join(map(str, paths))} for the service and {len(passwords) - 1} cleaners; {user} must be able to read them")
    _tell_left_out(township)


@broker.command()
@config_option
@click.option("--format", "shape", type=click.Choice(["text", "json"]), default="text", show_default=True)
def probe(township: Township, shape: str) -> None:
    """Try every user at every kind of topic, reading and writing, and print what the broker lets them do.

    The exit status is 1 where the broker allows more or less than it must. Where the township has weisu's own broker, another one
    like it is started and tried. It may run beside the service; each user comes in under a client id of its own.
    """
    from alerts.mqtt import MqttLink
    from alerts.probe import Place, Probe, ProbeError
    from alerts.probe_report import as_json, matrix, strangers

    topics = Topics(township.town.id)
    common = [
        Place("grid orders", topics.grid_orders(township.grids[0].id)),
        Place("grid board", topics.grid_board(township.grids[0].id)),
        Place("camera status", topics.camera_status(township.cameras[0].id)),
        Place("service status", topics.service_status),
        Place("dead letters", topics.dead_letter),
    ]
    with _without_warnings(), _broker_of(township) as (settings, passwords):
        access = _access(township, settings)

        def connect(user: str, name: str) -> MqttLink:
            login = settings.model_copy(update={"username": user, "password": passwords[user]})
            return MqttLink(login, f"{user}.{name}", session_expiry=NOT_KEPT)

        try:
            cells = list(Probe(access, topics, common, connect).run(list(passwords)))
            let_in = strangers(settings)
        except ProbeError as error:
            raise click.ClickException(str(error)) from error
    wrong = [cell for cell in cells if cell.wrong]
    if shape == "json":
        click.echo(json.dumps(as_json(cells, let_in), ensure_ascii=False, indent=2))
    else:
        Console().print(matrix(cells))
        for cell in wrong:
            click.echo(f"wrong: {cell.user} {'can' if cell.did else 'cannot'} {cell.verb} {cell.place.name} ({cell.place.topic})")
        for who, came_in in let_in.items():
            click.echo(f"{who}: {'LET IN' if came_in else 'refused'}")
        click.echo(f"{len(cells) + len(let_in)} cells, {len(wrong) + sum(let_in.values())} wrong")
        _tell_left_out(township)
    if wrong or any(let_in.values()):
        raise SystemExit(1)


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


def _external(township: Township) -> ExternalBroker:
    settings = township.mqtt
    if isinstance(settings, EmbeddedBroker):
        raise click.ClickException("the township runs weisu's own broker; for Mosquitto set mqtt.host, mqtt.username and mqtt.password")
    if settings.username is None or settings.password is None:
        raise click.ClickException('the service needs a login: set mqtt.username, and mqtt.password: "${MQTT_PASSWORD}"')
    if settings.username in township.cleaner_by_id:
        raise click.ClickException(f"mqtt.username {settings.username} is also a cleaner's id: choose another")
    return settings


def _access(township: Township, settings: ExternalBroker) -> Access:
    return Access(Topics(township.town.id).root, settings.username or "", frozenset(township.cleaner_by_id))


def _passwords(township: Township, settings: ExternalBroker) -> dict[str, str]:
    """The service's, and those of the cleaners who have one."""
    assert settings.username and settings.password
    theirs = {one.id: one.password.get_secret_value() for one in township.cleaners if one.password}
    return {settings.username: settings.password.get_secret_value()} | theirs


@contextmanager
def _broker_of(township: Township) -> Iterator[tuple[ExternalBroker, dict[str, SecretStr]]]:
    """The broker to try, as the service logs in, and everybody's password; weisu's own is one started for this."""
    if not isinstance(township.mqtt, EmbeddedBroker):
        settings = _external(township)
        yield settings, {user: SecretStr(word) for user, word in _passwords(township, settings).items()}
        return
    own = ExternalBroker(host="127.0.0.1", username="weisu-service", password=SecretStr(token_urlsafe(24)), protocol="3.1.1")
    passwords = _passwords(township, own)
    with BrokerProcess("127.0.0.1", 0, passwords, _access(township, own)) as running:
        yield own.model_copy(update={"port": running.port}), {user: SecretStr(word) for user, word in passwords.items()}


@contextmanager
def _without_warnings() -> Iterator[None]:
    """What is refused is what a probe is for: the links need not say so."""
    log = logging.getLogger("alerts")
    before = log.level
    log.setLevel(logging.ERROR)
    try:
        yield
    finally:
        log.setLevel(before)


def _tell_left_out(township: Township) -> None:
    left_out = [cleaner.id for cleaner in township.cleaners if cleaner.password is None]
    if left_out:
        click.echo(f"without a password, so not let in: {', '.join(left_out)}")


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
