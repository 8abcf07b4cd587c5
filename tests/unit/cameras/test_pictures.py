import struct
from datetime import UTC, datetime

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cameras.pictures import decode_picture, for_a_person, reduced
from cameras.source import CameraError, TooLarge, Undecodable, WrongType
from tests.doubles.camera_servers import jpeg, jpeg_bomb, png, png_bomb, scene
from town.sight import Frame

PIXELS = 25_000_000
NOON = datetime(2026, 5, 1, 4, tzinfo=UTC)


@pytest.mark.parametrize("data", [jpeg(320, 240), png(320, 240)], ids=["jpeg", "png"])
def test_a_whole_picture_is_decoded_as_blue_green_red(data: bytes) -> None:
    image = decode_picture(data, PIXELS)

    assert (image.shape, image.dtype) == ((240, 320, 3), np.uint8)
    assert abs(image.astype(int) - scene(320, 240)).mean() < 8


def test_a_grey_picture_still_has_three_channels() -> None:
    grey = cv2.imencode(".jpg", scene(64, 48)[:, :, 0])[1].tobytes()

    assert decode_picture(grey, PIXELS).shape == (48, 64, 3)


@pytest.mark.parametrize("flag", [cv2.IMWRITE_JPEG_PROGRESSIVE, cv2.IMWRITE_JPEG_RST_INTERVAL])
def test_progressive_pictures_and_restart_markers_are_whole_too(flag: int) -> None:
    data = cv2.imencode(".jpg", scene(320, 240), [flag, 1])[1].tobytes()

    assert decode_picture(data, PIXELS).shape == (240, 320, 3)


def test_padding_after_the_end_of_a_jpeg_is_harmless() -> None:
    assert decode_picture(jpeg(64, 48) + bytes(500), PIXELS).shape == (48, 64, 3)


@pytest.mark.parametrize("data", [b"", b"\xff", b"<html>no</html>", b"GIF89a" + bytes(50), b"BM" + bytes(90), b"--boundary\r\n"])
def test_what_is_neither_jpeg_nor_png_is_the_wrong_type(data: bytes) -> None:
    with pytest.raises(WrongType):
        decode_picture(data, PIXELS)


@pytest.mark.parametrize("bomb", [jpeg_bomb(), png_bomb()], ids=["jpeg", "png"])
def test_a_giant_is_refused_by_its_header(bomb: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cv2, "imdecode", None)

    with pytest.raises(TooLarge, match="50000 by 50000"):
        decode_picture(bomb, PIXELS)


def test_the_pixel_limit_itself_is_allowed() -> None:
    assert decode_picture(jpeg(64, 64), 64 * 64).shape == (64, 64, 3)
    with pytest.raises(TooLarge):
        decode_picture(jpeg(64, 64), 64 * 64 - 1)


@pytest.mark.parametrize("data", [jpeg(320, 240), png(320, 240)], ids=["jpeg", "png"])
@pytest.mark.parametrize("share", [0.02, 0.3, 0.9, 0.999])
def test_a_cut_off_picture_is_undecodable_and_never_filled_with_grey(data: bytes, share: float) -> None:
    with pytest.raises(Undecodable):
        decode_picture(data[: int(len(data) * share)], PIXELS)


def test_the_end_of_a_thumbnail_is_not_taken_for_the_end_of_the_picture() -> None:
    thumbnail = jpeg(64, 48)
    segment = b"\xff\xe1" + (len(thumbnail) + 2).to_bytes(2, "big") + thumbnail
    data = jpeg(320, 240)
    with_thumbnail = data[:2] + segment + data[2:]

    assert decode_picture(with_thumbnail, PIXELS).shape == (240, 320, 3)
    with pytest.raises(Undecodable):
        decode_picture(with_thumbnail[:-2], PIXELS)


@settings(deadline=None)
@given(st.binary(max_size=200), st.sampled_from([b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b""]))
def test_any_bytes_give_a_picture_or_a_named_failure(tail: bytes, magic: bytes) -> None:
    try:
        image = decode_picture(magic + tail, 10_000)
    except CameraError as error:
        assert error.reason in {"wrong_type", "too_large", "undecodable"}
    else:
        assert image.ndim == 3


@settings(deadline=None)
@given(st.integers(2, 20_000), st.integers(0, 255))
def test_a_damaged_jpeg_gives_a_picture_or_a_named_failure(at: int, value: int) -> None:
    data = bytearray(jpeg(96, 64))
    data[at % len(data)] = value
    try:
        assert decode_picture(bytes(data), 10_000).ndim == 3
    except CameraError as error:
        assert error.reason in {"wrong_type", "too_large", "undecodable"}


@pytest.mark.parametrize("times", [1, 2, 4, 8])
@pytest.mark.parametrize("data", [jpeg(322, 243), png(322, 243)], ids=["jpeg", "png"])
def test_a_picture_may_be_taken_smaller_and_shows_the_same(data: bytes, times: int) -> None:
    asked: list[tuple[int, int]] = []

    image = decode_picture(data, PIXELS, lambda width, height: asked.append((width, height)) or times)

    whole = cv2.resize(decode_picture(data, PIXELS), image.shape[1::-1], interpolation=cv2.INTER_AREA)
    assert asked == [(322, 243)]
    assert abs(image.shape[0] - 243 / times) <= 1
    assert abs(image.shape[1] - 322 / times) <= 1
    assert abs(image.astype(int) - whole).mean() < 8


@pytest.mark.parametrize("times", [1, 2, 4, 8])
def test_a_picture_that_came_decoded_is_made_as_small_as_one_that_was_decoded_small(times: int) -> None:
    data = jpeg(322, 243)

    assert reduced(decode_picture(data, PIXELS), lambda *_: times).shape == decode_picture(data, PIXELS, lambda *_: times).shape


def test_a_picture_that_says_it_lies_on_its_side_is_turned_at_any_size() -> None:
    tags = struct.pack(">2sHIHHHIHHI", b"MM", 42, 8, 1, 0x0112, 3, 1, 6, 0, 0)
    turned = b"\xff\xd8\xff\xe1" + struct.pack(">H", len(tags) + 8) + b"Exif\0\0" + tags + jpeg(320, 240)[2:]

    assert decode_picture(turned, PIXELS).shape == (320, 240, 3)
    assert decode_picture(turned, PIXELS, lambda *_: 2).shape == (160, 120, 3)


@pytest.mark.parametrize(("width", "height", "shown"), [(1280, 720, (720, 1280)), (2560, 1440, (720, 1280)), (1920, 1080, (1080, 1920))])
def test_a_person_sees_more_of_a_frame_than_its_zones_needed(width: int, height: int, shown: tuple[int, int]) -> None:
    data = jpeg(width, height)
    frame = Frame("gate-3", NOON, decode_picture(data, width * height, lambda *_: 2), data)
    assert for_a_person(frame).image.shape[:2] == shown
    assert (for_a_person(frame).camera_id, for_a_person(frame).taken_at) == ("gate-3", NOON)


def test_a_person_sees_no_less_of_a_frame_than_the_network_did() -> None:
    data = jpeg(3840, 2160)
    frame = Frame("gate-3", NOON, decode_picture(data, 3840 * 2160), data)
    assert for_a_person(frame) is frame


def test_a_frame_that_came_decoded_is_all_there_is() -> None:
    frame = Frame("gate-3", NOON, decode_picture(jpeg(64, 48), PIXELS))
    assert for_a_person(frame) is frame
