"""Fine-tunes a COCO-pretrained YOLO into weisu's labels in rounds, and averages what was learnt with what was known."""

import os
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from detectors.dataset import round_of
from detectors.labels import LABELS
from detectors.ultralytics_door.offline import quiet_ultralytics
from detectors.ultralytics_door.starting import NEW_LABELS, first_network
from detectors.weathering import weathered

TOLD_SETTINGS = (
    "rounds",
    "first_share",
    "tuned_share",
    "imgsz",
    "batch",
    "seed",
    "optimizer",
    "cos_lr",
    "nbs",
    "degrees",
    "shear",
    "perspective",
)

LOADERS = 1
"""Processes that prepare pictures while the network learns."""

Epoch = Callable[[int, int, dict[str, float]], None]


@dataclass(frozen=True)
class Round:
    """A part of a training, on pictures of its own (`detectors.dataset.round_of`).

    `mosaic`: how many pictures are shown as four put together, until the last `plain_epochs`.
    """

    epochs: int
    learning_rate: float
    mosaic: float
    plain_epochs: int
    warmup_epochs: float


ROUNDS = (
    Round(epochs=30, learning_rate=0.001, mosaic=0.5, plain_epochs=6, warmup_epochs=0.5),
    Round(epochs=14, learning_rate=0.0006, mosaic=0.4, plain_epochs=4, warmup_epochs=0.3),
)


@dataclass(frozen=True)
class Training:
    """How a model is trained. What made a model stands in its `metadata.yaml`.

    `first_share`: the share of the first round's weights in their average with the second's.
    `tuned_share`: the share of these fine-tuned weights in their average with those that training started from (Wortsman et al.,
    "Robust fine-tuning of zero-shot models", CVPR 2022): it gives back what fine-tuning forgot of vehicles, and costs bins nothing.
    `weather_share`: how many pictures are shown in a weather (`detectors.weathering`), a new one at each showing.
    """

    rounds: tuple[Round, Round] = ROUNDS
    side_px: int = 416
    batch: int = 16
    seed: int = 7
    weather_share: float = 0.5
    first_share: float = 0.3
    tuned_share: float = 0.9

    @property
    def told(self) -> dict[str, Any]:
        """What a checkpoint says of it beyond ultralytics' own settings."""
        return {"rounds": [asdict(one) for one in self.rounds], "first_share": self.first_share, "tuned_share": self.tuned_share}


def of_length(epochs: int) -> tuple[Round, Round]:
    """The rounds, longer or shorter: `epochs` in all, at least one each."""
    first, second = ROUNDS
    least = max(1, round(epochs * second.epochs / (first.epochs + second.epochs)))
    return replace(first, epochs=max(1, epochs - least)), replace(second, epochs=least)


def fine_tune(start: Path, dataset: Path, out: Path, training: Training, on_epoch: Epoch) -> Path:
    """Fine-tune a COCO-pretrained YOLO into weisu's nine labels in two rounds, average them and their start, and return `out/weisu.pt`.

    Goes on from `out/round-N/weights/last.pt` where an earlier call was cut off, with that call's training.
    """
    pictures = dataset.parent / "images" / "train"

    def first(coco: Any) -> Any:
        return first_network(coco, pictures, training.side_px)

    came_from, done, total = start, 0, sum(one.epochs for one in training.rounds)
    for number, one in enumerate(training.rounds, start=1):
        settings = _settings(came_from, round_of(dataset, number), out.resolve(), f"round-{number}", training, one)
        came_from = _run(settings, training, first, partial(_counted, on_epoch, done, total))
        done += one.epochs
    rounds = [out / f"round-{number}" / "weights" / "last.pt" for number in (1, 2)]
    return _averaged(rounds, first(_pretrained(start)), training, out / "weisu.pt")


def _counted(on_epoch: Epoch, before: int, total: int, epoch: int, metrics: dict[str, float]) -> None:
    on_epoch(before + epoch, total, metrics)


