"""Scores are right by hand, and agree with the independent tool where that is at hand."""

import importlib.util
import random
from pathlib import Path
from types import ModuleType

import pytest

from detectors.scoring import Score, at_threshold, average_precision, whole_pictures
from town.geometry import Box
from town.sight import Detection

TOOL = Path(__file__).resolve().parents[4] / "shared" / "tools" / "score_detections.py"
A, B, FAR = Box(0.1, 0.1, 0.3, 0.3), Box(0.5, 0.5, 0.7, 0.7), Box(0.8, 0.8, 0.9, 0.9)


def bins(*boxes: Box) -> list[tuple[str, Box]]:
    return [("bin", box) for box in boxes]


def seen(confidence: float, box: Box, label: str = "bin") -> Detection:
    return Detection(label, confidence, box)


def test_finding_everything_and_nothing_else_scores_one() -> None:
    assert average_precision("bin", {"p": bins(A, B)}, {"p": [seen(0.9, A), seen(0.8, B)]}) == 1.0


def test_a_false_one_before_the_second_hit_costs_a_third_of_its_half() -> None:
    predictions = {"p": [seen(0.9, A), seen(0.8, FAR), seen(0.7, B)]}

    assert average_precision("bin", {"p": bins(A, B)}, predictions) == pytest.approx(0.5 + 0.5 * 2 / 3)


def test_a_second_box_on_the_same_thing_is_false() -> None:
    assert at_threshold("bin", {"p": bins(A)}, {"p": [seen(0.9, A), seen(0.8, A)]}, 0.4) == Score(precision=0.5, recall=1.0)


def test_another_label_and_a_picture_left_out_count_as_not_found() -> None:
    truth = {"p": bins(A), "q": bins(B)}

    assert average_precision("bin", truth, {"p": [seen(0.9, A, "garbage")]}) == 0.0


def test_only_detections_from_the_threshold_on_are_judged() -> None:
    assert at_threshold("bin", {"p": bins(A, B)}, {"p": [seen(0.9, A), seen(0.3, FAR)]}, 0.4) == Score(precision=1.0, recall=0.5)


def test_a_picture_overflows_wherever_in_it_that_was_seen() -> None:
    truth = {"p": [("overflowing_bin", A)], "q": bins(A), "r": [("overflowing_bin", A)]}
    predictions = {"p": [seen(0.5, FAR, "overflowing_bin")], "q": [seen(0.5, A, "overflowing_bin")]}

    score = whole_pictures("overflowing_bin", truth, predictions, 0.4)

    assert (score.precision, score.recall, score.f1) == (0.5, 0.5, pytest.approx(0.5))


def test_nothing_labelled_and_nothing_said_is_no_division_by_zero() -> None:
    assert average_precision("bin", {}, {}) == 0.0
    assert whole_pictures("bin", {}, {}, 0.4) == Score(0.0, 0.0)


@pytest.mark.skipif(not TOOL.exists(), reason="../shared/tools is not here")
@pytest.mark.parametrize("seed", range(5))
def test_the_independent_tool_finds_the_same_scores(seed: int) -> None:
    tool, chance = _tool(), random.Random(seed)
    truth = {f"p{i}": [(chance.choice(LABELS), _near(chance)) for _ in range(chance.randrange(5))] for i in range(30)}
    predictions = {
        name: [seen(chance.random(), _near(chance, box), chance.choice([label, label, *LABELS])) for label, box in boxes * 2]
        for name, boxes in truth.items()
    }
    theirs = {
        name: [{"label": d.label, "confidence": d.confidence, "box": [d.box.x1, d.box.y1, d.box.x2, d.box.y2]} for d in found]
        for name, found in predictions.items()
    }
    boxes = {name: [(label, (b.x1, b.y1, b.x2, b.y2)) for label, b in pairs] for name, pairs in truth.items()}

    for label in LABELS:
        assert average_precision(label, truth, predictions) == pytest.approx(tool.average_precision(label, boxes, theirs))
    overflow = whole_pictures("overflowing_bin", truth, predictions, 0.4)
    assert vars_of(overflow) == pytest.approx(tool.picture_scores(boxes, theirs, 0.4))


LABELS = ("bin", "overflowing_bin", "garbage")


def vars_of(score: Score) -> dict[str, float]:
    return {"precision": score.precision, "recall": score.recall, "f1": score.f1}


def _near(chance: random.Random, box: Box | None = None) -> Box:
    cx, cy = (chance.uniform(0.2, 0.8), chance.uniform(0.2, 0.8)) if box is None else box.center
    return Box.around(
        cx + chance.uniform(-0.03, 0.03), cy + chance.uniform(-0.03, 0.03), chance.uniform(0.1, 0.2), chance.uniform(0.1, 0.2)
    )


def _tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("score_detections", TOOL)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def small(box: Box) -> bool:
    return box.area < 0.02


def test_boxes_that_are_not_asked_about_are_neither_missed_nor_wrong_to_be_found() -> None:
    truth = {"p": bins(A, FAR)}

    assert at_threshold("bin", truth, {"p": [seen(0.9, A), seen(0.8, FAR)]}, 0.4, small) == Score(precision=1.0, recall=1.0)
    assert average_precision("bin", truth, {"p": [seen(0.9, A), seen(0.8, FAR)]}, small) == 1.0
    assert at_threshold("bin", truth, {"p": [seen(0.9, A)]}, 0.4, small) == Score(precision=0.0, recall=0.0)


def test_a_false_box_counts_where_its_own_size_is_asked_about() -> None:
    small_elsewhere, large_elsewhere = Box(0.5, 0.1, 0.6, 0.2), B
    truth = {"p": bins(FAR)}

    assert at_threshold("bin", truth, {"p": [seen(0.9, FAR), seen(0.8, small_elsewhere)]}, 0.4, small).precision == 0.5
    assert at_threshold("bin", truth, {"p": [seen(0.9, FAR), seen(0.8, large_elsewhere)]}, 0.4, small).precision == 1.0
