"""The door: a port, and the HTTP server behind it in the service's own event loop."""

import asyncio
import logging
import socket
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from contextlib import contextmanager
from typing import Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from town.problems import CannotRun
from town.settings import ConsoleSettings

Message = MutableMapping[str, Any]
App = Callable[[Message, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]], Awaitable[None]]
"""An ASGI application."""

AT_ONCE = 200
"""Connections; further ones are told to come back."""
LONGEST_HEAD_BYTES = 16_384
LAST_WORDS_S = 5


class ConsoleError(CannotRun):
    """Nothing can be served there. The text says why, and the way out."""


class Door:
    """Holds the port from the beginning, so that links can name it; serves from `open` to `close`. Raises ConsoleError."""

    def __init__(self, settings: ConsoleSettings) -> None:
        self._settings = settings
        self._socket = _listening(settings)
        self._server: _Server | None = None
        self._serving: asyncio.Task[None] | None = None

    @property
    def address(self) -> str:
        """Where it listens, as `http://host:port`."""
        host, port = self._socket.getsockname()[:2]
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    @property
    def url(self) -> str:
        """By what others reach it."""
        return self._settings.url or self.address

    def open(self, app: App) -> None:
        """Serve an application: who has connected since the port was taken is answered too. Call it once, on the event loop."""
        self._server = _Server(_config(self._settings, app))
        self._server.config.load()
        self._serving = asyncio.create_task(self._server.serve(sockets=[self._socket]), name="console")

    async def close(self) -> None:
        """Answer what was asked, for so long, and take no more."""
        if self._server is not None and self._serving is not None:
            self._server.should_exit = True
            await self._serving

    def give_back(self) -> None:
        """Leave the port. Safe to repeat."""
        self._socket.close()


class _Impatient(H11Protocol):
    """Ends a connection that says nothing, as uvicorn does only after a first request: else silent ones would be held for ever."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.timeout_keep_alive_task = self.loop.call_later(self.timeout_keep_alive, self.timeout_keep_alive_handler)


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals are the service's."""
        yield


def _listening(settings: ConsoleSettings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        return socket.create_server((settings.host, settings.port), family=family, backlog=AT_ONCE)
    except OSError as error:
        way_out = "name another address or port under console.listen (port 0: any free one), or write console: off"
        raise ConsoleError(f"cannot listen on {settings.listen} ({error.strerror or error}): {way_out}") from error


def _config(settings: ConsoleSettings, app: App) -> uvicorn.Config:
    """Addresses that are asked for hold signatures and keys: none is ever logged."""
    logging.getLogger("uvicorn").setLevel(logging.WARNING)
    proxies = [str(network) for network in settings.trust_proxies]
    return uvicorn.Config(
        app,
        http=_Impatient,
        ws="none",
        lifespan="off",
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
