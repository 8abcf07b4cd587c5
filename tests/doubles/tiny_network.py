"""A YOLO detector in OpenVINO's form that always answers the same candidates, whatever it is shown."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from detectors.telemetry import forbid_telemetry

forbid_telemetry()
import openvino  # noqa: E402

SIDE_PX = 32


def write_tiny_network(
    folder: Path,
    candidates: Sequence[Sequence[float]],
    labels: Sequence[str],
    metadata: bool = True,
    taken: tuple[int, ...] = (1, 3, SIDE_PX, SIDE_PX),
) -> Path:
    """Write a network to `folder` whose output holds `candidates` (cx, cy, width, height in pixels, then a confidence a label)."""
    opset = openvino.opset13
    picture = opset.parameter(list(taken), np.float32, name="x")
    answer = opset.constant(np.array(candidates, dtype=np.float32).T[np.newaxis])
    nothing = opset.multiply(opset.reduce_max(picture, opset.constant([0, 1, 2, 3]), keep_dims=False), opset.constant(np.float32(0)))
    network = openvino.Model([opset.add(answer, nothing)], [picture], "tiny")
    if metadata:
        lines = "".join(f"  {number}: {label}\n" for number, label in enumerate(labels))
        (folder / "metadata.yaml").write_text(f"names:\n{lines}", encoding="utf-8")
    else:
        network.set_rt_info(" ".join(labels), ["model_info", "labels"])
    openvino.save_model(network, folder / "tiny.xml", compress_to_fp16=False)
    return folder
