"""Real cameras to look at, over real sockets: HTTP ones that are scripted to behave or misbehave, and RTSP ones that play a recording.

HTTP, every path a camera of its own::

    with CameraServer() as server:
        server.shows("/gate.jpg", Shot(jpeg(640, 480)))                       # a healthy camera
        server.shows("/slow.jpg", Shot(jpeg(640, 480), delay_s=2))
        server.shows("/locked.jpg", Shot(jpeg(640, 480), auth="digest", username="admin", password="secret"))
        server.url("/gate.jpg")                                                # http://127.0.0.1:PORT/gate.jpg
        server.asked                                                           # what was asked: [Asked(path, authorization)]

`shows` may be called again at any time (bytes alone mean a healthy shot), so a test can play a timetable of photographs.
`hikvision` and `dahua` make shots that refuse and answer as those makers' cameras do, at HIKVISION_PATH and DAHUA_PATH.

RTSP, on GStreamer (Debian: python3-gi, gir1.2-gst-rtsp-server-1.0, gstreamer1.0-plugins-base, -good, -bad, -ugly)::

    skip_without_rtsp()                                                        # skips the test with a reason
    with RtspCamera(video=DATA / "videos/roadside-parking.mp4") as camera:     # or images=[…JPEGs of one size…], loop=True
        camera.url                                                             # rtsp://127.0.0.1:PORT/stream
        camera.pin(12.0)                                                       # every look now starts at the newest keyframe at 12 s
        camera.play(0.0)                                                       # runs with the clock again, from there

Without `pin` the recording runs from the moment it is started; past its end its last keyframe stays, unless it loops.
`ScriptedServer` is no camera: it answers whatever it is asked, over HTTP or RTSP, with the same bytes, or hangs.

Servers report their port when they are ready, and end when their `with` block does, also in the middle of a hang.
"""

import base64
import hashlib
import json
import re
import secrets
import socket
import struct
import subprocess
import tempfile
import threading
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Literal, Self
from urllib.request import parse_http_list

import cv2
import numpy as np
import pytest

HIKVISION_PATH = "/ISAPI/Streaming/channels/101/picture"
DAHUA_PATH = "/cgi-bin/snapshot.cgi?channel=1"
DEBIAN_PYTHON = "/usr/bin/python3"
DATA = Path(__file__).resolve().parents[3] / "shared" / "data"


def data_or_skip(part: str) -> Path:
    """A folder or file of the shared data, or a skip with a reason."""
    if not (DATA / part).exists():
        pytest.skip(f"the shared data ({part}) is not on this machine")
    return DATA / part


@dataclass(frozen=True)
class Shot:
    """How a camera answers one request.

    `delay_s` waits before the answer; `hangs` for ever "before" or "after_headers"; `drip_s` sends a kilobyte, waits, and so on;
    `cut_at` sends that many bytes of the body and hangs up; `declares_length` False ends the body by closing the connection.
    """

    body: bytes = b""
    content_type: str = "image/jpeg"
    status: int = 200
    location: str = ""
    delay_s: float = 0.0
    hangs: Literal["", "before", "after_headers"] = ""
    drip_s: float = 0.0
    cut_at: int | None = None
    declares_length: bool = True
    auth: Literal["", "basic", "digest", "both", "bearer"] = ""
    username: str = ""
    password: str = ""
    realm: str = "camera"
    closes_on_refusal: bool = False
    refusal: bytes = b"<html>401</html>"


def hikvision(body: bytes, username: str, password: str) -> Shot:
    """Hikvision: digest and basic offered together, an XML refusal, connection kept."""
    refusal = b'<?xml version="1.0"?><userCheck><statusValue>401</statusValue></userCheck>'
    return Shot(body, auth="both", username=username, password=password, realm="IP Camera(C1234)", refusal=refusal)


def dahua(body: bytes, username: str, password: str) -> Shot:
    """Dahua: digest only, the connection closed after a refusal, the picture's length not declared."""
    realm = "Login to 4C0123456789ABCD"
    return Shot(body, auth="digest", username=username, password=password, realm=realm, closes_on_refusal=True, declares_length=False)


@dataclass(frozen=True)
class Asked:
    path: str
    authorization: str
    host: str


