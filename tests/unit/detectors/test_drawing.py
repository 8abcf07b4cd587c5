"""Boxes are drawn where they are said, on a copy."""

import cv2
import numpy as np

from detectors.drawing import COLOURS, drawn, written
from detectors.labels import LABELS
from town.geometry import Box
from town.sight import Detection, Image


def street() -> Image:
    return np.full((200, 400, 3), 128, np.uint8)


def test_a_box_is_drawn_along_its_border_and_its_inside_is_left() -> None:
    image = street()

    shown = drawn(image, [Detection("overflowing_bin", 0.9, Box(0.25, 0.5, 0.5, 0.9))])

    assert tuple(shown[150, 100]) == COLOURS["overflowing_bin"]
    assert (shown[150, 150] == 128).all()
    assert (image == 128).all()


def test_a_box_at_the_upper_border_keeps_its_label_in_the_picture() -> None:
    shown = drawn(street(), [Detection("car", 0.9, Box(0.0, 0.0, 0.9, 0.9))])

    assert (shown[5:14, 5:40] != 128).any()


def test_every_label_has_a_colour_but_people() -> None:
    assert set(LABELS) - set(COLOURS) == {"person"}


def test_what_is_written_is_a_picture() -> None:
    assert cv2.imdecode(np.frombuffer(written(street()), np.uint8), cv2.IMREAD_COLOR).shape == (200, 400, 3)
