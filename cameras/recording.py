"""Frames that were recorded: a folder of pictures whose names tell the time, or a video file with its start."""

import asyncio
import re
from bisect import bisect_right
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

import cv2

from cameras.pictures import Reduction, decode_picture, full_size, reduced
from cameras.source import BadAnswer, FrameSource, NoFrame, TooLarge, Undecodable, Unreachable, WrongType
from town.places import Recording, Town
from town.settings import LookLimits
from town.sight import Frame, Image

DEFAULT_STEP = timedelta(seconds=1)
_NAME = re.compile(r"\d{4}-\d\d-\d\d_\d\d_\d\d_\d\d\.(jpe?g|png)", re.IGNORECASE)
_LOST_AT_THE_END = 60


@dataclass(frozen=True, slots=True)
class _FolderSource:
    """A `FrameSource` over recorded pictures, `times` in order and UTC."""

    camera_id: str
    times: tuple[datetime, ...]
    paths: tuple[Path, ...]
    limits: LookLimits
    reduction: Reduction

    async def fetch(self, now: datetime) -> Frame:
        """The newest frame at or before `now`. Raises NoFrame, or why the file cannot be read."""
        position = bisect_right(self.times, now) - 1
        if position < 0:
            raise NoFrame(f"the recording has no frame at or before {now:%Y-%m-%d %H:%M:%S}")
        return await asyncio.to_thread(self.frame, position)

    async def close(self) -> None:
        """Nothing is held."""

    def frame(self, position: int) -> Frame:
        path = self.paths[position]
        try:
            if path.stat().st_size > self.limits.max_bytes:
                raise TooLarge(f"{path.name} is larger than {self.limits.max_bytes} bytes")
            data = path.read_bytes()
        except OSError as error:
            raise Unreachable(f"{path.name} cannot be read") from error
        return Frame(self.camera_id, self.times[position], decode_picture(data, self.limits.max_pixels, self.reduction), data)


@dataclass(frozen=True, slots=True)
class _VideoSource:
    """A `FrameSource` over a video file; `start` is the UTC time of its first frame."""

    camera_id: str
    path: Path
    start: datetime
    limits: LookLimits
    reduction: Reduction

    async def fetch(self, now: datetime) -> Frame:
        """The newest frame at or before `now`, the last one after the end. Raises NoFrame, or why the file cannot be read."""
        if now < self.start:
            raise NoFrame(f"the recording starts at {self.start:%Y-%m-%d %H:%M:%S}, after {now:%Y-%m-%d %H:%M:%S}")
        return await asyncio.to_thread(self.frame, now - self.start)

    async def close(self) -> None:
        """Nothing is held."""

    def frame(self, offset: timedelta) -> Frame:
        with _opened(self.path, self.limits) as video:
            last = int(video.get(cv2.CAP_PROP_FRAME_COUNT)) - 1
            # The small addend undoes rounding: the frame shown at 2/30 s is frame 2, not 1.
            wanted = max(0, min(last, int(offset.total_seconds() * video.get(cv2.CAP_PROP_FPS) + 1e-3)))
            # A container's frame count may promise a few frames more than there are.
            for number in range(wanted, max(-1, wanted - _LOST_AT_THE_END), -1):
                video.set(cv2.CAP_PROP_POS_FRAMES, number)
                if video.grab():
                    return self._grabbed(video)
        raise Undecodable(f"{self.path.name} has no readable frame there")

    def frames(self, step: timedelta) -> Iterator[Frame]:
        with _opened(self.path, self.limits) as video:
            due_s = 0.0
            while video.grab():
                at_s = video.get(cv2.CAP_PROP_POS_MSEC) / 1000
                if at_s >= due_s:
                    yield self._grabbed(video)
                    due_s = (at_s // step.total_seconds() + 1) * step.total_seconds()

    def _grabbed(self, video: cv2.VideoCapture) -> Frame:
        found, image = video.retrieve()
        if not found:
            raise Undecodable(f"{self.path.name} is damaged")
        at = self.start + timedelta(milliseconds=round(video.get(cv2.CAP_PROP_POS_MSEC), 3))
        return Frame(self.camera_id, at, reduced(cast(Image, image), self.reduction))


def open_recording(recording: Recording, camera_id: str, town: Town, limits: LookLimits, reduction: Reduction = full_size) -> FrameSource:
    """A source over a recording, whose frames are made smaller by `reduction`.

    Raises Unreachable (not there), WrongType (no video, or a name that tells no time), NoFrame (empty), BadAnswer (no start).
    """
    return _opened_source(recording, camera_id, town, limits, reduction)


def frames_of(
    recording: Recording, camera_id: str, town: Town, step: timedelta | None = None, reduction: Reduction = full_size
) -> Iterator[Frame]:
    """Every frame in time order, each read when asked for, at least `step` apart (left out: all of a folder, one a second of a video).

    They are made smaller by `reduction`, as the live service makes them. Raises CameraError, for a damaged frame when its turn comes.
    """
    source = _opened_source(recording, camera_id, town, LookLimits(), reduction)
    if isinstance(source, _VideoSource):
        return source.frames(step or DEFAULT_STEP)
    return _folder_frames(source, step or timedelta(0))


def _folder_frames(source: _FolderSource, step: timedelta) -> Iterator[Frame]:
    due = datetime.min.replace(tzinfo=UTC)
    for position, at in enumerate(source.times):
        if at >= due:
            yield source.frame(position)
            due = at + step


def _opened_source(
    recording: Recording, camera_id: str, town: Town, limits: LookLimits, reduction: Reduction
) -> _FolderSource | _VideoSource:
    path = recording.path
    if path.is_dir():
        return _open_folder(path, camera_id, town, limits, reduction)
    if not path.is_file():
        raise Unreachable(f"there is no folder or video at {path}")
    if recording.start is None:
        raise BadAnswer(f"{path.name} needs the time of its first frame: write start: 2026-05-01 08:00:00")
    start = recording.start if recording.start.tzinfo else recording.start.replace(tzinfo=town.zone)
    with _opened(path, limits):
        return _VideoSource(camera_id, path, start.astimezone(UTC), limits, reduction)


def _open_folder(folder: Path, camera_id: str, town: Town, limits: LookLimits, reduction: Reduction) -> _FolderSource:
    named = sorted((_time_of(path, town), path) for path in folder.iterdir() if not path.name.startswith("."))
    if not named:
        raise NoFrame(f"the folder {folder} is empty")
    return _FolderSource(camera_id, tuple(at for at, _ in named), tuple(path for _, path in named), limits, reduction)


def _time_of(path: Path, town: Town) -> datetime:
    misnamed = WrongType(f"{path.name} is not named YYYY-MM-DD_HH_MM_SS.jpg or .png, the time at which it was taken")
    if not _NAME.fullmatch(path.name):
        raise misnamed
    try:
        local = datetime.strptime(path.stem, "%Y-%m-%d_%H_%M_%S").replace(tzinfo=town.zone)
    except ValueError as error:
        raise misnamed from error
    return local.astimezone(UTC)


@contextmanager
def _opened(path: Path, limits: LookLimits) -> Iterator[cv2.VideoCapture]:
    video = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)
    try:
        if not video.isOpened():
            raise WrongType(f"{path.name} is no video that can be read")
        width, height = int(video.get(cv2.CAP_PROP_FRAME_WIDTH)), int(video.get(cv2.CAP_PROP_FRAME_HEIGHT))
        if width * height > limits.max_pixels:
            raise TooLarge(f"{path.name} is {width} by {height} pixels, {limits.max_pixels} pixels are allowed")
        yield video
    finally:
        video.release()
