"""The door to OpenVINO: what it reads, what it refuses, and that it tells nobody."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from detectors.detector import BrokenModel
from detectors.loading import load_detector
from detectors.openvino_door import OpenVinoDetector
from detectors.yolo import canvases_taken
from tests.doubles.tiny_network import SIDE_PX, write_tiny_network
from town.sight import Image

LABELS = ("bin", "car")


def square() -> Image:
    return np.zeros((SIDE_PX * 2, SIDE_PX * 2, 3), dtype=np.uint8)


def test_boxes_come_back_in_shares_of_the_picture(tmp_path: Path) -> None:
    detector = OpenVinoDetector(write_tiny_network(tmp_path, [[16, 8, 8, 4, 0.9, 0.0]], LABELS), threads=1)

    ((found,),) = detector.detect([square()])

    assert (found.label, found.box.as_list()) == ("bin", [0.375, 0.1875, 0.625, 0.3125])
    assert found.confidence == pytest.approx(0.9)


def test_a_box_beyond_the_picture_is_cut_to_it_and_one_outside_is_dropped(tmp_path: Path) -> None:
    detector = OpenVinoDetector(write_tiny_network(tmp_path, [[0, 16, 8, 8, 0.9, 0.0], [-20, -20, 8, 8, 0.8, 0.0]], LABELS), threads=1)

    ((found,),) = detector.detect([square()])

    assert found.box.x1 == 0
    assert found.box.x2 == pytest.approx(0.125)


def test_two_candidates_of_one_object_are_one_detection_and_the_surer_speaks(tmp_path: Path) -> None:
    candidates = [[16, 16, 10, 10, 0.6, 0.0], [16.5, 16, 10, 10, 0.8, 0.0], [26, 26, 6, 6, 0.7, 0.0]]
    detector = OpenVinoDetector(write_tiny_network(tmp_path, candidates, LABELS), threads=1)

    (found,) = detector.detect([square()])

    assert [round(detection.confidence, 2) for detection in found] == [0.8, 0.7]


def test_a_candidate_that_is_half_sure_of_two_labels_says_both(tmp_path: Path) -> None:
    detector = OpenVinoDetector(write_tiny_network(tmp_path, [[16, 16, 10, 10, 0.5, 0.45]], LABELS), threads=1)

    (found,) = detector.detect([square()])

    assert [detection.label for detection in found] == ["bin", "car"]


def test_a_network_without_metadata_names_its_labels_itself(tmp_path: Path) -> None:
    detector = OpenVinoDetector(write_tiny_network(tmp_path, [[16, 16, 8, 8, 0.9, 0.0]], LABELS, metadata=False))

    assert detector.labels == LABELS


def test_the_file_itself_may_be_named(tmp_path: Path) -> None:
    write_tiny_network(tmp_path, [[16, 16, 8, 8, 0.9, 0.0]], LABELS)

    assert load_detector(tmp_path / "tiny.xml").labels == LABELS


def test_an_empty_folder_is_no_model(tmp_path: Path) -> None:
    with pytest.raises(BrokenModel, match=r"holds no network.*weisu model export"):
        OpenVinoDetector(tmp_path)


def test_a_missing_model_is_named_with_the_way_out(tmp_path: Path) -> None:
    with pytest.raises(BrokenModel, match=r"no model at .*absent.*ships with weisu"):
        load_detector(tmp_path / "absent")


def test_a_damaged_model_is_named_with_the_way_out(tmp_path: Path) -> None:
    write_tiny_network(tmp_path, [[16, 16, 8, 8, 0.9, 0.0]], LABELS)
    (tmp_path / "tiny.xml").write_text("<net name='half", encoding="utf-8")

    with pytest.raises(BrokenModel, match=r"tiny\.xml is not a network that OpenVINO can run.*weisu model export"):
        OpenVinoDetector(tmp_path)


def test_weights_that_are_missing_are_a_broken_model(tmp_path: Path) -> None:
    write_tiny_network(tmp_path, [[16, 16, 8, 8, 0.9, 0.0]], LABELS)
    (tmp_path / "tiny.bin").unlink()

    with pytest.raises(BrokenModel):
        OpenVinoDetector(tmp_path)


@pytest.mark.parametrize("taken", [(1, 3, 32, 48), (1, 1, 32, 32), (2, 3, 32, 32)])
def test_a_network_that_takes_something_else_is_refused(tmp_path: Path, taken: tuple[int, ...]) -> None:
    write_tiny_network(tmp_path, [[16, 16, 8, 8, 0.9, 0.0]], LABELS, taken=taken)

    with pytest.raises(BrokenModel, match="no YOLO detector of a fixed side"):
        OpenVinoDetector(tmp_path)


def test_a_network_of_any_size_that_does_not_say_what_it_was_made_for_is_refused() -> None:
    free = [[1, 3, "?", "?"]], [[1, 6, "?"]]

    assert canvases_taken(*free, LABELS, 416) == ((416, 256), (416, 416))
    with pytest.raises(BrokenModel, match="no YOLO detector of a fixed side"):
        canvases_taken(*free, LABELS)


def test_a_network_with_more_outputs_than_labels_is_refused(tmp_path: Path) -> None:
    write_tiny_network(tmp_path, [[16, 16, 8, 8, 0.9, 0.0]], ("bin", "car", "bus"))

    with pytest.raises(BrokenModel, match="for 3 labels"):
        OpenVinoDetector(tmp_path)


def test_more_pictures_than_cores_all_get_their_answer(tmp_path: Path) -> None:
    detector = OpenVinoDetector(write_tiny_network(tmp_path, [[16, 8, 8, 4, 0.9, 0.0]], LABELS), threads=2)

    assert len(detector.detect([square()] * 7)) == 7


def test_a_model_file_that_is_replaced_does_not_change_what_runs(tmp_path: Path) -> None:
    detector = OpenVinoDetector(write_tiny_network(tmp_path, [[16, 8, 8, 4, 0.9, 0.0]], LABELS), threads=1)
    before = detector.detect([square()])

    (tmp_path / "tiny.bin").write_bytes(b"")

    assert detector.detect([square()]) == before


def test_a_picture_that_is_none_costs_no_later_one_its_turn(tmp_path: Path) -> None:
    detector = OpenVinoDetector(write_tiny_network(tmp_path, [[16, 8, 8, 4, 0.9, 0.0]], LABELS), threads=1)

    with pytest.raises(ZeroDivisionError):
        detector.detect([np.zeros((0, 0, 3), dtype=np.uint8)])

    assert detector.detect([square()])


def test_the_environment_of_other_libraries_and_processes_is_left_alone(tmp_path: Path) -> None:
    before = dict(os.environ)

    OpenVinoDetector(write_tiny_network(tmp_path, [[16, 8, 8, 4, 0.9, 0.0]], LABELS), threads=1)

    assert dict(os.environ) == before


def test_running_a_network_tells_nobody(tmp_path: Path) -> None:
    write_tiny_network(tmp_path, [[16, 16, 8, 8, 0.9, 0.0]], LABELS)
    program = (
        "import socket, sys, pathlib, numpy\n"
        "def refuse(*_): print('phoned'); raise OSError\n"
        "socket.socket.connect = socket.getaddrinfo = refuse\n"
        "from detectors.loading import load_detector\n"
        f"load_detector(pathlib.Path({str(tmp_path)!r})).detect([numpy.zeros((9, 9, 3), numpy.uint8)])\n"
        "print([name for name in sys.modules if name.startswith('openvino_telemetry.')])\n"
    )

    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=120, cwd=Path(__file__).parents[3], check=True
    )

    assert ran.stdout.splitlines() == ["[]"]
