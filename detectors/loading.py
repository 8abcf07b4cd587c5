"""Which run-time a model needs, and which of those that could is here."""

from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

from detectors.detector import BrokenModel, Detector, RunTimeMissing

ULTRALYTICS_RUNS = frozenset({".pt", ".engine"})

Open = Callable[[Path, int], Detector]


def load_detector(path: Path | None, threads: int = 0) -> Detector:
    """The detector of a model: a folder that `weisu model export` wrote, an `.xml`, `.onnx`, `.pt` or `.engine` file.

    A folder or `.xml` goes to OpenVINO; where that is not installed, ONNX Runtime takes the `.onnx` beside it. An `.onnx` file goes to ONNX
    Runtime: who has installed it wants that, for OpenVINO, which comes next, is there by default. `.pt` and `.engine` need `weisu[train]`.
    `None` is the model that ships with weisu. `threads`: how many pictures at once, 0 for as many as there are cores. Raises ModelError.
    """
    model = shipped_model() if path is None else path
    if not model.exists():
        raise BrokenModel(f"there is no model at {model}: leave the model out to run the one that ships with weisu")
    if model.suffix in ULTRALYTICS_RUNS:
        from detectors.ultralytics_door.running import UltralyticsDetector

        return UltralyticsDetector(model)
    doors = (_onnxruntime, _openvino) if model.suffix == ".onnx" else (_openvino, _onnxruntime)
    return _first_that_is_here(doors, model, threads)


def shipped_model() -> Path:
    """The folder of the network that ships with weisu."""
    return Path(str(files("detectors"))) / "weights"


def _first_that_is_here(doors: tuple[Open, ...], model: Path, threads: int) -> Detector:
    missing = []
    for open_model in doors:
        try:
            return open_model(model, threads)
        except ImportError as error:
            missing.append(str(error))
        except BrokenModel as error:
            if not missing:
                raise
            raise BrokenModel(f"{'; '.join(missing)}, and {error}") from error
    raise RunTimeMissing(f"nothing here can run {model} ({'; '.join(missing)}): pip install openvino, or pip install onnxruntime")


def _openvino(model: Path, threads: int) -> Detector:
    from detectors.openvino_door import OpenVinoDetector

    return OpenVinoDetector(model, threads)


def _onnxruntime(model: Path, threads: int) -> Detector:
    from detectors.onnxruntime_door import OnnxRuntimeDetector

    return OnnxRuntimeDetector(model.parent if model.suffix == ".xml" else model, threads)
