"""A report as plain values for programs: JSON, or CSV with a line a figure."""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import astuple
from datetime import UTC
from io import StringIO
from typing import Any

from patrol.manager_figures import Figures, Rate
from patrol.reporting import Report
from storage.cohorts import LookCount
from storage.figures import Spread

UNKNOWN = ("satisfaction", "pre_emption", "lead_time", "coverage")
"""Figures that need complaints, of which none are stored."""
NO_COMPLAINTS = "no complaints recorded"
COLUMNS = ("by", "group", "name", "rank", "figure", "value", "count", "of", "low", "high", "not_due", "note")


def as_json(report: Report) -> dict[str, Any]:
    """All of it; instants in UTC, shares from 0 to 1, times in seconds. What is not known is null."""
    return {
        "from": report.span.since.astimezone(UTC).isoformat(),
        "to": report.span.until.astimezone(UTC).isoformat(),
        "as_of": report.now.astimezone(UTC).isoformat(),
        "by": report.by,
        "whole": _figures(report.whole),
        "groups": [{"key": one.key, "name": one.name, "rank": one.rank, **_figures(one.figures)} for one in report.groups],
        "precision_by_version": [
            {"rule": rule_id, "version": version, **_rate(rate)} for (rule_id, version), rate in report.precision.items()
        ],
        "looks_since": report.looks_since.astimezone(UTC).isoformat() if report.looks_since else None,
        "unknown": dict.fromkeys(UNKNOWN, NO_COMPLAINTS),
    }


def as_csv(report: Report) -> str:
    """A line a figure of the township and of each group. Begins with the mark by which spreadsheets know UTF-8."""
    text = StringIO()
    writer = csv.DictWriter(text, COLUMNS, restval="", lineterminator="\n")
    writer.writeheader()
    for record in _lines(report):
        writer.writerow({name: _cell(value) for name, value in record.items()})
    return f"\ufeff{text.getvalue()}"


def _cell(value: Any) -> Any:
    """A spreadsheet takes what begins so for a formula: with an apostrophe before it, it stays the text that it is."""
    if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")):
        return f"'{value}"
    return "" if value is None else value


def look_rate(looks: LookCount | None) -> Rate:
    return Rate(*astuple(looks)) if looks else Rate()


def _figures(figures: Figures) -> dict[str, Any]:
    return {
        "orders": figures.orders,
        "shares": {name: _rate(rate) for name, rate in figures.shares.items()},
        "rates": {name: _rate(rate) for name, rate in figures.rates.items()},
        "times_s": {name: _spread(spread) for name, spread in figures.times.items()},
        "fairness_gini": _rounded(figures.fairness),
        "looks": _rate(look_rate(figures.looks)) if figures.looks else None,
    }


def _lines(report: Report) -> Iterator[Mapping[str, Any]]:
    yield from _lines_of(report.whole, {"name": " ".join(report.grids)})
    yield from ({"figure": name, "note": NO_COMPLAINTS} for name in UNKNOWN)
    for group in report.groups:
        yield from _lines_of(group.figures, {"by": report.by, "group": group.key, "name": group.name, "rank": group.rank})
    for (rule_id, version), rate in report.precision.items():
        yield {"by": "rule_version", "group": f"{rule_id} {version}".strip(), "name": rule_id, "figure": "precision", **_line(rate)}


def _lines_of(figures: Figures, of: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield {**of, "figure": "orders", "value": figures.orders}
    for name, rate in (*figures.shares.items(), *figures.rates.items(), ("looks", look_rate(figures.looks))):
        yield {**of, "figure": name.value if hasattr(name, "value") else name, **_line(rate)}
    for stretch, spread in figures.times.items():
        for mark in ("p50", "p95", "p99"):
            value = getattr(spread, mark) if spread else None
            yield {**of, "figure": f"{stretch.value}_{mark}_s", "value": value, "count": spread.count if spread else 0}
    yield {**of, "figure": "fairness_gini", "value": _rounded(figures.fairness)}


def _line(rate: Rate) -> dict[str, Any]:
    plain = _rate(rate)
    return {"value": plain.pop("share"), **plain}


def _rate(rate: Rate) -> dict[str, Any]:
    low, high = rate.interval or (None, None)
    counts = {"count": rate.hits, "of": rate.of, "not_due": rate.not_due}
    return {"share": _rounded(rate.share), **counts, "low": _rounded(low), "high": _rounded(high)}


def _spread(spread: Spread | None) -> dict[str, Any] | None:
    return {"count": spread.count, "p50": spread.p50, "p95": spread.p95, "p99": spread.p99} if spread else None


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
