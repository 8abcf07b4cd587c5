"""The door to ONNX Runtime: what it reads and what it refuses."""

from pathlib import Path

import numpy as np
import onnx
import pytest

from detectors.detector import BrokenModel
from detectors.onnxruntime_door import OnnxRuntimeDetector
from tests.doubles.tiny_onnx import SIDE_PX, write_tiny_onnx

CANDIDATES, LABELS = [[16, 8, 8, 4, 0.9, 0.0]], ["bin", "car"]
BLACK = np.zeros((SIDE_PX * 2, SIDE_PX * 2, 3), dtype=np.uint8)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return write_tiny_onnx(tmp_path / "tiny.onnx", CANDIDATES, LABELS)


def changed(file: Path, **said: str) -> Path:
    """The same network saying something else of itself."""
    network = onnx.load(file)
    onnx.helper.set_model_props(network, said)
    onnx.save(network, file)
    return file


def test_boxes_come_back_in_shares_of_the_picture(file: Path) -> None:
    ((found,),) = OnnxRuntimeDetector(file, threads=1).detect([BLACK])

    assert (found.label, found.box.as_list()) == ("bin", [0.375, 0.1875, 0.625, 0.3125])
    assert found.confidence == pytest.approx(0.9)


def test_the_network_sees_colours_from_0_to_1(file: Path) -> None:
    ((found,),) = OnnxRuntimeDetector(file, threads=1).detect([BLACK + np.uint8(255)])

    assert found.confidence == pytest.approx(0.8)


def test_a_folder_with_one_file_is_a_model_and_one_without_is_none(file: Path, tmp_path: Path) -> None:
    assert OnnxRuntimeDetector(file.parent, threads=1).labels == ("bin", "car")
    (tmp_path / "empty").mkdir()

    with pytest.raises(BrokenModel, match=r"holds no network in the form that ONNX Runtime reads.*weisu model export"):
        OnnxRuntimeDetector(tmp_path / "empty")


def test_a_file_that_is_replaced_does_not_change_what_runs(file: Path) -> None:
    detector = OnnxRuntimeDetector(file, threads=1)
    before = detector.detect([BLACK])

    file.write_bytes(b"")

    assert detector.detect([BLACK]) == before


def test_a_damaged_file_is_named_with_the_way_out(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:40])

    with pytest.raises(BrokenModel, match=r"tiny\.onnx is not a network that ONNX Runtime can run.*weisu model export"):
        OnnxRuntimeDetector(file)


@pytest.mark.parametrize("names", ["", "bins and cars", "3"])
def test_a_file_that_names_nothing_is_refused(file: Path, names: str) -> None:
    with pytest.raises(BrokenModel, match="does not say what it can name"):
        OnnxRuntimeDetector(changed(file, names=names))


def test_a_network_with_more_outputs_than_labels_is_refused(file: Path) -> None:
    with pytest.raises(BrokenModel, match="for 3 labels"):
        OnnxRuntimeDetector(changed(file, names="{0: 'bin', 1: 'car', 2: 'bus'}"))


def test_a_network_of_no_fixed_size_is_refused(file: Path) -> None:
    network = onnx.load(file)
    network.graph.input[0].type.tensor_type.shape.dim[2].dim_param = "height"
    onnx.save(network, file)

    with pytest.raises(BrokenModel, match="no YOLO detector of a fixed side"):
        OnnxRuntimeDetector(file)
