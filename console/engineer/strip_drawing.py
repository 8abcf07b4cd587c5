"""A strip as HTML with SVG in it: rows of a label and a lane, colours that patterns and words repeat. Everything foreign is escaped."""

from collections.abc import Iterable, Mapping, Sequence
from html import escape

from console.engineer.strip import Curve, Mark

ROW_PX = 24
CURVE_PX = 34
LETTER_SHARE = 0.0135
"""About as much of the strip one Chinese character takes; a mark too short for its word has it as a hint alone."""


def _stripes(name: str, ground: str, stripe: str, degrees: int) -> str:
    turned = f'patternTransform="rotate({degrees})"'
    return _pattern(name, ground, f'<rect width="3" height="8" fill="{stripe}"/>', turned)


def _pattern(name: str, ground: str, figure: str, turned: str = "") -> str:
    size = 'width="8" height="8"'
    return f'<pattern id="p-{name}" {size} patternUnits="userSpaceOnUse" {turned}><rect {size} fill="{ground}"/>{figure}</pattern>'


PATTERNS = "".join(
    (
        '<svg width="0" height="0" aria-hidden="true" style="position:absolute"><defs>',
        _stripes("waiting", "#fff0c2", "#e3b341", 45),
        _stripes("clearing", "#fbd5d0", "#d9776c", -45),
        _pattern("held", "#dbe6f3", '<circle cx="4" cy="4" r="1.6" fill="#6b8db5"/>'),
        _pattern("unknown", "#eceff2", '<path d="M0 0L8 8M8 0L0 8" stroke="#aab3bd"/>'),
        "</defs></svg>",
    )
)
"""What marks are filled with, so that no colour alone says anything."""


def lane(label: str, body: str, height_px: int, style: str = "") -> str:
    """One row. `body` is our own SVG; the label is anybody's text."""
    svg = f'<svg width="100%" height="{height_px}" role="presentation">{body}</svg>'
    name = f'<div class="lane-label" title="{escape(label)}">{escape(label)}</div>'
    return f'<div class="lane {style}">{name}<div class="lane-strip">{svg}</div></div>'


def marks_drawn(marks: Iterable[Mark], words: Mapping[str, str], hints: Mapping[str, str] | None = None) -> str:
    """Marks as boxes in their rows, each with its word where there is room, and always as a hint."""
    return "".join(_box(mark, words.get(mark.word, mark.word), (hints or words).get(mark.word, mark.word)) for mark in marks)


def ticks_drawn(marks: Iterable[Mark], words: Mapping[str, str]) -> str:
    """Looks: a tick each, tall where it saw, short where it did not."""
    heights = {"done": (6, 12), "unknown": (3, 18), "failed": (0, 24), "skipped": (10, 4)}
    return "".join(
        f'<rect x="{_percent(mark.start)}" y="{heights[mark.style][0]}" width="{_percent(max(mark.end - mark.start, 0.0018))}" '
        f'height="{heights[mark.style][1]}" class="look-{mark.style}"><title>{escape(words.get(mark.word, mark.word))}</title></rect>'
        for mark in marks
    )


def curve_drawn(curve: Curve) -> str:
    """The number as a stepped area, its highest at the top."""
    top = max(curve.highest, 1.0)
    begins, ends = (f"{share * 1000:.1f}" for share in (curve.steps[0][0], curve.steps[-1][0] + 2 / 1000))
    points, level = [f"{begins},100"], 0.0
    for share, value in curve.steps:
        points += [f"{share * 1000:.1f},{100 - 92 * level / top:.1f}", f"{share * 1000:.1f},{100 - 92 * value / top:.1f}"]
        level = value
    points += [f"{ends},{100 - 92 * level / top:.1f}", f"{ends},100"]
    return (
        f'<svg x="0" y="0" width="100%" height="{CURVE_PX}" viewBox="0 0 1000 100" preserveAspectRatio="none">'
        f'<polygon class="curve" points="{" ".join(points)}" vector-effect="non-scaling-stroke"/></svg>'
    )


def axis_drawn(ticks: Sequence[tuple[float, str]]) -> str:
    return "".join(
        f'<line x1="{_percent(share)}" x2="{_percent(share)}" y1="16" y2="22" class="axis"/>'
        f'<text x="{_percent(share)}" y="12" class="axis-text">{escape(text)}</text>'
        for share, text in ticks
        if share <= 0.985
    )


def cursor(share: float) -> str:
    return f'<div class="cursor" style="--share: {min(max(share, 0.0), 1.0):.5f}"></div>'


def _box(mark: Mark, word: str, hint: str) -> str:
    y, width = mark.row * ROW_PX + 2, mark.end - mark.start
    place = f'x="{_percent(mark.start)}" y="{y}" width="{_percent(width)}" height="{ROW_PX - 4}" rx="3"'
    box = f'<rect {place} class="mark m-{escape(mark.style)}"/>'
    fits = width > LETTER_SHARE * (len(word) + 0.6)
    text = (
        f'<text x="{_percent(mark.start)}" dx="6" y="{y + 14}" class="mark-text t-{escape(mark.style)}">{escape(word)}</text>'
        if fits
        else ""
    )
    return f"<g><title>{escape(hint)}</title>{box}{text}</g>"


def _percent(share: float) -> str:
    return f"{share * 100:.3f}%"
