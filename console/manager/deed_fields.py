"""What each deed asks beside its reason: fields of a dialog, and what they say."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from nicegui import ui

from alerts.roll_call import roll_call
from console.frame import Look
from console.manager.choices import Person, kept_photos, orders_near, people
from console.manager.deed_inputs import BOX, Facts, Photos, Units, Until, said
from console.manager.markup import Markup
from town.work import WorkOrder


async def _nothing() -> Facts:
    return {}


@dataclass(frozen=True)
class Fields:
    """`draw` puts them into the dialog, `read` tells what they say and raises Unsaid. `takes_focus`: the first of them does."""

    draw: Callable[[], None] = lambda: None
    read: Callable[[], Awaitable[Facts]] = _nothing
    takes_focus: bool = False


async def _whom(look: Look, markup: Markup, order: WorkOrder) -> Fields:
    found = await look.site.aside(lambda: people(look.site, order))
    return _chosen("to", "whom", {one.id: _told_of(one, markup) for one in found}, markup, "nobody")


def _told_of(one: Person, markup: Markup) -> str:
    say, metres = markup.say, round(one.distance_m / 10) * 10
    where = say("near", metres=metres) if metres < 2000 else say("far", kilometres=f"{one.distance_m / 1000:.1f}")
    unskilled = [] if one.is_skilled else [say("unskilled")]
    return " · ".join([one.name, say("on_shift" if one.is_on_shift else "off_shift"), where, say("load", n=one.load), *unskilled])


async def _into(look: Look, markup: Markup, order: WorkOrder) -> Fields:
    found = await look.site.aside(lambda: orders_near(look.site, look.visitor, order))

    def told(one: WorkOrder, distance_m: float) -> str:
        state, where = markup.plain.of("states", one.state), markup.say("near", metres=round(distance_m / 10) * 10)
        return f"{one.summary} · {state} · {where} · {one.id[-8:]}"

    return _chosen("into", "into", {one.id: told(one, distance_m) for one, distance_m in found}, markup, "none_near")


def _chosen(field: str, word: str, options: Mapping[str, str], markup: Markup, none: str) -> Fields:
    """One of some, by radio buttons in a list that scrolls."""
    chosen: dict[str, Any] = {"value": None}

    def draw() -> None:
        if not options:
            ui.label(markup.say(none)).classes("quiet")
            return
        with ui.element("fieldset").classes("choice"):
            with ui.element("legend"):
                ui.label(markup.say(word))
            ui.radio(dict(options)).bind_value_to(chosen, "value").props("autofocus")

    async def read() -> Facts:
        return {field: said(chosen["value"], markup.say(word))}

    return Fields(draw, read, bool(options))


async def _unit(look: Look, markup: Markup, order: WorkOrder) -> Fields:
    events_ = await look.site.aside(lambda: look.site.database.figures.events(order.id))
    awaited = {call.unit: call.unit for call in roll_call(events_) if call.reported_at is None}
    return _chosen("unit", "unit", awaited, markup, "nobody")


async def _deferred(look: Look, markup: Markup, _order: WorkOrder) -> Fields:
    until = Until(look, markup)
    held: dict[str, ui.input] = {}

    def draw() -> None:
        until.draw()
        held["approver"] = ui.input(markup.say("approver")).props(f"{BOX} maxlength=64").classes("wide")

    async def read() -> Facts:
        return {"until": until.read(), "approver": said(held["approver"].value, markup.say("approver"))}

    return Fields(draw, read, True)


async def _silenced(look: Look, markup: Markup, _order: WorkOrder) -> Fields:
    until = Until(look, markup)

    async def read() -> Facts:
        return {"until": until.read()}

    return Fields(until.draw, read, True)


async def _called(_look: Look, markup: Markup, _order: WorkOrder) -> Fields:
    units = Units(markup)
    return Fields(units.draw, units.read, True)


async def _photographed(look: Look, markup: Markup, order: WorkOrder) -> Fields:
    kept = await look.site.aside(lambda: kept_photos(look.site, order))
    photos = Photos(look, markup, kept)
    return Fields(photos.draw, photos.read, True)


FIELDS: Mapping[str, Callable[[Look, Markup, WorkOrder], Awaitable[Fields]]] = {
    "name": _whom,
    "hand_over": _whom,
    "defer": _deferred,
    "merge": _into,
    "whistle": _called,
    "report_in": _unit,
    "close": _photographed,
    "silence": _silenced,
}
"""The deeds that ask for more than a reason."""
