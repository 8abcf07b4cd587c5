"""A broken camera is a fact about that camera: two hundred are looked at on one event loop, sixty of them hang, refuse or lie."""

import asyncio
from collections import Counter
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta

from cameras.look import look_at
from cameras.opening import open_source
from cameras.source import CameraError
from tests.doubles.camera_servers import CameraServer, ScriptedServer, Shot, closed_port, dahua, hikvision, jpeg, jpeg_bomb
from town.geometry import Position
from town.places import Camera, HttpSnapshot, Rtsp, Town
from town.settings import LookLimits

NOW = datetime(2026, 5, 1, 4, 0, tzinfo=UTC)
TOWN = Town(id="yizhuang", name="亦庄镇")
LIMITS = LookLimits(allow_loopback=True, deadline=timedelta(minutes=2))
SOON = timedelta(seconds=5)
PICTURE = jpeg(640, 480)
HEALTHY = 140
EIGHT_EACH = {
    "hangs": (Shot(PICTURE, hangs="before"), "timed_out"),
    "hangs-late": (Shot(PICTURE, hangs="after_headers"), "timed_out"),
    "drips": (Shot(PICTURE, drip_s=5), "timed_out"),
    "redirects": (Shot(status=302, location="http://10.0.0.1/"), "redirected"),
    "lies": (Shot(b"<html>", content_type="image/jpeg"), "wrong_type"),
    "breaks-off": (Shot(PICTURE, cut_at=5000), "undecodable"),
    "bombs": (jpeg_bomb(), "too_large"),
}


def test_sixty_broken_cameras_of_two_hundred_do_not_keep_a_healthy_one_from_being_seen() -> None:
    with ExitStack() as stack:
        server = stack.enter_context(CameraServer())
        wanted = _healthy(server) | _broken(server, stack)
        seen = asyncio.run(_look_at_all(wanted))

    assert len(wanted) == 200
    assert Counter(seen.values())["done"] == HEALTHY
    assert seen == {name: expected for name, (_, expected) in wanted.items()}


def test_healthy_cameras_are_done_while_the_hanging_ones_still_hang() -> None:
    """The hanging cameras have an hour: were a healthy one to wait for them, the test would not end."""

    async def look() -> set[str]:
        hanging = [asyncio.ensure_future(_outcome(_camera(f"h{number}", server.url("/hangs")), timedelta(hours=1))) for number in range(60)]
        healthy = await asyncio.gather(
            *(_outcome(_camera(f"g{number}", server.url("/good")), timedelta(minutes=2)) for number in range(140))
        )
        assert not any(look.done() for look in hanging)
        for one in hanging:
            one.cancel()
        await asyncio.wait(hanging)
        return set(healthy)

    with CameraServer() as server:
        server.shows("/hangs", Shot(PICTURE, hangs="before"))
        server.shows("/good", PICTURE)
        assert asyncio.run(look()) == {"done"}


def _healthy(server: CameraServer) -> dict[str, tuple[Camera, str]]:
    shots = (Shot(PICTURE), hikvision(PICTURE, "admin", "secret"), dahua(PICTURE, "admin", "secret"), Shot(PICTURE, delay_s=0.2))
    return {
        f"good-{number}": (_camera(f"good-{number}", server.shows(f"/good-{number}", shots[number % len(shots)])), "done")
        for number in range(HEALTHY)
    }


def _broken(server: CameraServer, stack: ExitStack) -> dict[str, tuple[Camera, str]]:
    closed = stack.enter_context(closed_port())
    silent = stack.enter_context(ScriptedServer(None))
    wanted = {
        f"{kind}-{number}": (_camera(f"{kind}-{number}", server.shows(f"/{kind}-{number}", shot)), expected)
        for kind, (shot, expected) in EIGHT_EACH.items()
        for number in range(8)
    }
    wanted["refuses"] = (_camera("refuses", f"http://127.0.0.1:{closed}/"), "unreachable")
    wanted["forbidden"] = (_camera("forbidden", "http://169.254.169.254/latest"), "forbidden_address")
    wanted["no-rtsp"] = (_camera("no-rtsp", f"rtsp://127.0.0.1:{closed}/"), "unreachable")
    wanted["silent-rtsp"] = (_camera("silent-rtsp", f"rtsp://127.0.0.1:{silent.port}/"), "timed_out")
    return wanted


def _camera(name: str, url: str) -> Camera:
    if url.startswith("rtsp"):
        source: Rtsp | HttpSnapshot = Rtsp(kind="rtsp", url=url)
    else:
        source = HttpSnapshot.model_validate({"kind": "http_snapshot", "url": url, "username": "admin", "password": "secret"})
    return Camera(id=name, name=name, grid="g1", position=Position(39.79, 116.5), source=source)


async def _look_at_all(wanted: dict[str, tuple[Camera, str]]) -> dict[str, str]:
    """What every camera gave. Only those that hang have a short deadline: how fast this machine is, is not the question."""
    looks = (_outcome(camera, SOON if expected == "timed_out" else LIMITS.deadline) for camera, expected in wanted.values())
    return dict(zip(wanted, await asyncio.gather(*looks), strict=True))


async def _outcome(camera: Camera, deadline: timedelta) -> str:
    try:
        frame = await look_at(open_source(camera, TOWN, LIMITS), NOW, deadline)
    except CameraError as error:
        return error.reason
    assert frame.camera_id == camera.id
    return "done"
