"""What `weisu backtest` answers: what would have opened, what other rules would change, how right rules were, which settings are best."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import click
from rich.table import Table

from patrol.backtest_report import (
    as_line,
    comparison_records,
    incident_records,
    point_records,
    point_table,
    readable,
    readable_comparison,
    readable_misses,
    readable_settings,
    score_records,
    score_table,
)
from patrol.comparing import compare
from patrol.frontier_plot import plot_lines, write_svg
from patrol.labels import Label
from patrol.material import Material
from patrol.scoring import Report, Score, Standing, score
from patrol.sweep import Chosen, Grid, SweepError, make_grid, parse_axes, points
from town.township import Township
from town.work import Incident

Answer = Iterator[str | Table]
"""Lines to print, and tables."""


@dataclass(frozen=True, slots=True)
class Other:
    """The township under other rules, and the name of their file."""

    name: str
    township: Township


@dataclass(frozen=True, slots=True)
class Asked:
    """What to make of the incidents."""

    township: Township
    other: Other | None = None
    labels: tuple[Label, ...] | None = None
    tolerance: timedelta = timedelta(minutes=5)
    sweep: tuple[str, ...] = ()
    plot: Path | None = None
    as_json: bool = False

    def report(self, incidents: Iterable[Incident]) -> Report | None:
        return None if self.labels is None else score(incidents, self.labels, self.tolerance)


def answer(asked: Asked, material: Material) -> Answer:
    """Judge and tell. Raises SweepError, and what the material raises."""
    if asked.sweep:
        return _swept(asked, material)
    return _compared(asked, asked.other, material) if asked.other else _opened(asked, material)


def _opened(asked: Asked, material: Material) -> Answer:
    (incidents,) = material.judge([asked.township])
    report = asked.report(incidents)
    if asked.as_json:
        yield from map(as_line, incident_records(incidents, report))
        yield from map(as_line, score_records(report) if report else ())
        return
    yield from (f"{readable(incident, asked.township)}{_standing(incident, report)}" for incident in incidents)
    if report:
        yield from readable_misses(report, asked.township)
        yield score_table(report, asked.township)


def _standing(incident: Incident, report: Report | None) -> str:
    standing = report.standings[incident.id] if report else Standing.TRUE
    return "" if standing is Standing.TRUE else f" · {standing}"


def _compared(asked: Asked, other: Other, material: Material) -> Answer:
    before, after = material.judge([asked.township, other.township])
    comparison = compare(before, after)
    pictures = material.pictures(comparison.changed)
    if asked.as_json:
        yield from map(as_line, comparison_records(comparison, pictures))
    else:
        yield from readable_comparison(comparison, asked.township, other.township, pictures)
    for name, township, incidents in (("these rules", asked.township, before), (other.name, other.township, after)):
        report = asked.report(incidents)
        if report and asked.as_json:
            yield from (as_line({"rules": name, **record}) for record in score_records(report))
        elif report:
            yield score_table(report, township, name)


def _swept(asked: Asked, material: Material) -> Answer:
    grid = make_grid(parse_axes(asked.sweep, asked.township), asked.township)
    unlabelled = grid.variants.keys() - {label.rule_id for label in asked.labels or ()}
    if unlabelled:
        raise SweepError(f"nothing is labelled of {', '.join(sorted(unlabelled))}: what it misses cannot be told")
    for chosen, reason in grid.left_out:
        click.echo(f"weisu: left out {readable_settings(chosen)}: {reason}", err=True)
    found = points(grid, _scores(asked, grid, material.judge(grid.townships(asked.township))))
    if asked.plot:
        write_svg(found, asked.plot)
    if asked.as_json:
        yield from map(as_line, point_records(found))
    else:
        yield point_table(found)
        yield from plot_lines(found)


def _scores(asked: Asked, grid: Grid, judged: Sequence[Sequence[Incident]]) -> Mapping[Chosen, Score]:
    """The score of every variant: the first of each rule was judged in the first township, and so on."""
    reports = [asked.report(incidents) for incidents in judged]
    scores: dict[Any, Score] = {}
    for rule_id, variants in grid.variants.items():
        for variant, report in zip(variants, reports, strict=False):
            scores[variant.chosen] = report.by_rule.get(rule_id, Score()) if report else Score()
    return scores
