"""A camera that streams over RTSP: each look opens the stream, takes the first keyframe and closes it, in a process that can be killed."""

import asyncio
import json
import os
import signal
import sys
from datetime import datetime
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

import numpy as np

from cameras import rtsp_grab
from cameras.addresses import permitted_address
from cameras.pictures import Reduction, full_size, reduced
from cameras.source import BadAnswer, CameraError, Redirected, Refused, TimedOut, TooLarge, Undecodable, Unreachable
from town.places import Rtsp
from town.settings import LookLimits
from town.sight import Frame, Image

_PORTS = {"rtsp": 554, "rtsps": 322}
_WORKER = (sys.executable, "-I", str(Path(rtsp_grab.__file__)))
_FAILURES: dict[str, tuple[type[CameraError], str]] = {
    "unreachable": (Unreachable, "no connection to the camera"),
    "redirected": (Redirected, "the camera pointed elsewhere"),
    "auth_refused": (Refused, "the camera refused these credentials"),
    "bad_answer": (BadAnswer, "the camera's answer was no RTSP stream"),
    "too_large": (TooLarge, "the picture has more pixels than allowed"),
    "undecodable": (Undecodable, "the stream gave no whole picture"),
}


class RtspSource:
    """A `FrameSource` over RTSP, always by TCP. Nothing is held between looks."""

    def __init__(self, camera_id: str, camera: Rtsp, limits: LookLimits, reduction: Reduction = full_size) -> None:
        self._camera_id = camera_id
        self._camera = camera
        self._limits = limits
        self._reduction = reduction
        try:
            self._url = urlsplit(camera.url)
            self._port = self._url.port or _PORTS[self._url.scheme]
        except ValueError as error:
            raise Unreachable("the camera's url cannot be read") from error

    async def fetch(self, now: datetime) -> Frame:
        """The stream's first keyframe, stamped with `now`. Raises CameraError. Cancelled, it kills its process."""
        address = await permitted_address(self._url.hostname or "", self._limits)
        answer = await _ask_worker(self._order(str(address)))
        return Frame(self._camera_id, now, reduced(_image(answer), self._reduction))

    async def close(self) -> None:
        """Nothing is held between looks."""

    def _order(self, address: str) -> bytes:
        path = (self._url.path or "/") + (f"?{self._url.query}" if self._url.query else "")
        order: dict[str, Any] = {
            "address": address,
            "port": self._port,
            "tls": self._url.scheme == "rtsps",
            "host": self._url.hostname,
            "path": path,
            "username": self._camera.username or "",
            "password": self._camera.password.get_secret_value() if self._camera.password else "",
            "timeout_s": self._limits.deadline.total_seconds(),
            "max_pixels": self._limits.max_pixels,
        }
        return json.dumps(order).encode()


async def _ask_worker(order: bytes) -> bytes:
    # Credentials travel by pipe: an argument or a variable would show in the list of processes. FFmpeg prints URLs: not here.
    quiet = {"stdin": asyncio.subprocess.PIPE, "stdout": asyncio.subprocess.PIPE, "stderr": asyncio.subprocess.DEVNULL}
    environment = os.environ | {"OPENBLAS_NUM_THREADS": "1"}
    worker = await asyncio.create_subprocess_exec(*_WORKER, **quiet, env=environment, limit=2**20)  # type: ignore[arg-type]
    try:
        answer, _ = await worker.communicate(order)
    finally:
        if worker.returncode is None:
            worker.kill()
            await worker.communicate()
    if worker.returncode == -signal.SIGALRM:
        raise TimedOut("the stream gave no picture in time")
    return answer


def _image(answer: bytes) -> Image:
    """The picture in a worker's answer. Raises CameraError where it says why there is none."""
    head, newline, pixels = answer.partition(b"\n")
    if not newline:
        raise Undecodable("the process that reads the stream broke off")
    seen = json.loads(head)
    if "reason" in seen:
        failure, text = _FAILURES[seen["reason"]]
        raise failure(text)
    shape = (seen["height"], seen["width"], 3)
    return cast(Image, np.frombuffer(bytearray(pixels), np.uint8).reshape(shape))
