"""Draws the parts of pages that are only read: templates that escape all, in the town's time and the visitor's words."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from nicegui import ui

from console.ages import ago
from console.frame import Look
from console.templating import TEMPLATES
from console.wording import Words
from patrol.order_text import SHORT
from patrol.wording import Wording, wording
from storage.errors import StorageError


class Markup:
    """Templates of `console/templates/manager` in the words of one table."""

    def __init__(self, words: Words, table: str, zone: ZoneInfo) -> None:
        self.plain: Wording = wording(words.language)
        self.say: Callable[..., str] = partial(words, table)
        self._words = words
        self._zone = zone

    def draw(self, template: str, now: datetime, **facts: Any) -> str:
        """The HTML of a template."""
        told: dict[str, Any] = {"say": self.say, "plain": self.plain, "now": now, "short": SHORT}
        told |= {"clock": partial(self.clock, now=now), "span": self.span, "iso": self.iso, "ago": partial(ago, now=now, words=self._words)}
        return TEMPLATES.get_template(f"manager/{template}").render(**told, **facts)

    def clock(self, at: datetime, now: datetime) -> str:
        """The time in the town; with the day where that is another."""
        local, today = at.astimezone(self._zone), now.astimezone(self._zone).date()
        return (
            f"{local:%H:%M:%S}"
            if local.date() == today
            else f"{local:%m-%d %H:%M}"
            if local.year == today.year
            else f"{local:%Y-%m-%d %H:%M}"
        )

    def iso(self, at: datetime) -> str:
        return at.astimezone(self._zone).isoformat(timespec="seconds")

    def span(self, lasts: timedelta) -> str:
        """How long something lasts; the longer, the coarser, and never more than it is."""
        lasts_s = abs(lasts) // timedelta(seconds=1)
        grain_s = 1 if lasts_s < 600 else 60 if lasts_s < 86400 else 3600
        return self.plain.duration(lasts_s // grain_s * grain_s)


async def told_if_not(look: Look, redraw: Callable[[], Awaitable[None]]) -> None:
    """Draw a part again; where the database does not answer, say so, and leave what is shown."""
    try:
        await redraw()
    except StorageError:
        ui.notify(look.words("frame", "trouble"), type="warning")


class Drawn:
    """A part of a page that is drawn again when what it shows changed, and else left alone."""

    def __init__(self, classes: str = "") -> None:
        self._html = ui.html("", sanitize=False).classes(classes)

    def show(self, html: str) -> None:
        if html != self._html.content:
            self._html.set_content(html)
