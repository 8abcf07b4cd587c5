"""Real brokers for tests, on free ports of this machine: Mosquitto from Debian's package, and weisu's own."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

import pytest
from pydantic import SecretStr

from alerts.access import Access
from alerts.broker import EmbeddedBroker
from alerts.link import Link, Word
from alerts.mosquitto import Certificate
from alerts.mqtt import MqttLink
from simulator.faults.mosquitto import MosquittoChild, MosquittoMissing
from tests.doubles.memory_link import MemoryBroker
from town.settings import ExternalBroker

Protocols = Literal["3.1.1", "5"]
PATIENCE_S = 60.0

_DOOMED = """
import json, sys, time
from pydantic import SecretStr
from alerts.link import Word
from alerts.mqtt import MqttLink
from town.settings import ExternalBroker
told = json.loads(sys.stdin.readline())
link = MqttLink(ExternalBroker(**told["broker"]), told["user"] + ".doomed", will=Word(told["topic"], told["payload"].encode()))
link.start()
while not link.connected:
    time.sleep(0.02)
print("connected", flush=True)
time.sleep(600)
"""


def eventually(check: Callable[[], object], what: str = "it", within_s: float = PATIENCE_S) -> None:
    """Return as soon as `check` holds; fail after a deadline that only a broken thing reaches."""
    give_up_at = time.monotonic() + within_s
    while not check():
        if time.monotonic() > give_up_at:
            raise AssertionError(f"{what} did not happen within {within_s:g} s")
        time.sleep(0.01)


class BrokerUnderTest(Protocol):
    """What the tests need of any broker. `tells_denial`: a denied message is answered as such."""

    tells_denial: bool

    def link(self, user: str, name: str = "", *, birth: Word | None = None, will: Word | None = None) -> Link: ...

    def doomed(self, user: str, will: Word) -> Callable[[], None]:
        """Connect a client with a will; calling the result kills it."""
        ...

    def kill(self) -> None: ...

    def restart(self) -> None:
        """On the same port."""
        ...


class _OverMqtt:
    tells_denial = False
    protocol: Protocols = "3.1.1"
    port: int
    passwords: Mapping[str, str]
    ca_file: Path | None = None

    def address(self, user: str) -> ExternalBroker:
        password = SecretStr(self.passwords[user])
        tls = {"tls": self.ca_file is not None, "ca_file": self.ca_file}
        return ExternalBroker(host="127.0.0.1", port=self.port, username=user, password=password, protocol=self.protocol, **tls)

    def link(self, user: str, name: str = "", *, birth: Word | None = None, will: Word | None = None) -> Link:
        return MqttLink(self.address(user), f"{user}.{name}" if name else user, birth=birth, will=will)

    def doomed(self, user: str, will: Word) -> Callable[[], None]:
        told = {
            "broker": self.address(user).model_dump(mode="json") | {"password": self.passwords[user]},
            "user": user,
            "topic": will.topic,
            "payload": will.payload.decode(),
        }
        process = subprocess.Popen(
            [sys.executable, "-c", _DOOMED],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[2],
        )
        assert process.stdin and process.stdout
        process.stdin.write(json.dumps(told) + "\n")
        process.stdin.flush()
        assert process.stdout.readline() == "connected\n"
        return lambda: _kill(process)


@dataclass
class Mosquitto(_OverMqtt):
    """Debian's Mosquitto with users and an ACL, keeping its data folder through `kill` (-9) and `restart`."""

    folder: Path
    access: Access
    passwords: Mapping[str, str]
    protocol: Protocols = "5"
    port: int = 0
    certificate: Certificate | None = None
    ca_file: Path | None = None
    _child: MosquittoChild | None = None

    @property
    def tells_denial(self) -> bool:  # type: ignore[override]
        return self.protocol == "5"

    def start(self) -> None:
        child = self._child = MosquittoChild(self.folder, self.access, self.passwords, self.port, self.certificate)
        self.port = child.port
        try:
            child.start()
        except MosquittoMissing as missing:
            pytest.skip(str(missing))

    restart = start

    def kill(self) -> None:
        if self._child is not None:
            self._child.kill()
            self._child = None


class Embedded(_OverMqtt):
    """weisu's own broker. `kill` ends it for good, watchdog included, until `restart`."""

    def __init__(self, access: Access, passwords: Mapping[str, str], port: int = 0) -> None:
        self.passwords = passwords
        self.broker = EmbeddedBroker("127.0.0.1", port, passwords, access)

    @property
    def port(self) -> int:  # type: ignore[override]
        return self.broker.port

    def kill(self) -> None:
        self.broker.stop()

    def restart(self) -> None:
        self.broker.start()


class InMemory:
    tells_denial = True

    def __init__(self, access: Access) -> None:
        self.broker = MemoryBroker(access)

    def link(self, user: str, name: str = "", *, birth: Word | None = None, will: Word | None = None) -> Link:
        return self.broker.link(user, birth=birth, will=will)

    def doomed(self, user: str, will: Word) -> Callable[[], None]:
        link = self.broker.link(user, will=will)
        link.start()
        return link.vanish

    def kill(self) -> None:
        self.broker.kill()

    def restart(self) -> None:
        self.broker.restart()


@contextmanager
def mosquitto(
    folder: Path,
    access: Access,
    passwords: Mapping[str, str],
    protocol: Protocols = "5",
    certificate: Certificate | None = None,
    ca_file: Path | None = None,
) -> Iterator[Mosquitto]:
    """A running Mosquitto, with TLS where it has a certificate; skips the test where the package is missing."""
    broker = Mosquitto(folder, access, passwords, protocol, certificate=certificate, ca_file=ca_file)
    try:
        broker.start()
        yield broker
    finally:
        broker.kill()


@contextmanager
def embedded(access: Access, passwords: Mapping[str, str], port: int = 0) -> Iterator[Embedded]:
    """A running embedded broker."""
    broker = Embedded(access, passwords, port)
    broker.restart()
    try:
        yield broker
    finally:
        broker.kill()


@contextmanager
def running(link: Link, *filters: str) -> Iterator[Link]:
    """A link with its subscriptions, connected, and stopped at the end."""
    for topic_filter in filters:
        link.subscribe(topic_filter)
    link.start()
    try:
        eventually(lambda: link.connected, "the connection")
        yield link
    finally:
        link.stop()


def _kill(process: "subprocess.Popen[str] | subprocess.Popen[bytes]") -> None:
    process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with suppress(OSError):
                pipe.close()
