import asyncio
import logging
import socket
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import psutil
import pytest

from cameras.http_snapshot import HttpSnapshotSource
from cameras.look import look_at
from cameras.source import CameraError
from tests.doubles.camera_servers import (
    DAHUA_PATH,
    HIKVISION_PATH,
    CameraServer,
    ScriptedServer,
    Shot,
    closed_port,
    dahua,
    hikvision,
    jpeg,
    jpeg_bomb,
    png,
    png_bomb,
)
from town.places import HttpSnapshot
from town.settings import LookLimits
from town.sight import Frame

NOW = datetime(2026, 5, 1, 4, 0, tzinfo=UTC)
LIMITS = LookLimits(allow_loopback=True)
GENEROUS = timedelta(seconds=60)
SOON = timedelta(seconds=0.5)
USER, SECRET = "admin", "correct horse:battery/staple€"


@pytest.fixture
def server() -> Any:
    with CameraServer() as server:
        yield server


def look(
    url: str, username: str | None = None, password: str | None = None, limits: LookLimits = LIMITS, by: timedelta = GENEROUS
) -> Frame:
    camera = HttpSnapshot.model_validate({"kind": "http_snapshot", "url": url, "username": username, "password": password})
    return asyncio.run(look_at(HttpSnapshotSource("gate-3", camera, limits), NOW, by))


def reason(url: str, **how: Any) -> str:
    with pytest.raises(CameraError) as caught:
        look(url, **how)
    assert SECRET not in str(caught.value)
    return caught.value.reason


@pytest.mark.parametrize("body", [jpeg(640, 480), png(640, 480)], ids=["jpeg", "png"])
@pytest.mark.parametrize("content_type", ["image/jpeg", "image/png", "text/html", "application/octet-stream"])
def test_a_picture_is_a_picture_whatever_the_camera_calls_it(server: CameraServer, body: bytes, content_type: str) -> None:
    url = server.shows("/a.jpg", Shot(body, content_type=content_type))

    frame = look(url)

    assert (frame.camera_id, frame.taken_at, frame.image.shape) == ("gate-3", NOW, (480, 640, 3))


@pytest.mark.parametrize("auth", ["basic", "digest", "both"])
def test_the_camera_gets_the_credentials_it_asks_for(server: CameraServer, auth: Any) -> None:
    url = server.shows("/a.jpg?channel=2", Shot(jpeg(64, 48), auth=auth, username=USER, password=SECRET))

    assert look(url, USER, SECRET).image.shape == (48, 64, 3)
    assert [asked.authorization.partition(" ")[0] for asked in server.asked] == ["", "Basic" if auth == "basic" else "Digest"]


@pytest.mark.parametrize("auth", ["basic", "digest", "both", "bearer"])
@pytest.mark.parametrize(("username", "password"), [(None, None), (USER, "wrong"), (USER, None), ("guest", SECRET)])
def test_wrong_credentials_are_refused_after_two_requests_at_most(
    server: CameraServer, auth: Any, username: str | None, password: str | None
) -> None:
    url = server.shows("/a.jpg", Shot(jpeg(64, 48), auth=auth, username=USER, password=SECRET))

    assert reason(url, username=username, password=password) == "auth_refused"
    assert len(server.asked) <= 2


def test_credentials_are_never_sent_to_a_camera_that_does_not_ask(server: CameraServer) -> None:
    look(server.shows("/a.jpg", jpeg(64, 48)), USER, SECRET)

    assert [asked.authorization for asked in server.asked] == [""]


@pytest.mark.parametrize("path", [HIKVISION_PATH, HIKVISION_PATH.replace("101", "201")])
def test_a_hikvision_snapshot_is_fetched(server: CameraServer, path: str) -> None:
    url = server.shows(path, hikvision(jpeg(1280, 720), USER, SECRET))

    assert look(url, USER, SECRET).image.shape == (720, 1280, 3)
    assert server.asked[-1].authorization.startswith("Digest ")


