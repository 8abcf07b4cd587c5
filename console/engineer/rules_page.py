"""Rules: written with completion and checks, tried on the last days, published with a reason, and rolled back."""

import os
from collections.abc import Sequence
from functools import partial

from nicegui import ui

from console.engineer.backtest_panel import BacktestPanel
from console.engineer.difference import difference
from console.engineer.errands import Errands
from console.engineer.parts import local
from console.engineer.rules_side import RulesList, change_told, history_list, keys_table
from console.engineer.writing import Writing
from console.frame import Look, page, trouble
from console.markup import heading
from console.site import Site
from patrol.publishing import PUBLISH, ROLLBACK, Publication, Publications, PublishingError
from rules.builtin import BUILT_IN
from town.accounts import Role
from town.problems import ConfigError

TOLD = frozenset({"no_reason", "unchanged", "contested"})
"""Refusals that have words of their own."""


def add(site: Site) -> None:
    errands = Errands()

    @page(site, "/bench/rules", "rules", "workbench")
    async def rules(look: Look) -> None:
        heading(look.words("frame", "rules"), 1)
        ui.add_head_html('<script src="/static/rules-editor.js"></script>')
        publications = Publications(site.file, os.environ, BUILT_IN)
        try:
            standing, history = await site.aside(lambda: (publications.rules(), publications.history()))
        except PublishingError as error:
            trouble(look, str(error))
            return
        RulesPage(look, publications, errands, standing, history)


