import asyncio
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

import cv2
import pytest

from cameras.opening import open_source
from cameras.recording import frames_of
from cameras.source import BadAnswer, CameraError, NoFrame, TooLarge, Undecodable, Unreachable, WrongType
from tests.doubles.camera_servers import jpeg, png, scene
from town.geometry import Position
from town.places import Camera, Recording, Town
from town.settings import LookLimits
from town.sight import Frame

BEIJING = Town(id="yizhuang", name="亦庄镇")
LIMITS = LookLimits()
EIGHT = datetime(2026, 5, 1, 0, 0, tzinfo=UTC)
"""Eight in the morning in Beijing."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three pictures, five minutes apart from eight o'clock on, local time; the middle one a PNG."""
    (tmp_path / "2026-05-01_08_10_00.jpg").write_bytes(jpeg(64, 48, 3))
    (tmp_path / "2026-05-01_08_00_00.jpg").write_bytes(jpeg(64, 48, 1))
    (tmp_path / "2026-05-01_08_05_00.png").write_bytes(png(96, 48, 2))
    (tmp_path / ".hidden").write_bytes(b"")
    return tmp_path


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three seconds at ten frames a second, each frame as bright as its number times eight."""
    path = tmp_path_factory.mktemp("video") / "clip.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 10, (64, 48))
    for number in range(30):
        writer.write(scene(64, 48) // 32 + number * 8)
    writer.release()
    return path


def fetch(path: Path, now: datetime, start: datetime | None = None, limits: LookLimits = LIMITS) -> Frame:
    source = open_source(_camera(path, start), BEIJING, limits)
    return asyncio.run(source.fetch(now))


@pytest.mark.parametrize(("minutes", "expected"), [(0, 0), (4, 0), (5, 5), (9.99, 5), (10, 10), (60 * 24, 10)])
def test_a_folder_gives_the_newest_frame_at_or_before_now(folder: Path, minutes: float, expected: int) -> None:
    frame = fetch(folder, EIGHT + timedelta(minutes=minutes))

    assert frame.taken_at == EIGHT + timedelta(minutes=expected)
    assert frame.image.shape == ((48, 96, 3) if expected == 5 else (48, 64, 3))


def test_before_the_first_frame_there_is_none(folder: Path) -> None:
    with pytest.raises(NoFrame):
        fetch(folder, EIGHT - timedelta(seconds=1))


def test_names_are_read_in_the_towns_time_zone_and_times_are_utc(folder: Path) -> None:
    recording = Recording(kind="recording", path=folder)
    madrid = Town(id="madrid", name="Madrid", timezone="Europe/Madrid")

    assert next(frames_of(recording, "gate-3", BEIJING)).taken_at == EIGHT
    assert next(frames_of(recording, "gate-3", madrid)).taken_at == datetime(2026, 5, 1, 6, 0, tzinfo=UTC)
    assert next(frames_of(recording, "gate-3", madrid)).taken_at.tzinfo is UTC


def test_the_frames_of_a_folder_come_in_time_order_with_the_cameras_name(folder: Path) -> None:
    frames = list(frames_of(Recording(kind="recording", path=folder), "gate-3", BEIJING))

    assert [frame.taken_at for frame in frames] == [EIGHT + timedelta(minutes=minutes) for minutes in (0, 5, 10)]
    assert {frame.camera_id for frame in frames} == {"gate-3"}


def test_a_step_thins_a_folder(folder: Path) -> None:
    frames = frames_of(Recording(kind="recording", path=folder), "gate-3", BEIJING, timedelta(minutes=6))

    assert [frame.taken_at for frame in frames] == [EIGHT, EIGHT + timedelta(minutes=10)]


def test_frames_are_read_only_when_their_turn_comes(folder: Path) -> None:
    (folder / "2026-05-01_08_05_00.png").write_bytes(png(96, 48)[:200])
    frames = frames_of(Recording(kind="recording", path=folder), "gate-3", BEIJING)

    assert next(frames).taken_at == EIGHT
    with pytest.raises(Undecodable):
        next(frames)


@pytest.mark.parametrize("name", ["IMG_0001.jpg", "2026-05-01 08:00:00.jpg", "2026-13-01_08_00_00.jpg", "2026-05-01_08_00_00.gif"])
def test_a_file_whose_name_tells_no_time_is_named_when_opening(folder: Path, name: str) -> None:
    (folder / name).write_bytes(jpeg(64, 48))

    with pytest.raises(WrongType, match=name):
        open_source(_camera(folder), BEIJING, LIMITS)


def test_an_empty_folder_a_missing_path_and_a_video_without_a_start_are_refused_when_opening(tmp_path: Path, video: Path) -> None:
    with pytest.raises(NoFrame):
        open_source(_camera(tmp_path), BEIJING, LIMITS)
    with pytest.raises(Unreachable):
        open_source(_camera(tmp_path / "gone"), BEIJING, LIMITS)
    with pytest.raises(BadAnswer, match="start"):
        open_source(_camera(video), BEIJING, LIMITS)


def test_a_file_that_is_no_video_is_the_wrong_type(tmp_path: Path) -> None:
    (tmp_path / "clip.mp4").write_bytes(b"no video at all")

    with pytest.raises(WrongType):
        open_source(_camera(tmp_path / "clip.mp4", EIGHT), BEIJING, LIMITS)


def test_the_limits_hold_for_recorded_pictures_too(folder: Path, video: Path) -> None:
    with pytest.raises(TooLarge, match="bytes"):
        fetch(folder, EIGHT, limits=LookLimits(max_bytes=1024))
    (folder / "2026-05-01_08_00_00.jpg").write_bytes(jpeg(640, 480))
    with pytest.raises(TooLarge, match="pixels"):
        fetch(folder, EIGHT, limits=LookLimits(max_pixels=5000))
    with pytest.raises(CameraError, match="no frame at or before"):
        fetch(folder, EIGHT - timedelta(days=1))


@pytest.mark.parametrize(("seconds", "expected"), [(0, 0), (0.05, 0), (0.1, 1), (1.0, 10), (1.26, 12), (2.9, 29), (900, 29)])
def test_a_video_gives_the_frame_that_shows_at_now(video: Path, seconds: float, expected: int) -> None:
    frame = fetch(video, EIGHT + timedelta(seconds=seconds), EIGHT)

    assert frame.taken_at == EIGHT + timedelta(seconds=expected / 10)
    assert round((frame.image.mean() - scene(64, 48).mean() / 32) / 8) == expected


def test_before_its_start_a_video_has_no_frame(video: Path) -> None:
    with pytest.raises(NoFrame):
        fetch(video, EIGHT - timedelta(seconds=1), EIGHT)


def test_a_start_without_a_zone_is_the_towns_own_time(video: Path) -> None:
    frame = fetch(video, EIGHT, datetime(2026, 5, 1, 8, 0))  # noqa: DTZ001

    assert frame.taken_at == EIGHT


@pytest.mark.parametrize(("step_s", "expected"), [(None, [0.0, 1.0, 2.0]), (0.5, [0.0, 0.5, 1.0, 1.5, 2.0, 2.5]), (10, [0.0])])
def test_the_frames_of_a_video_are_a_step_apart(video: Path, step_s: float | None, expected: list[float]) -> None:
    recording = Recording(kind="recording", path=video, start=EIGHT)

    frames = list(frames_of(recording, "gate-3", BEIJING, None if step_s is None else timedelta(seconds=step_s)))

    assert [(frame.taken_at - EIGHT).total_seconds() for frame in frames] == expected


def test_a_video_may_be_left_in_the_middle(video: Path) -> None:
    frames = frames_of(Recording(kind="recording", path=video, start=EIGHT), "gate-3", BEIJING)

    assert len(list(islice(frames, 2))) == 2


def _camera(path: Path, start: datetime | None = None) -> Camera:
    recording = Recording(kind="recording", path=path, start=start)
    return Camera(id="gate-3", name="三号门", grid="g1", position=Position(39.79, 116.5), source=recording)


def test_a_recording_is_judged_at_the_size_at_which_the_camera_would_be(folder: Path, video: Path) -> None:
    pictures, clip = Recording(kind="recording", path=folder), Recording(kind="recording", path=video, start=EIGHT)

    for recording in (pictures, clip):
        frame = next(frames_of(recording, "gate-3", BEIJING, None, lambda *_: 2))
        assert frame.image.shape == (24, 32, 3)
