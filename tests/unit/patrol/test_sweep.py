"""A grid of settings is as strictly checked as a file, and its frontier holds what no other combination beats."""

import re
from datetime import timedelta
from pathlib import Path
from xml.etree import ElementTree

import pytest

from patrol.frontier_plot import plot_lines, write_svg
from patrol.scoring import Score
from patrol.sweep import Grid, Point, SweepError, make_grid, parse_axes, points
from tests.unit.rules.places import LANE, STATION, township

TOWNSHIP = township(LANE, STATION)
EXAMPLE = "rules.bin-overflow.for.looks=1..3,rules.illegal-parking.limit=5m|10m"


def grid(*texts: str) -> Grid:
    return make_grid(parse_axes(texts, TOWNSHIP), TOWNSHIP)


def test_a_range_and_values_make_a_variant_each() -> None:
    made = grid(EXAMPLE)
    assert [variant.rule.sustain.looks for variant in made.variants["bin-overflow"]] == [1, 2, 3]
    assert [variant.rule.limit for variant in made.variants["illegal-parking"]] == [timedelta(minutes=5), timedelta(minutes=10)]


def test_two_settings_of_one_rule_are_tried_together() -> None:
    made = grid("rules.bin-overflow.for.looks=1..2", "rules.bin-overflow.min_confidence=0.3|0.5")
    assert [(v.rule.sustain.looks, v.rule.min_confidence) for v in made.variants["bin-overflow"]] == [
        (1, 0.3),
        (1, 0.5),
        (2, 0.3),
        (2, 0.5),
    ]


def test_every_variant_is_judged_once() -> None:
    shown = [[rule.id for rule in one.rules] for one in grid(EXAMPLE).townships(TOWNSHIP)]
    assert shown == [["bin-overflow", "illegal-parking"]] * 2 + [["bin-overflow"]]


def test_a_combination_that_no_file_may_say_is_left_out_with_its_reason() -> None:
    made = grid("rules.bin-overflow.for.looks=2..4")
    assert [variant.rule.sustain.looks for variant in made.variants["bin-overflow"]] == [2, 3]
    assert made.left_out == (((("rules.bin-overflow.for.looks", 4),), "looks (4) cannot be more than of (3)"),)


MISTAKES = {
    "rules.bin-overflow.for.look=1": "the unknown key look; allowed: looks?",
    "rules.bin-overflow.fr.looks=1": "the group fr; allowed: for?",
    "rules.bin-overflow.for.looks=0..4": "found 0; allowed: greater than or equal to 1",
    "rules.bin-overfow.for.looks=1": "the rule bin-overfow; allowed: bin-overflow?",
    "rules.illegal-parking.limit=5": "such as 30s, 10m",
    "rules.illegal-parking.limit=": "write it as rules.RULE.SETTING=VALUES",
    "rule.illegal-parking.limit=5m": "write it as rules.RULE.SETTING=VALUES",
    "rules.bin-overflow.id=another": "a rule keeps its id",
    "rules.bin-overflow.for.looks=4": "no combination for bin-overflow is possible: looks (4)",
    "rules.bin-overflow.for.looks=4..1": "a range goes up",
    "rules.bin-overflow.for.looks=1,rules.bin-overflow.for.looks=2": "swept twice",
    "rules.bin-overflow.name=[": "no value that a file could hold",
    ",": "no combinations",
    "rules.bin-overflow.at_least=1..100,rules.bin-overflow.clear_looks=1..51": "5100 combinations",
}


@pytest.mark.parametrize("text", MISTAKES)
def test_a_mistake_is_told_with_what_is_allowed(text: str) -> None:
    with pytest.raises(SweepError, match=re.escape(MISTAKES[text])):
        grid(text)


def scored(*costs: tuple[int, int]) -> tuple[Point, ...]:
    """The points of a sweep whose variants miss and open falsely so many."""
    made = grid(f"rules.bin-overflow.at_least=1..{len(costs)}")
    scores = [Score(labels=10, opened=10 - missed + false, false=false, delays_s=(60.0,) * (10 - missed)) for missed, false in costs]
    return points(made, {variant.chosen: one for variant, one in zip(made.variants["bin-overflow"], scores, strict=True)})


def test_the_frontier_is_what_no_other_beats() -> None:
    found = scored((0, 5), (2, 2), (2, 3), (5, 0), (1, 5))
    assert [(point.score.missed, point.score.false, point.is_frontier) for point in found] == [
        (0, 5, True),
        (1, 5, False),
        (2, 2, True),
        (2, 3, False),
        (5, 0, True),
    ]


def test_combinations_of_two_rules_add_up() -> None:
    made = grid(EXAMPLE)
    scores = {variant.chosen: Score(labels=1, opened=1, delays_s=(60.0,)) for several in made.variants.values() for variant in several}
    found = points(made, scores)
    assert len(found) == 6
    assert {(point.score.labels, point.score.found) for point in found} == {(2, 2)}


def test_the_plot_shows_the_frontier_and_the_others() -> None:
    lines = list(plot_lines(scored((0, 5), (2, 3), (5, 0), (5, 5))))
    assert lines[1].startswith("5 │●")
    assert lines[1].endswith("·")
    assert lines[-3].endswith("●")
    assert lines[-1].endswith("5 false")


def test_a_plot_without_a_miss_or_a_false_one_has_its_point_at_the_corner() -> None:
    lines = list(plot_lines(scored((0, 0))))
    assert lines[-3] == "0 │●"


def test_the_svg_is_whole_and_tells_the_settings(tmp_path: Path) -> None:
    write_svg(scored((0, 5), (5, 0), (5, 5)), tmp_path / "frontier.svg")
    root = ElementTree.parse(tmp_path / "frontier.svg").getroot()
    titles = [title.text for title in root.iter("{http://www.w3.org/2000/svg}title")]
    assert "bin-overflow.at_least=1: 0 missed, 5 false" in titles
    assert [file.name for file in tmp_path.iterdir()] == ["frontier.svg"]
