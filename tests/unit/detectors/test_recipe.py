"""The recipe says clearly what it lacks."""

import sys
from pathlib import Path

import pytest

from detectors import recipe
from detectors.detector import ModelError, TrainExtraMissing
from detectors.loading import load_detector
from detectors.ultralytics_door.training import Training


@pytest.fixture
def without_ultralytics(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ultralytics", None)


def checkpoint(folder: Path) -> Path:
    file = folder / "start.pt"
    file.write_bytes(b"weights")
    return file


@pytest.mark.usefixtures("without_ultralytics")
def test_training_without_the_extra_says_how_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(TrainExtraMissing, match=r"pip install 'weisu\[train\]'"):
        recipe.train(tmp_path, checkpoint(tmp_path), tmp_path / "out", Training(), print)


@pytest.mark.usefixtures("without_ultralytics")
def test_exporting_without_the_extra_says_how_to_get_it(tmp_path: Path) -> None:
    (tmp_path / "dataset.yaml").touch()

    with pytest.raises(TrainExtraMissing, match=r"weisu\[train\]"):
        recipe.export(checkpoint(tmp_path), tmp_path, tmp_path / "out", print)
    assert not (tmp_path / "out").exists()


@pytest.mark.usefixtures("without_ultralytics")
@pytest.mark.parametrize("name", ["start.pt", "start.engine"])
def test_a_checkpoint_cannot_be_run_without_the_extra(tmp_path: Path, name: str) -> None:
    checkpoint(tmp_path).rename(tmp_path / name)

    with pytest.raises(TrainExtraMissing, match="torch and ultralytics"):
        load_detector(tmp_path / name)


def test_a_start_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"no checkpoint to start from at .*gone\.pt"):
        recipe.train(tmp_path, tmp_path / "gone.pt", tmp_path / "out", Training(), print)


def test_an_export_without_a_prepared_set_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="a prepared set"):
        recipe.export(checkpoint(tmp_path), tmp_path, tmp_path / "out", print)
