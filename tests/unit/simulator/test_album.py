"""Scenes are shown as a camera would show them: never twice the same, and reproducible all the same."""

from datetime import UTC, datetime
from pathlib import Path

import cv2
import numpy as np
import pytest

from simulator.album import Album
from town.sight import Image

NOON = datetime(2026, 6, 1, 4, tzinfo=UTC)
SCENE = "school-day_clean"


def decoded(data: bytes) -> Image:
    picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    return picture.astype(np.uint8)


def test_the_same_look_gives_the_same_bytes_and_the_next_one_others() -> None:
    first, again, next_one = (Album().jpeg(SCENE, False, "gate", NOON, number) for number in (1, 1, 2))
    assert first == again
    assert first != next_one


def test_disturbances_are_too_small_to_change_what_is_seen() -> None:
    shipped = cv2.imread(str(Path(Album()._folder) / f"{SCENE}.jpg"))
    shown = decoded(Album().jpeg(SCENE, False, "gate", NOON, 3))
    assert shipped is not None
    below_the_clock = np.s_[60:, :]
    assert np.abs(shipped[below_the_clock].astype(int) - shown[below_the_clock]).mean() < 12


def test_a_mirrored_camera_sees_the_other_side_but_its_clock_reads_on() -> None:
    plain, mirrored = (decoded(Album().jpeg(SCENE, side, "gate", NOON, 1)) for side in (False, True))
    flipped = np.abs(plain[60:, ::-1].astype(int) - mirrored[60:]).mean()
    assert flipped < np.abs(plain[60:].astype(int) - mirrored[60:]).mean()
    assert np.abs(plain[8:36, 16:200].astype(int) - mirrored[8:36, 16:200]).max(axis=2).mean() < 60


def test_a_dead_sensor_gives_a_picture_that_is_all_but_black() -> None:
    assert decoded(Album().black("gate", NOON, 1)).max() < 40


def test_a_scene_that_is_not_there_is_named() -> None:
    with pytest.raises(FileNotFoundError, match="no scene nowhere"):
        Album().jpeg("nowhere", False, "gate", NOON, 1)
