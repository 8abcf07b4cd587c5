"""`weisu detect`: a record a picture, whatever else lies in the folder."""

import json
from pathlib import Path

import cv2
import pytest

from detectors.listing import detect
from tests.doubles.colour_detector import ColourDetector, painted
from town.geometry import Box

CAR = Box(0.25, 0.25, 0.75, 0.75)


def write(file: Path, label: str = "car") -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    cv2.imencode(".png", painted(200, 100, [(label, CAR)]))[1].tofile(file)
    return file


def test_a_picture_becomes_a_record_with_boxes_in_shares_of_it(tmp_path: Path) -> None:
    file = write(tmp_path / "路口.png")

    (record,) = detect([file], ColourDetector())

    assert record == {"path": str(file), "detections": [{"label": "car", "confidence": 0.66, "box": [0.25, 0.25, 0.75, 0.75]}]}
    assert json.loads(json.dumps(record, ensure_ascii=False)) == record


def test_a_folder_is_walked_in_order_and_what_is_no_picture_is_named_and_passed_over(tmp_path: Path) -> None:
    for name in ("b.png", "a/z.png", "c.png"):
        write(tmp_path / name)
    (tmp_path / "bb.txt").write_text("no picture")
    (tmp_path / "empty.jpg").touch()
    problems: list[str] = []

    records = list(detect([tmp_path], ColourDetector(), complain=problems.append))

    assert [Path(record["path"]).relative_to(tmp_path).as_posix() for record in records] == ["a/z.png", "b.png", "c.png"]
    assert [problem.split(":")[0] for problem in problems] == [str(tmp_path / "bb.txt"), str(tmp_path / "empty.jpg")]


def test_a_path_that_is_not_there_stops_nobody(tmp_path: Path) -> None:
    problems: list[str] = []

    records = list(detect([tmp_path / "gone", write(tmp_path / "a.png")], ColourDetector(), complain=problems.append))

    assert len(records) == 1
    assert problems == [f"{tmp_path / 'gone'}: there is no such file or folder"]


def test_problems_go_to_standard_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    list(detect([tmp_path / "gone"], ColourDetector()))

    said = capsys.readouterr()
    assert said.out == ""
    assert "no such file" in said.err


def test_only_detections_from_the_wanted_confidence_on_are_listed(tmp_path: Path) -> None:
    (record,) = detect([write(tmp_path / "a.png")], ColourDetector(), min_confidence=0.9)

    assert record["detections"] == []
