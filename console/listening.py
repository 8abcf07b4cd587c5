"""The console's port, taken before anything else, so that links can name it."""

import errno
import socket
import time

from town.problems import CannotRun
from town.settings import ConsoleSettings

BACKLOG = 512
PATIENCE_S, AGAIN_AFTER_S = 8.0, 0.1
"""The console of a service that was killed a moment ago lets its port go once it has noticed."""


class ConsoleError(CannotRun):
    """Nothing can be served there. The text says why, and the way out."""


def listening(settings: ConsoleSettings) -> socket.socket:
    """A socket that listens where the configuration says. Raises ConsoleError."""
    give_up_at = time.monotonic() + PATIENCE_S
    while True:
        try:
            return _taken(settings)
        except OSError as error:
            if error.errno != errno.EADDRINUSE or time.monotonic() > give_up_at:
                way_out = "name another address or port under console.listen (port 0: any free one), or write console: off"
                raise ConsoleError(f"cannot listen on {settings.listen} ({error.strerror or error}): {way_out}") from error
        time.sleep(AGAIN_AFTER_S)


def _taken(settings: ConsoleSettings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    taken = socket.create_server((settings.host, settings.port), family=family, backlog=BACKLOG)
    # Whoever is accepted inherits it: an answer's body does not wait 40 ms for its head to be acknowledged.
    taken.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return taken


def url_of(settings: ConsoleSettings, taken: socket.socket) -> str:
    """By what others reach it."""
    host, port = taken.getsockname()[:2]
    return settings.url or (f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}")
