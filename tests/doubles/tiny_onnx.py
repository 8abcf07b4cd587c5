"""A YOLO detector in an `.onnx` file, as ultralytics writes one: its candidates are given, and the brighter the picture the less sure."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

SIDE_PX = 32


def write_tiny_onnx(file: Path, candidates: Sequence[Sequence[float]], labels: Sequence[str], side_px: int = SIDE_PX) -> Path:
    """Write a network to `file` that answers `candidates` (cx, cy, width, height in pixels, then a confidence a label) to black."""
    answer = np.array(candidates, dtype=np.float32).T[np.newaxis]
    fading = np.full_like(answer, 0.0)
    fading[:, 4:] = -0.1
    nodes = [
        helper.make_node("ReduceMean", ["images"], ["light"], keepdims=0),
        helper.make_node("Mul", ["light", "fading"], ["change"]),
        helper.make_node("Add", ["change", "answer"], ["output0"]),
    ]
    picture = helper.make_tensor_value_info("images", TensorProto.FLOAT, [1, 3, side_px, side_px])
    output = helper.make_tensor_value_info("output0", TensorProto.FLOAT, list(answer.shape))
    constants = [numpy_helper.from_array(answer, "answer"), numpy_helper.from_array(fading, "fading")]
    network = helper.make_model(
        helper.make_graph(nodes, "tiny", [picture], [output], constants), opset_imports=[helper.make_opsetid("", 17)]
    )
    network.ir_version = 9
    said = {
        "task": "detect",
        "stride": 32,
        "batch": 1,
        "imgsz": [side_px, side_px],
        "names": dict(enumerate(labels)),
        "args": {"dynamic": False},
    }
    helper.set_model_props(network, {key: str(value) for key, value in said.items()})
    onnx.save(network, file)
    return file
