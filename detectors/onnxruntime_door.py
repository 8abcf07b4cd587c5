"""The one door to ONNX Runtime: runs `.onnx` networks on a CPU where OpenVINO has no wheel."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import cv2
import onnxruntime

from detectors.cores import Cores
from detectors.detector import BrokenModel
from detectors.letterbox import Letterbox
from detectors.yolo import WAY_OUT, canvases_taken, labels_in_onnx, read_output
from town.sight import Detection, Image

onnxruntime.disable_telemetry_events()


class OnnxRuntimeDetector:
    """A `Detector` over a YOLO model in an `.onnx` file, or in a folder with one, as ultralytics writes it for a fixed square.

    Safe to call from any thread. `threads`: how many pictures it looks at at once, 0 as many as `Cores` says. Raises BrokenModel.
    """

    def __init__(self, model: Path, threads: int = 0) -> None:
        file = _model_file(model)
        self._cores = Cores(threads)
        settings = onnxruntime.SessionOptions()
        settings.intra_op_num_threads = settings.inter_op_num_threads = 1  # pictures go side by side, not their parts
        settings.log_severity_level = 4
        try:
            # From bytes: a file that is replaced must not change what runs.
            self._session = onnxruntime.InferenceSession(file.read_bytes(), settings, providers=["CPUExecutionProvider"])
        except Exception as error:  # what it raises has no common root, and is nowhere promised
            reason = str(error).partition("\n")[0]
            raise BrokenModel(f"{file} is not a network that ONNX Runtime can run ({reason}): {WAY_OUT}") from error
        taken, given = self._session.get_inputs(), self._session.get_outputs()
        self.labels = labels_in_onnx(self._session.get_modelmeta().custom_metadata_map.get("names", ""))
        (self._square,) = canvases_taken([port.shape for port in taken], [port.shape for port in given], self.labels)
        self.side_px = self._square[0]
        self._input = taken[0].name

    def detect(self, images: Sequence[Image], min_confidence: float = 0.05) -> list[list[Detection]]:
        return self._cores.each(partial(self._detect_one, min_confidence=min_confidence), images)

    def _detect_one(self, image: Image, min_confidence: float) -> list[Detection]:
        letterbox = Letterbox(width=image.shape[1], height=image.shape[0], canvas=self._square)
        planes = cv2.dnn.blobFromImage(letterbox.fit(image), 1 / 255, swapRB=True)
        (output,) = self._session.run(None, {self._input: planes})
        return read_output(output[0], letterbox, self.labels, min_confidence)


def _model_file(model: Path) -> Path:
    files = [model] if model.suffix == ".onnx" else sorted(model.glob("*.onnx"))
    if len(files) != 1 or not files[0].is_file():
        raise BrokenModel(f"{model} holds {len(files) or 'no'} network in the form that ONNX Runtime reads (.onnx): {WAY_OUT}")
    return files[0]
