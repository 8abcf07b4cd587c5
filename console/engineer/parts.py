"""What the pages of the bench put together again and again: pictures with outlines, times."""

from collections.abc import Iterable
from datetime import datetime

from nicegui import ui

from console.frame import Look


def local(look: Look, at: datetime, seconds: bool = False) -> str:
    """An instant in the town's time: 11-25 09:10."""
    there = at.astimezone(look.site.township().town.zone)
    return f"{there:%m-%d %H:%M:%S}" if seconds else f"{there:%m-%d %H:%M}"


def image(source: str, alt: str) -> ui.element:
    """A picture that is fetched when it comes into view."""
    element = ui.element("img").props('loading="lazy"')
    element.props.update(src=source, alt=alt)
    return element


def overlay(shapes: Iterable[str]) -> None:
    """Shapes of SVG over a picture, in shares of its sides; they are our own text and nobody else's."""
    svg = f'<svg class="overlay" viewBox="0 0 1 1" preserveAspectRatio="none" aria-hidden="true">{"".join(shapes)}</svg>'
    ui.html(svg, sanitize=False).classes("over")


def polygon_shape(corners: Iterable[tuple[float, float]], style: str) -> str:
    points = " ".join(f"{x:.4f},{y:.4f}" for x, y in corners)
    return f'<polygon class="{style}" points="{points}" vector-effect="non-scaling-stroke"/>'


def box_shape(sides: Iterable[float], style: str) -> str:
    """A box by its left, upper, right and lower side."""
    x1, y1, x2, y2 = sides
    place = f'x="{x1:.4f}" y="{y1:.4f}" width="{x2 - x1:.4f}" height="{y2 - y1:.4f}"'
    return f'<rect class="{style}" {place} vector-effect="non-scaling-stroke"/>'
