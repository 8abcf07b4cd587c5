"""Whatever box the network gives, its head or plate lies in the blurred part, and nothing the size of a face or a plate survives there."""

from datetime import UTC, datetime
from math import ceil

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.detector import BrokenModel
from detectors.eye import Eye
from detectors.labels import LABELS, VEHICLE_LABELS
from detectors.loading import load_detector
from detectors.privacy import BIKE_CELLS, CELLS, NotBlurred, Part, blurred, blurred_frame, private_parts
from tests.doubles.camera_servers import data_or_skip
from tests.doubles.colour_detector import ColourDetector
from town.geometry import Box
from town.sight import Detection, Frame, Image

NOW = datetime(2026, 3, 1, 1, tzinfo=UTC)
WIDTH, HEIGHT = 320, 180
NOISE = np.random.default_rng(1).integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8)

shares = st.floats(0, 1)
boxes = st.tuples(shares, shares, shares, shares).map(lambda c: Box(min(c[0], c[1]), min(c[2], c[3]), max(c[0], c[1]), max(c[2], c[3])))
detections = st.builds(Detection, st.sampled_from(["person", "car", "truck", "bus", "motorcycle", "bicycle"]), st.floats(0.1, 1), boxes)


def frame(image: Image) -> Frame:
    return Frame("gate", NOW, image)


def sharpness(image: Image) -> float:
    return float(cv2.Laplacian(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), cv2.CV_64F).var())


def part_of(label: str, box: Box, confidence: float = 0.9) -> Part:
    (part,) = private_parts([Detection(label, confidence, box)], WIDTH, HEIGHT)
    return part


@given(detections, st.integers(1, 4000), st.integers(1, 4000))
def test_a_part_lies_in_the_picture_and_is_never_empty(one: Detection, width: int, height: int) -> None:
    for part in private_parts([one], width, height):
        left, top, right, bottom = part.span
        assert 0 <= left < right <= width and 0 <= top < bottom <= height


@given(boxes.filter(lambda box: box.area > 0))
def test_the_head_of_a_person_is_covered_over_the_whole_width_and_from_the_top(box: Box) -> None:
    left, top, right, bottom = part_of("person", box).span
    third = box.y1 + box.height / 3
    assert left <= box.x1 * WIDTH and right >= box.x2 * WIDTH
    assert top <= box.y1 * HEIGHT and bottom >= third * HEIGHT


@given(boxes.filter(lambda box: box.area > 0), st.sampled_from(["car", "truck", "bus"]))
def test_the_plate_of_a_vehicle_is_covered_over_the_whole_width_and_to_the_ground(box: Box, label: str) -> None:
    left, top, right, bottom = part_of(label, box).span
    assert left <= box.x1 * WIDTH and right >= box.x2 * WIDTH
    assert top <= (box.y1 + box.height / 2) * HEIGHT and bottom >= box.y2 * HEIGHT


@given(st.lists(detections, min_size=1, max_size=6))
@settings(max_examples=60, deadline=None)
def test_what_survives_of_a_part_does_not_depend_on_its_details(found: list[Detection]) -> None:
    """Two pictures whose cells have the same averages cannot be told apart afterwards: here, noise has no pixel left that stands out."""
    parts = private_parts(found, WIDTH, HEIGHT)
    after = blurred(NOISE, parts)
    outside = np.ones((HEIGHT, WIDTH), bool)
    for part in parts:
        left, top, right, bottom = part.span
        outside[top:bottom, left:right] = False
    assert np.array_equal(after[outside], NOISE[outside])
    left, top, right, bottom = parts[-1].span
    if min(right - left, bottom - top) >= 16:
        assert sharpness(after[top:bottom, left:right]) < sharpness(NOISE[top:bottom, left:right]) / 20


@pytest.mark.parametrize(("label", "cells"), [("person", CELLS), ("car", CELLS), ("bicycle", BIKE_CELLS)])
def test_a_large_part_is_made_of_as_few_averages_as_a_small_one(label: str, cells: int) -> None:
    for size in (0.1, 0.9):
        assert part_of(label, Box(0.05, 0.05, 0.05 + size, 0.05 + size)).cells == cells


def test_somebody_who_lies_or_is_cut_by_the_border_is_blurred_whole() -> None:
    assert part_of("person", Box(0.2, 0.6, 0.5, 1.0)).span[3] == HEIGHT


def test_the_network_is_believed_from_far_below_what_counts_for_an_order() -> None:
    box = Box(0.4, 0.2, 0.5, 0.8)
    unsure = [Detection("person", 0.05, box), Detection("car", 0.1, box), Detection("garbage", 0.9, box)]
    assert private_parts(unsure, WIDTH, HEIGHT) == [part_of("person", box), part_of("car", box)]


def test_what_is_surely_a_bin_is_no_vehicle_but_may_be_a_person() -> None:
    box = Box(0.2, 0.2, 0.5, 0.5)
    found = [Detection("overflowing_bin", 0.8, box), Detection("truck", 0.2, box)]
    assert private_parts(found, WIDTH, HEIGHT) == []
    assert private_parts([*found, Detection("person", 0.06, box)], WIDTH, HEIGHT) == [part_of("person", box)]
    assert private_parts([found[0], Detection("truck", 0.4, box)], WIDTH, HEIGHT) == [part_of("truck", box)]
    assert private_parts([Detection("bin", 0.63, box), found[1]], WIDTH, HEIGHT) == [part_of("truck", box)]


