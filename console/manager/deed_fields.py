"""What each deed asks beside its reason: fields of a dialog, and what they say."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from nicegui import events, ui

from alerts.roll_call import roll_call
from console.frame import Look
from console.manager.choices import Person, Photo, kept_photos, orders_near, people, photo_from, photo_of
from console.manager.markup import Markup
from town.evidence import Picture, Purpose
from town.work import WorkOrder

Facts = Mapping[str, Any]
LIMITS_MINUTES = (30, 60, 120, 240, 1440, 4320)
_MOST_UPLOADED = 20 * 1024 * 1024
_UPLOADED = "uploaded"
_WIDE_INPUT = "outlined"


class Unsaid(Exception):
    """A field is empty or not understood; `word` of the table `order`, filled in with `facts`, says so."""

    def __init__(self, word: str, **facts: object) -> None:
        super().__init__(word)
        self.word = word
        self.facts = facts


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
    until = _Until(look, markup)
    held: dict[str, ui.input] = {}

    def draw() -> None:
        until.draw()
        held["approver"] = ui.input(markup.say("approver")).props(f"{_WIDE_INPUT} maxlength=64").classes("wide")

    async def read() -> Facts:
        return {"until": until.read(), "approver": said(held["approver"].value, markup.say("approver"))}

    return Fields(draw, read, True)


async def _silenced(look: Look, markup: Markup, _order: WorkOrder) -> Fields:
    until = _Until(look, markup)

    async def read() -> Facts:
        return {"until": until.read()}

    return Fields(until.draw, read, True)


class _Until:
    """An instant to come, said in the town's time."""

    def __init__(self, look: Look, markup: Markup) -> None:
        self._zone = look.site.township().town.zone
        self._word = markup.say("until")

    def draw(self) -> None:
        self._input = ui.input(self._word).props(f"{_WIDE_INPUT} type=datetime-local stack-label autofocus").classes("wide")

    def read(self) -> datetime:
        text = said(self._input.value, self._word)
        try:
            return datetime.fromisoformat(text).replace(tzinfo=self._zone)
        except ValueError:
            raise Unsaid("bad_moment") from None


async def _called(_look: Look, markup: Markup, _order: WorkOrder) -> Fields:
    units = _Units(markup)
    return Fields(units.draw, units.read, True)


class _Units:
    """The units of a whistle: a row each, with its limit and whether it must report in."""

    def __init__(self, markup: Markup) -> None:
        self._say = markup.say
        self._rows: list[tuple[ui.input, ui.select, ui.checkbox]] = []

    def draw(self) -> None:
        self._box = ui.element("div").classes("units")
        self._add(first=True)
        ui.button(self._say("another_unit"), icon="add", on_click=lambda: self._add())  # noqa: PLW0108  the click is no argument.props("flat dense no-caps")

    async def read(self) -> Facts:
        names = [said(name.value, self._say("unit")) for name, _, _ in self._rows]
        if len(set(names)) < len(names):
            raise Unsaid("unit_twice")
        if not any(must.value for _, _, must in self._rows):
            raise Unsaid("need_mandatory")
        rows = zip(names, self._rows, strict=True)
        return {"units": [{"unit": name, "within_minutes": limit.value, "mandatory": must.value} for name, (_, limit, must) in rows]}

    def _add(self, first: bool = False) -> None:
        say = self._say
        with self._box, ui.element("div").classes("unit") as line:
            name = ui.input(say("unit"), placeholder=say("unit_hint")).props(f"{_WIDE_INPUT} dense maxlength=64 autofocus")
            limits = {minutes: say(f"within_{minutes}") for minutes in LIMITS_MINUTES}
            limit = ui.select(limits, label=say("within"), value=120).props(f"{_WIDE_INPUT} dense")
            must = ui.checkbox(say("mandatory"), value=True)
            row = (name, limit, must)
            self._rows.append(row)
            if not first:
                remove = ui.button(icon="close", on_click=lambda: (self._rows.remove(row), line.delete()))
                remove.props(f'flat round dense aria-label="{say("without_unit")}"')


async def _photographed(look: Look, markup: Markup, order: WorkOrder) -> Fields:
    kept = await look.site.aside(lambda: kept_photos(look.site, order))
    photos = _Photos(look, markup, kept)
    return Fields(photos.draw, photos.read, True)


class _Photos:
    """An after-photo: one that was kept, or one that is uploaded, of which only name and SHA-256 stay."""

    def __init__(self, look: Look, markup: Markup, kept: Sequence[tuple[Purpose, Picture]]) -> None:
        self._look = look
        self._say = markup.say
        self._kept = {one.id: one for _, one in kept}
        now = look.site.clock()
        at = {
            one.id: markup.say("photo_kept", purpose=markup.say(f"picture_{why}"), at=markup.clock(one.taken_at, now)) for why, one in kept
        }
        self._told = {**at, _UPLOADED: markup.say("photo_upload")}
        self._uploaded: Photo | None = None

    def draw(self) -> None:
        with ui.element("fieldset").classes("choice"):
            with ui.element("legend"):
                ui.label(self._say("photo"))
            self._choice = ui.radio(self._told, value=next(iter(self._told))).props("autofocus")
        upload = ui.upload(
            on_upload=self._take, auto_upload=True, max_files=1, max_file_size=_MOST_UPLOADED, label=self._say("photo_upload")
        )
        upload.on("rejected", lambda: ui.notify(self._say("photo_too_large"), type="warning"))
        upload.props('accept="image/*" flat bordered').classes("wide").bind_visibility_from(self._choice, "value", value=_UPLOADED)

    async def read(self) -> Facts:
        photo = self._uploaded
        if self._choice.value != _UPLOADED:
            picture = self._kept[str(self._choice.value)]
            photo = await self._look.site.aside(lambda: photo_of(self._look.site, picture))
        if photo is None:
            raise Unsaid("missing", what=self._say("photo"))
        return {"photo": photo.name, "photo_sha256": photo.sha256}

    async def _take(self, event: events.UploadEventArguments) -> None:
        self._uploaded = photo_from(event.file.name, await event.file.read())


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


def said(value: Any, what: str) -> str:
    """The text of a field that must be filled in. Raises Unsaid."""
    text = str(value or "").strip()
    if not text:
        raise Unsaid("missing", what=what)
    return text
