"""Debian's Mosquitto as a child process, configured as `weisu broker setup` does it, to be killed and started again."""

import os
import pwd
import shutil
import socket
import subprocess
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from alerts.access import Access
from alerts.mosquitto import Certificate, Listening, write_mosquitto_files
from simulator.demo_township import free_port

_READY_WITHIN_S = 60.0


class MosquittoMissing(Exception):
    """Debian's package is not installed."""


class MosquittoWillNotRun(Exception):
    """It ended at its start, or does not listen. The text ends with what it said."""


def mosquitto_binary() -> str | None:
    return shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin")


class MosquittoChild:
    """It keeps its port and its data folder through `kill` (-9) and `start`."""

    def __init__(
        self, folder: Path, access: Access, passwords: Mapping[str, str], port: int = 0, certificate: Certificate | None = None
    ) -> None:
        self.port = port or free_port()
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        owner = pwd.getpwuid(os.getuid()).pw_name
        listening = Listening("127.0.0.1", self.port, folder, folder, owner, certificate)
        self._config = write_mosquitto_files(folder, access, passwords, listening)[-1]
        with self._config.open("a", encoding="utf-8") as more:
            more.write(f"log_dest file {folder / 'log'}\n")

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    @property
    def is_dead(self) -> bool:
        return self._process is None or self._process.poll() is not None

    def start(self) -> None:
        """Return when it listens. Raises MosquittoMissing, MosquittoWillNotRun."""
        binary = mosquitto_binary()
        if binary is None:
            raise MosquittoMissing("Debian's package mosquitto is not installed")
        with (self._folder / "errors").open("w") as errors:
            self._process = subprocess.Popen([binary, "-c", self._config], stdin=subprocess.DEVNULL, stderr=errors)  # noqa: S603
        give_up_at = time.monotonic() + _READY_WITHIN_S
        while not self._listens():
            if self.is_dead or time.monotonic() > give_up_at:
                raise MosquittoWillNotRun(f"Mosquitto does not listen: {(self._folder / 'errors').read_text()}")
            time.sleep(0.01)

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def _listens(self) -> bool:
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
            return True
        return False
