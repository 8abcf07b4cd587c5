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
    """Ends a connection that says nothing, as uvicorn does only after a first request: else silent ones would be held for ever."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.timeout_keep_alive_task = self.loop.call_later(self.timeout_keep_alive, self.timeout_keep_alive_handler)


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
