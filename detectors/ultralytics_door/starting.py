"""The network that training starts from: a COCO-pretrained YOLO, given weisu's labels without losing what it knows."""

import copy
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from detectors.labels import BIN_LABELS, LABELS
from town.sight import Image

NEW_LABELS = BIN_LABELS | {"garbage"}
"""What COCO does not name."""


def first_network(coco: Any, pictures: Path, side_px: int) -> Any:
    """A COCO network with weisu's labels, ready to train on a folder of pictures at `side_px`."""
    network = nine_labels(coco)
    unfold_batch_norm(network, _sample(pictures, side_px))
    return network


def nine_labels(coco: Any) -> Any:
    """A copy of a COCO network whose head knows weisu's labels: rows of known labels are kept, the three of bins start low."""
    import torch

    model = copy.deepcopy(coco).float()
    names = {name: number for number, name in coco.names.items()}
    head = model.model[-1]
    for branch in head.cv3:
        old = branch[-1]
        new = torch.nn.Conv2d(old.in_channels, len(LABELS), 1)
        with torch.no_grad():
            new.weight.zero_()
            new.bias.fill_(float(old.bias.min()))
            for row, label in enumerate(LABELS):
                if label not in NEW_LABELS:
                    new.weight[row] = old.weight[names[label]]
                    new.bias[row] = old.bias[names[label]]
        branch[-1] = new
    head.nc, head.no = len(LABELS), len(LABELS) + 4 * head.reg_max
    model.nc = len(LABELS)
    model.yaml["nc"] = len(LABELS)
    model.names = dict(enumerate(LABELS))
    return model.requires_grad_(True)


def unfold_batch_norm(model: Any, images: Sequence[Image]) -> None:
    """Give batch-norm layers the statistics of what they see, without changing what the network computes.

    Where batch norm was folded into the convolutions (mean 0, variance 1), training would normalise by the batch and throw the
    pretrained features away at its first step: cars fell from AP50 0.84 to 0.26. With true statistics both modes agree at the start.
    """
    import torch

    sums: dict[Any, tuple[Any, Any, int]] = {}

    def measure(layer: Any, inputs: tuple[Any, ...]) -> None:
        values = inputs[0].double()
        total, squares, count = sums.get(layer, (0.0, 0.0, 0))
        pixels = values.numel() // values.shape[1]
        sums[layer] = total + values.sum((0, 2, 3)), squares + values.square().sum((0, 2, 3)), count + pixels

    layers = [layer for layer in model.modules() if isinstance(layer, torch.nn.BatchNorm2d)]
    hooks = [layer.register_forward_pre_hook(measure) for layer in layers]
    model.eval()
    with torch.no_grad():
        for image in images:
            model(torch.from_numpy(image[..., ::-1].copy()).permute(2, 0, 1)[None].float() / 255)
    for hook in hooks:
        hook.remove()
    with torch.no_grad():
        for layer, (total, squares, count) in sums.items():
            mean, variance = total / count, (squares / count - (total / count).square()).clamp(min=0)
            gain = layer.weight / (layer.running_var + layer.eps).sqrt()
            layer.bias += gain * (mean - layer.running_mean)
            layer.weight.copy_(gain * (variance + layer.eps).sqrt())
            layer.running_mean.copy_(mean)
            layer.running_var.copy_(variance)


def _sample(folder: Path, side_px: int) -> list[Image]:
    """A few hundred pictures of the training set, spread over it, at the size they are trained at."""
    files = sorted(folder.iterdir())
    pictures = (cv2.imread(str(file)) for file in files[:: max(1, len(files) // 200)])
    return [np.asarray(cv2.resize(picture, (side_px, side_px)), np.uint8) for picture in pictures if picture is not None]
