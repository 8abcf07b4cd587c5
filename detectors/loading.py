"""Which run-time a model file needs."""

from importlib.resources import files
from pathlib import Path

from detectors.detector import BrokenModel, Detector

ULTRALYTICS_RUNS = frozenset({".pt", ".engine", ".onnx"})


def load_detector(path: Path | None, threads: int = 0) -> Detector:
    """The detector of a model: an OpenVINO folder or `.xml`, or a `.pt`, `.engine` or `.onnx` file (needs `weisu[train]`).

    `None` is the one that ships with weisu. `threads`: cores for OpenVINO, 0 for its own choice. Raises ModelError.
    """
    model = shipped_model() if path is None else path
    if not model.exists():
        raise BrokenModel(f"there is no model at {model}: leave the model out to run the one that ships with weisu")
    if model.suffix in ULTRALYTICS_RUNS:
        from detectors.ultralytics_door.running import UltralyticsDetector

        return UltralyticsDetector(model)
    from detectors.openvino_door import OpenVinoDetector

    return OpenVinoDetector(model, threads)


def shipped_model() -> Path:
    """The folder of the network that ships with weisu."""
    return Path(str(files("detectors"))) / "weights"
