"""Bar charts as SVG, drawn by hand."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from html import escape

WIDTH_PX, LABEL_PX, TOLD_PX, ROW_PX, AXIS_PX = 680, 190, 110, 20, 18
_BAR_PX = 11
_DARK, _PALE = "#2b6cb0", "#a9c4e0"


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar with a line from one value to another over it; None where nothing is known. A pale one rests on few cases."""

    label: str
    value: float | None
    line: tuple[float, float] | None
    told: str
    is_pale: bool = False


def bar_chart(title: str, bars: Sequence[Bar], most: float, told: Callable[[float], str]) -> str:
    """A figure of horizontal bars on an axis from 0 to `most`, whose values `told` says."""
    height_px = ROW_PX * len(bars) + AXIS_PX
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH_PX} {height_px}" font-size="11" role="img">'
    drawn = "\n".join([head, f"<title>{escape(title)}</title>", *_axis(bars, most, told), *_bars(bars, most), "</svg>"])
    return f"<figure>\n<figcaption>{escape(title)}</figcaption>\n{drawn}\n</figure>"


def _axis(bars: Sequence[Bar], most: float, told: Callable[[float], str]) -> Iterator[str]:
    bottom = ROW_PX * len(bars)
    for share in (0.0, 0.5, 1.0):
        x = _x(share * most, most)
        yield f'<line x1="{x}" y1="0" x2="{x}" y2="{bottom}" stroke="#ccc"/>'
        yield f'<text x="{x}" y="{bottom + 13}" text-anchor="middle" fill="#555">{escape(told(share * most))}</text>'


def _bars(bars: Sequence[Bar], most: float) -> Iterator[str]:
    for number, bar in enumerate(bars):
        middle = number * ROW_PX + ROW_PX / 2
        yield f'<text x="{LABEL_PX - 8}" y="{middle + 4}" text-anchor="end">{escape(_cut(bar.label))}</text>'
        yield f'<text x="{WIDTH_PX - TOLD_PX + 12}" y="{middle + 4}">{escape(bar.told)}</text>'
        if bar.value is not None:
            width = round(_x(bar.value, most) - LABEL_PX, 1)
            colour = _PALE if bar.is_pale else _DARK
            yield f'<rect x="{LABEL_PX}" y="{middle - _BAR_PX / 2}" width="{width}" height="{_BAR_PX}" fill="{colour}"/>'
        if bar.line:
            low, high = (_x(value, most) for value in bar.line)
            ends = "".join(f"M{x} {middle - 4}v8" for x in (low, high))
            yield f'<path d="M{low} {middle}H{high}{ends}" stroke="#111" fill="none"/>'


def _x(value: float, most: float) -> float:
    return round(LABEL_PX + (value / most if most else 0.0) * (WIDTH_PX - LABEL_PX - TOLD_PX), 1)


def _cut(label: str) -> str:
    """As much of a label as there is room for: a Chinese character is as wide as two others."""
    room = 30
    for number, character in enumerate(label):
        room -= 2 if ord(character) > 0x2E7F else 1
        if room < 0:
            return f"{label[:number]}…"
    return label
