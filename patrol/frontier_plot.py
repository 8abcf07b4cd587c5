"""The frontier of missed against false as a picture: in characters for a terminal, and as an SVG file."""

from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path

from patrol.backtest_report import readable_settings
from patrol.sweep import Point

COLUMNS, ROWS = 60, 14
WIDTH_PX, HEIGHT_PX, MARGIN_PX = 640, 400, 60


def plot_lines(points: Sequence[Point]) -> Iterator[str]:
    """Missed upwards, false to the right; ● the frontier, · the others."""
    most_missed, most_false = _most(points)
    marks = [[" "] * (COLUMNS + 1) for _ in range(ROWS + 1)]
    for point in sorted(points, key=lambda one: one.is_frontier):
        column, row = round(point.score.false / most_false * COLUMNS), round(point.score.missed / most_missed * ROWS)
        marks[ROWS - row][column] = "●" if point.is_frontier else "·"
    width = len(str(most_missed))
    yield "missed"
    for number, line in enumerate(marks):
        label = {0: str(most_missed), ROWS: "0"}.get(number, "")
        yield f"{label:>{width}} │{''.join(line).rstrip()}"
    yield f"{'':>{width}} └{'─' * (COLUMNS + 1)}"
    yield f"{'':>{width}}  0{most_false:>{COLUMNS}} false"


def write_svg(points: Sequence[Point], path: Path) -> None:
    """The same as an SVG, each point with its settings as a tooltip. Under its name only once it is whole. Raises OSError."""
    part = path.with_name(f"{path.name}.part")
    try:
        part.write_text("\n".join(_svg(points)) + "\n", encoding="utf-8")
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _svg(points: Sequence[Point]) -> Iterator[str]:
    most_missed, most_false = _most(points)
    left, bottom = MARGIN_PX, HEIGHT_PX - MARGIN_PX
    right, top = WIDTH_PX - MARGIN_PX / 2, MARGIN_PX / 2

    def place(point: Point) -> tuple[float, float]:
        x = left + point.score.false / most_false * (right - left)
        return round(x, 1), round(bottom - point.score.missed / most_missed * (bottom - top), 1)

    yield f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH_PX} {HEIGHT_PX}" font-family="sans-serif" font-size="13">'
    yield f'<rect width="{WIDTH_PX}" height="{HEIGHT_PX}" fill="white"/>'
    yield f'<path d="M{left} {top}V{bottom}H{right}" fill="none" stroke="black"/>'
    yield f'<text x="{left - 8}" y="{top + 5}" text-anchor="end">{most_missed}</text>'
    yield f'<text x="{left - 8}" y="{bottom + 5}" text-anchor="end">0</text>'
    yield f'<text x="{right}" y="{bottom + 20}" text-anchor="end">{most_false}</text>'
    yield f'<text x="{(left + right) / 2}" y="{bottom + 40}" text-anchor="middle">false</text>'
    yield f'<text x="20" y="{(top + bottom) / 2}" text-anchor="middle" transform="rotate(-90 20 {(top + bottom) / 2})">missed</text>'
    frontier = sorted({place(point) for point in points if point.is_frontier})
    yield f'<polyline points="{" ".join(f"{x},{y}" for x, y in frontier)}" fill="none" stroke="#c33"/>'
    for point in points:
        x, y = place(point)
        colour, radius = ("#c33", 5) if point.is_frontier else ("#999", 3)
        told = escape(f"{readable_settings(point.chosen)}: {point.score.missed} missed, {point.score.false} false")
        yield f'<circle cx="{x}" cy="{y}" r="{radius}" fill="{colour}"><title>{told}</title></circle>'
    yield "</svg>"


def _most(points: Sequence[Point]) -> tuple[int, int]:
    """The ends of both axes."""
    return max(1, *(point.score.missed for point in points)), max(1, *(point.score.false for point in points))
