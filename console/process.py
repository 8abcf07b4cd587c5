"""The console as the service sees it: a port, the links that lead there, and a process of its own, which delays no look.

What it does is known in `console/serving.py`; here nothing of a web server is imported.
"""

import asyncio
import json
import logging
import os
import socket
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Self

from console.listening import listening, url_of
from patrol.links import picture_links
from storage.database import Database
from storage.errors import StorageError
from town.accounts import Opens, Pass, Role, fresh_key, hash_of
from town.settings import ExternalBroker
from town.township import Township

log = logging.getLogger(__name__)

AGAIN_AFTER_S = (0.5, 1, 2, 5, 10, 30)
END_WITHIN_S = 8
SET_UP_FOR = timedelta(hours=1)


class Console:
    """Holds its port from the beginning, answers from `open` on, starts again when it dies, and gives the port back when left.

    Does nothing where `console` is off. Raises ConsoleError, StorageError.
    """

    def __init__(self, township: Township, database: Database, file: Path) -> None:
        self._file = file
        self._socket = listening(township.console) if township.console else None
        self.url = url_of(township.console, self._socket) if township.console and self._socket else ""
        self._keeping: asyncio.Task[None] | None = None
        try:
            self.links = picture_links(township, database, self.url)
        except StorageError:
            self._give_back()
            raise

    def set_up_link(self, database: Database, now: datetime) -> str:
        """What makes the first engineer's account, once, within an hour; empty where there is one, or nothing is served."""
        if not self._socket or not database.accounts.is_empty(Role.ENGINEER):
            return ""
        key = fresh_key()
        with database.transaction() as book:
            book.give_pass(Pass(hash_of(key), Opens.SET_UP, "", now, "service", now + SET_UP_FOR))
        return f"{self.url}/setup/{key}"

    @property
    def told(self) -> str:
        """The end of a line about what runs where."""
        return f", HTTP on {self.url}" if self._socket else ""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()
        self._give_back()

    async def close(self) -> None:
        """Answer no more. While the broker still does: cleaners' sessions then end politely, and at once."""
        if self._keeping:
            self._keeping.cancel()
            await asyncio.gather(self._keeping, return_exceptions=True)

    def open(self, broker: ExternalBroker) -> None:
        """Answer from now on; cleaners' sessions go to `broker`."""
        if self._socket:
            self._keeping = asyncio.create_task(self._keep(self._socket, broker), name="console")

    async def _keep(self, taken: socket.socket, broker: ExternalBroker) -> None:
        """Start it, and again where it dies: at once at first, then more and more patiently."""
        where = broker.model_dump(mode="json", exclude={"username", "password"}, exclude_none=True)
        told = {"file": str(self._file.absolute()), "socket": taken.fileno(), "url": self.url, "broker": where}
        deaths = 0
        while True:
            began = asyncio.get_running_loop().time()
            try:
                came = f"ended with status {await _status(told, taken)}"
            except OSError as error:
                came = f"could not be started ({error})"
            deaths = 0 if asyncio.get_running_loop().time() - began > AGAIN_AFTER_S[-1] else deaths + 1
            pause_s = AGAIN_AFTER_S[min(deaths, len(AGAIN_AFTER_S) - 1)]
            log.error("the console %s; it is started again in %g s", came, pause_s)
            await asyncio.sleep(pause_s)

    def _give_back(self) -> None:
        if self._socket:
            self._socket.close()


async def _status(told: Mapping[str, Any], taken: socket.socket) -> int:
    """Let it run; with what it ended. Raises OSError where it cannot even be started."""
    process = await _start(told, taken)
    try:
        return await process.wait()
    finally:
        await _end(process)


async def _start(told: Mapping[str, Any], taken: socket.socket) -> Process:
    """Its standard input stays open for as long as this process lives. Addresses and no secrets go through it."""
    found_by = os.pathsep.join(filter(None, (str(Path(__file__).parents[1]), os.environ.get("PYTHONPATH"))))
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "console.serving", stdin=PIPE, pass_fds=(taken.fileno(),), env={**os.environ, "PYTHONPATH": found_by}
    )
    assert process.stdin
    process.stdin.write(json.dumps(told).encode() + b"\n")
    return process


async def _end(process: Process) -> None:
    """Politely, or else at once."""
    if process.returncode is not None:
        return
    process.terminate()
    try:
        await asyncio.wait_for(process.wait(), END_WITHIN_S)
    except TimeoutError:
        process.kill()
        await process.wait()
