"""Writes a checkpoint in floating point, in the forms that run without torch."""

from pathlib import Path

from detectors.ultralytics_door.offline import quiet_ultralytics
from detectors.ultralytics_door.training import TOLD_SETTINGS


def export_openvino(checkpoint: Path, side_px: int) -> Path:
    """Write the OpenVINO model of a checkpoint beside it, for pictures of any size, and return its folder."""
    return Path(quiet_ultralytics().YOLO(checkpoint).export(format="openvino", imgsz=side_px, dynamic=True, half=False))


def export_onnx(checkpoint: Path, side_px: int) -> Path:
    """Write the ONNX model of a checkpoint beside it, for a square, and return its file."""
    return Path(quiet_ultralytics().YOLO(checkpoint).export(format="onnx", imgsz=side_px, dynamic=False, half=False, simplify=False))


def forget_paths(checkpoint: Path) -> None:
    """Rewrite a checkpoint so that it says how it was trained and nothing of the machine that did: no paths of sets and folders."""
    quiet_ultralytics()
    import torch

    kept = torch.load(checkpoint, map_location="cpu", weights_only=False)
    told = {name: value for name, value in kept["train_args"].items() if name in TOLD_SETTINGS}
    kept["model"].args, kept["model"].pt_path = dict(told), checkpoint.name
    torch.save({"model": kept["model"], "ema": None, "epoch": -1, "train_args": told}, checkpoint)
