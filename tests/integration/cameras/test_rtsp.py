import asyncio
import logging
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest

from cameras.look import look_at
from cameras.rtsp import RtspSource
from cameras.source import CameraError
from tests.doubles.camera_servers import RtspCamera, ScriptedServer, closed_port, data_or_skip, jpeg, scene, skip_without_rtsp
from town.places import Rtsp
from town.settings import LookLimits
from town.sight import Frame

NOW = datetime(2026, 5, 1, 4, 0, tzinfo=UTC)
LIMITS = LookLimits(allow_loopback=True, deadline=timedelta(seconds=60))
GENEROUS = timedelta(seconds=60)
SOON = timedelta(seconds=2)
USER, SECRET = "admin", "p@ss:w/ord?#"


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Three pictures of one size, far apart in look."""
    folder = tmp_path_factory.mktemp("pictures")
    paths = [folder / f"{number}.jpg" for number in range(3)]
    for number, path in enumerate(paths):
        path.write_bytes(jpeg(640, 480, number))
    return paths


@pytest.fixture(scope="module")
def camera(pictures: list[Path]) -> Iterator[RtspCamera]:
    skip_without_rtsp()
    with RtspCamera(images=pictures) as camera:
        yield camera


def look(
    url: str, username: str | None = None, password: str | None = None, limits: LookLimits = LIMITS, by: timedelta = GENEROUS
) -> Frame:
    settings = Rtsp.model_validate({"kind": "rtsp", "url": url, "username": username, "password": password})
    return asyncio.run(look_at(RtspSource("gate-3", settings, limits), NOW, by))


def reason(url: str, **how: Any) -> str:
    with pytest.raises(CameraError) as caught:
        look(url, **how)
    assert SECRET not in str(caught.value)
    return caught.value.reason


@pytest.mark.parametrize("second", [0, 1, 2])
def test_a_look_takes_the_keyframe_that_shows_now(camera: RtspCamera, second: int) -> None:
    camera.pin(second)

    frame = look(camera.url)

    assert (frame.camera_id, frame.taken_at, frame.image.shape, frame.image.dtype) == ("gate-3", NOW, (480, 640, 3), np.uint8)
    unlike = [abs(frame.image.astype(int) - scene(640, 480, seed)).mean() for seed in range(3)]
    assert unlike.index(min(unlike)) == second


def test_past_its_end_the_last_picture_stays(camera: RtspCamera) -> None:
    camera.pin(3600)

    assert abs(look(camera.url).image.astype(int) - scene(640, 480, 2)).mean() < 30


def test_a_real_roadside_clip_is_seen_in_colour() -> None:
    clip = data_or_skip("videos/roadside-parking.mp4")
    skip_without_rtsp()
    with RtspCamera(video=clip) as camera:
        camera.pin(20.0)
        frame = look(camera.url)

    assert frame.image.shape == (996, 576, 3)
    assert 60 < frame.image.mean() < 180


def test_a_name_is_resolved_and_its_checked_address_used(camera: RtspCamera) -> None:
    assert look(camera.url.replace("127.0.0.1", "localhost")).image.shape == (480, 640, 3)


def test_digest_credentials_open_the_stream(pictures: list[Path]) -> None:
    skip_without_rtsp()
    with RtspCamera(images=pictures, username=USER, password=SECRET) as locked:
        assert look(locked.url, USER, SECRET).image.shape == (480, 640, 3)
        assert reason(locked.url, username=USER, password="wrong") == "auth_refused"
        assert reason(locked.url) == "auth_refused"


def test_a_path_that_the_camera_does_not_know_is_a_bad_answer(camera: RtspCamera) -> None:
    assert reason(camera.url + "/nothing") == "bad_answer"


def test_more_pixels_than_allowed_are_refused(camera: RtspCamera) -> None:
    assert reason(camera.url, limits=LIMITS.model_copy(update={"max_pixels": 640 * 480 - 1})) == "too_large"


def test_an_address_outside_the_networks_is_never_connected_to() -> None:
    with ScriptedServer(None) as server:
        assert reason(f"rtsp://127.0.0.1:{server.port}/stream", limits=LookLimits()) == "forbidden_address"
        assert not server.accepted.is_set()


def test_a_camera_that_refuses_the_connection_is_unreachable() -> None:
    with closed_port() as port:
        assert reason(f"rtsp://127.0.0.1:{port}/stream") == "unreachable"


@pytest.mark.parametrize("lead", [b"RTSP/1.0 302 Moved", b"RTSP/1.0 200 OK", b"RTSP/1.0 0302 Moved"])
@pytest.mark.parametrize("header", [b"Location", b"LOCATION", b"Loc\ration"])
def test_a_redirect_is_never_followed(lead: bytes, header: bytes) -> None:
    with ScriptedServer(None) as there:
        target = f"rtsp://127.0.0.1:{there.port}/stream".encode()
        with ScriptedServer(lead + b"\r\nCSeq: {cseq}\r\n" + header + b": " + target + b"\r\n\r\n") as here:
            assert reason(f"rtsp://127.0.0.1:{here.port}/stream") == "redirected"
        assert not there.accepted.is_set()


@pytest.mark.parametrize("reply", [b"", b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\x00\x01\x02\x03" * 100])
def test_a_camera_that_speaks_no_rtsp_gives_a_bad_answer(reply: bytes) -> None:
    with ScriptedServer(reply, hangs_up=True) as server:
        assert reason(f"rtsp://127.0.0.1:{server.port}/stream") == "bad_answer"


def test_a_camera_that_hangs_ends_by_the_deadline_and_its_process_with_it() -> None:
    with ScriptedServer(None) as server:
        assert reason(f"rtsp://127.0.0.1:{server.port}/stream", by=SOON) == "timed_out"
        assert not server.accepted.is_set() or server.left.wait(60)
    assert _grabbing() == []


def test_without_anyone_to_kill_it_the_process_ends_by_its_own_alarm() -> None:
    with ScriptedServer(None) as server:
        impatient = LIMITS.model_copy(update={"deadline": SOON})
        assert reason(f"rtsp://127.0.0.1:{server.port}/stream", limits=impatient) == "timed_out"


def test_credentials_show_neither_in_the_list_of_processes_nor_in_logs(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    async def look_into_processes(url: str) -> str:
        settings = Rtsp.model_validate({"kind": "rtsp", "url": url, "username": USER, "password": SECRET})
        looking = asyncio.ensure_future(look_at(RtspSource("gate-3", settings, LIMITS), NOW, GENEROUS))
        await asyncio.to_thread(server.accepted.wait, 60)
        seen = "".join(str(process.cmdline()) + str(process.environ()) for process in _grabbing())
        looking.cancel()
        await asyncio.wait({looking})
        return seen

    with caplog.at_level(logging.DEBUG), ScriptedServer(None) as server:
        seen = asyncio.run(look_into_processes(f"rtsp://127.0.0.1:{server.port}/stream"))

    assert "rtsp_grab" in seen
    told = seen + caplog.text + "".join(capfd.readouterr())
    assert SECRET not in told
    assert "p%40ss" not in told


def test_the_grabbing_process_does_not_outlive_a_killed_service() -> None:
    with ScriptedServer(None) as server:
        program = (
            "import asyncio; from datetime import *; from cameras.rtsp import RtspSource; from town.places import *; "
            "from town.settings import LookLimits; "
            f"source = RtspSource('gate-3', Rtsp(kind='rtsp', url='rtsp://127.0.0.1:{server.port}/stream'), "
            "LookLimits(allow_loopback=True, deadline=timedelta(seconds=8))); asyncio.run(source.fetch(datetime.now(UTC)))"
        )
        root = Path(__file__).parents[3]
        with subprocess.Popen([sys.executable, "-c", program], cwd=root) as service:
            try:
                assert server.accepted.wait(60)
            finally:
                service.kill()

        assert server.left.wait(60)


def _grabbing() -> list[psutil.Process]:
    found = []
    for process in psutil.Process().children(recursive=True):
        with suppress(psutil.Error):
            if any("rtsp_grab" in part for part in process.cmdline()):
                found.append(process)
    return found
