"""Who may try the demo's console: a manager, an engineer, and a cleaner's phone, with secrets made afresh at each start."""

import secrets
import subprocess
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from town.accounts import Role

PHONE = "c01"
"""The cleaner as whom a person may act: the simulated one then steps aside."""

_PATIENCE_S = 120


@dataclass(frozen=True, slots=True)
class Visitors:
    """Where the console is, and what opens it."""

    url: str
    passwords: Mapping[str, str]
    phone: str

    @property
    def lines(self) -> tuple[str, str]:
        """For a screen of 100 characters."""
        manager, engineer = (self.passwords[role] for role in (Role.MANAGER, Role.ENGINEER))
        return f"控制台 console {self.url}  网格长 manager {manager}  工程师 engineer {engineer}", f"{PHONE} 的手机 phone {self.phone}"


def let_visitors_in(config: Path, environment: Mapping[str, str], url: str, manager_id: str) -> Visitors:
    """Make the accounts and the pass, as an operator would: by `weisu console`."""
    passwords = {Role.MANAGER.value: secrets.token_urlsafe(9), Role.ENGINEER.value: secrets.token_urlsafe(9)}
    persons = {Role.MANAGER.value: manager_id, Role.ENGINEER.value: ""}

    def account(role: str) -> str:
        arguments = ("account", "add", role, "--role", role, "--person", persons[role], "--password-stdin")
        return _console(config, environment, arguments, passwords[role])

    with ThreadPoolExecutor() as threads:
        made = threads.map(account, passwords)
        phone = threads.submit(_console, config, environment, ("phone", PHONE))
        list(made)
    return Visitors(url, passwords, phone.result().split()[-1])


def _console(config: Path, environment: Mapping[str, str], arguments: Sequence[str], said: str = "") -> str:
    command = [sys.executable, "-m", "service", "console", *arguments, "--by", "demo", "--config", str(config)]
    ran = subprocess.run(  # noqa: S603  our own interpreter and module
        command, env=environment, input=f"{said}\n", capture_output=True, text=True, encoding="utf-8", timeout=_PATIENCE_S, check=True
    )
    return ran.stdout
