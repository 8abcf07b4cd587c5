"""Beside the editor of rules: all rules as they are merged, the keys that there are, and what was published."""

from collections.abc import Callable, Sequence
from functools import partial

from nicegui import ui

from console.engineer.draft import as_yaml, entry_of, origin
from console.engineer.parts import local
from console.engineer.rule_keys import facts, keys_of_rules, meaning
from console.engineer.writing import Writing
from console.frame import Look
from console.markup import heading
from patrol.publishing import Change, Publication
from storage.rule_history import RuleVersion
from town.reading import json_schema
from town.rule_settings import RuleSettings
from town.rules_section import entry_lines, with_entry

TONES = {"builtin": "plain", "changed": "warn", "own": "good"}


class RulesList:
    """Every rule of the draft, or of the file where the draft is wrong; one of them opened with all its settings and versions."""

    def __init__(self, look: Look, writing: Writing) -> None:
        self._look, self._writing = look, writing
        self._say = partial(look.words, "rules")
        self._open = ""
        self._list = ui.element("div").classes("stack")
        self._draw()
        writing.changed.append(self._draw)

    def _draw(self) -> None:
        standing = self._look.site.township()
        rules = (self._writing.township or standing).rules
        self._list.clear()
        with self._list, ui.element("ul").classes("rule-list"):
            for rule in rules:
                known = standing.rule_by_id.get(rule.id)
                self._row(rule, is_draft=known is None or known.version != rule.version)

    def _row(self, rule: RuleSettings, is_draft: bool) -> None:
        say, is_open = self._say, rule.id == self._open
        with ui.element("li"):
            head = ui.element("button").classes("rule-head").props(f'type="button" aria-expanded="{str(is_open).lower()}"')
            head.on("click", lambda: self._toggle(rule.id))
            with head:
                with ui.element("span").classes("rule-name"):
                    ui.label(rule.name).classes("strong")
                    ui.label(rule.id).classes("mono quiet")
                asks = (
                    say("asks", metric=rule.metric, at_least=f"{rule.at_least:g}")
                    if rule.metric
                    else say("stays", limit=rule.canonical["limit"])
                )
                ui.label(asks).classes("num quiet")
                with ui.element("span").classes("tags"):
                    came = origin(rule)
                    ui.label(say(came)).classes(f"tag {TONES[came]}")
                    if not rule.enabled:
                        ui.label(say("turned_off")).classes("tag bad")
                    if is_draft:
                        ui.label(say("in_draft")).classes("tag warn")
                    ui.label(rule.version).classes("mono quiet")
            if is_open:
                self._detail(rule)

    def _detail(self, rule: RuleSettings) -> None:
        with ui.element("div").classes("rule-detail stack"):
            with ui.element("div").classes("between"):
                heading(self._say("settings"), 3)
                ui.button(self._say("to_editor"), on_click=lambda: self._to_editor(rule)).props("outline dense no-caps")
            with ui.element("pre").classes("mono yaml"):
                ui.label(as_yaml(rule.canonical))
            heading(self._say("versions"), 3)
            versions = ui.element("div").classes("stack")
        ui.timer(0, lambda: self._fill_versions(versions, rule.id), once=True)

    async def _fill_versions(self, place: ui.element, rule_id: str) -> None:
        found = await self._look.site.aside(lambda: self._look.site.database.rule_history.versions(rule_id))
        with place:
            if not found:
                ui.label(self._say("no_versions")).classes("quiet")
            for number, one in enumerate(found):
                self._version(one, is_now=number == 0)

    def _version(self, one: RuleVersion, is_now: bool) -> None:
        with ui.element("div").classes("between line"):
            ui.label(one.version).classes("mono")
            at = local(self._look, one.since)
            ui.label(self._say("in_force_since" if is_now else "was_in_force", at=at)).classes("quiet num grow")
            ui.button(self._say("take_version"), on_click=lambda: self._take(one)).props("flat dense no-caps")

    def _take(self, one: RuleVersion) -> None:
        self._writing.put(with_entry(self._writing.text, one.rule_id, entry_of(one.settings)))

    def _to_editor(self, rule: RuleSettings) -> None:
        """Where the rule has no entry yet, one is begun."""
        if rule.id not in entry_lines(self._writing.text):
            self._writing.put(with_entry(self._writing.text, rule.id, f"- id: {rule.id}\n"))
        self._writing.show_line(entry_lines(self._writing.text).get(rule.id, (1, 1))[1])

    def _toggle(self, rule_id: str) -> None:
        self._open = "" if self._open == rule_id else rule_id
        self._draw()


def keys_table(look: Look, writing: Writing) -> None:
    """The keys that a rule may have with their meaning, and the names that conditions know; a click writes one at the cursor."""

    def row(written: str, name: str, under: str, told: str, default: str) -> None:
        with ui.element("tr"):
            with ui.element("td"):
                button = ui.button(name, on_click=lambda: writing.insert(written)).props("flat dense no-caps").classes("mono key")
                button.props.update({"aria-label": f"{look.words('rules', 'insert')} {name}"})
                if under:
                    ui.label(look.words("rules", "within_key", key=under)).classes("quiet small")
            with ui.element("td"):
                ui.label(told)
            with ui.element("td").classes("mono quiet"):
                ui.label(default)

    with ui.element("div").classes("keys"):
        with ui.element("table").classes("plain"):
            _headings(look, "key", "meaning", "default")
            with ui.element("tbody"):
                for key in keys_of_rules(json_schema()):
                    row(f"{key.name}: ", key.name, key.within, meaning(key, look.words), key.default)
        heading(look.words("rules", "facts"), 3)
        with ui.element("table").classes("plain"), ui.element("tbody"):
            for name, (type_, kinds) in facts().items():
                row(name, name, "", " · ".join(kinds), type_)


def history_list(look: Look, history: Sequence[Publication], standing: str, roll_back: Callable[[str], object]) -> None:
    """The publications, newest first, each with what it changed; `roll_back` is asked for the text to go back to."""
    say = look.words
    if not history:
        ui.label(say("rules", "history_none")).classes("quiet")
        return
    with ui.element("ol").classes("history"):
        for one in history:
            with ui.element("li").classes("stack-small"):
                with ui.element("div").classes("between"):
                    ui.label(say("rules", "published_by", at=local(look, one.at), by=one.by, why=one.why)).classes("strong")
                    if one.after == standing:
                        ui.label(say("rules", "now")).classes("tag good")
                    else:
                        after = one.after
                        ui.button(say("rules", "roll_back"), on_click=lambda text=after: roll_back(text)).props("outline dense no-caps")
                for change in one.changes:
                    ui.label(change_told(look, change)).classes("mono quiet")
    first = history[-1].before
    if first != standing:
        ui.button(say("rules", "roll_back_to_first"), on_click=lambda: roll_back(first)).props("outline dense no-caps")


def change_told(look: Look, change: Change) -> str:
    rule_id, before, after = change
    return f"{rule_id}  {before or look.words('rules', 'new')} → {after or look.words('rules', 'gone')}"


def _headings(look: Look, *names: str) -> None:
    with ui.element("thead"), ui.element("tr"):
        for name in names:
            with ui.element("th").props('scope="col"'):
                ui.label(look.words("rules", name))
