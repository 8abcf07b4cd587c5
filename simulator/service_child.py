"""The service as a child process: started, watched, started again when it dies, and ended with the demo."""

import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import IO

READY = "weisu ready"
_MOST_FAILED_STARTS = 3


class ServiceWillNotRun(Exception):
    """The service died again and again before it was ready. The text ends with the end of its log."""


class ServiceChild:
    """`weisu run` on a township's file. Its log goes to a file; Ctrl-C in the terminal reaches only the demo."""

    def __init__(self, config: Path, environment: Mapping[str, str], log: Path) -> None:
        self.restarts_count = 0
        self.ready = threading.Event()
        self._command = [sys.executable, "-m", "service", "run", "--config", str(config), "--log-level", "warning"]
        self._environment = dict(environment)
        self._log = log
        self._failed_starts = 0
        self._process: subprocess.Popen[str] | None = None

    @property
    def pid(self) -> int:
        return self._process.pid if self._process else 0

    def start(self) -> None:
        self.ready.clear()
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
                self._command,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                encoding="utf-8",
                start_new_session=True,
            )
        if self._process.stdout:
            threading.Thread(target=self._listen, args=(self._process.stdout,), name="service-words", daemon=True).start()

    def keep_alive(self) -> bool:
        """Start the service again if it died; whether it had. Raises ServiceWillNotRun."""
        if self._process is None or self._process.poll() is None:
            return False
        self._failed_starts = 0 if self.ready.is_set() else self._failed_starts + 1
        if self._failed_starts >= _MOST_FAILED_STARTS:
            raise ServiceWillNotRun(f"the service died {self._failed_starts} times before it was ready:\n{self._last_words()}")
        self.start()
        self.restarts_count += 1
        return True

    def stop(self) -> None:
        """End it politely, or else at once. Safe to repeat."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _listen(self, words: IO[str]) -> None:
        with words:
            for line in words:
                if line.startswith(READY):
                    self.ready.set()

    def _last_words(self) -> str:
        lines = self._log.read_text(encoding="utf-8", errors="replace").splitlines()
        return "\n".join(lines[-12:])
