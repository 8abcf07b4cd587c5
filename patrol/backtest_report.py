"""What a backtest found, as lines and tables for people and as JSON lines for programs; the same bytes for the same findings."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from rich.table import Table

from patrol.backtest import IncidentLine, written
from patrol.comparing import Comparison, Move
from patrol.labels import Label
from patrol.scoring import Report, Score
from patrol.sweep import Chosen, Point
from town.durations import show_duration
from town.township import Township
from town.work import Incident

Pictures = Mapping[str, Path]
"""A kept picture by an incident's id."""

DASH = "–"


def incident_records(incidents: Iterable[Incident], report: Report | None = None) -> Iterator[dict[str, Any]]:
    """A record an incident, with what it is by the labels where there are any."""
    for incident in incidents:
        yield IncidentLine(incident).as_json() | ({"judged": report.standings[incident.id]} if report else {})


def comparison_records(comparison: Comparison, pictures: Pictures) -> Iterator[dict[str, Any]]:
    """A record an incident that was gained, lost or moved."""
    for change, incidents in (("gained", comparison.gained), ("lost", comparison.lost)):
        for incident in incidents:
            yield {"change": change, **IncidentLine(incident).as_json(), "picture": _path(pictures.get(incident.id))}
    for move in comparison.moved:
        line = IncidentLine(move.after).as_json()
        before = {"opened_before_at": written(move.before.opened_at), "later_s": _shift(move).total_seconds()}
        yield {"change": "moved", **line, **before, "picture": _path(pictures.get(move.after.id))}


def score_records(report: Report) -> Iterator[dict[str, Any]]:
    """The labels that nothing met, then a record a rule."""
    for label in report.missed:
        yield {"missed": _label_record(label)}
    for rule_id, score in report.by_rule.items():
        yield {"rule": rule_id, **_score_record(score)}


def point_records(points: Iterable[Point]) -> Iterator[dict[str, Any]]:
    for point in points:
        yield {"settings": dict(point.chosen), "frontier": point.is_frontier, "missed": point.score.missed, **_score_record(point.score)}


def as_line(record: dict[str, Any]) -> str:
    return json.dumps(record, ensure_ascii=False)


def readable(incident: Incident, township: Township) -> str:
    """For example: 05-04 10:00 → 05-04 10:25 · gate-3 · 机动车违停 · lane · 12m to 15m · …"""
    times = " → ".join(_local(at, township) if at else "…" for at in (incident.opened_at, incident.closed_at))
    certain, possible = map(_rounded, (incident.certain_dwell_s, incident.possible_dwell_s))
    rule = township.rule_by_id[incident.key.rule_id].name
    return f"{times} · {incident.key.camera_id} · {rule} · {incident.key.zone_id} · {certain} to {possible} · {incident.reason}"


def readable_comparison(comparison: Comparison, township: Township, other: Township, pictures: Pictures) -> Iterator[str]:
    """A line an order that was gained, lost or moved, each with its picture where one was kept; then how many of each."""
    for incident in comparison.gained:
        yield from _with_picture(f"gained  {readable(incident, other)}", pictures.get(incident.id))
    for incident in comparison.lost:
        yield from _with_picture(f"lost    {readable(incident, township)}", pictures.get(incident.id))
    for move in comparison.moved:
        later_s = _shift(move).total_seconds()
        word = f"{_rounded(abs(later_s))} {'later' if later_s > 0 else 'earlier'}"
        yield from _with_picture(f"moved   {word} · {readable(move.after, other)}", pictures.get(move.after.id))
    counts = (len(comparison.gained), len(comparison.lost), len(comparison.moved), comparison.same_count)
    yield "{} gained, {} lost, {} moved, {} the same".format(*counts)


def readable_misses(report: Report, township: Township) -> Iterator[str]:
    for label in report.missed:
        times = " → ".join(_local(at, township) if at else "…" for at in (label.since, label.until))
        yield f"missed  {times} · {label.camera_id} · {township.rule_by_id[label.rule_id].name} · {label.zone_id}"


def score_table(report: Report, township: Township, title: str = "") -> Table:
    """A row a rule, and one for all that are labelled."""
    table = Table(title=title or None, title_justify="left")
    _add_columns(table, ("rule", "labels", "missed", "opened", "false", "again", "precision", "recall", "delay p50", "p95"))
    for rule_id, score in report.by_rule.items():
        table.add_row(f"{rule_id} {township.rule_by_id[rule_id].name}", *_score_cells(score))
    if len(report.by_rule) > 1:
        table.add_row("all that are labelled", *_score_cells(report.total))
    return table


def point_table(points: Sequence[Point]) -> Table:
    """A row a combination; those of the frontier are marked."""
    table = Table(title=f"{len(points)} combinations; ● no other misses less without opening more falsely", title_justify="left")
    _add_columns(table, ("", "missed", "false", "again", "precision", "recall", "delay p50", "settings"))
    for point in points:
        score = point.score
        numbers = (str(score.missed), str(score.false), str(score.again), _share(score.precision), _share(score.recall))
        table.add_row("●" if point.is_frontier else "", *numbers, _delay(score, "p50"), readable_settings(point.chosen))
    return table


def readable_settings(chosen: Chosen) -> str:
    return ", ".join(f"{name.removeprefix('rules.')}={value}" for name, value in chosen)


def _add_columns(table: Table, headings: Sequence[str]) -> None:
    """Words to the left, whole; numbers to the right, never cut."""
    for heading in headings:
        is_word = heading in {"", "rule", "settings"}
        table.add_column(heading, justify="left" if is_word else "right", no_wrap=not is_word, overflow="fold")


def _score_cells(score: Score) -> Sequence[str]:
    counts = (score.labels, score.missed, score.opened, score.false if score.labels else DASH, score.again)
    return [*map(str, counts), _share(score.precision), _share(score.recall), _delay(score, "p50"), _delay(score, "p95")]


def _score_record(score: Score) -> dict[str, Any]:
    labelled = bool(score.labels)
    return {
        "labels": score.labels,
        "found": score.found,
        "opened": score.opened,
        "false": score.false if labelled else None,
        "again": score.again,
        "precision": None if score.precision is None else round(score.precision, 4),
        "recall": None if score.recall is None else round(score.recall, 4),
        "delay_p50_s": score.delay.p50 if score.delay else None,
        "delay_p95_s": score.delay.p95 if score.delay else None,
    }


def _label_record(label: Label) -> dict[str, Any]:
    times = {"from": written(label.since), "to": written(label.until) if label.until else None}
    return {"rule": label.rule_id, "camera": label.camera_id, "zone": label.zone_id, **times}


def _with_picture(line: str, picture: Path | None) -> Iterator[str]:
    yield line
    if picture:
        yield f"        {picture}"


def _path(picture: Path | None) -> str | None:
    return str(picture) if picture else None


def _shift(move: Move) -> timedelta:
    return move.after.opened_at - move.before.opened_at


def _local(at: datetime, township: Township) -> str:
    return f"{at.astimezone(township.town.zone):%m-%d %H:%M}"


def _share(share: float | None) -> str:
    return DASH if share is None else f"{share:.3f}"


def _delay(score: Score, rank: str) -> str:
    if score.delay is None:
        return DASH
    seconds = getattr(score.delay, rank)
    return ("-" if seconds < 0 else "") + _rounded(abs(seconds))


def _rounded(seconds: float) -> str:
    return show_duration(timedelta(seconds=round(seconds)))
