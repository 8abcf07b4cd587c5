"""Writes a checkpoint in OpenVINO's form."""

from pathlib import Path

from detectors.ultralytics_door.offline import quiet_ultralytics


def export_openvino(checkpoint: Path, dataset: Path, side_px: int) -> Path:
    """Write the INT8 OpenVINO model of a checkpoint beside it and return its folder.

    Calibrated on the first tenth of the training pictures: those of `val` are kept for scoring.
    """
    yolo = quiet_ultralytics().YOLO(checkpoint)
    calibrated_on = {"data": str(dataset), "split": "train", "fraction": 0.1}
    return Path(yolo.export(format="openvino", int8=True, imgsz=side_px, dynamic=False, **calibrated_on))
