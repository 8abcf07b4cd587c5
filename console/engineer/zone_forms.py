"""The zones of a camera as a list beside its picture; the chosen one opens into a form."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from nicegui import ui

from console.engineer.zone_draft import COUNTED, LIMITED, Drawing, ZoneDraft
from console.frame import Look, empty
from console.markup import heading
from patrol.wording import wording
from town.places import ZoneKind
from town.sight import Observation

Change = Callable[..., Awaitable[None]]
Wrong = Mapping[str, Sequence[str]]
Observed = Mapping[str, Sequence[Observation]] | None


class ZoneForms:
    """`change` takes a step of the drawing, and `choose=` a key."""

    def __init__(self, look: Look, change: Change) -> None:
        self._look = look
        self._say = partial(look.words, "zones")
        self._change = change
        self._cards: dict[str, _Card] = {}
        self._standing: tuple[Any, ...] = ()
        with ui.element("div").classes("bench-head"):
            heading(self._say("zones"))
            ui.element("span").classes("grow")
            ui.button(self._say("add"), on_click=self._add).props("outline no-caps dense")
        self._list = ui.element("div").classes("zone-list")

    def show(self, drawing: Drawing, chosen: str, wrong: Wrong, observed: Observed) -> None:
        """Only what changed: a field that is being typed in stays."""
        standing = (chosen, *(zone.key for zone in drawing.zones))
        if standing != self._standing:
            self._standing = standing
            self._build(drawing, chosen)
        for zone in drawing.zones:
            self._cards[zone.key].show(zone, wrong.get(zone.key, ()))
        self.show_observed(drawing, observed)

    def show_observed(self, drawing: Drawing, observed: Observed) -> None:
        for zone in drawing.zones:
            card = self._cards.get(zone.key)
            if card:
                card.show_observed(None if observed is None else observed.get(zone.id, ()))

    def _build(self, drawing: Drawing, chosen: str) -> None:
        self._list.clear()
        with self._list:
            self._cards = {zone.key: _Card(self._look, zone, zone.key == chosen, self._change) for zone in drawing.zones}
            if not drawing.zones:
                empty(self._say("no_zones"), self._say("no_zones_how"))

    async def _add(self) -> None:
        await self._change(Drawing.with_new)


class _Card:
    """One zone: its line, and its form where it is the chosen one."""

    def __init__(self, look: Look, zone: ZoneDraft, is_open: bool, change: Change) -> None:
        self._look = look
        self._say = partial(look.words, "zones")
        self._zone = zone
        self._change = change
        self._fields: dict[str, ui.input] = {}
        with ui.element("div").classes("zone-card").classes("open" if is_open else "") as self._card:
            with ui.element("button").classes("zone-line").props(f'type="button" aria-expanded="{str(is_open).lower()}"') as line:
                ui.element("span").classes(f"zone-dot {zone.kind}").props('aria-hidden="true"')
                self._title = ui.label().classes("zone-title")
                self._purpose = ui.label().classes("quiet")
            line.on("click", self._chosen)
            self._faults = ui.element("div").classes("zone-faults").props('aria-live="polite"')
            self._measured = ui.label().classes("zone-measured num")
            if is_open:
                self._build_form(zone)

    def show(self, zone: ZoneDraft, wrong: Sequence[str]) -> None:
        before, self._zone = self._zone, zone
        self._title.set_text(zone.title)
        self._purpose.set_text(self._say(f"zone_{zone.kind}"))
        self._card.classes(add="wrong" if wrong else "", remove="" if wrong else "wrong")
        self._faults.clear()
        with self._faults:
            for fault in wrong:
                ui.label(self._say(fault)).classes("bad")
        for name, field in self._fields.items():
            if getattr(zone, name) != getattr(before, name):  # or what is being typed would be lost to a corner that moved
                field.set_value(getattr(zone, name))
        if self._fields:
            self._show_form(zone)

    def show_observed(self, seen: Sequence[Observation] | None) -> None:
        words = wording(self._look.words.language)
        told = " · ".join(words.metrics(one.metrics) for one in seen or ())
        told = told or self._say("would_see_nothing")
        self._measured.set_text(self._say("would_see", told=told) if seen != () else "")

    def _build_form(self, zone: ZoneDraft) -> None:
        say = self._say
        with ui.element("div").classes("zone-form"):
            kinds = {kind.value: say(f"zone_{kind}") for kind in ZoneKind}
            self._field("name")
            self._kind = ui.select(kinds, label=say("kind"), value=str(zone.kind), on_change=self._kind_chosen)
            self._kind.props("outlined dense options-dense")
            self._field("id")
            self._field("limit")
            self._field("capacity")
            self._rules = ui.label().classes("quiet")
            self._renamed = ui.label(say("id_changes")).classes("warn-line")
            ui.button(say("remove"), on_click=self._removed).props("flat no-caps dense color=negative").classes("zone-remove")

    def _field(self, name: str) -> None:
        field = ui.input(self._say(name), value=getattr(self._zone, name)).props("outlined dense")
        if f"{name}_hint" in self._look.words.tables["zones"]:
            field.props(f'hint="{self._say(f"{name}_hint")}"')
        field.on_value_change(lambda: self._typed(name))
        self._fields[name] = field

    def _show_form(self, zone: ZoneDraft) -> None:
        kind = ZoneKind(zone.kind)
        self._kind.set_value(kind.value)
        self._fields["limit"].set_visibility(kind in LIMITED or bool(zone.limit))
        self._fields["capacity"].set_visibility(kind in COUNTED or bool(zone.capacity))
        self._renamed.set_visibility(bool(zone.was) and zone.was != zone.id)
        names = [rule.name for rule in self._look.site.township().rules if kind in rule.zones]
        say = self._say
        self._rules.set_text(say("rules", names=say("and").join(names)) if names else say("no_rules"))

    async def _chosen(self) -> None:
        key = self._zone.key
        await self._change(lambda drawing: drawing, choose=key)

    async def _typed(self, name: str) -> None:
        value = str(self._fields[name].value or "").strip()
        changed: dict[str, Any] = {name: value}
        await self._to(replace(self._zone, **changed), name)

    async def _kind_chosen(self) -> None:
        await self._to(replace(self._zone, kind=str(self._kind.value)))

    async def _removed(self) -> None:
        key = self._zone.key
        await self._change(lambda drawing: drawing.without(key), choose="")

    async def _to(self, zone: ZoneDraft, typed: str = "") -> None:
        if zone != self._zone:
            await self._change(lambda drawing: drawing.with_zone(zone, typed))
