"""The embedded broker's own process: amqtt behind a fence, alive only as long as its parent.

It reads one line of JSON from its standard input (see `BrokerPlan`), answers with one line on standard output, `{"port": …}` or
`{"error": …}`, and exits at once when its input ends, which is what a parent's death looks like, even by kill -9.
"""

import asyncio
import errno
import json
import logging
import math
import os
import sys
import threading
import time
from typing import Any

from amqtt.broker import Broker
from amqtt.contexts import Action, BrokerConfig, ListenerConfig
from amqtt.errors import MQTTError
from amqtt.mqtt.connack import NOT_AUTHORIZED, ConnackPacket
from amqtt.mqtt.protocol import broker_handler
from amqtt.session import Session

from alerts.access import Verb, password_fits
from alerts.broker import BrokerPlan

MAX_PACKET_BYTES = 64 * 1024
_BIND_PATIENCE_S = 10.0
_PARENT_CHECK_S = 0.5
_OLD_CONNECTION_TURNS = 200


class _FencedHandler(broker_handler.BrokerProtocolHandler):  # type: ignore[misc]
    """One connection. amqtt checks passwords after it has touched the sessions of others; here nobody gets that far.

    It also leaves a client that went silent connected for ever: its will would never be sent.
    """

    @classmethod
    async def init_from_connect(cls, reader: Any, writer: Any, plugins_manager: Any, loop: Any = None) -> tuple["_FencedHandler", Session]:
        handler, session = await super().init_from_connect(reader, writer, plugins_manager, loop)
        broker: FencedBroker = plugins_manager.context._broker_instance
        if not broker.lets_in(session):
            await ConnackPacket.build(0, NOT_AUTHORIZED).to_stream(writer)
            await writer.close()
            raise MQTTError("refused")
        await broker.end_connection_of(session.client_id)
        session.clean_session = True  # nothing is kept for the absent: amqtt mixes up sessions that are taken over
        session.keep_alive = math.ceil(session.keep_alive * 1.5)
        return handler, session

    def handle_read_timeout(self) -> None:
        self._closing = asyncio.ensure_future(self.handle_connection_closed())


class FencedBroker(Broker):  # type: ignore[misc]
    """amqtt with users and an access table on every road by which a message can travel: its plug-ins see only some of them."""

    def __init__(self, plan: BrokerPlan) -> None:
        listener = ListenerConfig(bind=f"{plan.host}:{plan.port}")
        super().__init__(BrokerConfig(listeners={"default": listener}, plugins={}))
        self._plan = plan

    @property
    def port(self) -> int:
        return int(self._servers["default"].instance.sockets[0].getsockname()[1])

    def lets_in(self, session: Session) -> bool:
        """Whether the user is known, the will is theirs to say, and so is the client id: `user` or `user.anything`.

        The service may take any id, and no cleaner can take the service's and so end its session.
        """
        hashed = self._plan.users.get(session.username or "")
        known = hashed is not None and password_fits(session.password or "", hashed)
        own_id = session.username in (self._plan.access.service, session.client_id.split(".", 1)[0])
        return known and own_id and (not session.will_flag or self._may(session, Verb.WRITE, session.will_topic))

    async def end_connection_of(self, client_id: str) -> None:
        """Close an older connection under the same id, so that its will is out before the new one says hello."""
        old = self._sessions.get(client_id)
        if old is None:
            return
        session, handler = old
        await handler.handle_connection_closed()
        for _ in range(_OLD_CONNECTION_TURNS):
            if session.transitions.state != "connected":
                return
            await asyncio.sleep(0.005)

    def _may(self, session: Session, verb: Verb, topic: str | None) -> bool:
        return topic is not None and self._plan.access.may(session.username or "", verb, topic)

    async def _authenticate(self, *_: Any) -> bool:
        return True  # the handler has already refused everybody else

    async def _topic_filtering(self, session: Session, topic: str, action: Action) -> bool:
        """It never yields, so that amqtt's loop over subscriptions cannot see them change under it."""
        return self._may(session, Verb.WRITE if action is Action.PUBLISH else Verb.READ, topic)

    async def _publish_retained_messages_for_subscription(self, subscription: tuple[str, int], session: Session) -> None:
        """amqtt sends a client who comes in what is retained for everybody's subscriptions: send only their own."""
        if any(subscriber is session for subscriber, _ in self._subscriptions.get(subscription[0], [])):
            await super()._publish_retained_messages_for_subscription(subscription, session)

    async def stream_connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, listener_name: str) -> None:
        try:
            await super().stream_connected(_CappedReader(reader), writer, listener_name)
        except (_TooLargeError, OSError):
            writer.close()

    async def _create_server_instance(self, listener_name: str, *_: Any) -> asyncio.Server:
        """Wait for the port where the broker of a service that has just been killed still holds it."""
        give_up_at = time.monotonic() + _BIND_PATIENCE_S
        while True:
            try:
                return await asyncio.start_server(
                    lambda reader, writer: self.stream_connected(reader, writer, listener_name),
                    self._plan.host,
                    self._plan.port,
                    reuse_address=os.name == "posix",
                )
            except OSError as error:
                if error.errno != errno.EADDRINUSE or time.monotonic() > give_up_at:
                    raise
            await asyncio.sleep(0.1)


class _TooLargeError(ValueError):
    """A packet that no client of ours sends."""


class _CappedReader:
    """An asyncio reader that refuses to collect a packet larger than `MAX_PACKET_BYTES`."""

    def __init__(self, reader: asyncio.StreamReader) -> None:
        self._reader = reader

    async def read(self, n: int = -1) -> bytes:
        return await self.readexactly(n) if n >= 0 else await self._reader.read(MAX_PACKET_BYTES)

    async def readexactly(self, n: int) -> bytes:
        if n > MAX_PACKET_BYTES:
            raise _TooLargeError(f"a packet of {n} bytes")
        return await self._reader.readexactly(n)

    def feed_eof(self) -> None:
        self._reader.feed_eof()


async def serve(plan: BrokerPlan) -> None:
    """Listen, say where, and go on until cancelled. Raises amqtt's BrokerError where the port cannot be had."""
    # amqtt makes its handlers by this name; there is no other door.
    sys.modules[Broker.__module__].BrokerProtocolHandler = _FencedHandler  # type: ignore[attr-defined]
    broker = FencedBroker(plan)
    await broker.start()
    _answer({"port": broker.port})
    await asyncio.Event().wait()


def main() -> None:
    logging.getLogger("amqtt").setLevel(logging.CRITICAL)  # it logs every lost connection as an error
    logging.getLogger("transitions").setLevel(logging.CRITICAL)
    plan = BrokerPlan.from_json(sys.stdin.readline())
    threading.Thread(target=_exit_when_input_ends, daemon=True).start()
    threading.Thread(target=_exit_when_orphaned, args=(plan.parent_pid,), daemon=True).start()
    try:
        asyncio.run(serve(plan))
    except Exception as error:
        _answer({"error": str(error)})
        raise SystemExit(1) from error


def _answer(line: dict[str, object]) -> None:
    print(json.dumps(line), flush=True)


def _exit_when_input_ends() -> None:
    sys.stdin.read()
    os._exit(0)


def _exit_when_orphaned(parent_pid: int) -> None:
    """A sibling that was forked may hold our input open after the parent's death: ask the kernel, too."""
    while os.getppid() == parent_pid:
        time.sleep(_PARENT_CHECK_S)
    os._exit(0)


if __name__ == "__main__":
    main()