class RulesPage:
    """The page: editor and check, what stands beside it, and the backtest below."""

    def __init__(self, look: Look, publications: Publications, errands: Errands, standing: str, history: Sequence[Publication]) -> None:
        self._look, self._publications = look, publications
        self._say = partial(look.words, "rules")
        self._dialogs = ui.element("div").classes("dialogs")  # not within what is drawn anew while one of them is open
        self._status = ui.element("div").classes("row quiet num")
        with ui.element("div").classes("bench"):
            with ui.element("section").classes("panel stack"):
                with ui.element("div").classes("between"):
                    heading(self._say("editor"))
                    ui.label(self._say("editor_hint")).classes("quiet")
                self._writing = Writing(look, publications, standing)
                self._elsewhere = ui.element("div").classes("notice").props('role="status"')
                self._elsewhere.set_visibility(False)
                self._buttons()
                self._difference = ui.element("div")
            with ui.element("section").classes("panel stack side"):
                self._tabs()
        BacktestPanel(look, self._writing, errands)
        self._writing.changed.append(self._redraw)
        self._show_history(history)
        self._redraw()
        self._township = look.site.township()
        ui.timer(1, self._watch)

    def _buttons(self) -> None:
        with ui.element("div").classes("row"):
            self._publish = ui.button(self._say("publish"), on_click=self._ask_to_publish).props("unelevated no-caps")
            self._reset = ui.button(self._say("reset"), on_click=self._begin_again).props("outline no-caps")

    def _tabs(self) -> None:
        names = ("tab_rules", "tab_keys", "tab_history")
        with ui.tabs().props("dense no-caps align=left") as tabs:
            for name in names:
                ui.tab(name, self._say(name))
        with ui.tab_panels(tabs, value=names[0], animated=False).classes("side-panels"):
            with ui.tab_panel(names[0]):
                RulesList(self._look, self._writing)
            with ui.tab_panel(names[1]):
                keys_table(self._look, self._writing)
            with ui.tab_panel(names[2]):
                self._history = ui.element("div").classes("stack")

    def _redraw(self) -> None:
        """What the state of the draft says about buttons and the difference."""
        writing, is_changed = self._writing, self._writing.is_changed
        self._publish.set_enabled(is_changed and writing.township is not None)
        self._reset.set_enabled(is_changed)
        self._difference.clear()
        if is_changed:
            with self._difference, ui.expansion(self._say("diff"), value=True).props("dense"):
                difference(self._look, writing.over, writing.text)

    def _show_history(self, history: Sequence[Publication]) -> None:
        self._history.clear()
        with self._history:
            history_list(self._look, history, self._writing.over, self._ask_to_roll_back)
        self._status.clear()
        with self._status:
            ui.label(self._say("standing", count=sum(rule.enabled for rule in self._look.site.township().rules)))
            if not history:
                ui.label(self._say("never"))
                return
            last = history[0]
            ui.label(self._say("published_by", at=local(self._look, last.at), by=last.by, why=last.why))
            if last.after != self._writing.over:
                ui.label(self._say("by_hand")).classes("tag warn")

    async def _watch(self) -> None:
        """Say so when somebody else changed the rules in the file; draw anew once the console has read what was published."""
        township = self._look.site.township()
        if township is self._township:
            return
        self._township = township
        standing, history = await self._look.site.aside(lambda: (self._publications.rules(), self._publications.history()))
        self._elsewhere.clear()
        self._elsewhere.set_visibility(standing != self._writing.over)
        if standing != self._writing.over:
            with self._elsewhere:
                ui.label(self._say("changed_elsewhere"))
                ui.button(self._say("reload"), on_click=self._begin_again).props("flat dense no-caps")
        else:
            self._show_history(history)
        for hear in self._writing.changed:
            hear()

    async def _begin_again(self) -> None:
        standing, history = await self._look.site.aside(lambda: (self._publications.rules(), self._publications.history()))
        self._writing.begin_again(standing)
        self._elsewhere.set_visibility(False)
        self._show_history(history)
        await self._writing.checked_now()

    async def _ask_to_publish(self) -> None:
        checked = await self._writing.checked_now()
        if checked.township is not None:
            self._ask("publish_title", "publish_now", checked.rules, PUBLISH)

    def _ask_to_roll_back(self, text: str) -> None:
        self._ask("roll_back_title", "roll_back_now", text, ROLLBACK)

    def _ask(self, title: str, act: str, text: str, action: str) -> None:
        say = self._say
        with self._dialogs, ui.dialog() as dialog, ui.card().classes("dialog broad"):
            heading(say(title))
            ui.label(say("publish_hint")).classes("quiet")
            difference(self._look, self._writing.over, text)
            why = ui.input(say("reason"), placeholder=say("reason_hint")).props("outlined autofocus maxlength=200").classes("wide")
            wrong = ui.label().classes("bad-line").props('role="alert"')

            async def publish() -> None:
                refused = await self._carry_out(text, why.value or "", action)
                wrong.text = refused
                if not refused:
                    dialog.close()

            with ui.element("div").classes("buttons"):
                ui.label(say("author", by=self._look.visitor.name)).classes("quiet grow")
                ui.button(say("cancel"), on_click=dialog.close).props("flat no-caps")
                ui.button(say(act), on_click=publish).props("unelevated no-caps")
        dialog.open()

    async def _carry_out(self, text: str, why: str, action: str) -> str:
        """Publish; why not, where it was refused."""
        if not await self._look.may_act(Role.ENGINEER):
            return self._look.words("frame", "not_yours")
        site, visitor, over = self._look.site, self._look.visitor, self._writing.over

        def published() -> tuple[Publication, list[Publication]]:
            done = self._publications.publish(text, over, visitor.name, why, site.clock(), action)
            told = "; ".join(change_told(self._look, change) for change in done.changes)
            site.doorkeeper.note(visitor, f"rules_{action}", f"{told}: {done.why}")
            return done, self._publications.history()

        try:
            done, history = await site.aside(published)
        except PublishingError as error:
            return self._say(str(error)) if str(error) in TOLD else str(error)
        except ConfigError as error:
            return str(error)
        self._writing.begin_again(done.after)
        self._show_history(history)
        await self._writing.checked_now()
        ui.notify(self._say("rolled_back" if action == ROLLBACK else "published"), type="positive")
        return ""
