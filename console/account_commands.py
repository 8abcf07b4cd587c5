"""`weisu console account|phone|token`: who may use the console, from the command line."""

import secrets
import sys
from datetime import UTC, datetime, timedelta

import click

from console.doorkeeper import QR_FOR, Doorkeeper, LastEngineer, Refused
from patrol.limiter_command import opened
from patrol.model_place import by_option
from rules.command import config_option
from storage.database import Database
from storage.errors import Contradiction
from town.accounts import Account, Opens, Role
from town.township import Township

_ROLES = [role.value for role in Role if role is not Role.CLEANER]
_stdin_option = click.option(
    "--password-stdin", is_flag=True, help="Read the password from standard input. Left out: a fresh one is printed."
)
_name = click.argument("name", metavar="NAME")


@click.group()
def account() -> None:
    """账号 / accounts of managers, engineers and auditors."""


@account.command()
@_name
@config_option
@click.option("--role", required=True, type=click.Choice(_ROLES))
@click.option("--person", default="", metavar="ID", help="A manager's id in the township's file (grids: manager).")
@_stdin_option
@by_option
def add(name: str, township: Township, role: str, person: str, password_stdin: bool, by: str) -> None:
    """建账号 / make an account."""
    with opened(township) as database:
        password = _password(password_stdin)
        try:
            _doorkeeper(database, township).open_account(name, Role(role), person, password, by)
        except Contradiction:
            raise click.ClickException(f"the name {name} is taken, or was once") from None
        except ValueError as error:
            raise click.ClickException(str(error)) from None
    _told(name, password, password_stdin)


@account.command()
@_name
@config_option
@_stdin_option
@by_option
def password(name: str, township: Township, password_stdin: bool, by: str) -> None:
    """改密码 / give an account another password. Whoever is signed in with it is signed out."""
    with opened(township) as database:
        new = _password(password_stdin)
        try:
            done = _doorkeeper(database, township).change_password(name, new, by)
        except ValueError as error:
            raise click.ClickException(str(error)) from None
    if not done:
        raise click.ClickException(f"there is no open account {name}: see `weisu console account list`")
    _told(name, new, password_stdin)


@account.command()
@_name
@config_option
@by_option
def close(name: str, township: Township, by: str) -> None:
    """关账号 / close an account, and end what it has open. Its name is never given again."""
    with opened(township) as database:
        try:
            closed = _doorkeeper(database, township).close_account(name, by)
        except LastEngineer:
            raise click.ClickException(f"{name} is the last engineer: make another's account first") from None
        if not closed:
            raise click.ClickException(f"there is no open account {name}: see `weisu console account list`")
    click.echo(f"已关闭 / closed: {name}")


@account.command("list")
@config_option
def list_(township: Township) -> None:
    """列出账号 / list the accounts."""
    with opened(township) as database:
        found = database.accounts.all()
    click.echo("\n".join(_line(one, township) for one in found) or "还没有账号 / no accounts yet: `weisu console account add`")


@click.command()
@click.argument("cleaner_id", metavar="CLEANER")
@config_option
@click.option("--revoke", is_flag=True, help="End this cleaner's phones and passes instead.")
@by_option
def phone(cleaner_id: str, township: Township, revoke: bool, by: str) -> None:
    """手机二维码 / a QR code that signs a cleaner's phone in once, within ten minutes."""
    if cleaner_id not in township.cleaner_by_id:
        raise click.ClickException(f"no cleaner {cleaner_id} in the file")
    base = township.console.base if township.console else ""
    with opened(township) as database:
        doorkeeper = _doorkeeper(database, township)
        if revoke:
            click.echo(f"已退出的手机 / phones ended: {doorkeeper.shut_out_phones(cleaner_id, by)}")
            return
        if not base:
            raise click.ClickException("phones need an address: name console.url, or a fixed port under console.listen")
        import segno

        address = f"{base}/phone/enter/{doorkeeper.give_pass(Opens.PHONE, cleaner_id, by, QR_FOR)}"
    if sys.stdout.isatty():
        segno.make(address).terminal(compact=True)
    click.echo(f"{township.cleaner_by_id[cleaner_id].name} ({cleaner_id}):  {address}")


@click.command("api-token")
@_name
@config_option
@click.option("--label", required=True, help="用途 / what it is for.")
@click.option("--days", type=click.IntRange(1, 366), default=90, show_default=True)
@by_option
def api_token(name: str, township: Township, label: str, days: int, by: str) -> None:
    """接口令牌 / a token for a program that acts as the account NAME over /api/v1. It is shown once."""
    with opened(township) as database:
        found = database.accounts.account(name)
        if found is None or found.closed_at:
            raise click.ClickException(f"there is no open account {name}: see `weisu console account list`")
        try:
            click.echo(_doorkeeper(database, township).give_token(found, label, timedelta(days=days), by))
        except Refused:
            raise click.ClickException(f"the account {name} was changed meanwhile: try again") from None


def _doorkeeper(database: Database, township: Township) -> Doorkeeper:
    return Doorkeeper(database, lambda: township, lambda: datetime.now(UTC))


def _password(from_stdin: bool) -> str:
    return sys.stdin.readline().rstrip("\r\n") if from_stdin else secrets.token_urlsafe(12)


def _told(name: str, password: str, known: bool) -> None:
    click.echo(f"{name}" if known else f"{name}  密码只显示这一次 / the password, shown once:  {password}")


def _line(one: Account, township: Township) -> str:
    closed = f" · 已关闭 / closed {one.closed_at.astimezone(township.town.zone):%Y-%m-%d}" if one.closed_at else ""
    person = f" ({one.person})" if one.person else ""
    return f"{one.id} · {one.role}{person} · {one.made_at.astimezone(township.town.zone):%Y-%m-%d} · {one.made_by}{closed}"