@pytest.mark.parametrize("wrong", [np.zeros((0, 0, 3), np.uint8), np.zeros((9, 9), np.uint8), np.zeros((9, 9, 3), np.float32)])
def test_what_is_no_picture_is_refused(wrong: Image) -> None:
    with pytest.raises(NotBlurred, match="not a picture"):
        blurred(wrong, ())


def test_a_network_that_cannot_name_people_is_refused() -> None:
    with pytest.raises(NotBlurred, match="cannot name bus, person"):
        blurred_frame(Eye(ColourDetector(), 0.15), frame(NOISE), ())


def test_a_network_that_breaks_leaves_no_picture() -> None:
    class Broken(ColourDetector):
        labels = LABELS

        def detect(self, images: object, min_confidence: float = 0.05) -> list[list[Detection]]:
            raise BrokenModel("gone")

    with pytest.raises(NotBlurred, match="gone"):
        blurred_frame(Eye(Broken(), 0.15), frame(NOISE), ())


def still(clip: str, number: int) -> Image:
    capture = cv2.VideoCapture(str(data_or_skip(f"videos/{clip}")))
    capture.set(cv2.CAP_PROP_POS_FRAMES, number)
    image = capture.read()[1]
    capture.release()
    return np.asarray(image, np.uint8)


def likeness(before: Image, after: Image, left: int, top: int, right: int, bottom: int) -> float:
    """How well the best place in what is left agrees with the original's details (its own low frequencies aside), 0 to 1."""
    details = [image[top:bottom, left:right].astype(np.float32) for image in (before, after)]
    template, kept = (one - cv2.GaussianBlur(one, (0, 0), max(right - left, bottom - top) / 12) for one in details)
    return float(cv2.matchTemplate(kept, template, cv2.TM_CCORR_NORMED).max())


# In pixels of the stills: heads of people who face the camera, and plates that a person can read.
HEADS = [(690, 520, 740, 580), (880, 770, 940, 840), (1685, 810, 1750, 880)]
PLATES = [(0, 625, 105, 668), (424, 224, 476, 248)]


@pytest.mark.parametrize(("clip", "spans"), [("pedestrian-street.mp4", HEADS), ("roadside-parking.mp4", PLATES)], ids=["heads", "plates"])
def test_no_head_and_no_plate_of_a_real_street_survives(clip: str, spans: list[tuple[int, int, int, int]]) -> None:
    before = still(clip, 60)
    after = blurred_frame(Eye(load_detector(None), 0.15), frame(before), ())
    for left, top, right, bottom in spans:
        assert likeness(before, before, left, top, right, bottom) > 0.99
        assert likeness(before, after, left, top, right, bottom) < 0.3, (left, top)
        assert sharpness(after[top:bottom, left:right]) < min(20, sharpness(before[top:bottom, left:right]) / 20), (left, top)


def covered(clip: str, labels: frozenset[str], inner: Box) -> list[bool]:
    """Of everything that another network, of COCO's labels, is sure of in stills: whether `inner`, a part of its box, is blurred."""
    ours = Eye(load_detector(None), 0.15)
    other = Eye(load_detector(data_or_skip("weights/yolo11n_coco_int8_openvino_model")), 0.5)
    found = []
    for number in (0, 60, 120, 200):
        before = still(clip, number)
        different = (before != blurred_frame(ours, frame(before), ())).any(axis=2)
        height, width = different.shape
        for box in (one.box for one in other.search(frame(before), (), 0.6) if one.label in labels):
            if box.height * height < 80:
                continue
            left, right = round((box.x1 + inner.x1 * box.width) * width), ceil((box.x1 + inner.x2 * box.width) * width)
            top, bottom = round((box.y1 + inner.y1 * box.height) * height), ceil((box.y1 + inner.y2 * box.height) * height)
            found.append(bool(different[top:bottom, left:right].mean() > 0.8))
    return found


def test_what_another_network_surely_takes_for_a_vehicle_is_blurred_where_its_plate_is() -> None:
    found = covered("roadside-parking.mp4", VEHICLE_LABELS, Box(0.1, 0.5, 0.9, 0.95))
    assert len(found) >= 10 and all(found)


def test_what_another_network_surely_takes_for_a_person_is_nearly_always_blurred_where_the_head_is() -> None:
    """Most who are missed are cut by the frame's border."""
    found = covered("pedestrian-street.mp4", frozenset({"person"}), Box(0.25, 0.0, 0.75, 0.2))
    assert len(found) >= 40 and sum(found) / len(found) > 0.95


def test_bins_of_real_photographs_stay_to_be_judged() -> None:
    """Of what is surely a bin, four fifths are as they were."""
    eye = Eye(load_detector(None), 0.15)
    changed = total = 0
    for file in sorted(data_or_skip("bins/val/images").glob("*.jpg"))[::20]:
        before = np.asarray(cv2.imread(str(file)), np.uint8)
        after = blurred_frame(eye, frame(before), ())
        height, width = before.shape[:2]
        for one in eye.see(frame(before), ()):
            if one.label in {"bin", "overflowing_bin"} and one.confidence >= 0.5:
                place = slice(int(one.box.y1 * height), int(one.box.y2 * height)), slice(int(one.box.x1 * width), int(one.box.x2 * width))
                changed += int((before[place] != after[place]).any(axis=2).sum())
                total += before[place].shape[0] * before[place].shape[1]
    assert changed < total / 5, changed / total
