"""The larger inputs of a deed's dialog: an instant to come, the units of a whistle, an after-photo."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from nicegui import events, ui

from console.frame import Look
from console.manager.choices import Photo, photo_from, photo_of
from console.manager.markup import Markup
from town.evidence import Picture, Purpose

Facts = Mapping[str, Any]
"""What fields say, as `console.deeds` takes it."""

LIMITS_MINUTES = (30, 60, 120, 240, 1440, 4320)
BOX = "outlined"
_MOST_UPLOADED = 20 * 1024 * 1024
_UPLOADED = "uploaded"


class Unsaid(Exception):
    """A field is empty or not understood; `word` of the table `order`, filled in with `facts`, says so."""

    def __init__(self, word: str, **facts: object) -> None:
        super().__init__(word)
        self.word = word
        self.facts = facts


def said(value: Any, what: str) -> str:
    """The text of a field that must be filled in. Raises Unsaid."""
    text = str(value or "").strip()
    if not text:
        raise Unsaid("missing", what=what)
    return text


class Until:
    """An instant to come, said in the town's time."""

    def __init__(self, look: Look, markup: Markup) -> None:
        self._zone = look.site.township().town.zone
        self._word = markup.say("until")

    def draw(self) -> None:
        self._input = ui.input(self._word).props(f"{BOX} type=datetime-local stack-label autofocus").classes("wide")

    def read(self) -> datetime:
        text = said(self._input.value, self._word)
        try:
            return datetime.fromisoformat(text).replace(tzinfo=self._zone)
        except ValueError:
            raise Unsaid("bad_moment") from None


class Units:
    """The units of a whistle: a row each, with its limit and whether it must report in."""

    def __init__(self, markup: Markup) -> None:
        self._say = markup.say
        self._rows: list[tuple[ui.input, ui.select, ui.checkbox]] = []

    def draw(self) -> None:
        self._box = ui.element("div").classes("units")
        self._add(first=True)
        ui.button(self._say("another_unit"), icon="add", on_click=lambda _: self._add()).props("flat dense no-caps")

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
            name = ui.input(say("unit"), placeholder=say("unit_hint")).props(f"{BOX} dense maxlength=64 autofocus")
            limits = {minutes: say(f"within_{minutes}") for minutes in LIMITS_MINUTES}
            limit = ui.select(limits, label=say("within"), value=120).props(f"{BOX} dense")
            must = ui.checkbox(say("mandatory"), value=True)
            row = (name, limit, must)
            self._rows.append(row)

            def leave_out() -> None:
                self._rows.remove(row)
                line.delete()

            if not first:
                ui.button(icon="close", on_click=leave_out).props(f'flat round dense aria-label="{say("without_unit")}"')


class Photos:
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
        upload = ui.upload(on_upload=self._take, auto_upload=True, max_file_size=_MOST_UPLOADED).classes("unseen")
        upload.on("rejected", lambda: ui.notify(self._say("photo_too_large"), type="warning")).props('accept="image/*"')
        pick = ui.button(self._say("photo_pick"), icon="photo_camera").props("outline no-caps").classes("wide")
        pick.on("click", js_handler=f"() => getElement({upload.id}).$refs.qRef.pickFiles()")  # within the click: a browser asks for one
        pick.bind_visibility_from(self._choice, "value", value=_UPLOADED)
        self._taken = ui.label().classes("quiet").props('aria-live="polite"')

    async def read(self) -> Facts:
        photo = self._uploaded
        if self._choice.value != _UPLOADED:
            picture = self._kept[str(self._choice.value)]
            try:
                photo = await self._look.site.aside(lambda: photo_of(self._look.site, picture))
            except OSError:
                raise Unsaid("photo_gone") from None
        if photo is None:
            raise Unsaid("missing", what=self._say("photo"))
        return {"photo": photo.name, "photo_sha256": photo.sha256}

    async def _take(self, event: events.UploadEventArguments) -> None:
        self._uploaded = photo_from(event.file.name, await event.file.read())
        self._taken.set_text(self._say("photo_taken", name=self._uploaded.name))
