"""The console's port, taken before anything else, so that links can name it."""

import socket

from town.problems import CannotRun
from town.settings import ConsoleSettings

BACKLOG = 512


class ConsoleError(CannotRun):
    """Nothing can be served there. The text says why, and the way out."""


def listening(settings: ConsoleSettings) -> socket.socket:
    """A socket that listens where the configuration says. Raises ConsoleError."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        return socket.create_server((settings.host, settings.port), family=family, backlog=BACKLOG)
    except OSError as error:
        way_out = "name another address or port under console.listen (port 0: any free one), or write console: off"
        raise ConsoleError(f"cannot listen on {settings.listen} ({error.strerror or error}): {way_out}") from error


def url_of(settings: ConsoleSettings, taken: socket.socket) -> str:
    """By what others reach it."""
    host, port = taken.getsockname()[:2]
    return settings.url or (f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}")