@pytest.mark.parametrize("path", [DAHUA_PATH, DAHUA_PATH.partition("?")[0]])
def test_a_dahua_snapshot_is_fetched(server: CameraServer, path: str) -> None:
    url = server.shows(path, dahua(jpeg(1280, 720), USER, SECRET))

    assert look(url, USER, SECRET).image.shape == (720, 1280, 3)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_never_followed(server: CameraServer, status: int) -> None:
    server.shows("/there.jpg", jpeg(64, 48))
    url = server.shows("/here.jpg", Shot(status=status, location=server.url("/there.jpg")))

    assert reason(url) == "redirected"
    assert [asked.path for asked in server.asked] == ["/here.jpg"]


@pytest.mark.parametrize(("status", "expected"), [(403, "auth_refused"), (404, "bad_answer"), (503, "bad_answer"), (204, "bad_answer")])
def test_other_statuses_are_named(server: CameraServer, status: int, expected: str) -> None:
    assert reason(server.shows("/a.jpg", Shot(b"", status=status))) == expected


@pytest.mark.parametrize("body", [b"", b"<html>login</html>", b"GIF89a" + bytes(500), b"--frame\r\nContent-Type: image/jpeg\r\n\r\n"])
def test_a_camera_that_lies_about_its_type_is_found_out(server: CameraServer, body: bytes) -> None:
    assert reason(server.shows("/a.jpg", Shot(body, content_type="image/jpeg"))) == "wrong_type"


def test_the_wrong_type_is_noticed_at_the_first_bytes_of_an_endless_stream(server: CameraServer) -> None:
    endless = Shot(b"--frame\r\n" * 200_000, content_type="multipart/x-mixed-replace", drip_s=0.01, declares_length=False)

    assert reason(server.shows("/a.mjpg", endless)) == "wrong_type"


