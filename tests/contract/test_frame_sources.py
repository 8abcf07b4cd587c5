"""What every kind of camera promises, held against each kind with real servers and files."""

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cameras.look import look_at
from cameras.opening import open_source
from cameras.source import CameraError, FrameSource
from tests.doubles.camera_servers import CameraServer, RtspCamera, jpeg, skip_without_rtsp
from town.geometry import Position
from town.places import Camera, Town
from town.settings import LookLimits

NOW = datetime(2026, 5, 1, 4, 0, tzinfo=UTC)
TOWN = Town(id="yizhuang", name="亦庄镇")
LIMITS = LookLimits(allow_loopback=True, deadline=timedelta(seconds=60))
GENEROUS = timedelta(seconds=60)


@pytest.fixture(scope="module", params=["http_snapshot", "rtsp", "recording"])
def camera(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Camera]:
    """A healthy camera of each kind, 320 by 240."""
    with ExitStack() as stack:
        yield _camera(_source(request.param, tmp_path_factory.mktemp("pictures"), stack))


@pytest.fixture(scope="module", params=["http_snapshot", "rtsp", "recording"])
def broken(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Camera]:
    """A camera of each kind that can be opened and has nothing to give."""
    folder = tmp_path_factory.mktemp("pictures")
    (folder / "2026-05-01_08_00_00.jpg").write_bytes(b"no picture")
    with CameraServer() as server:
        sources = {
            "http_snapshot": {"url": server.url("/gone.jpg")},
            "rtsp": {"url": f"rtsp://127.0.0.1:{server.port}/gone"},
            "recording": {"path": folder},
        }
        yield _camera({"kind": request.param, **sources[request.param]})


def test_a_frame_carries_its_camera_a_utc_time_not_after_now_and_a_writable_colour_picture(camera: Camera) -> None:
    frame = asyncio.run(look_at(_opened(camera), NOW, GENEROUS))

    assert frame.camera_id == "gate-3"
    assert frame.taken_at.tzinfo is UTC
    assert frame.taken_at <= NOW
    assert (frame.image.shape, frame.image.dtype) == ((240, 320, 3), np.uint8)
    assert frame.image.flags.writeable
    assert frame.image.flags.c_contiguous


def test_every_look_gives_a_picture_of_its_own(camera: Camera) -> None:
    source = _opened(camera)

    async def twice() -> Any:
        return (await source.fetch(NOW)).image, (await source.fetch(NOW)).image

    one, other = asyncio.run(twice())
    one[:] = 0
    assert other.mean() > 30


def test_looks_may_overlap(camera: Camera) -> None:
    source = _opened(camera)

    async def at_once() -> list[Any]:
        return await asyncio.gather(*(source.fetch(NOW) for _ in range(4)))

    assert {frame.image.shape for frame in asyncio.run(at_once())} == {(240, 320, 3)}


def test_closing_may_be_repeated_and_needs_no_look(camera: Camera) -> None:
    source = _opened(camera)

    async def close_twice() -> None:
        await source.close()
        await source.close()

    asyncio.run(close_twice())


def test_a_look_that_is_cancelled_at_once_or_later_harms_no_later_look(camera: Camera) -> None:
    source = _opened(camera)

    async def cancel_then_look(turns: int) -> Any:
        looking = asyncio.ensure_future(source.fetch(NOW))
        for _ in range(turns):
            await asyncio.sleep(0)
        looking.cancel()
        await asyncio.wait({looking})
        return await source.fetch(NOW)

    for turns in (0, 1, 2, 5, 20):
        assert asyncio.run(cancel_then_look(turns)).image.shape == (240, 320, 3)


def test_a_source_outlives_the_event_loop_it_was_first_used_on(camera: Camera) -> None:
    source = _opened(camera)

    shapes = [asyncio.run(source.fetch(NOW)).image.shape for _ in range(2)]

    assert shapes == [(240, 320, 3)] * 2


def test_the_pixel_limit_holds(camera: Camera) -> None:
    source = open_source(camera, TOWN, LIMITS.model_copy(update={"max_pixels": 5000}))

    with pytest.raises(CameraError) as caught:
        asyncio.run(source.fetch(NOW))
    assert caught.value.reason == "too_large"


def test_frames_are_made_as_small_as_their_use_allows(camera: Camera) -> None:
    source = open_source(camera, TOWN, LIMITS, lambda width, height: 2 if (width, height) == (320, 240) else 1)

    assert asyncio.run(source.fetch(NOW)).image.shape == (120, 160, 3)


def test_a_camera_with_nothing_to_give_fails_with_a_named_reason(broken: Camera) -> None:
    with pytest.raises(CameraError) as caught:
        asyncio.run(_opened(broken).fetch(NOW))
    assert caught.value.reason in {"bad_answer", "wrong_type"}


def _opened(camera: Camera) -> FrameSource:
    return open_source(camera, TOWN, LIMITS)


def _camera(source: dict[str, Any]) -> Camera:
    return Camera.model_validate({"id": "gate-3", "name": "三号门", "grid": "g1", "position": Position(39.79, 116.5), "source": source})


def _source(kind: str, folder: Path, stack: ExitStack) -> dict[str, Any]:
    picture = folder / "2026-05-01_08_00_00.jpg"
    picture.write_bytes(jpeg(320, 240))
    if kind == "http_snapshot":
        return {"kind": kind, "url": stack.enter_context(CameraServer()).shows("/a.jpg", jpeg(320, 240))}
    if kind == "rtsp":
        skip_without_rtsp()
        return {"kind": kind, "url": stack.enter_context(RtspCamera(images=[picture, picture])).url}
    return {"kind": kind, "path": folder}