class CameraServer:
    """A threaded HTTP server on a free loopback port; every path, query included, is a camera."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self._shots: dict[str, Shot] = {}
        self._stopping = threading.Event()
        self._server = _Server(("127.0.0.1", 0), _handler(self))
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._server.shutdown()
        self._server.server_close()

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def shows(self, path: str, shot: Shot | bytes) -> str:
        """From now on the camera at `path` answers so. Returns its URL."""
        self._shots[path] = shot if isinstance(shot, Shot) else Shot(shot, content_type=_type_of(shot))
        return self.url(path)

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        self.asked.append(Asked(handler.path, handler.headers.get("Authorization", ""), handler.headers.get("Host", "")))
        shot = self._shots.get(handler.path, Shot(b"no such camera", "text/plain", status=404))
        if shot.delay_s:
            self._stopping.wait(shot.delay_s)
        if shot.hangs == "before":
            self._stopping.wait()
        elif _lets_in(shot, handler):
            self._send(handler, shot)
        else:
            _refuse(handler, shot)

    def _send(self, handler: BaseHTTPRequestHandler, shot: Shot) -> None:
        handler.send_response(shot.status)
        handler.send_header("Content-Type", shot.content_type)
        if shot.location:
            handler.send_header("Location", shot.location)
        if shot.declares_length:
            handler.send_header("Content-Length", str(len(shot.body)))
        handler.close_connection = not shot.declares_length or shot.cut_at is not None
        handler.end_headers()
        if shot.hangs == "after_headers":
            self._stopping.wait()
            return
        self._send_body(handler, shot.body[: shot.cut_at], shot.drip_s)

    def _send_body(self, handler: BaseHTTPRequestHandler, body: bytes, drip_s: float) -> None:
        for start in range(0, len(body), 1024 if drip_s else len(body) or 1):
            handler.wfile.write(body[start : start + 1024] if drip_s else body)
            if drip_s and self._stopping.wait(drip_s):
                return


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 512

    def handle_error(self, *_: Any) -> None:
        """A client that hangs up is what many of these cameras are for."""


def _handler(server: CameraServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            with suppress(ConnectionError):
                server.answer(self)

        def log_message(self, *_: Any) -> None:
            pass

    return Handler


def _type_of(body: bytes) -> str:
    return "image/png" if body.startswith(b"\x89PNG") else "image/jpeg"


def _refuse(handler: BaseHTTPRequestHandler, shot: Shot) -> None:
    handler.send_response(401)
    if shot.auth in ("digest", "both"):
        nonce = secrets.token_hex(16)
        challenge = f'Digest qop="auth", realm="{shot.realm}", nonce="{nonce}", opaque="{zlib.crc32(nonce.encode()):08x}", stale="FALSE"'
        handler.send_header("WWW-Authenticate", challenge)
    if shot.auth in ("basic", "both"):
        handler.send_header("WWW-Authenticate", f'Basic realm="{shot.realm}"')
    if shot.auth == "bearer":
        handler.send_header("WWW-Authenticate", "Bearer")
    handler.send_header("Content-Length", str(len(shot.refusal)))
    handler.close_connection = shot.closes_on_refusal
    if shot.closes_on_refusal:
        handler.send_header("Connection", "close")
    handler.end_headers()
    handler.wfile.write(shot.refusal)


def _lets_in(shot: Shot, handler: BaseHTTPRequestHandler) -> bool:
    scheme, _, answer = handler.headers.get("Authorization", "").partition(" ")
    if not shot.auth:
        return True
    if scheme == "Basic" and shot.auth in ("basic", "both"):
        return base64.b64decode(answer) == f"{shot.username}:{shot.password}".encode()
    return scheme == "Digest" and shot.auth in ("digest", "both") and _digest_is_right(shot, handler.path, answer)


def _digest_is_right(shot: Shot, path: str, answer: str) -> bool:
    parts = dict(item.split("=", 1) for item in parse_http_list(answer))
    said = {name: value.strip('"') for name, value in parts.items()}
    known = _md5(f"{shot.username}:{shot.realm}:{shot.password}")
    expected = _md5(":".join([known, said["nonce"], said["nc"], said["cnonce"], "auth", _md5(f"GET:{path}")]))
    opaque = f"{zlib.crc32(said['nonce'].encode()):08x}"
    return (said["uri"], said["response"], said["opaque"]) == (path, expected, opaque)


def _md5(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()


@lru_cache
def scene(width: int, height: int, seed: int = 0) -> Any:
    """A picture with shapes and noise, blue-green-red."""
    random = np.random.default_rng(seed)
    image = np.linspace(60, 190, height)[:, None, None] + random.normal(0, 6, (height, width, 3))
    image = np.clip(image, 0, 255).astype(np.uint8)
    for _ in range(60):
        x, y = (int(random.integers(0, size)) for size in (width, height))
        size = (x + int(random.integers(5, width // 6)), y + int(random.integers(5, height // 6)))
        cv2.rectangle(image, (x, y), size, [int(value) for value in random.integers(0, 255, 3)], -1)
    return image


@lru_cache
def jpeg(width: int, height: int, seed: int = 0, quality: int = 90) -> bytes:
    return bytes(cv2.imencode(".jpg", scene(width, height, seed), [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes())


@lru_cache
def png(width: int, height: int, seed: int = 0) -> bytes:
    return bytes(cv2.imencode(".png", scene(width, height, seed))[1].tobytes())


def jpeg_bomb(width: int = 50_000, height: int = 50_000) -> bytes:
    """A small JPEG whose header promises a giant."""
    data = jpeg(64, 64)
    at = next(match.start() for match in re.finditer(rb"\xff[\xc0-\xc2]", data))
    return data[: at + 5] + struct.pack(">HH", height, width) + data[at + 9 :]


def png_bomb(width: int = 50_000, height: int = 50_000) -> bytes:
    """A small PNG whose header promises a giant."""
    header = _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + _chunk(b"IDAT", zlib.compress(bytes(100_000))) + _chunk(b"IEND", b"")


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


@contextmanager
def closed_port() -> Iterator[int]:
    """A port that refuses every connection, and that nobody else can take meanwhile."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


