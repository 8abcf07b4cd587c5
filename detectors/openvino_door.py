"""The one door to OpenVINO: runs the shipped network on a CPU."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache, partial
from pathlib import Path
from queue import SimpleQueue
from threading import Lock
from typing import Any

import numpy as np
import yaml

from detectors.cores import Cores
from detectors.detector import BrokenModel
from detectors.letterbox import Letterbox, Size, canvas_for
from detectors.telemetry import forbid_telemetry
from detectors.yolo import WAY_OUT, canvases_taken, labels_in_onnx, read_output
from town.sight import Detection, Image

forbid_telemetry()
import openvino  # noqa: E402
from openvino.preprocess import ColorFormat, PrePostProcessor  # noqa: E402

# The binding looks numpy up at the first view of a tensor. Two threads doing so at once have waited for each other for ever: one held
# Python's lock and wanted the binding's, the other the other way round. An import has one thread.
openvino.Tensor(np.zeros(1, dtype=np.uint8)).data  # noqa: B018

BELOW_TILES = "AVX512_CORE_FP16"
"""All instructions but Intel's AMX: its tiles are larger than this network's thin layers, which take half as long again in them."""


class OpenVinoDetector:
    """A `Detector` over a YOLO model in OpenVINO's form (a folder with one `.xml`, or that file) or in an `.onnx` file.

    Safe to call from any thread. `threads`: how many pictures it looks at at once, 0 as many as `Cores` says. Raises BrokenModel.
    """

    def __init__(self, model: Path, threads: int = 0) -> None:
        file = _model_file(model)
        self._cores = Cores(threads)
        try:
            # Read, not mapped: a file that is replaced must not change what runs.
            self._network = _core().read_model(file, config={"ENABLE_MMAP": False})
            told = _metadata(file)
            self.labels = _labels(file, self._network, told)
            self._canvases = canvases_taken(map(_shape, self._network.inputs), map(_shape, self._network.outputs), self.labels, _side(told))
            self.side_px = self._canvases[-1][0]
            self._compiling = Lock()
            self._free_requests: dict[Size, SimpleQueue[Any]] = {}
            self._requests_for(self._canvases[0])
        except (RuntimeError, yaml.YAMLError) as error:
            raise BrokenModel(f"{file} is not a network that OpenVINO can run ({_first_line(error)}): {WAY_OUT}") from error

    def detect(self, images: Sequence[Image], min_confidence: float = 0.05) -> list[list[Detection]]:
        return self._cores.each(partial(self._detect_one, min_confidence=min_confidence), images)

    def _detect_one(self, image: Image, min_confidence: float) -> list[Detection]:
        canvas = canvas_for(image, self._canvases)
        letterbox = Letterbox(width=image.shape[1], height=image.shape[0], canvas=canvas)
        free_requests = self._requests_for(canvas)
        request = free_requests.get()
        try:
            # Input and output are views of the network's own memory: the request is kept until they are written and read.
            letterbox.fit_into(request.get_input_tensor().data[0], image)
            request.infer(share_outputs=True)
            return read_output(request.get_output_tensor().data[0], letterbox, self.labels, min_confidence)
        finally:
            free_requests.put(request)

    def _requests_for(self, canvas: Size) -> SimpleQueue[Any]:
        """A canvas is compiled for its first picture: each takes memory of its own, and few cameras need both."""
        with self._compiling:
            if canvas not in self._free_requests:
                network = self._network.clone()
                network.reshape([1, 3, *reversed(canvas)])
                self._free_requests[canvas] = _requests(_taking_pictures(network), self._cores.count)
            return self._free_requests[canvas]


def _requests(network: Any, count: int) -> SimpleQueue[Any]:
    """As many requests as pictures are looked at at once, each on one core: all cores on one picture wait for each other at every layer."""
    settings = {"NUM_STREAMS": count, "INFERENCE_NUM_THREADS": count, "ENABLE_CPU_PINNING": False, "INFERENCE_PRECISION_HINT": "f32"}
    with _without_tiles():
        compiled = _core().compile_model(network, "CPU", settings)
    free: SimpleQueue[Any] = SimpleQueue()
    for _ in range(count):
        free.put(compiled.create_infer_request())
    return free


@cache
def _core() -> Any:
    """One for the process, never given back: OpenVINO gives the thread that loads its plugin a stack for signals, and takes the memory
    away in whichever thread the last core ends. A model changed aside would leave the main thread to die at its next signal.
    """
    return openvino.Core()


@contextmanager
def _without_tiles() -> Iterator[None]:
    """Keep oneDNN inside OpenVINO, which asks once, from AMX; who has set its variable decides, and torch's own oneDNN is left alone."""
    name = "ONEDNN_MAX_CPU_ISA"
    if name in os.environ:
        yield
        return
    os.environ[name] = BELOW_TILES
    try:
        yield
    finally:
        del os.environ[name]


def _model_file(model: Path) -> Path:
    files = [model] if model.suffix in {".xml", ".onnx"} else sorted(model.glob("*.xml"))
    if len(files) != 1 or not files[0].is_file():
        raise BrokenModel(f"{model} holds {len(files) or 'no'} network in OpenVINO's form (.xml with .bin): {WAY_OUT}")
    return files[0]


def _taking_pictures(network: Any) -> Any:
    """The network with the step from bytes (BGR, 0 to 255) to its own input compiled into it."""
    steps = PrePostProcessor(network)
    steps.input().tensor().set_element_type(openvino.Type.u8).set_layout(openvino.Layout("NHWC")).set_color_format(ColorFormat.BGR)
    steps.input().model().set_layout(openvino.Layout("NCHW"))
    steps.input().preprocess().convert_element_type(openvino.Type.f32).convert_color(ColorFormat.RGB).scale(255.0)
    return steps.build()


def _metadata(model: Path) -> dict[str, Any]:
    """What `metadata.yaml` beside a network in OpenVINO's form says, if anything."""
    file = model.with_name("metadata.yaml")
    told = yaml.safe_load(file.read_text(encoding="utf-8")) if model.suffix == ".xml" and file.is_file() else None
    return told if isinstance(told, dict) else {}


def _labels(model: Path, network: Any, told: dict[str, Any]) -> tuple[str, ...]:
    """What the network can name: from `metadata.yaml`, else from the model itself."""
    names = told.get("names")
    if isinstance(names, dict):
        return tuple(str(names[number]) for number in sorted(names))
    if network.has_rt_info(["model_info", "labels"]):
        return tuple(network.get_rt_info(["model_info", "labels"]).astype(str).split())
    if network.has_rt_info(["framework", "names"]):  # what ultralytics wrote into an .onnx
        return labels_in_onnx(network.get_rt_info(["framework", "names"]).astype(str))
    raise BrokenModel(f"{model} does not say what it can name (no names in metadata.yaml): {WAY_OUT}")


def _side(told: dict[str, Any]) -> int | None:
    """The side that a network was made for, where `metadata.yaml` says one, as ultralytics writes it: [416, 416]."""
    sides = told.get("imgsz")
    return max(sides) if isinstance(sides, list) and sides and all(isinstance(side, int) for side in sides) else None


def _shape(port: Any) -> list[int | str]:
    """The sides of an input or output; one that is not fixed as text."""
    return [side.get_length() if side.is_static else str(side) for side in port.partial_shape]


def _first_line(error: Exception) -> str:
    return next((line.strip() for line in reversed(str(error).splitlines()) if line.strip()), type(error).__name__)
