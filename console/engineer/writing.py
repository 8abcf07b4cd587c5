"""The editor of the rules page: what is typed is checked a moment later, and its mistakes are shown on their lines."""

import json
import os
from collections.abc import Callable
from functools import partial

from nicegui import ui

from console.engineer.draft import Checked, Mistake, check
from console.engineer.rule_keys import completion, keys_of_rules
from console.frame import Look
from patrol.publishing import Publications, PublishingError
from town.reading import json_schema
from town.township import Township

STILL_FOR_S = 0.4


class Writing:
    """A draft in its editor. `over` is the text that the file held when the draft was begun; `changed` is called after each check."""

    def __init__(self, look: Look, publications: Publications, over: str) -> None:
        self._look, self._publications = look, publications
        self._say = partial(look.words, "rules")
        self.over = over
        self.changed: list[Callable[[], None]] = []
        self._checked = Checked(over, look.site.township())
        self._last_seen = over
        self._checking = False
        self.editor = ui.codemirror(over, language="YAML", theme="vscodeLight", indent="  ", line_wrapping=True).classes("rules-editor")
        self._told = ui.element("div").classes("mistakes").props('aria-live="polite" data-testid="check"')
        table = json.dumps(completion(keys_of_rules(json_schema()), look.words), ensure_ascii=False)
        name = json.dumps(look.words("rules", "editor"), ensure_ascii=False)
        ui.run_javascript(f"window.weisuRules.complete({self.editor.id}, {table}, {name})")
        ui.timer(STILL_FOR_S, self._once_still)
        self._tell()

    @property
    def text(self) -> str:
        return self.editor.value or ""

    @property
    def township(self) -> Township | None:
        """What the draft makes of the township, where it is right."""
        return self._checked.township

    @property
    def is_changed(self) -> bool:
        return self.text.rstrip() != self.over.rstrip()

    def put(self, text: str) -> None:
        """Make another text the draft."""
        self.editor.value = text

    def begin_again(self, over: str) -> None:
        """Go on from what the file holds now."""
        self.over = over
        self.put(over)
        self._checked = Checked("\0", None)  # so that it is checked anew

    def show_line(self, number: int) -> None:
        ui.run_javascript(f"window.weisuRules.show({self.editor.id}, {number})")

    def insert(self, text: str) -> None:
        """Write at the cursor."""
        ui.run_javascript(f"window.weisuRules.insert({self.editor.id}, {json.dumps(text)})")

    async def checked_now(self) -> Checked:
        """The draft as it stands, checked. Raises PublishingError."""
        text = self.text
        if self._checked.rules != text:
            site, publications = self._look.site, self._publications
            found = await site.aside(lambda: check(publications.file_text(), text, os.environ, site.file.resolve().parent))
            if self.text != text:
                return found
            self._checked = found
            self._tell()
            for hear in self.changed:
                hear()
        return self._checked

    async def _once_still(self) -> None:
        """Check when nothing was typed for a moment; one check at a time."""
        text, seen = self.text, self._last_seen
        self._last_seen = text
        if text == seen and text != self._checked.rules and not self._checking:
            self._checking = True
            try:
                await self.checked_now()
            except PublishingError as error:  # until something else is typed: the file may be away for long
                self._checked = Checked(text, None)
                ui.notify(str(error), type="negative", multi_line=True)
            finally:
                self._checking = False

    def _tell(self) -> None:
        mistakes = self._checked.mistakes
        self._mark([one.line for one in mistakes if one.line])
        self._told.clear()
        with self._told:
            if not mistakes:
                ui.label(f"✓ {self._say('right')}").classes("good-line")
                return
            ui.label(f"✗ {self._say('wrong', count=len(mistakes))}").classes("bad-line")
            with ui.element("ul"):
                for one in mistakes:
                    self._mistake(one)

    def _mark(self, lines: list[int]) -> None:
        """Mark the wrong lines where the editor stands: as a property of it they would come with the text that was checked, and what
        was typed since would be lost."""
        ui.run_javascript(f"window.weisuRules.mark({self.editor.id}, {json.dumps(lines)})")

    def _mistake(self, one: Mistake) -> None:
        with ui.element("li"):
            if one.line:
                line = one.line
                ui.button(self._say("at_line", line=line), on_click=lambda: self.show_line(line)).props("flat dense no-caps").classes(
                    "line-link"
                )
            else:
                ui.label(self._say("at_file", line=one.file_line)).classes("strong")
            with ui.element("div"):
                ui.label(" · ".join(filter(None, (one.path, self._say("found", found=one.found))))).classes("mono")
                ui.label(self._say("allowed", allowed=one.allowed)).classes("mono quiet")
