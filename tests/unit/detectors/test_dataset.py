"""The training set: people's labels and the teacher's, and pictures without bins."""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest
import yaml

from detectors.dataset import SURE_ENOUGH, prepare, round_of
from detectors.labelled import read_bin_labels
from detectors.labels import LABELS
from town.geometry import Box
from town.sight import Detection, Image


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A train and a val photograph with a labelled bin each, a car park from above empty and full, no clips."""
    for split in ("train", "val"):
        for kind in ("images", "labels"):
            (tmp_path / "bins" / split / kind).mkdir(parents=True)
        picture(tmp_path / "bins" / split / "images" / f"{split}1.png")
        (tmp_path / "bins" / split / "labels" / f"{split}1.txt").write_text("2 0.5 0.5 0.2 0.2\n")
    picture(tmp_path / "parking" / "empty-day" / "2013-02-24_06_15_00.jpg")
    picture(tmp_path / "parking" / "sequence1" / "frames" / "2013-02-22_11_15_00.jpg")
    return tmp_path


def picture(file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    cv2.imencode(file.suffix, np.full((40, 60, 3), 128, np.uint8))[1].tofile(file)


def teacher(_: Image) -> Sequence[Detection]:
    there = Box(0.1, 0.1, 0.3, 0.3)
    return [Detection("car", SURE_ENOUGH, there), Detection("bus", SURE_ENOUGH - 0.01, there)]


def test_a_photograph_keeps_its_bins_and_gains_what_the_teacher_is_sure_of(data: Path) -> None:
    prepare(data, data / "set", teacher, lambda *_: None)

    lines = (data / "set" / "labels" / "val" / "val1.txt").read_text().splitlines()
    assert [LABELS[int(line.split()[0])] for line in lines] == ["overflowing_bin", "car"]
    assert [float(value) for value in lines[0].split()[1:]] == [0.5, 0.5, 0.2, 0.2]


def test_empty_frames_are_shown_in_the_first_round_whole_and_a_quarter(data: Path) -> None:
    prepare(data, data / "set", teacher, lambda *_: None)

    assert listed(data / "set", 1) == ["train1", "2013-02-24_06_15_00", "2013-02-24_06_15_00-quarter"]


def test_full_frames_are_shown_in_the_second_round_whole_and_in_four_parts_twice(data: Path) -> None:
    prepare(data, data / "set", teacher, lambda *_: None)

    parts = [f"2013-02-22_11_15_00-{part}-{time}" for part in range(5) for time in range(2)]
    assert listed(data / "set", 2) == ["train1", *parts]
    assert not list((data / "set" / "images" / "val").glob("2013*"))


def listed(folder: Path, number: int) -> list[str]:
    """The names of the pictures of a round, each of which exists with its labels."""
    described = yaml.safe_load(round_of(folder / "dataset.yaml", number).read_text())
    files = [folder / line for line in (folder / described["train"]).read_text().splitlines()]
    assert all(file.exists() and (folder / "labels" / "train" / f"{file.stem}.txt").exists() for file in files)
    return [file.stem for file in files]


def test_a_set_without_rounds_is_shown_whole_in_each(tmp_path: Path) -> None:
    assert round_of(tmp_path / "dataset.yaml", 2) == tmp_path / "dataset.yaml"


def test_the_description_names_the_nine_labels_in_order(data: Path) -> None:
    described = yaml.safe_load(prepare(data, data / "set", teacher, lambda *_: None).read_text())

    assert tuple(described["names"].values()) == LABELS


def test_a_label_file_may_be_empty() -> None:
    assert read_bin_labels("\n") == []


def test_plain_bins_in_streets_are_shown_twice_and_those_of_catalogues_once(data: Path) -> None:
    for name, height in (("street", 0.2), ("seller", 0.8)):
        picture(data / "bins" / "train" / "images" / f"{name}.png")
        (data / "bins" / "train" / "labels" / f"{name}.txt").write_text(f"1 0.5 0.5 0.2 {height}\n")

    prepare(data, data / "set", teacher, lambda *_: None)

    shown = {file.stem for file in (data / "set" / "images" / "train").iterdir()}
    assert {"street", "street-again", "seller"} <= shown
    assert "seller-again" not in shown
    labels = data / "set" / "labels" / "train"
    assert (labels / "street.txt").read_text() == (labels / "street-again.txt").read_text()
