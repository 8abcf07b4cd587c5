"""Figures: what a manager is held to, with charts, the orders behind the numbers, and candidates for the monthly topic."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Annotated

from fastapi import Query
from nicegui import ui
from nicegui.events import ValueChangeEventArguments

from console.frame import Look, empty, page, trouble
from console.guard import DESK
from console.latest import Latest
from console.manager.figure_charts import DRAWN, Options, day_chart, group_chart, height_px, time_chart
from console.manager.figure_views import Card, TableView, Topic, cards, tables, topic_of, unknown
from console.manager.figures_asked import Asked, Days, asked_of, chosen
from console.manager.figures_found import TOPIC_DAYS, TOPIC_FROM, Found, found_for, today_of
from console.markup import heading, part
from console.site import Site
from patrol.report_text import ReportText
from patrol.reporting import By
from patrol.wording import wording
from storage.errors import StorageError

AT_ONCE, FOLDED_FROM = 2, 6
"""So many reports are computed at a time: the other threads are for whoever does not look at figures. So many rows stand open."""


@dataclass(frozen=True, slots=True)
class _View:
    """What the template is given."""

    cards: Sequence[Card] = ()
    topics: Sequence[Topic] = ()
    no_topic: str = ""


def add(site: Site) -> None:
    turns = asyncio.Semaphore(AT_ONCE)

    @page(site, "/town/figures", "figures", "ledger")
    async def figures(
        look: Look,
        days: str = "",
        by: str = "",
        since: Annotated[str, Query(alias="from")] = "",
        until: Annotated[str, Query(alias="to")] = "",
    ) -> None:
        asked = asked_of({"days": days, "by": by, "from": since, "to": until}, today_of(look.site))
        FiguresPage(look, asked, Latest(look.site.at_length, turns)).build()


class FiguresPage:
    """One visitor's page: it asks anew when they choose another span or grouping, and shows only what was asked last."""

    def __init__(self, look: Look, asked: Asked, latest: Latest[Found]) -> None:
        self._look = look
        self._say = partial(look.words, "figures")
        self._asked = asked
        self._latest = latest
        self._text = ReportText(look.site.township(), wording(look.words.language))

    def build(self) -> None:
        self._bar()
        self._results = ui.element("section").classes("results").props('aria-live="polite"')
        ui.timer(0.05, self._show, once=True)

    def _bar(self) -> None:
        with ui.element("div").classes("page-head"):
            heading(self._look.words("frame", "figures"), 1)
            with ui.element("div").classes("choices"):
                spans = {one.value: self._say(f"days_{one}") for one in Days}
                named = self._say("span")
                ui.toggle(spans, value=self._asked.days.value, on_change=self._days_changed).props(
                    f'no-caps unelevated aria-label="{named}"'
                ).classes("spans")
                self._ends = ui.element("div").classes("ends")
                with self._ends:
                    self._first, self._last = (
                        self._date(word, day) for word, day in (("from", self._asked.first), ("to", self._asked.last))
                    )
                self._ends.set_visibility(self._asked.days is Days.CHOSEN)
                groupings = {one.value: self._say(f"by_{one}") for one in By}
                ui.select(groupings, value=self._asked.by.value, label=self._say("by"), on_change=self._by_changed).props(
                    "outlined dense options-dense"
                ).classes("grouping")
            with ui.element("div").classes("exports"):
                self._csv = ui.link(self._say("csv"), f"/town/figures.csv?{self._asked.query}").props("download").classes("button")
                self._printed = ui.link(self._say("printed"), f"/town/figures.html?{self._asked.query}", new_tab=True).classes("button")

    def _date(self, word: str, day: date) -> ui.input:
        made = ui.input(self._say(word), value=day.isoformat(), on_change=self._dates_changed)
        return made.props(f"outlined dense type=date stack-label debounce=400 max={today_of(self._look.site)}")

    async def _days_changed(self, event: ValueChangeEventArguments[str]) -> None:
        self._ends.set_visibility(event.value == Days.CHOSEN)
        if event.value == Days.CHOSEN:
            await self._dates_changed()
        else:
            await self._ask(asked_of({"days": event.value, "by": self._asked.by}, today_of(self._look.site)))

    async def _dates_changed(self) -> None:
        try:
            first, last = (date.fromisoformat(one.value or "") for one in (self._first, self._last))
        except ValueError:
            return  # half a date is typed
        await self._ask(chosen(first, last, self._asked.by, today_of(self._look.site)))

    async def _by_changed(self, event: ValueChangeEventArguments[str]) -> None:
        asked = self._asked
        await self._ask(Asked(asked.days, asked.first, asked.last, By(event.value)))

    async def _ask(self, asked: Asked) -> None:
        self._asked = asked
        ui.navigate.history.replace(f"/town/figures?{asked.query}")
        self._csv.props["href"] = f"/town/figures.csv?{asked.query}"
        self._printed.props["href"] = f"/town/figures.html?{asked.query}"
        await self._show()

    async def _show(self) -> None:
        asked, look = self._asked, self._look
        self._loading()
        try:
            if not await look.may_act(*DESK):
                return
            found = await self._latest.run(lambda: found_for(look.site, look.visitor, asked))
        except StorageError as error:
            self._results.clear()
            with self._results:
                trouble(look, str(error))
            return
        if found is not None and not self._results.is_deleted:
            self._results.clear()
            with self._results:
                self._draw(found, asked)

    def _loading(self) -> None:
        self._results.clear()
        with self._results, ui.element("div").classes("state"):
            ui.spinner(size="32px")
            ui.label(self._say("counting"))

    def _draw(self, found: Found, asked: Asked) -> None:
        report, text = found.report, self._text
        ui.label(f"{text.whole(report)} · {text.span(report)}").classes("quiet")
        if not report.whole.orders and not report.groups:
            empty(text.of("no_orders"), self._say("other_span"))
            self._topics(found)
            return
        part("figures.html", "cards", _View(cards=list(cards(report, asked, text, self._look.words))))
        township, visitor = self._look.site.township(), self._look.visitor
        shown = list(tables(report, asked, text, lambda grid_id: visitor.sees_grid(grid_id, township)))
        shares, times, *others = shown
        if others and report.groups:
            rates, others = others[0], others[1:]
            chart = day_chart(report, text) if report.by is By.DAY else group_chart(report, text)
            rows = 8 if report.by is By.DAY else len(report.groups[:DRAWN])
            self._panel(rates, chart, rows, self._say("few_chart"))
        of_rules = [others.pop()] if report.precision else []
        with ui.element("div").classes("pair"):
            with ui.element("div").classes("stack"):
                self._panel(times, time_chart(report, text), len(times.rows), text.of("time_chart"))
                for one in of_rules:
                    self._panel(one)
            with ui.element("div").classes("stack"):
                self._panel(shares)
                self._topics(found)
        for one in others:
            self._folded(one)
        for note in (*text.notes(report), unknown(text)):
            ui.label(note).classes("quiet")

    def _panel(self, table: TableView, chart: Options | None = None, rows: int = 0, says: str = "") -> None:
        with ui.element("section").classes("panel"):
            heading(table.title)
            if chart is not None:
                label = self._say("chart_label", title=table.title)
                drawn = ui.echart(dict(chart), renderer="svg").props(f'role="img" aria-label="{label}"')
                drawn.style(f"height: {height_px(rows)}px")
                ui.label(says).classes("quiet")
            part("figures.html", "table", table)

    def _folded(self, table: TableView) -> None:
        """A table for whoever wants it; short ones stand open."""
        with ui.element("details").classes("panel").props("open" if len(table.rows) <= FOLDED_FROM else ""):
            with ui.element("summary"):
                heading(table.title)
            part("figures.html", "table", table)

    def _topics(self, found: Found) -> None:
        site = self._look.site
        township = site.township()
        topics = [topic_of(orders, township, township.town.zone) for orders in found.topics]
        with ui.element("section").classes("panel"):
            heading(self._say("topics"))
            ui.label(self._say("topics_why", days=TOPIC_DAYS, n=TOPIC_FROM)).classes("quiet")
            part("figures.html", "topics", _View(topics=topics, no_topic=self._say("no_topic")))
