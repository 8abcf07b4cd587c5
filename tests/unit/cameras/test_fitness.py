from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import cv2
import numpy as np
import pytest

from cameras.fitness import FROZEN_FOR, FROZEN_LOOKS, Fitness, FitnessMemory, judge_fitness
from tests.doubles.camera_servers import data_or_skip, scene
from town.sight import Frame

NOON = datetime(2026, 5, 1, 4, 0, tzinfo=UTC)
VIDEOS = ("roadside-parking.mp4", "pedestrian-street.mp4", "passing-cars.mp4")


def reason_of(image: Any, memory: FitnessMemory | None = None, at: datetime = NOON) -> str:
    return judge_fitness(_frame(image, at), memory).reason


def test_a_plain_street_is_fit() -> None:
    fitness = judge_fitness(_frame(scene(1280, 720), NOON), None)

    assert (fitness.fit, fitness.reason) == (True, "fit")


@pytest.mark.parametrize("folder", ["sequence1/frames", "sequence2/frames", "sequence3/frames", "sequence4/frames", "empty-day"])
def test_no_real_frame_of_the_car_park_is_unfit_by_day_or_at_dusk(folder: str) -> None:
    paths = sorted(data_or_skip(f"parking/{folder}").glob("*.jpg"))

    assert {path.name: reason for path in paths if (reason := reason_of(cv2.imread(str(path)))) != "fit"} == {}


@pytest.mark.parametrize("name", VIDEOS)
def test_no_real_frame_of_a_clip_is_unfit(name: str) -> None:
    assert {reason_of(image) for image in _frames_of_clip(name)} == {"fit"}


@pytest.mark.parametrize("share", [0.15, 0.05, 0.0])
def test_a_picture_without_light_is_black(share: float) -> None:
    assert {reason_of(_noisy(image * share)) for image in _real_frames()} == {"black"}


@pytest.mark.parametrize("share", [0.5, 0.3])
def test_dusk_is_not_black(share: float) -> None:
    assert {reason_of(_noisy(image * share)) for image in _real_frames()} == {"fit"}


@pytest.mark.parametrize("veil", [0.7, 0.9])
def test_a_white_veil_is_washed_out(veil: float) -> None:
    assert {reason_of(_clipped(image * (1 - veil) + 255 * veil)) for image in _real_frames()} == {"washed_out"}


@pytest.mark.parametrize("gain", [3, 5])
def test_a_sensor_in_glare_is_washed_out(gain: int) -> None:
    assert {reason_of(_clipped(image * float(gain) + 30)) for image in _real_frames()} == {"washed_out"}


@pytest.mark.parametrize("grey", [60, 110, 150])
def test_a_plain_thing_before_the_lens_covers_the_view(grey: int) -> None:
    cover = np.full((720, 1280, 3), grey) + np.linspace(-10, 10, 1280)[None, :, None]

    assert reason_of(_noisy(cover)) == "covered"


@pytest.mark.parametrize("radius_px", [5, 8, 12])
def test_a_lens_out_of_focus_is_blurred_in_spite_of_noise(radius_px: int) -> None:
    assert {reason_of(_noisy(_blurred(image, radius_px))) for image in _real_frames()} == {"blurred"}


@pytest.mark.parametrize("quality", [10, 50])
def test_a_poor_connection_is_not_a_blurred_lens(quality: int) -> None:
    for image in _real_frames():
        squeezed = cv2.imdecode(cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])[1], cv2.IMREAD_COLOR)
        assert reason_of(squeezed) == "fit"


def test_a_small_picture_is_judged_as_it_is() -> None:
    assert reason_of(scene(320, 240)) == "fit"


def test_a_picture_that_never_changes_is_frozen_after_enough_looks_and_time() -> None:
    apart = FROZEN_FOR / (FROZEN_LOOKS - 1)
    judged = _looks([scene(640, 360)] * FROZEN_LOOKS, apart)

    assert [one.reason for one in judged] == ["fit"] * (FROZEN_LOOKS - 1) + ["frozen"]


def test_many_looks_in_a_short_time_do_not_freeze_a_view() -> None:
    assert {one.reason for one in _looks([scene(640, 360)] * 40, timedelta(seconds=10))} == {"fit"}


def test_few_looks_in_a_long_time_do_not_freeze_a_view() -> None:
    assert {one.reason for one in _looks([scene(640, 360)] * (FROZEN_LOOKS - 1), timedelta(hours=2))} == {"fit"}


def test_the_noise_of_a_real_sensor_keeps_a_still_street_alive() -> None:
    still = [_noisy(scene(640, 360), seed) for seed in range(20)]

    assert {one.reason for one in _looks(still, timedelta(minutes=10))} == {"fit"}


def test_one_change_thaws_a_frozen_view() -> None:
    judged = _looks([scene(640, 360)] * 20 + [scene(640, 360, 1)] + [scene(640, 360)], timedelta(minutes=5))

    assert [one.reason for one in judged[-3:]] == ["frozen", "fit", "fit"]


def test_a_recording_that_repeats_its_last_frame_is_not_frozen_while_its_clock_stands() -> None:
    assert {one.reason for one in _looks([scene(640, 360)] * 40, timedelta(0))} == {"fit"}


def test_the_same_frame_and_memory_give_the_same_fitness() -> None:
    memory = judge_fitness(_frame(scene(640, 360), NOON), None).memory
    later = _frame(scene(640, 360), NOON + timedelta(minutes=1))

    assert judge_fitness(later, memory) == judge_fitness(later, memory)


def _looks(images: list[Any], apart: timedelta) -> list[Fitness]:
    judged: list[Fitness] = []
    for number, image in enumerate(images):
        memory = judged[-1].memory if judged else None
        judged.append(judge_fitness(_frame(image, NOON + number * apart), memory))
    return judged


def _frame(image: Any, at: datetime) -> Frame:
    return Frame("gate-3", at, image)


def _real_frames() -> list[Any]:
    folder = data_or_skip("parking")
    paths = [path for part in ("sequence1/frames", "sequence3/frames", "empty-day") for path in sorted((folder / part).glob("*.jpg"))[::12]]
    return [cv2.imread(str(path)) for path in paths] + [next(_frames_of_clip(name)) for name in VIDEOS]


def _frames_of_clip(name: str) -> Iterator[Any]:
    video = cv2.VideoCapture(str(data_or_skip(f"videos/{name}")))
    number = 0
    while video.grab():
        if number % 90 == 0:
            yield video.retrieve()[1]
        number += 1
    video.release()


def _blurred(image: Any, radius_px: int) -> Any:
    return cv2.GaussianBlur(image, (0, 0), radius_px * image.shape[1] / 1280)


def _noisy(image: Any, seed: int = 0) -> Any:
    return _clipped(image + np.random.default_rng(seed).normal(0, 2, image.shape))


def _clipped(image: Any) -> Any:
    return np.clip(image, 0, 255).astype(np.uint8)
