"""Many cleaners' phones in one process and one thread, for `bench/delivery.py`: they say hello, answer `received`, and claim when told.

Reads one line of JSON (host, port, root, passwords), says `ready` when all are connected, then obeys lines: `claim ORDER` (all at once;
answers with the milliseconds after which each was told, as JSON), `sessions` (how many are connected), and the end of its input.
"""

import json
import os
import selectors
import sys
import time
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.subscribeoptions import SubscribeOptions

_RETRY_S = 1.0


class Phone:
    """One cleaner on MQTT 5 with a session that the broker keeps."""

    def __init__(self, crowd: "Crowd", name: str, password: str) -> None:
        self.name = name
        self.online = False
        self.told_at: dict[str, float] = {}
        self._crowd = crowd
        self._home = f"{crowd.root}/cleaners/{name}"
        self._client = paho.Client(CallbackAPIVersion.VERSION2, client_id=f"{name}.bench", protocol=paho.MQTTv5)
        self._client.username_pw_set(name, password)
        self._client.on_connect = self._connected
        self._client.on_disconnect = self._disconnected
        self._client.on_subscribe = self._subscribed
        self._client.on_message = self._heard
        self._client.on_socket_open = lambda *_: crowd.watch(self._client, selectors.EVENT_READ)
        self._client.on_socket_close = lambda _c, _d, sock: crowd.forget(sock)
        self._client.on_socket_register_write = lambda *_: crowd.watch(self._client, selectors.EVENT_READ | selectors.EVENT_WRITE)
        self._client.on_socket_unregister_write = lambda *_: crowd.watch(self._client, selectors.EVENT_READ)

    def connect(self) -> None:
        kept = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        kept.SessionExpiryInterval = 3600
        try:
            self._client.connect(self._crowd.host, self._crowd.port, keepalive=20, clean_start=False, properties=kept)
        except OSError:
            self.online = False

    def keep(self) -> None:
        """Once a second: pings, and a new connection where there is none."""
        if self._client.socket() is None:
            self.connect()
        else:
            self._client.loop_misc()

    def say(self, kind: str, **fields: Any) -> None:
        said = {"v": 1, "type": kind, "event_id": str(uuid4()), "issued_at": datetime.now(UTC).isoformat(), **fields}
        self._client.publish(f"{self._home}/up", json.dumps(said), qos=1)

    def _connected(self, *_: Any) -> None:
        self._client.subscribe([(f"{self._home}/inbox", SubscribeOptions(qos=1)), (f"{self._home}/snapshot", SubscribeOptions(qos=1))])

    def _subscribed(self, *_: Any) -> None:
        self.online = True
        self.say("hello", boot_id="bench")

    def _disconnected(self, *_: Any) -> None:
        self.online = False

    def _heard(self, _client: Any, _data: Any, message: paho.MQTTMessage) -> None:
        if not message.topic.endswith("/inbox"):
            return
        said = json.loads(message.payload)
        self.say("received", msg_id=said["msg_id"])
        if said["type"] in {"claim_won", "claim_lost"}:
            self.told_at.setdefault(said["order_id"], time.perf_counter())


class Crowd:
    def __init__(self, host: str, port: int, root: str, passwords: dict[str, str]) -> None:
        self.host, self.port, self.root = host, port, root
        self._selector = selectors.DefaultSelector()
        self.phones = [Phone(self, name, password) for name, password in passwords.items()]
        self._next_second = 0.0

    def watch(self, client: paho.Client, events: int) -> None:
        sock = client.socket()
        if sock is None:
            return
        try:
            self._selector.modify(sock, events, client)
        except KeyError:
            self._selector.register(sock, events, client)

    def forget(self, sock: Any) -> None:
        try:
            self._selector.unregister(sock)
        except (KeyError, ValueError):
            return

    def hear_orders(self) -> None:
        os.set_blocking(sys.stdin.fileno(), False)
        self._selector.register(sys.stdin, selectors.EVENT_READ, None)

    def turn(self) -> list[str]:
        """Serve the sockets for a moment. Returns the lines that came from outside; an empty line is the end."""
        lines: list[str] = []
        for key, events in self._selector.select(0.05):
            if key.data is None:
                lines += sys.stdin.read().splitlines() or [""]
                continue
            if events & selectors.EVENT_READ:
                key.data.loop_read()
            if events & selectors.EVENT_WRITE:
                key.data.loop_write()
        if time.monotonic() > self._next_second:
            self._next_second = time.monotonic() + _RETRY_S
            for phone in self.phones:
                phone.keep()
        return lines

    def claim(self, order_id: str) -> list[float]:
        """Milliseconds from the first claim until each phone was told."""
        started = time.perf_counter()
        for phone in self.phones:
            phone.say("claim", order_id=order_id)
        while not all(order_id in phone.told_at for phone in self.phones):
            self.turn()
        return [round((phone.told_at[order_id] - started) * 1e3, 1) for phone in self.phones]


def main() -> None:
    told = json.loads(sys.stdin.readline())
    crowd = Crowd(told["host"], told["port"], told["root"], told["passwords"])
    while not all(phone.online for phone in crowd.phones):
        crowd.turn()
    print("ready", flush=True)
    crowd.hear_orders()
    while True:
        for line in crowd.turn():
            if not line:
                return
            word, _, rest = line.partition(" ")
            answer: Any = crowd.claim(rest) if word == "claim" else sum(phone.online for phone in crowd.phones)
            print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
