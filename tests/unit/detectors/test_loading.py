"""Which run-time takes a model, and what is said where none is here."""

import sys
from pathlib import Path

import numpy as np
import pytest

from detectors import loading
from detectors.detector import BrokenModel, RunTimeMissing
from detectors.loading import load_detector
from tests.doubles.tiny_network import write_tiny_network
from tests.doubles.tiny_onnx import write_tiny_onnx

CANDIDATES, LABELS = [[16, 16, 8, 8, 0.9, 0.1]], ["bin", "car"]
DOORS = {"openvino": "detectors.openvino_door", "onnxruntime": "detectors.onnxruntime_door"}


@pytest.fixture
def exported(tmp_path: Path) -> Path:
    """A folder with one network in both forms."""
    write_tiny_onnx(tmp_path / "tiny.onnx", CANDIDATES, LABELS)
    return write_tiny_network(tmp_path, CANDIDATES, LABELS)


def without(package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a platform for which a package has no wheel."""
    monkeypatch.setitem(sys.modules, package, None)
    monkeypatch.delitem(sys.modules, DOORS[package], raising=False)


def opened(model: Path | None) -> str:
    return type(load_detector(model, 1)).__name__


def test_a_folder_and_its_xml_go_to_openvino(exported: Path) -> None:
    assert {opened(exported), opened(exported / "tiny.xml")} == {"OpenVinoDetector"}


def test_without_openvino_the_onnx_beside_it_is_taken(exported: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    without("openvino", monkeypatch)

    assert {opened(exported), opened(exported / "tiny.xml")} == {"OnnxRuntimeDetector"}


def test_the_shipped_model_is_found_without_openvino_too(exported: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "shipped_model", lambda: exported)
    without("openvino", monkeypatch)

    assert opened(None) == "OnnxRuntimeDetector"


def test_an_onnx_file_goes_to_onnx_runtime_and_to_openvino_where_that_is_missing(exported: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert opened(exported / "tiny.onnx") == "OnnxRuntimeDetector"

    without("onnxruntime", monkeypatch)

    assert opened(exported / "tiny.onnx") == "OpenVinoDetector"


def test_where_there_is_no_run_time_both_are_named(exported: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    without("openvino", monkeypatch)
    without("onnxruntime", monkeypatch)

    with pytest.raises(RunTimeMissing, match=r"openvino.*onnxruntime.*pip install onnxruntime"):
        load_detector(exported)


def test_a_model_that_only_openvino_could_run_says_that_it_is_missing(exported: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (exported / "tiny.onnx").unlink()
    without("openvino", monkeypatch)

    with pytest.raises(BrokenModel, match=r"openvino.*holds no network in the form that ONNX Runtime reads"):
        load_detector(exported)


def test_both_run_times_see_the_same(exported: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    picture = np.random.default_rng(1).integers(0, 256, (48, 80, 3)).astype(np.uint8)
    (one,) = load_detector(exported / "tiny.onnx", 1).detect([picture])
    without("onnxruntime", monkeypatch)

    (other,) = load_detector(exported / "tiny.onnx", 1).detect([picture])

    assert [(found.label, found.box) for found in one] == [(found.label, found.box) for found in other]
    assert [found.confidence for found in one] == pytest.approx([found.confidence for found in other], abs=1e-5)
