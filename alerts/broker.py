"""weisu's own broker: amqtt in a process of its own, with users and an access table, restarted when it dies."""

import json
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from alerts.access import Access, hash_password
from town.problems import CannotRun

logger = logging.getLogger(__name__)

_READY_WITHIN_S = 60.0
_STOP_WITHIN_S = 3.0
_RETRY_S = 1.0


@dataclass(frozen=True, slots=True)
class BrokerPlan:
    """What the broker's process is told: where to listen, who may come in (password hashes), who may do what, and whose child it is."""

    host: str
    port: int
    users: dict[str, str]
    access: Access
    parent_pid: int

    def to_json(self) -> str:
        return json.dumps(asdict(self) | {"access": asdict(self.access) | {"cleaners": sorted(self.access.cleaners)}})

    @classmethod
    def from_json(cls, text: str) -> Self:
        raw = json.loads(text)
        access = Access(**raw["access"] | {"cleaners": frozenset(raw["access"]["cleaners"])})
        return cls(**raw | {"access": access})


class BrokerError(CannotRun):
    """The embedded broker could not be started; the message says why."""


class EmbeddedBroker:
    """MQTT 3.1.1 on `host`:`port` (0: any free one) for the users in `passwords`, each held to `access`.

    It dies with this process, even by kill -9, and comes back on the same port when it dies by itself. It remembers nothing:
    after a restart retained messages must be published again. Passwords reach it hashed, and only through a pipe.
    """

    def __init__(self, host: str, port: int, passwords: Mapping[str, str], access: Access) -> None:
        self._host = host
        self._port = port
        self._users = {user: hash_password(password) for user, password in passwords.items()}
        self._access = access
        self._stopping = threading.Event()
        self._process: subprocess.Popen[str] | None = None
        self._watchdog: threading.Thread | None = None

    @property
    def port(self) -> int:
        """Where it listens, once started."""
        return self._port

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def start(self) -> None:
        """Return when clients can connect. Raises BrokerError."""
        self._stopping.clear()
        self._launch()
        self._watchdog = threading.Thread(target=self._keep_running, name="broker-watchdog", daemon=True)
        self._watchdog.start()

    def stop(self) -> None:
        """End the broker. Harmless when repeated."""
        self._stopping.set()
        if self._process is not None:
            _end(self._process)
        if self._watchdog is not None:
            self._watchdog.join()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    def _launch(self) -> None:
        process = subprocess.Popen(
            [sys.executable, "-m", "alerts.broker_process"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[1],
            start_new_session=True,  # Ctrl-C in a terminal is for the service, which ends the broker last
        )
        try:
            self._port = self._introduce(process)
        except BrokerError:
            _end(process)
            raise
        self._process = process

    def _introduce(self, process: "subprocess.Popen[str]") -> int:
        """Tell the new process its orders and return the port it listens on."""
        assert process.stdin and process.stdout
        too_late = threading.Timer(_READY_WITHIN_S, process.kill)
        too_late.start()
        try:
            plan = BrokerPlan(self._host, self._port, self._users, self._access, os.getpid())
            process.stdin.write(plan.to_json() + "\n")
            process.stdin.flush()
            answer = json.loads(process.stdout.readline() or "{}")
        except OSError as error:
            raise BrokerError(f"the embedded broker died while starting: {error}") from error
        finally:
            too_late.cancel()
        if "port" not in answer:
            raise BrokerError(f"the embedded broker cannot listen on {self._host}:{self._port}: {answer.get('error', 'it died')}")
        return int(answer["port"])

    def _keep_running(self) -> None:
        while True:
            assert self._process
            self._process.wait()
            if self._stopping.is_set():
                return
            _end(self._process)
            logger.warning("the embedded broker died (exit code %s); starting it again", self._process.returncode)
            while not self._stopping.is_set() and not self._relaunched():
                self._stopping.wait(_RETRY_S)

    def _relaunched(self) -> bool:
        try:
            self._launch()
        except BrokerError as error:
            logger.warning("%s", error)
            return False
        if self._stopping.is_set() and self._process is not None:
            _end(self._process)
        return True


def _end(process: "subprocess.Popen[str]") -> None:
    """The process exits by itself when its input closes; otherwise it is killed."""
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            try:
                pipe.close()
            except OSError:
                logger.debug("the broker was gone before its input was closed")
    try:
        process.wait(_STOP_WITHIN_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
