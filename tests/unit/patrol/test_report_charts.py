import re

from patrol.report_charts import LABEL_PX, TOLD_PX, WIDTH_PX, Bar, bar_chart

ROOM_PX = WIDTH_PX - LABEL_PX - TOLD_PX


def told(value: float) -> str:
    return f"{value:g}"


def widths(chart: str) -> list[float]:
    return [float(width) for width in re.findall(r'<rect [^>]*width="([\d.]+)"', chart)]


def test_bars_are_as_long_as_their_values() -> None:
    chart = bar_chart("rates", [Bar("a", 1.0, None, ""), Bar("b", 0.25, None, ""), Bar("c", 0.0, None, "")], 1.0, told)
    assert widths(chart) == [ROOM_PX, ROOM_PX / 4, 0]


def test_what_is_not_known_has_no_bar() -> None:
    chart = bar_chart("rates", [Bar("a", None, None, "—")], 1.0, told)
    assert widths(chart) == []
    assert "—" in chart


def test_the_line_runs_over_the_interval() -> None:
    chart = bar_chart("rates", [Bar("a", 0.5, (0.25, 0.75), "")], 1.0, told)
    assert f"M{LABEL_PX + ROOM_PX / 4} 10.0H{LABEL_PX + ROOM_PX * 0.75}" in chart


def test_an_axis_of_nothing_divides_by_nothing() -> None:
    assert widths(bar_chart("times", [Bar("a", 0.0, (0.0, 0.0), "")], 0.0, told)) == [0]


def test_labels_are_cut_to_their_room_and_told_as_text() -> None:
    chart = bar_chart("a & b", [Bar("格" * 20, None, None, ""), Bar("<x>", None, None, "")], 1.0, told)
    assert f">{'格' * 15}…<" in chart
    assert "&lt;x&gt;" in chart
    assert "a &amp; b" in chart