def _run(
    settings: dict[str, Any], training: Training, first: Callable[[Any], Any], on_epoch: Callable[[int, dict[str, float]], None]
) -> Path:
    """Train one round to its end, unless that was done before, and return its last checkpoint."""
    quiet_ultralytics()
    import torch

    last = Path(settings["project"], settings["name"], "weights", "last.pt")
    unfinished = last.exists() and _is_unfinished(torch.load(last, map_location="cpu", weights_only=False))
    if unfinished or not last.exists():
        resumed = {"model": str(last), "resume": str(last)} if unfinished else {}
        _trainer(settings | resumed, training, first, on_epoch).train()
    return last


def _is_unfinished(checkpoint: Any) -> bool:
    """Whether epochs are left. A finished training says -1; one that was killed at its very end names its last epoch."""
    return bool(0 <= checkpoint["epoch"] < checkpoint["train_args"]["epochs"] - 1)


def _pretrained(start: Path) -> Any:
    return quiet_ultralytics().YOLO(start).model


def _averaged(rounds: Sequence[Path], start: Any, training: Training, out: Path) -> Path:
    """Write `out`: the average of two rounds' checkpoints, averaged with the network that training started from."""
    import torch

    first, second = (torch.load(file, map_location="cpu", weights_only=False) for file in rounds)
    network = _network(second)
    learnt = _mixed(network.state_dict(), _network(first).state_dict(), training.first_share)
    network.load_state_dict(_mixed(start.float().state_dict(), learnt, training.tuned_share))
    # Nothing was known of bins: half of a row of zeros would only make the network say everything more quietly.
    for number, branch in enumerate(network.model[-1].cv3):
        for row in map(LABELS.index, NEW_LABELS):
            for kind in ("weight", "bias"):
                getattr(branch[-1], kind).data[row] = learnt[f"model.{len(network.model) - 1}.cv3.{number}.{len(branch) - 1}.{kind}"][row]
    told = second["train_args"] | training.told
    torch.save({**second, "model": network.half(), "ema": None, "optimizer": None, "train_args": told}, out)
    return out


def _network(checkpoint: Any) -> Any:
    return (checkpoint.get("ema") or checkpoint["model"]).float()


def _mixed(one: dict[str, Any], other: dict[str, Any], share: float) -> dict[str, Any]:
    """Weights between two networks: `share` of the other's. What is no weight (counters) is the other's."""
    import torch

    return {name: torch.lerp(one[name], value, share) if value.is_floating_point() else value for name, value in other.items()}


def _settings(start: Path, dataset: Path, project: Path, name: str, training: Training, one: Round) -> dict[str, Any]:
    return {
        "model": str(start),
        "data": str(dataset),
        "project": str(project),
        "name": name,
        "exist_ok": True,
        "epochs": one.epochs,
        "imgsz": training.side_px,
        "batch": training.batch,
        "nbs": 2 * training.batch,
        "seed": training.seed,
        "deterministic": True,
        "optimizer": "AdamW",
        "lr0": one.learning_rate,
        "cos_lr": True,
        "warmup_epochs": one.warmup_epochs,
        # Left at 0.1, which was meant for SGD, Adam's first steps move every bias by 0.1, and what COCO taught is lost.
        "warmup_bias_lr": 0.0,
        "close_mosaic": one.plain_epochs,
        "mosaic": one.mosaic,
        "degrees": 5.0,
        "shear": 2.0,
        "perspective": 0.0004,
        "cache": "ram",
        "workers": LOADERS,
        "plots": False,
        "verbose": False,
    }


def _trainer(
    overrides: dict[str, Any], training: Training, first_model: Callable[[Any], Any], on_epoch: Callable[[int, dict[str, float]], None]
) -> Any:
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
            on_epoch(trainer.epoch + 1, {key: float(value) for key, value in (trainer.metrics or {}).items()})

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
