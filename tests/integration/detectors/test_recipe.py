"""The whole recipe for real, in miniature: label, train, be killed, go on, average, export, run. Needs the extra `weisu[train]`."""

import importlib.util
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from detectors.evaluation import evaluate
from detectors.labelled import labelled_set
from detectors.labels import LABELS
from detectors.openvino_door import OpenVinoDetector
from detectors.recipe import export, train
from detectors.ultralytics_door.offline import quiet_ultralytics
from detectors.ultralytics_door.starting import nine_labels, unfold_batch_norm
from detectors.ultralytics_door.training import Training, of_length

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(900),
    pytest.mark.skipif(importlib.util.find_spec("ultralytics") is None, reason="the extra weisu[train] is not installed"),
    pytest.mark.filterwarnings("ignore"),  # what torch, ultralytics and nncf warn of is theirs
]

SCENES = Path(__file__).parents[3] / "simulator" / "scenes"
SMALL = Training(of_length(2), side_px=64, batch=4)


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A network of YOLO11n's build with COCO's labels and random weights: nothing is downloaded."""
    import torch
    from ultralytics.utils import ROOT, YAML

    torch.manual_seed(1)
    yolo = quiet_ultralytics().YOLO("yolo11n.yaml")
    yolo.model.names = YAML.load(ROOT / "cfg" / "datasets" / "coco.yaml")["names"]
    file = tmp_path_factory.mktemp("start") / "start.pt"
    yolo.save(file)
    return file


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A few scenes in the layout of the real data, each with one bin in its middle."""
    folder = tmp_path_factory.mktemp("data")
    scenes = sorted(SCENES.glob("*.jpg"))
    for split, pictures in (("train", scenes[:8]), ("val", scenes[8:11])):
        images, labels = folder / "bins" / split / "images", folder / "bins" / split / "labels"
        images.mkdir(parents=True)
        labels.mkdir(parents=True)
        for picture in pictures:
            shutil.copy(picture, images)
            (labels / f"{picture.stem}.txt").write_text("1 0.5 0.5 0.2 0.3\n")
    for frames in ("empty-day", "sequence1/frames"):
        (folder / "parking" / frames).mkdir(parents=True)
        shutil.copy(scenes[11], folder / "parking" / frames / f"{frames[:5]}.jpg")
    return folder


class Killed(Exception):
    pass


def test_training_goes_on_after_a_kill_and_its_export_runs(start: Path, data: Path, tmp_path: Path) -> None:
    said: list[str] = []

    def dies_after_the_first_epoch(line: str) -> None:
        said.append(line)
        if line.startswith("epoch 1"):
            raise Killed

    with pytest.raises(Killed):
        train(data, start, tmp_path, SMALL, dies_after_the_first_epoch)
    checkpoint = train(data, start, tmp_path, SMALL, said.append)
    model = export(checkpoint, tmp_path / "set", tmp_path / "model", said.append, SMALL.side_px)

    assert [line.split(":")[0] for line in said if line.startswith("epoch")] == ["epoch 1 of 2", "epoch 2 of 2"]
    detector = OpenVinoDetector(model)
    assert (detector.labels, detector.side_px) == (LABELS, SMALL.side_px)
    assert isinstance(detector.detect([np.zeros((90, 160, 3), np.uint8)])[0], list)
    score = evaluate(detector, labelled_set(data)).as_json()
    assert score["pictures"] == 3
    told = yaml.safe_load((model / "metadata.yaml").read_text())["recipe"]
    assert ([one["epochs"] for one in told["rounds"]], told["first_share"]) == ([1, 1], SMALL.first_share)


def test_unfolding_batch_norm_changes_nothing_that_the_network_computes(start: Path) -> None:
    import torch

    network = nine_labels(quiet_ultralytics().YOLO(start).model).eval()
    rng = np.random.default_rng(1)
    pictures = [rng.integers(0, 256, (64, 64, 3), np.uint8) for _ in range(8)]
    batch = torch.from_numpy(np.stack(pictures)[..., ::-1].copy()).permute(0, 3, 1, 2).float() / 255
    with torch.no_grad():
        before = network(batch)[0]
        unfold_batch_norm(network, pictures)
        after = network(batch)[0]

    assert torch.allclose(before, after, atol=1e-2)
    first = next(layer for layer in network.modules() if isinstance(layer, torch.nn.BatchNorm2d))
    assert statistics_fit(first, network, batch)


def statistics_fit(layer: Any, network: Any, batch: Any) -> bool:
    """Whether a layer's running mean is that of what it sees."""
    import torch

    seen: list[Any] = []
    hook = layer.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0].mean((0, 2, 3))))
    with torch.no_grad():
        network(batch)
    hook.remove()
    return bool(torch.allclose(layer.running_mean, seen[0], atol=1e-3))


def test_known_labels_keep_their_rows_and_bins_start_low(start: Path) -> None:
    coco = quiet_ultralytics().YOLO(start).model
    network = nine_labels(coco)
    car = next(number for number, name in coco.names.items() if name == "car")
    for before, after in zip(coco.model[-1].cv3, network.model[-1].cv3, strict=True):
        assert bool((after[-1].weight[LABELS.index("car")] == before[-1].weight[car]).all())
        assert bool((after[-1].weight[LABELS.index("bin")] == 0).all())
