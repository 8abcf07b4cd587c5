"""Writes a checkpoint in floating point, in the forms that run without torch."""

from pathlib import Path

from detectors.ultralytics_door.offline import quiet_ultralytics


def export_openvino(checkpoint: Path, side_px: int) -> Path:
    """Write the OpenVINO model of a checkpoint beside it and return its folder."""
    return Path(quiet_ultralytics().YOLO(checkpoint).export(format="openvino", imgsz=side_px, dynamic=False, half=False))


def export_onnx(checkpoint: Path, side_px: int) -> Path:
    """Write the ONNX model of a checkpoint beside it and return its file."""
    return Path(quiet_ultralytics().YOLO(checkpoint).export(format="onnx", imgsz=side_px, dynamic=False, half=False, simplify=False))
