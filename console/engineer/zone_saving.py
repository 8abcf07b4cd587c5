"""Zones go to the township's file: what would change is shown first, and nothing is written over somebody else's work."""

import os
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from nicegui import ui

from console.engineer.difference import difference
from console.engineer.township_file import Proposal, proposed, write
from console.engineer.zone_draft import Drawing, changes
from console.frame import Look
from console.markup import heading
from town.accounts import Role
from town.places import Camera
from town.problems import ConfigError
from town.writing import NotWritten, text_now
from town.yaml_rewriting import Uneditable
from town.yaml_tree import parse


class Contested(Exception):
    """Somebody else changed the zones of this camera."""


class ZoneSaving:
    """`items` are the camera's zones as the file said them when the page was loaded; `saved` is told what it says once it is written."""

    def __init__(self, look: Look, camera_id: str, items: Sequence[Any], saved: Callable[[list[Any]], None]) -> None:
        self._look = look
        self._say = partial(look.words, "zones")
        self._camera_id = camera_id
        self._items = list(items)
        self._saved = saved
        self._drawing: Drawing | None = None

    def build(self) -> None:
        say = self._say
        with ui.element("div").classes("zone-saving"):
            self._state = ui.label().classes("quiet").props('aria-live="polite"')
            self._save = ui.button(say("save"), on_click=self._ask).props("unelevated no-caps")
            self._waiting = ui.label(say("waiting")).classes("warn-line")
            ui.label(say("restart")).classes("quiet")

    def show(self, drawing: Drawing, is_wrong: bool) -> None:
        self._drawing = drawing
        word = "wrong" if is_wrong else "changed" if drawing.is_changed else "unchanged"
        self._state.set_text(self._say(word))
        self._state.classes(replace="bad" if is_wrong else "quiet")
        self._save.set_enabled(drawing.is_changed and not is_wrong)

    def warn_of_waiting(self, in_file: Camera, written: bool = False) -> None:
        """Say it where the file's zones are not those that run."""
        running = self._look.site.township().camera_by_id.get(self._camera_id)
        self._waiting.set_visibility(written or running is None or running.zones != in_file.zones)

    async def _ask(self) -> None:
        if not await self._look.may_act(Role.ENGINEER) or self._drawing is None:
            return
        drawing = self._drawing
        try:
            proposal = await self._look.site.aside(lambda: self._proposed(drawing))
        except Contested:
            self._refuse("contested")
        except (Uneditable, ConfigError) as error:
            self._refuse("uneditable", why=str(error))
        else:
            self._show(proposal)

    def _proposed(self, drawing: Drawing) -> Proposal:
        """By the file as it is now: what others wrote elsewhere in it stays. Blocks."""
        file = self._look.site.file
        text = text_now(file)
        if zones_in(text, self._camera_id) != self._items:
            raise Contested
        return proposed(text, changes(drawing, self._camera_id), file, os.environ)

    def _show(self, proposal: Proposal) -> None:
        say = self._say
        with ui.dialog(value=True).props("persistent") as dialog, ui.card().classes("dialog broadest"):
            heading(say("diff_title", file=self._look.site.file.name))
            if proposal.is_change:
                difference(self._look, proposal.before, proposal.after)
            else:
                ui.label(say("diff_none"))
            for problem in proposal.problems:
                ui.label(f"{say('line', line=problem.line)} · {problem.path}: {problem.found} → {problem.allowed}").classes("mono bad")
            ui.label(say("diff_wrong" if proposal.problems else "restart")).classes("quiet")
            with ui.element("div").classes("buttons"):
                ui.button(say("cancel"), on_click=dialog.close).props("flat no-caps")
                done = ui.button(say("write"), on_click=lambda: self._write(proposal, dialog)).props("unelevated no-caps")
                done.set_enabled(not proposal.problems and proposal.is_change)

    async def _write(self, proposal: Proposal, dialog: ui.dialog) -> None:
        if not await self._look.may_act(Role.ENGINEER):
            return
        site, visitor = self._look.site, self._look.visitor
        try:
            self._items = await site.aside(lambda: self._written(proposal))
        except NotWritten as error:
            self._refuse("file_changed" if error.reason == "changed" else error.reason, why=str(error))
            dialog.close()
            return
        await site.aside(lambda: site.doorkeeper.note(visitor, "zones_saved", self._camera_id))
        dialog.close()
        self._saved(self._items)
        ui.notify(self._say("written"), type="positive")

    def _written(self, proposal: Proposal) -> list[Any]:
        """The zones that then stand in the file. Blocks."""
        write(self._look.site.file, proposal)
        return zones_in(proposal.after, self._camera_id)

    def _refuse(self, word: str, **facts: str) -> None:
        ui.notify(self._say(word, **facts), type="negative", multi_line=True, timeout=10_000)


def zones_in(text: str, camera_id: str) -> list[Any]:
    """The zones of a camera as a file's text says them. Raises ConfigError."""
    root = parse(text).root
    cameras = root.get("cameras") if isinstance(root, dict) else None
    camera = next((one for one in cameras or [] if isinstance(one, dict) and one.get("id") == camera_id), {})
    return list(camera.get("zones") or [])
