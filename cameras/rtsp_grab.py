"""One keyframe from an RTSP camera, in a process of its own that may be killed: a JSON order on stdin, the picture on stdout.

It stands alone (standard library and OpenCV) so that it starts in a tenth of a second. FFmpeg, which follows redirects and
cannot be told not to, never reaches the network itself: it talks to a gate on loopback, and the gate knows one address.
"""

import json
import os
import re
import signal
import socket
import ssl
import sys
import threading
from contextlib import suppress
from typing import Any
from urllib.parse import quote

# Just enough analysis for a camera that describes its stream, as nearly all do; else the slow way, which reads seconds of it.
_QUICK = "rtsp_transport;tcp|analyzeduration;0|probesize;32768|skip_frame;nokey"
_THOROUGH = "rtsp_transport;tcp"
_STATUS = re.compile(rb"RTSP/\d\.\d (\d{3})")
_ELSEWHERE = b"\nlocation:"


class Gate:
    """Passes what FFmpeg and one camera say to each other, until the camera points elsewhere; notes the camera's last status.

    `is_reached` tells whether the camera was there at all; `status` is 0 until it answered.
    """

    def __init__(self, order: dict[str, Any]) -> None:
        self._order = order
        self._inside = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._inside.getsockname()[1]
        self.status = 0
        self.is_reached = False
        self.is_redirected = False
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            viewer, _ = self._inside.accept()
            threading.Thread(target=self._serve, args=(viewer,), daemon=True).start()

    def _serve(self, viewer: socket.socket) -> None:
        with viewer, suppress(OSError), self._connect() as camera:
            self.is_reached = True
            threading.Thread(target=_pass_on, args=(viewer, camera), daemon=True).start()
            with suppress(OSError):
                self._listen(camera, viewer)
            # Closing alone does not end a connection that the other thread still reads from.
            viewer.shutdown(socket.SHUT_RDWR)

    def _listen(self, camera: socket.socket, viewer: socket.socket) -> None:
        heard = b"\n"
        while chunk := camera.recv(65_536):
            # FFmpeg reads a line without its carriage returns, so the gate does too.
            heard = (heard[-32:] + chunk).replace(b"\r", b"")
            if self._points_elsewhere(heard):
                return
            viewer.sendall(chunk)

    def _points_elsewhere(self, heard: bytes) -> bool:
        for code in _STATUS.findall(heard):
            self.status = int(code)
        self.is_redirected = self.is_redirected or 300 <= self.status < 400 or _ELSEWHERE in heard.lower()
        return self.is_redirected

    def _connect(self) -> socket.socket:
        camera = socket.create_connection((self._order["address"], self._order["port"]), self._order["timeout_s"])
        if not self._order["tls"]:
            return camera
        return ssl.create_default_context().wrap_socket(camera, server_hostname=self._order["host"])


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while chunk := source.recv(65_536):
            target.sendall(chunk)
        target.shutdown(socket.SHUT_WR)


def grab(order: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    """What was seen and the picture's bytes, or {"reason": …} and nothing."""
    gate = Gate(order)
    for options in (_QUICK, _THOROUGH):
        seen, pixels = _read_keyframe(_url(order, gate.port), options, order)
        if seen.get("reason") != "undecodable":
            return seen, pixels
        if gate.is_redirected or gate.status != 200:
            break
    return {"reason": _named(gate)}, b""


def _read_keyframe(url: str, options: str, order: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    import cv2

    os.environ["OPENCV_FFMPEG_CAPTURE_OPTIONS"] = options
    patience_ms = int(order["timeout_s"] * 1000)
    timeouts = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, patience_ms, cv2.CAP_PROP_READ_TIMEOUT_MSEC, patience_ms, cv2.CAP_PROP_N_THREADS, 1]
    video = cv2.VideoCapture(url, cv2.CAP_FFMPEG, timeouts)
    width, height = int(video.get(cv2.CAP_PROP_FRAME_WIDTH)), int(video.get(cv2.CAP_PROP_FRAME_HEIGHT))
    if width * height > order["max_pixels"]:
        return {"reason": "too_large"}, b""
    found, image = video.read()
    if not found:
        return {"reason": "undecodable"}, b""
    return {"height": image.shape[0], "width": image.shape[1]}, image.tobytes()


def _url(order: dict[str, Any], port: int) -> str:
    user = f"{quote(order['username'], safe='')}:{quote(order['password'], safe='')}@" if order["username"] else ""
    return f"rtsp://{user}127.0.0.1:{port}{order['path']}"


def _named(gate: Gate) -> str:
    """Why there is no picture, from what the camera said last."""
    if gate.is_redirected:
        return "redirected"
    if not gate.is_reached:
        return "unreachable"
    if gate.status in (401, 403):
        return "auth_refused"
    return "undecodable" if gate.status == 200 else "bad_answer"


def main() -> None:
    order = json.load(sys.stdin)
    # The kernel ends this process even where FFmpeg hangs and whoever asked is gone.
    signal.setitimer(signal.ITIMER_REAL, order["timeout_s"])
    seen, pixels = grab(order)
    with suppress(BrokenPipeError):
        sys.stdout.buffer.write(json.dumps(seen).encode() + b"\n")
        sys.stdout.buffer.write(pixels)
        sys.stdout.buffer.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