class ScriptedServer:
    """A TCP server that answers every request with the same reply, {cseq} filled in; None is silence. It may hang up after its reply."""

    def __init__(self, reply: bytes | None, hangs_up: bool = False) -> None:
        self.requests: list[bytes] = []
        self.accepted = threading.Event()
        self.left = threading.Event()
        self._reply, self._hangs_up = reply, hangs_up
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                self.accepted.set()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client, suppress(OSError):
            while request := client.recv(65_536):
                self.requests.append(request)
                if self._reply is not None:
                    number = re.search(rb"CSeq: (\d+)", request)
                    client.sendall(self._reply.replace(b"{cseq}", number[1] if number else b"1"))
                if self._hangs_up:
                    break
        self.left.set()


def skip_without_rtsp() -> None:
    """Skip the test where Debian's GStreamer RTSP server or its Python binding is absent."""
    needed = "import gi; gi.require_version('GstRtspServer', '1.0'); from gi.repository import GstRtspServer"
    if not Path(DEBIAN_PYTHON).exists() or subprocess.run([DEBIAN_PYTHON, "-c", needed], capture_output=True, check=False).returncode:
        pytest.skip("GStreamer's RTSP server (gir1.2-gst-rtsp-server-1.0, python3-gi) is not installed")


class RtspCamera:
    """A real RTSP server, in a process of its own, that plays a video's H.264 or a list of JPEGs, one a second."""

    def __init__(
        self, *, video: Path | None = None, images: Sequence[Path] = (), loop: bool = False, username: str = "", password: str = ""
    ) -> None:
        self._order: dict[str, Any] = {"loop": loop, "username": username, "password": password}
        self._video, self._images = video, images

    def __enter__(self) -> Self:
        self._folder = tempfile.TemporaryDirectory()
        if self._video:
            self._order["video"] = str(self._video)
        else:
            for number, image in enumerate(self._images):
                (Path(self._folder.name) / f"{number:05d}.jpg").write_bytes(image.read_bytes())
            self._order["images"] = f"{self._folder.name}/%05d.jpg"
        script = Path(__file__).with_name("rtsp_server.py")
        command = [DEBIAN_PYTHON, str(script), json.dumps(self._order)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.port = int(self._said() or self._gave_up())
        self.url = f"rtsp://127.0.0.1:{self.port}/stream"
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()
        self._folder.cleanup()

    def pin(self, seconds: float) -> None:
        """Stand still: every client from now on starts at the newest keyframe at or before `seconds`."""
        self._obey(f"at {seconds}")

    def play(self, seconds: float) -> None:
        """Run with the clock from `seconds` on."""
        self._obey(f"play {seconds}")

    def _obey(self, order: str) -> None:
        assert self._process.stdin
        self._process.stdin.write(order + "\n")
        self._process.stdin.flush()
        assert self._said() == "ok"

    def _said(self) -> str:
        assert self._process.stdout
        return self._process.stdout.readline().strip()

    def _gave_up(self) -> int:
        self.__exit__()
        raise RuntimeError("the RTSP server did not start; what it wrote on standard error says why")
