"""A report's charts as options of ECharts: bars with the line of their uncertainty over them. Pure; the tables beside them say the same."""

from collections.abc import Mapping, Sequence
from typing import Any

from patrol.manager_figures import Measure, Rate
from patrol.report_text import ReportText
from patrol.reporting import RANKED_FROM, By, Group, Report

DRAWN = 30
"""More groups than these are left to the table."""
ROW_PX, AXIS_PX, BAR_PX = 30, 64, 9
_ACCENT, _PALE, _SECOND, _SECOND_PALE, _INK, _SOFT, _LINE = "#0b5cad", "#a9c4e0", "#156c2e", "#a8d3b4", "#1b1f24", "#57606a", "#d6dbe1"
_COLOURS = {Measure.RESPONSE: (_SECOND, _SECOND_PALE), Measure.RESOLUTION: (_ACCENT, _PALE)}
Options = Mapping[str, Any]


def group_chart(report: Report, text: ReportText) -> Options:
    """Response and resolution of each group; pale where they rest on few orders."""
    groups = report.groups[:DRAWN]
    drawn = [_bars(groups, text, measure) for measure in _COLOURS]
    return {
        **_frame(),
        "legend": {"top": 0, "left": 0, "itemWidth": 14, "data": [text.of(measure) for measure in _COLOURS]},
        "xAxis": {
            **_AXIS,
            "type": "value",
            "min": 0,
            "max": 100,
            "axisLabel": {"color": _SOFT, "formatter": "{value}%", "hideOverlap": True},
        },
        "yAxis": _names([_label(group, report.by, text) for group in groups]),
        "series": [one for series in drawn for one in series],
    }


def day_chart(report: Report, text: ReportText) -> Options:
    """Orders opened a day, and their resolution over it."""
    days = [group.key[5:] for group in report.groups]
    rates = [group.figures.rates[Measure.RESOLUTION] for group in report.groups]
    counts = [group.figures.orders for group in report.groups]
    return {
        **_frame(),
        "grid": {**_GRID, "left": 8, "right": 8, "bottom": 8},
        "legend": {"top": 0, "left": 0, "itemWidth": 14},
        "xAxis": {**_AXIS, "type": "category", "data": days, "axisTick": {"show": False}, "splitLine": {"show": False}},
        "yAxis": [
            {**_AXIS, "type": "value", "minInterval": 1},
            {**_AXIS, "type": "value", "min": 0, "max": 100, "splitLine": {"show": False}, "axisLabel": {"formatter": "{value}%"}},
        ],
        "series": [
            {"name": text.of("orders"), "type": "bar", "data": counts, "itemStyle": {"color": _PALE}, "barMaxWidth": 28},
            {
                "name": text.of(Measure.RESOLUTION),
                "type": "line",
                "yAxisIndex": 1,
                "data": [_percents(rate.share) for rate in rates],
                "connectNulls": False,
                "itemStyle": {"color": _ACCENT},
                "symbolSize": 7,
            },
        ],
    }


def time_chart(report: Report, text: ReportText) -> Options:
    """How long each stretch took: to the median as a bar, on to 95 % as a line; in minutes."""
    spreads = [(text.of(stretch), spread) for stretch, spread in report.whole.times.items()]
    medians = [round(spread.p50 / 60, 2) if spread else None for _, spread in spreads]
    lines = [(spread.p50 / 60, spread.p50 / 60, spread.p95 / 60) if spread else None for _, spread in spreads]
    return {
        **_frame(),
        "grid": {**_GRID, "top": 8},
        "xAxis": {**_AXIS, "type": "value", "min": 0, "axisLabel": {"color": _SOFT, "formatter": "{value} min", "hideOverlap": True}},
        "yAxis": _names([name for name, _ in spreads]),
        "series": [_bar(text.of("p50"), medians, _ACCENT), _lines(lines)],
    }


def height_px(rows: int) -> int:
    """Of a chart with so many rows."""
    return AXIS_PX + ROW_PX * max(rows, 2)


def _label(group: Group, by: By, text: ReportText) -> str:
    """Of a version its name and what tells it from others, since there is little room."""
    return f"{group.name} {group.key.partition(' ')[2][:6]}" if by is By.RULE else text.name(group)


def _bars(groups: Sequence[Group], text: ReportText, measure: Measure) -> Sequence[Options]:
    dark, pale = _COLOURS[measure]
    rates = [group.figures.rates[measure] for group in groups]
    data = [{"value": _percents(rate.share), "itemStyle": {"color": dark if rate.of >= RANKED_FROM else pale}} for rate in rates]
    return [_bar(text.of(measure), data, dark), _lines([_line(rate) for rate in rates])]


def _bar(name: str, data: Sequence[Any], colour: str) -> Options:
    return {"name": name, "type": "bar", "data": data, "itemStyle": {"color": colour}, "barMaxWidth": BAR_PX, "barGap": "40%"}


def _lines(lines: Sequence[tuple[float, float, float] | None]) -> Options:
    """From a least value over one to a most: a box plot whose box has no width."""
    data = [[low, at, at, at, high] if line else [] for line in lines for low, at, high in [line or (0.0, 0.0, 0.0)]]
    style = {"color": "transparent", "borderColor": _INK, "borderWidth": 1}
    return {"type": "boxplot", "data": data, "itemStyle": style, "boxWidth": [BAR_PX, BAR_PX], "silent": True, "z": 5}


def _line(rate: Rate) -> tuple[float, float, float] | None:
    if not rate.interval or rate.share is None:
        return None
    return round(rate.interval[0] * 100, 1), round(rate.share * 100, 1), round(rate.interval[1] * 100, 1)


def _percents(share: float | None) -> float | None:
    return None if share is None else round(share * 100, 1)


_GRID = {"top": 36, "left": 8, "right": 24, "bottom": 8, "containLabel": True}
_AXIS: Options = {"axisLabel": {"color": _SOFT}, "splitLine": {"lineStyle": {"color": _LINE}}, "axisLine": {"show": False}}


def _frame() -> Options:
    return {"animation": False, "textStyle": {"fontFamily": "inherit", "color": _INK}, "grid": _GRID, "tooltip": {"trigger": "item"}}


def _names(names: Sequence[str]) -> Options:
    label = {"color": _INK, "width": 150, "overflow": "truncate"}
    return {
        "type": "category",
        "data": names,
        "inverse": True,
        "axisTick": {"show": False},
        "axisLine": {"show": False},
        "axisLabel": label,
    }
