"""The door: the HTTP server on a port that was taken before."""

import asyncio
import logging
import socket
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from contextlib import contextmanager
from typing import Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from town.settings import ConsoleSettings

Message = MutableMapping[str, Any]
App = Callable[[Message, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]], Awaitable[None]]
"""An ASGI application."""

AT_ONCE = 1000
"""Connections; further ones are told to come back. A phone keeps one open, a page one."""
LONGEST_HEAD_BYTES = 16_384
LONGEST_SOCKET_MESSAGE = 1_000_000
"""As Socket.IO has it, and checks only once it is read."""
HEAD_WITHIN_S = 10
LAST_WORDS_S = 3


class Door:
    """Serves an application on a listening socket, from `open` to `close`, on the running event loop."""

    def __init__(self, settings: ConsoleSettings, taken: socket.socket) -> None:
        self._settings = settings
        self._socket = taken
        self._server: _Server | None = None
        self._serving: asyncio.Task[None] | None = None

    def open(self, app: App) -> None:
        """Who has connected since the port was taken is answered too. Call it once."""
        self._server = _Server(_config(self._settings, app))
        self._server.config.load()
        self._serving = asyncio.create_task(self._server.serve(sockets=[self._socket]), name="console")

    async def close(self) -> None:
        """Answer what was asked, for so long, and take no more."""
        if self._server is not None and self._serving is not None:
            self._server.should_exit = True
            await self._serving


class _Impatient(H11Protocol):
    """Ends a connection on which no whole request comes: uvicorn waits for ever once a first byte came, and strangers hold places so."""

    _giving_up: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        is_answered = self.cycle is not None and not self.cycle.response_complete
        if is_answered or self not in self.connections:  # it became a web socket's
            self._wait_no_more()
        elif self._giving_up is None:
            self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        self._wait_no_more()
        super().connection_lost(exc)

    def _wait(self) -> None:
        self._giving_up = self.loop.call_later(HEAD_WITHIN_S, self.transport.close)

    def _wait_no_more(self) -> None:
        if self._giving_up is not None:
            self._giving_up.cancel()
            self._giving_up = None


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals are the process's."""
        yield


def _config(settings: ConsoleSettings, app: App) -> uvicorn.Config:
    """Addresses that are asked for hold signatures and keys: none is ever logged."""
    logging.getLogger("uvicorn").setLevel(logging.WARNING)
    proxies = [str(network) for network in settings.trust_proxies]
    return uvicorn.Config(
        app,
        http=_Impatient,
        ws="websockets-sansio",
        ws_max_size=LONGEST_SOCKET_MESSAGE,
        lifespan="on",
        loop="none",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(proxies),
        forwarded_allow_ips=proxies or None,
        limit_concurrency=AT_ONCE,
        h11_max_incomplete_event_size=LONGEST_HEAD_BYTES,
        timeout_graceful_shutdown=LAST_WORDS_S,
    )