@pytest.mark.parametrize("declares_length", [True, False])
@pytest.mark.parametrize("body", [jpeg(640, 480), png(640, 480)], ids=["jpeg", "png"])
def test_a_picture_that_breaks_off_is_undecodable(server: CameraServer, body: bytes, declares_length: bool) -> None:
    url = server.shows("/a.jpg", Shot(body, cut_at=len(body) // 2, declares_length=declares_length))

    assert reason(url) == "undecodable"


@pytest.mark.parametrize("bomb", [jpeg_bomb(), png_bomb()], ids=["jpeg", "png"])
def test_a_giant_of_fifty_thousand_by_fifty_thousand_costs_nothing(server: CameraServer, bomb: bytes) -> None:
    url = server.shows("/a.jpg", bomb)
    before = psutil.Process().memory_info().rss

    assert reason(url) == "too_large"
    assert psutil.Process().memory_info().rss - before < 50_000_000


@pytest.mark.parametrize("declares_length", [True, False])
def test_more_bytes_than_allowed_are_refused_before_they_are_read(server: CameraServer, declares_length: bool) -> None:
    endless = Shot(jpeg(640, 480) + bytes(50_000_000), declares_length=declares_length)

    assert reason(server.shows("/a.jpg", endless), limits=LIMITS.model_copy(update={"max_bytes": 100_000})) == "too_large"


def test_an_endless_refusal_is_not_read_to_its_end(server: CameraServer) -> None:
    refusal = b"no " * 30_000_000
    url = server.shows("/a.jpg", Shot(jpeg(64, 48), auth="digest", username=USER, password=SECRET, refusal=refusal))
    before = psutil.Process().memory_info().rss

    assert look(url, USER, SECRET).image.shape == (48, 64, 3)
    assert psutil.Process().memory_info().rss - before < 50_000_000


@pytest.mark.parametrize(
    "shot",
    [
        Shot(jpeg(64, 48), hangs="before"),
        Shot(jpeg(64, 48), hangs="after_headers"),
        Shot(jpeg(640, 480), drip_s=0.2),
        Shot(jpeg(64, 48), delay_s=300),
    ],
    ids=["before", "after_headers", "drip", "delay"],
)
def test_a_camera_that_keeps_one_waiting_ends_by_the_deadline(server: CameraServer, shot: Shot) -> None:
    assert reason(server.shows("/a.jpg", shot), by=SOON) == "timed_out"


def test_a_camera_that_refuses_the_connection_is_unreachable() -> None:
    with closed_port() as port:
        assert reason(f"http://127.0.0.1:{port}/a.jpg") == "unreachable"


def test_a_camera_that_speaks_no_http_gives_a_bad_answer() -> None:
    for greeting in (b"SSH-2.0-OpenSSH_9.2\r\n\r\n", b""):
        with ScriptedServer(greeting, hangs_up=True) as server:
            assert reason(f"http://127.0.0.1:{server.port}/a.jpg") == "bad_answer"


@pytest.mark.parametrize("challenge", [b"Digest", b"Digest nonsense", b'Digest realm="a"', b'Digest realm="a", nonce="b", algorithm=ROT13'])
def test_a_broken_digest_challenge_is_a_bad_answer(challenge: bytes) -> None:
    answer = b"HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: " + challenge + b"\r\nContent-Length: 0\r\n\r\n"
    with ScriptedServer(answer, hangs_up=True) as server:
        assert reason(f"http://127.0.0.1:{server.port}/a.jpg", username=USER, password=SECRET) == "bad_answer"


def test_an_address_outside_the_networks_is_never_connected_to(server: CameraServer) -> None:
    url = server.shows("/a.jpg", jpeg(64, 48))

    assert reason(url, limits=LookLimits()) == "forbidden_address"
    assert server.asked == []


def test_the_name_is_resolved_once_and_the_checked_address_is_used(server: CameraServer, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter(["127.0.0.1", "10.9.9.9", "10.9.9.9"])
    real = socket.getaddrinfo
    monkeypatch.setattr(
        socket, "getaddrinfo", lambda host, *rest, **more: real(next(answers) if host == "camera.test" else host, *rest, **more)
    )
    server.shows("/a.jpg", Shot(jpeg(64, 48), auth="digest", username=USER, password=SECRET))

    look(f"http://camera.test:{server.port}/a.jpg", USER, SECRET)

    assert {asked.host for asked in server.asked} == {f"camera.test:{server.port}"}
    assert next(answers) == "10.9.9.9"


def test_a_proxy_named_in_the_environment_is_not_used(server: CameraServer, monkeypatch: pytest.MonkeyPatch) -> None:
    with closed_port() as port:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{port}")
        assert look(server.shows("/a.jpg", jpeg(64, 48))).image.shape == (48, 64, 3)


def test_no_socket_stays_open_after_a_look_be_it_done_failed_or_cancelled(server: CameraServer) -> None:
    server.shows("/good.jpg", jpeg(64, 48))
    server.shows("/hangs.jpg", Shot(jpeg(64, 48), hangs="after_headers"))

    async def looks() -> int:
        for path in ("/good.jpg", "/gone.jpg", "/hangs.jpg"):
            camera = HttpSnapshot(kind="http_snapshot", url=server.url(path))
            with suppress(CameraError):
                await look_at(HttpSnapshotSource("gate-3", camera, LIMITS), NOW, SOON)
        return sum(
            1 for one in psutil.Process().net_connections() if one.raddr and one.raddr.port == server.port and one.status == "ESTABLISHED"
        )

    assert asyncio.run(looks()) == 0


def test_neither_password_nor_url_query_reaches_the_log(server: CameraServer, caplog: pytest.LogCaptureFixture) -> None:
    url = server.shows("/a.jpg?user=admin&pwd=hunter2", Shot(jpeg(64, 48), auth="basic", username=USER, password=SECRET))
    with caplog.at_level(logging.INFO):
        look(url, USER, SECRET)

    assert "hunter2" not in caplog.text
    assert SECRET not in caplog.text
