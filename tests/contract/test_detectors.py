"""Every run-time keeps the promises of `Detector`."""

import importlib
import importlib.util
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from detectors.detector import Detector
from detectors.loading import shipped_model
from detectors.onnxruntime_door import OnnxRuntimeDetector
from detectors.openvino_door import OpenVinoDetector
from detectors.ultralytics_door.running import UltralyticsDetector
from tests.doubles.colour_detector import ColourDetector, painted
from tests.doubles.tiny_network import write_tiny_network
from tests.doubles.tiny_onnx import write_tiny_onnx
from town.geometry import Box
from town.sight import Detection, Image

CHECKPOINT = Path(__file__).resolve().parents[3] / "shared" / "data" / "weights" / "bins_plain_finetune.pt"
LOW = 0.001
"""So low that every network says something of every picture."""


TWO_CANDIDATES = [[16, 16, 8, 8, 0.9, 0.1], [8, 8, 4, 6, 0.12, 0.5]]
TWO_LABELS = ["bin", "car"]


def _openvino_shipped(_: Path) -> Detector:
    if not list(shipped_model().glob("*.xml")):
        pytest.skip("no network ships in detectors/weights yet")
    return OpenVinoDetector(shipped_model(), threads=2)


def _openvino_tiny(folder: Path) -> Detector:
    return OpenVinoDetector(write_tiny_network(folder, TWO_CANDIDATES, TWO_LABELS), threads=1)


def _openvino_onnx(folder: Path) -> Detector:
    return OpenVinoDetector(write_tiny_onnx(folder / "tiny.onnx", TWO_CANDIDATES, TWO_LABELS), threads=2)


def _onnxruntime_shipped(_: Path) -> Detector:
    if not list(shipped_model().glob("*.onnx")):
        pytest.skip("no .onnx ships in detectors/weights yet")
    return OnnxRuntimeDetector(shipped_model(), threads=2)


def _onnxruntime_tiny(folder: Path) -> Detector:
    return OnnxRuntimeDetector(write_tiny_onnx(folder / "tiny.onnx", TWO_CANDIDATES, TWO_LABELS), threads=2)


def _ultralytics_pt(_: Path) -> Detector:
    _skip_without_ultralytics()
    if not CHECKPOINT.exists():
        pytest.skip("../shared/data has no checkpoint here")
    detector = UltralyticsDetector(CHECKPOINT, side_px=96)
    importlib.import_module("torch").set_num_threads(1)  # on a busy machine its threads wait for each other, for minutes
    return detector


def _ultralytics_onnx(folder: Path) -> Detector:
    _skip_without_ultralytics()
    return UltralyticsDetector(write_tiny_onnx(folder / "tiny.onnx", TWO_CANDIDATES, TWO_LABELS))


def _skip_without_ultralytics() -> None:
    if importlib.util.find_spec("ultralytics") is None:
        pytest.skip("the extra weisu[train] is not installed: no ultralytics")


def _colours(_: Path) -> Detector:
    return ColourDetector()


RUNTIMES: tuple[Callable[[Path], Detector], ...] = (
    _openvino_shipped,
    _openvino_tiny,
    _openvino_onnx,
    _onnxruntime_shipped,
    _onnxruntime_tiny,
    _ultralytics_pt,
    _ultralytics_onnx,
    _colours,
)


@pytest.fixture(params=RUNTIMES, ids=lambda make: make.__name__.strip("_"))
def detector(request: pytest.FixtureRequest, tmp_path: Path) -> Detector:
    made: Detector = request.param(tmp_path)
    return made


def picture(width: int = 320, height: int = 180, seed: int = 3) -> Image:
    image = painted(width, height, [("car", Box(0.1, 0.3, 0.4, 0.8)), ("bin", Box(0.6, 0.4, 0.8, 0.9))])
    noise = np.random.default_rng(seed).integers(0, 2, image.shape[:2]).astype(np.uint8)
    image[:20] += noise[:20, :, None]
    return image


def assert_same(one: list[Detection], other: list[Detection]) -> None:
    """The same detections, but for the last digits: torch adds up in another order when pictures go through together."""
    assert [found.label for found in one] == [found.label for found in other]
    for a, b in zip(one, other, strict=True):
        assert [a.confidence, *a.box.as_list(9)] == pytest.approx([b.confidence, *b.box.as_list(9)], abs=1e-4)


def test_it_says_what_it_can_name_and_how_large_it_sees(detector: Detector) -> None:
    assert len(set(detector.labels)) == len(detector.labels) > 0
    assert detector.side_px >= 32


def test_every_picture_gets_a_list_in_the_order_given(detector: Detector) -> None:
    wide, tall = picture(), picture(120, 300)

    together = detector.detect([wide, tall, wide], LOW)

    for seen, image in zip(together, (wide, tall, wide), strict=True):
        assert_same(seen, detector.detect([image], LOW)[0])


def test_no_picture_gives_no_list(detector: Detector) -> None:
    assert detector.detect([]) == []


def test_the_same_picture_gives_the_same_detections(detector: Detector) -> None:
    assert detector.detect([picture()], LOW) == detector.detect([picture()], LOW)


def test_detections_are_known_labels_in_boxes_of_the_picture_most_confident_first(detector: Detector) -> None:
    (found,) = detector.detect([picture()], LOW)

    assert found
    assert {detection.label for detection in found} <= set(detector.labels)
    assert all(detection.box == detection.box.clipped() and detection.box.area > 0 for detection in found)
    assert [d.confidence for d in found] == sorted((d.confidence for d in found), reverse=True)


def test_nothing_below_the_least_confidence_is_said(detector: Detector) -> None:
    (everything,) = detector.detect([picture()], LOW)
    between = (everything[0].confidence + LOW) / 2

    (sure,) = detector.detect([picture()], between)

    assert sure
    assert all(detection.confidence >= between for detection in sure)


def test_the_picture_is_left_as_it_was(detector: Detector) -> None:
    image = picture()

    detector.detect([image], LOW)

    assert np.array_equal(image, picture())


def test_a_part_of_a_larger_picture_is_a_picture(detector: Detector) -> None:
    large = np.zeros((400, 600, 3), dtype=np.uint8)
    large[50:230, 70:390] = picture()

    assert detector.detect([large[50:230, 70:390]], LOW) == detector.detect([picture()], LOW)


def test_threads_may_look_at_once(detector: Detector) -> None:
    pictures = [picture(seed=seed, width=200 + 40 * seed) for seed in range(4)]
    alone = [detector.detect([image], LOW) for image in pictures]
    together: dict[int, object] = {}

    threads = [threading.Thread(target=lambda i=i: together.update({i: detector.detect([pictures[i]], LOW)})) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert [together.get(i) for i in range(4)] == alone
