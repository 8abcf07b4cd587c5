"""The demo's cameras as a real HTTP server: each gives its place as it is now, or fails as its script says."""

import itertools
import threading
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from simulator.album import Album, Damage
from simulator.damage import covered, shifted
from simulator.living_town import LivingTown
from simulator.logins import Gate
from simulator.places import Fault, Login, Place

_LONGEST_HANG_S = 60.0
_DAMAGES: Mapping[Fault | None, Damage] = {
    Fault.COVERED: partial(covered, share=0.6),
    Fault.MOVED: partial(shifted, dx=0.2, dy=-0.05),
}


class CameraServer:
    """Serves `/{camera_id}/…` of a town on a free port of this machine, from `start` to `stop`."""

    def __init__(self, town: LivingTown, album: Album, gate: Gate, clock: Callable[[], datetime], port: int = 0) -> None:
        self.town = town
        self.album = album
        self.gate = gate
        self.clock = clock
        self.stopping = threading.Event()
        self.numbers = itertools.count(1)
        self._server = _Server(("127.0.0.1", port), _Answer)
        self._server.cameras = self
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.1,), name="cameras", daemon=True)

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    def start(self) -> None:
        """Serve, once every scene is read."""
        self.album.load({(scene, place.mirrored) for place in self.town.places.values() for scene in place.scenes.values()})
        self._thread.start()

    def let_go(self) -> None:
        """Break off the looks that hang, now and from now on."""
        self.stopping.set()

    def stop(self) -> None:
        """Let hanging looks go, finish the others, and close the port."""
        self.let_go()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def picture(self, place: Place, at: datetime) -> bytes | None:
        """What the camera gives at an instant; None where it does not answer at all."""
        fault, number = self.town.fault(place.camera_id, at), next(self.numbers)
        if fault is Fault.HANG:
            return None
        if fault is Fault.BLACK:
            return self.album.black(place.camera_id, at, number)
        scene = place.scenes[self.town.state(place.camera_id, at)]
        data = self.album.jpeg(scene, place.mirrored, place.camera_id, at, number, _DAMAGES.get(fault))
        return data[: len(data) // 3] if fault is Fault.CUT else data


class _Server(ThreadingHTTPServer):
    # Waited for at the end: a thread that is cut off inside OpenCV would take the whole process down.
    daemon_threads = False
    block_on_close = True
    request_queue_size = 64
    cameras: CameraServer

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A look that was given up by the other side is no news."""


class _Answer(BaseHTTPRequestHandler):
    server: _Server
    timeout = 10

    def do_GET(self) -> None:
        cameras = self.server.cameras
        place = cameras.town.places.get(self.path.split("/")[1].partition("?")[0])
        if place is None:
            return self.send_error(HTTPStatus.NOT_FOUND)
        if not cameras.gate.admits(place.login, self.command, self.headers.get("Authorization")):
            return self._ask_for_login(place.login)
        data = cameras.picture(place, cameras.clock())
        if data is None:
            cameras.stopping.wait(_LONGEST_HANG_S)
            return None
        return self._give(data)

    def _give(self, data: bytes) -> None:
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", "image/jpeg")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _ask_for_login(self, login: Login) -> None:
        self.send_response(HTTPStatus.UNAUTHORIZED)
        self.send_header("WWW-Authenticate", self.server.cameras.gate.challenge(login))
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Looks are counted elsewhere."""
