"""A grid of settings, each as strictly checked as a file's, and the frontier of what they miss against what they open falsely."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, product
from typing import Any

import yaml
from pydantic import ValidationError

from patrol.scoring import Score
from town.problems import Problem
from town.rule_settings import RuleSettings
from town.township import Township
from town.validation import choices, validation_problems
from town.yaml_tree import Tree

MOST_COMBINATIONS = 5000
_RANGE = re.compile(r"(-?\d+)\.\.(-?\d+)")


class SweepError(ValueError):
    """What was written is no grid of settings. Says what is allowed instead."""


@dataclass(frozen=True, slots=True)
class Axis:
    """One setting of one rule, `path` as in a file, and the values it takes in turn."""

    rule_id: str
    path: tuple[str, ...]
    values: tuple[Any, ...]

    @property
    def name(self) -> str:
        return ".".join(("rules", self.rule_id, *self.path))


Chosen = tuple[tuple[str, Any], ...]
"""Names of settings and the values that were tried."""


@dataclass(frozen=True, slots=True)
class Variant:
    """One rule with some of its settings changed."""

    chosen: Chosen
    rule: RuleSettings


@dataclass(frozen=True, slots=True)
class Grid:
    """Every variant of every swept rule, and what was left out since no file may say it, with the reason."""

    variants: Mapping[str, tuple[Variant, ...]]
    left_out: tuple[tuple[Chosen, str], ...]

    def townships(self, township: Township) -> tuple[Township, ...]:
        """As few townships as show every variant once: the first has the first variant of each rule, and so on."""
        most = max(map(len, self.variants.values()))
        shown = ([several[number].rule for several in self.variants.values() if number < len(several)] for number in range(most))
        return tuple(township.with_rules(rules) for rules in shown)


@dataclass(frozen=True, slots=True)
class Point:
    """What came of one combination, over the swept rules together."""

    chosen: Chosen
    score: Score
    is_frontier: bool = False


def parse_axes(texts: Iterable[str], township: Township) -> tuple[Axis, ...]:
    """`rules.bin-overflow.for.looks=1..4,rules.illegal-parking.limit=5m|10m`: a range of whole numbers, or values. Raises SweepError."""
    axes = tuple(_axis(part.strip(), township) for part in chain.from_iterable(text.split(",") for text in texts) if part.strip())
    names = [axis.name for axis in axes]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice:
        raise SweepError(f"{twice} is swept twice: write all of its values in one")
    count = 1
    for axis in axes:
        count *= len(axis.values)
    if not axes or count > MOST_COMBINATIONS:
        raise SweepError(f"{count if axes else 'no'} combinations: from 1 to {MOST_COMBINATIONS} are allowed")
    return axes


def make_grid(axes: Sequence[Axis], township: Township) -> Grid:
    """Raises SweepError for a value that the setting cannot have; a combination that contradicts itself is left out with its reason."""
    variants: dict[str, tuple[Variant, ...]] = {}
    left_out: list[tuple[Chosen, str]] = []
    for rule_id in dict.fromkeys(axis.rule_id for axis in axes):
        of_rule = [axis for axis in axes if axis.rule_id == rule_id]
        base = township.rule_by_id[rule_id].model_dump(mode="json", by_alias=True)
        made = []
        for values in product(*(axis.values for axis in of_rule)):
            chosen = tuple((axis.name, value) for axis, value in zip(of_rule, values, strict=True))
            try:
                made.append(Variant(chosen, _changed(base, of_rule, values)))
            except _Contradiction as contradiction:
                left_out.append((chosen, str(contradiction)))
        if not made:
            raise SweepError(f"no combination for {rule_id} is possible: {left_out[-1][1]}")
        variants[rule_id] = tuple(made)
    return Grid(variants, tuple(left_out))


def points(grid: Grid, scores: Mapping[Chosen, Score]) -> tuple[Point, ...]:
    """Every combination of variants with its score, fewest missed first; the frontier are those that no other beats."""
    found = []
    for combination in product(*grid.variants.values()):
        chosen = tuple(chain.from_iterable(variant.chosen for variant in combination))
        found.append(Point(chosen, sum((scores[variant.chosen] for variant in combination), Score())))
    costs = {(point.score.missed, point.score.false) for point in found}
    best = {cost for cost in costs if not any(_beats(other, cost) for other in costs)}
    marked = (Point(point.chosen, point.score, (point.score.missed, point.score.false) in best) for point in found)
    return tuple(sorted(marked, key=_rank))


def _rank(point: Point) -> tuple[int, int, float]:
    return point.score.missed, point.score.false, point.score.delay.p50 if point.score.delay else 0.0


def _beats(one: tuple[int, int], other: tuple[int, int]) -> bool:
    return one != other and one[0] <= other[0] and one[1] <= other[1]


def _axis(text: str, township: Township) -> Axis:
    name, sign, values = text.partition("=")
    rules, _, rest = name.strip().partition(".")
    rule_id, _, path = rest.partition(".")
    if not sign or rules != "rules" or not path or not values:
        raise SweepError(f"{text!r}: write it as rules.RULE.SETTING=VALUES, such as rules.bin-overflow.for.looks=1..4")
    if rule_id not in township.rule_by_id:
        raise SweepError(f"{text!r}: found the rule {rule_id}; allowed: {choices(rule_id, list(township.rule_by_id))}")
    if path == "id":
        raise SweepError(f"{text!r}: a rule keeps its id")
    return Axis(rule_id, tuple(path.split(".")), tuple(chain.from_iterable(map(_values, values.split("|")))))


def _values(text: str) -> Sequence[Any]:
    """A range of whole numbers, its end included, or one value as a file would hold it."""
    span = _RANGE.fullmatch(text.strip())
    if span is None:
        try:
            return [yaml.safe_load(text)]
        except yaml.YAMLError:
            raise SweepError(f"{text!r} is no value that a file could hold") from None
    first, last = int(span[1]), int(span[2])
    if not first <= last < first + MOST_COMBINATIONS:
        raise SweepError(f"{text!r}: a range goes up, in at most {MOST_COMBINATIONS} steps")
    return range(first, last + 1)


class _Contradiction(Exception):
    """Each value may stand, but not beside the rule's others."""


def _changed(base: Mapping[str, Any], axes: Sequence[Axis], values: Sequence[Any]) -> RuleSettings:
    raw = dict(base)
    for axis, value in zip(axes, values, strict=True):
        _put(raw, axis, value)
    try:
        return RuleSettings.model_validate(raw)
    except ValidationError as error:
        problem = min(validation_problems(error, Tree(raw, {}, ()), {}, RuleSettings.model_json_schema()))
        guilty = [axis for axis in axes for fault in error.errors() if fault["loc"][: len(axis.path)] == axis.path]
        if guilty:
            raise SweepError(f"{guilty[0].name}: {_told(problem)}") from None
        raise _Contradiction(problem.allowed) from None


def _put(raw: dict[str, Any], axis: Axis, value: Any) -> None:
    here = raw
    for step in axis.path[:-1]:
        inner = here.get(step)
        if not isinstance(inner, dict):
            groups = [key for key, one in here.items() if isinstance(one, dict)]
            raise SweepError(f"{axis.name}: found the group {step}; allowed: {choices(step, groups)}")
        here[step] = dict(inner)
        here = here[step]
    here[axis.path[-1]] = value


def _told(problem: Problem) -> str:
    return f"found {problem.found}; allowed: {problem.allowed}"
