"""What a probe found: those who must not come in at all, and the matrix for people and programs."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from pydantic import SecretStr
from rich.table import Table

from alerts.access import Verb
from alerts.mqtt import MqttLink
from alerts.probe import Cell, ProbeError
from town.settings import ExternalBroker

_PATIENCE_S = 15.0


def strangers(settings: ExternalBroker) -> dict[str, bool]:
    """Who else knocks, and whether the broker let them in: it must not. Raises ProbeError where it does not answer."""
    wrong = SecretStr("a wrong password")
    tries: dict[str, dict[str, Any]] = {
        "nobody, without a name": {"username": None, "password": None},
        "a stranger": {"username": "stranger", "password": wrong},
        "the service with a wrong password": {"password": wrong},
    }
    return {who: _comes_in(settings.model_copy(update=login)) for who, login in tries.items()}


def _comes_in(login: ExternalBroker) -> bool:
    link = MqttLink(login, f"{login.username or 'nobody'}.probe-stranger", session_expiry=timedelta(0))
    link.start()
    try:
        give_up_at = time.monotonic() + _PATIENCE_S
        while not link.connected and not link.refusal:
            if time.monotonic() > give_up_at:
                raise ProbeError(f"{login.host}:{login.port} does not answer")
            time.sleep(0.01)
        return link.connected
    finally:
        link.stop()


def matrix(cells: Sequence[Cell]) -> Table:
    """A row a place, a column for all users with whom everything went alike; `!` marks what is wrong."""
    columns: dict[tuple[tuple[str, str], ...], list[str]] = {}
    for user in dict.fromkeys(cell.user for cell in cells):
        columns.setdefault(_column(cells, user), []).append(user)
    table = Table("topic", *(_names(users) for users in columns.values()), title="r may read, w may write, ! wrong", title_justify="left")
    shown = [dict(column) for column in columns]
    for place in dict.fromkeys(cell.place.name for cell in sorted(cells, key=lambda cell: not cell.place.name.startswith("own"))):
        table.add_row(place, *(column.get(place, "") for column in shown))
    return table


def as_json(cells: Sequence[Cell], let_in: Mapping[str, bool]) -> dict[str, Any]:
    """The same for a program."""
    told = [asdict(cell) | {"wrong": cell.wrong} for cell in cells]
    return {"cells": told, "let_in": dict(let_in), "wrong": sum(one.wrong for one in cells) + sum(let_in.values())}


def _column(cells: Sequence[Cell], user: str) -> tuple[tuple[str, str], ...]:
    words: dict[str, str] = {}
    for verb in (Verb.READ, Verb.WRITE):
        for cell in cells:
            if (cell.user, cell.verb) == (user, verb):
                words[cell.place.name] = words.get(cell.place.name, "") + _word(cell)
    return tuple(words.items())


def _word(cell: Cell) -> str:
    return (cell.verb[0] if cell.did else "-") + ("!" if cell.wrong else "")


def _names(users: Sequence[str]) -> str:
    return users[0] if len(users) == 1 else f"{users[0]} … {users[-1]} ({len(users)})"
