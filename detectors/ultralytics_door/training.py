"""Fine-tunes a COCO-pretrained YOLO into weisu's labels, and averages what was learnt with what was known."""

import copy
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from detectors.labels import BIN_LABELS, LABELS
from detectors.ultralytics_door.offline import quiet_ultralytics
from town.sight import Image

TOLD_SETTINGS = ("tuned_share", "epochs", "imgsz", "batch", "seed", "optimizer", "lr0", "cos_lr", "degrees")

NEW_LABELS = BIN_LABELS | {"garbage"}
"""What COCO does not name."""

Epoch = Callable[[int, int, dict[str, float]], None]


@dataclass(frozen=True)
class Training:
    """How a model is trained. The defaults made the shipped one.

    `tuned_share`: the share of the fine-tuned weights in their average with those it started from (Wortsman et al., "Robust
    fine-tuning of zero-shot models", CVPR 2022): it gives back what fine-tuning forgot of vehicles, and costs bins nothing.
    """

    epochs: int = 5
    side_px: int = 416
    batch: int = 16
    seed: int = 7
    learning_rate: float = 0.001
    tuned_share: float = 0.75


def fine_tune(start: Path, dataset: Path, out: Path, training: Training, on_epoch: Epoch) -> Path:
    """Fine-tune a COCO-pretrained YOLO into weisu's nine labels, average it with its start, and return that checkpoint.

    Goes on from `out/run/weights/last.pt` where an earlier call was cut off, with that call's training.
    """
    quiet_ultralytics()
    import torch

    last = out.resolve() / "run" / "weights" / "last.pt"
    pictures = dataset.parent / "images" / "train"
    unfinished = last.exists() and _is_unfinished(torch.load(last, map_location="cpu", weights_only=False))
    if unfinished or not last.exists():
        overrides = _settings(start, dataset, out, training) | ({"model": str(last), "resume": str(last)} if unfinished else {})
        _trainer(overrides, lambda coco: _first_model(coco, pictures, training), on_epoch).train()
    return _averaged(last.with_name("best.pt"), _first_model(_pretrained(start), pictures, training), training.tuned_share)


def _is_unfinished(checkpoint: Any) -> bool:
    """Whether epochs are left. A finished training says -1; one that was killed at its very end names its last epoch."""
    return bool(0 <= checkpoint["epoch"] < checkpoint["train_args"]["epochs"] - 1)


def _pretrained(start: Path) -> Any:
    return quiet_ultralytics().YOLO(start).model


def _averaged(tuned: Path, start: Any, tuned_share: float) -> Path:
    """Write `weisu.pt` beside a fine-tuned checkpoint: its weights, averaged with those of the network that it started from."""
    import torch

    checkpoint = torch.load(tuned, map_location="cpu", weights_only=False)
    network = (checkpoint.get("ema") or checkpoint["model"]).float()
    learnt, known = copy.deepcopy(network), start.float().state_dict()
    mixed = {
        name: torch.lerp(known[name], value, tuned_share) if value.is_floating_point() else value
        for name, value in learnt.state_dict().items()
    }
    network.load_state_dict(mixed)
    # Nothing was known of bins: half of a row of zeros would only make the network say everything more quietly.
    for row in map(LABELS.index, NEW_LABELS):
        for branch, taught in zip(network.model[-1].cv3, learnt.model[-1].cv3, strict=True):
            branch[-1].weight.data[row], branch[-1].bias.data[row] = taught[-1].weight.data[row], taught[-1].bias.data[row]
    out = tuned.with_name("weisu.pt")
    told = checkpoint["train_args"] | {"tuned_share": tuned_share}
    torch.save({**checkpoint, "model": network.half(), "ema": None, "optimizer": None, "train_args": told}, out)
    return out


def _settings(start: Path, dataset: Path, out: Path, training: Training) -> dict[str, Any]:
    return {
        "model": str(start),
        "data": str(dataset),
        "project": str(out.resolve()),
        "name": "run",
        "exist_ok": True,
        "epochs": training.epochs,
        "imgsz": training.side_px,
        "batch": training.batch,
        "seed": training.seed,
        "deterministic": True,
        "optimizer": "AdamW",
        "lr0": training.learning_rate,
        "cos_lr": True,
        "warmup_epochs": 0.5,
        "close_mosaic": max(1, training.epochs // 5),
        "degrees": 5.0,
        "workers": 2,
        "plots": False,
        "verbose": False,
    }


def _first_model(coco: Any, pictures: Path, training: Training) -> Any:
    model = nine_labels(coco)
    unfold_batch_norm(model, _sample(pictures, training))
    return model


def _trainer(overrides: dict[str, Any], first_model: Callable[[Any], Any], on_epoch: Epoch) -> Any:
    import torch
    from ultralytics.models.yolo.detect import DetectionTrainer

    class Trainer(DetectionTrainer):  # type: ignore[misc,unused-ignore]
        def get_model(self, cfg: Any = None, weights: Any = None, verbose: bool = True) -> Any:  # noqa: ARG002  ultralytics' signature
            return weights.float().requires_grad_(True) if tuple(weights.names.values()) == LABELS else first_model(weights)

    def use_every_core(_: Any) -> None:
        # ultralytics leaves one core out, which halves the speed of a small box.
        torch.set_num_threads(os.cpu_count() or 1)

    def report(trainer: Any) -> None:
        # ultralytics calls once more after the last epoch, for the best one.
        if trainer.epoch < trainer.epochs:
            on_epoch(trainer.epoch + 1, trainer.epochs, {key: float(value) for key, value in (trainer.metrics or {}).items()})

    trainer = Trainer(overrides=overrides)
    trainer.add_callback("on_train_start", use_every_core)
    trainer.add_callback("on_fit_epoch_end", report)
    return trainer


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


def _sample(folder: Path, training: Training) -> list[Image]:
    """A few hundred pictures of the training set, spread over it, at the size they are trained at."""
    files = sorted(folder.iterdir())
    pictures = (cv2.imread(str(file)) for file in files[:: max(1, len(files) // 200)])
    return [np.asarray(cv2.resize(picture, (training.side_px, training.side_px)), np.uint8) for picture in pictures if picture is not None]


def training_of(checkpoint: Path) -> dict[str, Any]:
    """How a checkpoint was trained, as it says itself: numbers and words only, no paths of the machine."""
    quiet_ultralytics()
    import torch

    said = torch.load(checkpoint, map_location="cpu", weights_only=False).get("train_args", {})
    return {name: said[name] for name in TOLD_SETTINGS if name in said}
