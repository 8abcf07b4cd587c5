"""The real service in a process of its own, as an operator starts it: `weisu run`."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from storage.database import Database

READY_WITHIN_S = 120.0


class ServiceProcess:
    """`weisu run --config CONFIG`. Entering waits until it is ready; leaving ends it with Ctrl-C and expects a clean end.

    `kill` ends it as a power cut would, and `start` brings it back. Its log is in `log`.
    """

    def __init__(self, config: Path, environ: Mapping[str, str]) -> None:
        self.log = config.with_suffix(".log")
        self.ready = ""
        """What it said when it was."""
        self._config = config
        self._environ = {**os.environ, **environ}
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            assert self.stop() == 0, f"the service did not end cleanly:\n{self.log.read_text()[-4000:]}"

    def start(self) -> None:
        with self.log.open("a") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "service", "run", "--config", str(self._config)],
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                env=self._environ,
                cwd=Path(__file__).parents[2],
            )
        too_late = threading.Timer(READY_WITHIN_S, self._process.kill)
        too_late.start()
        assert self._process.stdout
        line = self._process.stdout.readline()
        too_late.cancel()
        if not line.startswith("weisu ready"):
            self.kill()
            raise AssertionError(f"the service did not start:\n{self.log.read_text()[-4000:]}")
        self.ready = line

    def says(self) -> str:
        """The next line of its output."""
        assert self._process and self._process.stdout
        return self._process.stdout.readline()

    @property
    def pid(self) -> int:
        assert self._process
        return self._process.pid

    def stop(self) -> int:
        assert self._process and self._process.stdout
        self._process.send_signal(signal.SIGINT)
        try:
            code = self._process.wait(60)
        except subprocess.TimeoutExpired:
            self.kill()
            raise
        self._process.stdout.close()
        self._process = None
        return code

    def kill(self) -> None:
        assert self._process and self._process.stdout
        self._process.kill()
        self._process.wait()
        self._process.stdout.close()
        self._process = None


def opened(folder: Path) -> Database:
    """The service's database, as a second process reads it."""
    return Database.open(f"sqlite:///{folder / 'weisu.db'}")
