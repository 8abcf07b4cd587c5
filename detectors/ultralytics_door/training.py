"""Fine-tunes a COCO-pretrained YOLO into weisu's labels, and averages what was learnt with what was known."""

import copy
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from detectors.labels import LABELS
from detectors.ultralytics_door.offline import quiet_ultralytics
from detectors.ultralytics_door.starting import NEW_LABELS, first_network
from detectors.weathering import weathered

TOLD_SETTINGS = (
    "tuned_share",
    "epochs",
    "imgsz",
    "batch",
    "seed",
    "optimizer",
    "lr0",
    "cos_lr",
    "nbs",
    "mosaic",
    "degrees",
    "shear",
    "perspective",
)

LOADERS = 1
"""Processes that prepare pictures while the network learns."""

Epoch = Callable[[int, int, dict[str, float]], None]


@dataclass(frozen=True)
class Training:
    """How a model is trained. What made a model stands in its `metadata.yaml`.

    `tuned_share`: the share of the fine-tuned weights in their average with those it started from (Wortsman et al., "Robust
    fine-tuning of zero-shot models", CVPR 2022): it gives back what fine-tuning forgot of vehicles, and costs bins nothing.
    `weather_share`: how many pictures are shown in a weather (`detectors.weathering`), a new one at each showing.
    """

    epochs: int = 44
    side_px: int = 416
    batch: int = 16
    seed: int = 7
    learning_rate: float = 0.001
    weather_share: float = 0.5
    tuned_share: float = 0.9


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
        _trainer(overrides, training, lambda coco: first_network(coco, pictures, training.side_px), on_epoch).train()
    return _averaged(last.with_name("best.pt"), first_network(_pretrained(start), pictures, training.side_px), training.tuned_share)


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
        "nbs": 2 * training.batch,
        "seed": training.seed,
        "deterministic": True,
        "optimizer": "AdamW",
        "lr0": training.learning_rate,
        "cos_lr": True,
        "warmup_epochs": 0.5,
        # Left at 0.1, which was meant for SGD, Adam's first steps move every bias by 0.1, and what COCO taught is lost.
        "warmup_bias_lr": 0.0,
        "close_mosaic": max(1, training.epochs // 5),
        "mosaic": 0.5,
        "degrees": 5.0,
        "shear": 2.0,
        "perspective": 0.0004,
        "cache": "ram",
        "workers": LOADERS,
        "plots": False,
        "verbose": False,
    }


def _trainer(overrides: dict[str, Any], training: Training, first_model: Callable[[Any], Any], on_epoch: Epoch) -> Any:
    import torch
    from ultralytics.models.yolo.detect import DetectionTrainer

    class Trainer(DetectionTrainer):  # type: ignore[misc,unused-ignore]
        def get_model(self, cfg: Any = None, weights: Any = None, verbose: bool = True) -> Any:  # noqa: ARG002  ultralytics' signature
            return weights.float().requires_grad_(True) if tuple(weights.names.values()) == LABELS else first_model(weights)

        def build_dataset(self, img_path: str, mode: str = "train", batch: int | None = None) -> Any:
            dataset = super().build_dataset(img_path, mode, batch)
            if mode == "train":
                dataset.get_image_and_label = _Weathered(dataset.get_image_and_label, training.weather_share)
            return dataset

        def get_dataloader(self, dataset_path: str, batch_size: int = 16, rank: int = 0, mode: str = "train") -> Any:
            # On a CPU ultralytics prepares pictures between steps, while the cores wait.
            self.args.workers = LOADERS
            return super().get_dataloader(dataset_path, batch_size, rank, mode)

        def preprocess_batch(self, batch: dict[str, Any]) -> dict[str, Any]:
            batch = super().preprocess_batch(batch)
            batch["img"] = batch["img"].contiguous(memory_format=torch.channels_last)
            return batch

    def use_the_whole_processor(trainer: Any) -> None:
        # ultralytics leaves one core out, which halves the speed of a small box.
        torch.set_num_threads(os.cpu_count() or 1)
        # Together 2.4 times faster on a processor that multiplies in bfloat16; without that, channels_last alone gives 1.3.
        trainer.model.to(memory_format=torch.channels_last)
        if trainer.device.type == "cpu" and torch.ops.mkldnn._is_mkldnn_bf16_supported():
            trainer.model.predict = _in_bfloat16(trainer.model.predict)

    def report(trainer: Any) -> None:
        # ultralytics calls once more after the last epoch, for the best one.
        if trainer.epoch < trainer.epochs:
            on_epoch(trainer.epoch + 1, trainer.epochs, {key: float(value) for key, value in (trainer.metrics or {}).items()})

    trainer = Trainer(overrides=overrides)
    trainer.add_callback("on_train_start", use_the_whole_processor)
    trainer.add_callback("on_fit_epoch_end", report)
    return trainer


class _Weathered:
    """Gives a labelled picture as `read` does, at times in a weather."""

    def __init__(self, read: Callable[[int], dict[str, Any]], share: float) -> None:
        self._read, self._share = read, share

    def __call__(self, index: int) -> dict[str, Any]:
        sample = self._read(index)
        # ultralytics seeds numpy's global state in every worker: what is drawn from it can be drawn again.
        sample["img"] = weathered(sample["img"], np.random.default_rng(np.random.randint(1 << 31)), self._share)
        return sample


def _in_bfloat16(predict: Callable[..., Any]) -> Callable[..., Any]:
    """The network's forward pass in bfloat16, given back as floats: boxes are too fine for its eight bits."""
    import torch

    def predict_fast(*args: Any, **kwargs: Any) -> Any:
        with torch.autocast("cpu", torch.bfloat16):
            return _floats(predict(*args, **kwargs))

    return predict_fast


def _floats(value: Any) -> Any:
    """A nest of tensors, each as float."""
    if isinstance(value, dict):
        return {key: _floats(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(_floats(part) for part in value)
    return value.float() if hasattr(value, "float") else value


def training_of(checkpoint: Path) -> dict[str, Any]:
    """How a checkpoint was trained, as it says itself: numbers and words only, no paths of the machine."""
    quiet_ultralytics()
    import torch

    said = torch.load(checkpoint, map_location="cpu", weights_only=False).get("train_args", {})
    return {name: said[name] for name in TOLD_SETTINGS if name in said}
