"""The score sheet over labelled pictures."""

from pathlib import Path

import cv2
import pytest
from rich.console import Console

from detectors.detector import ModelError
from detectors.evaluation import evaluate
from detectors.labelled import labelled_set
from detectors.labels import LABELS
from detectors.score_tables import tables
from tests.doubles.colour_detector import ColourDetector, painted
from town.geometry import Box

HERE = Box(0.25, 0.25, 0.75, 0.75)
LINE = "0.5 0.5 0.5 0.5\n"


def write(images: Path, labels: Path, name: str, painted_as: str, labelled: str) -> None:
    images.mkdir(parents=True, exist_ok=True)
    labels.mkdir(parents=True, exist_ok=True)
    cv2.imencode(".png", painted(100, 100, [(painted_as, HERE)]))[1].tofile(images / f"{name}.png")
    (labels / f"{name}.txt").write_text(labelled)


def test_photographs_are_scored_on_the_labels_that_people_drew(tmp_path: Path) -> None:
    photographs = tmp_path / "bins" / "val"
    write(photographs / "images", photographs / "labels", "1", "overflowing_bin", f"2 {LINE}")
    write(photographs / "images", photographs / "labels", "2", "bin", f"2 {LINE}")
    write(photographs / "images", photographs / "labels", "3", "bin", f"1 {LINE}")
    write(photographs / "images", photographs / "labels", "4", "garbage", f"0 {LINE}")

    sheet = evaluate(ColourDetector(), labelled_set(tmp_path)).as_json()

    assert sheet["pictures"] == 4
    assert sheet["ap50"] == {"bin": 0.5, "overflowing_bin": 0.5, "garbage": 1.0, "mean": pytest.approx(2 / 3)}
    assert sheet["at_threshold"]["overflowing_bin"] == {"precision": 1.0, "recall": 0.5, "objects": 2}
    assert sheet["picture_overflow"]["recall"] == 0.5


def test_a_prepared_set_is_scored_on_the_teachers_labels_too_and_says_so(tmp_path: Path) -> None:
    images, labels = tmp_path / "images" / "val", tmp_path / "labels" / "val"
    write(images, labels, "1", "car", f"{LABELS.index('car')} {LINE}")
    write(images, labels, "2", "bin", f"{LABELS.index('bin')} {LINE}")

    sheet = evaluate(ColourDetector(), labelled_set(tmp_path / "dataset.yaml"))

    assert sheet.as_json()["ap50_against_teacher"] == {"car": 1.0}
    assert "car" not in sheet.as_json()["ap50"]
    console = Console(record=True, width=120)
    console.print(tables(sheet))
    assert "COCO teacher" in console.export_text()


def test_a_folder_without_labels_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no labelled pictures"):
        labelled_set(tmp_path)


def test_a_file_among_the_pictures_that_is_none_is_named(tmp_path: Path) -> None:
    write(tmp_path / "images", tmp_path / "labels", "1", "bin", f"1 {LINE}")
    (tmp_path / "images" / "notes.txt").write_text("no picture")

    with pytest.raises(ModelError, match=r"notes\.txt"):
        evaluate(ColourDetector(), labelled_set(tmp_path))


def test_parts_are_scored_apart_by_size_light_surroundings_and_weather(tmp_path: Path) -> None:
    photographs = tmp_path / "bins" / "val"
    images, labels = photographs / "images", photographs / "labels"
    write(images, labels, "1", "bin", f"1 {LINE}")
    write(images, labels, "2", "overflowing_bin", f"2 {LINE}")

    sheet = evaluate(ColourDetector(), labelled_set(tmp_path))
    parts = {part.name: part for part in sheet.parts}

    assert parts["large"].labels[0].objects == 1
    assert parts["small"].labels == ()
    assert parts["plain bins of catalogues"].pictures == 1
    assert parts["plain bins in streets"].pictures == 0
    assert parts["by day"].pictures + parts["in poor light"].pictures == 2
    assert {"far", "dusk", "infrared", "wet"} <= parts.keys()
    assert sheet.as_json()["parts"]["wet"]["pictures"] == 2


def test_the_card_holds_the_tables_as_markdown(tmp_path: Path) -> None:
    write(tmp_path / "images", tmp_path / "labels", "1", "overflowing_bin", f"2 {LINE}")
    console = Console(record=True, width=200)

    console.print(tables(evaluate(ColourDetector(), labelled_set(tmp_path)), markdown=True))

    lines = console.export_text().splitlines()
    assert any(line.startswith("| overflowing_bin | people") for line in lines)
    assert any(line.startswith("| infrared ") for line in lines)
