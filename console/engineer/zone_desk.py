"""Where an engineer draws the zones of one camera: the picture with what the network sees, the zones with their forms, and saving."""

from collections.abc import Callable
from functools import partial
from typing import Any

from nicegui import ui

from console.engineer.camera_view import View, Views
from console.engineer.zone_draft import Drawing, ZoneDraft, corners_of, drawing_of, faults, zones_that_will_do
from console.engineer.zone_forms import ZoneForms
from console.engineer.zone_saving import ZoneSaving
from console.engineer.zone_stage import ZoneStage
from console.frame import Look
from console.markup import heading
from console.seeing import seeing_by
from patrol.wording import wording
from town.accounts import Role
from town.places import Camera
from town.sight import Detection, Observation

_STAGE_WORDS = ("stage", "picture", "corner", "hint", "add_corner", "remove_corner", "crossing")
_BAD_LABELS = frozenset({"overflowing_bin", "garbage"})


class ZoneDesk:
    """One page's. `items` are the camera's zones as the township's file says them."""

    def __init__(self, look: Look, camera: Camera, items: list[Any], views: Views, pictures: str) -> None:
        self._look = look
        self._say = partial(look.words, "zones")
        self._camera = camera
        self._views = views
        self._pictures = pictures
        self._drawing = drawing_of(items)
        self._saving = ZoneSaving(look, camera.id, items, self._saved)
        self._chosen = self._drawing.zones[0].key if self._drawing.zones else ""
        self._view: View | None = None
        self._observed: dict[str, list[Observation]] = {}

    def build(self) -> None:
        say = self._say
        with ui.element("section").classes("panel bench-stage").props(f'aria-label="{say("stage")}"'):
            with ui.element("div").classes("bench-head"):
                heading(self._camera.name)
                ui.label(self._camera.id).classes("mono quiet")
                ui.element("span").classes("grow")
                self._again = ui.button(say("look_now"), on_click=self._fetch).props("outline no-caps dense")
            self._stage = ZoneStage({name: say(name) for name in _STAGE_WORDS})
            with self._stage:
                self._undo = ui.button(say("undo"), on_click=self._undone).props("flat no-caps dense")
                self._show_seen = ui.switch(say("show_seen"), value=True, on_change=self._draw_seen).props("dense")
            self._said = ui.element("div").classes("bench-said").props('aria-live="polite"')
        with ui.element("section").classes("panel bench-forms").props(f'aria-label="{say("zones")}"'):
            self._forms = ZoneForms(self._look, self._change)
            self._saving.build()
        self._stage.listen(self._drawn, self._choose, self._undone)
        self._draw()
        self._stage.show_picture("", 16, 9, say("looking"))
        self._saving.warn_of_waiting(self._camera)
        ui.timer(0.05, self._fetch, once=True)

    async def _fetch(self) -> None:
        if not await self._look.may_act(Role.ENGINEER):
            return
        self._again.disable()
        site, visitor = self._look.site, self._look.visitor
        await site.aside(lambda: site.doorkeeper.note(visitor, "camera_seen", self._camera.id))
        self._view = await self._views.now(site, self._camera)
        self._again.enable()
        self._show_view(self._view)
        await self._observe()

    def _show_view(self, view: View) -> None:
        say = self._say
        url = self._pictures + self._views.keep(self._look.visitor.session, view.jpeg) if view.jpeg else ""
        self._stage.show_picture(url, view.width, view.height, say("no_view_at_all"))
        self._draw_seen()
        self._said.clear()
        with self._said:
            for line, tone in self._told(view):
                ui.label(line).classes(f"bench-line {tone}")

    def _told(self, view: View) -> list[tuple[str, str]]:
        """What is said under the picture, with its tone."""
        say, reasons = self._say, wording(self._look.words.language)
        zone = self._look.site.township().town.zone
        at = f"{view.taken_at.astimezone(zone):%Y-%m-%d %H:%M:%S}" if view.taken_at else ""
        if view.sight is None:
            blurless = view.trouble == "not_blurred"
            why = say("not_blurred") if blurless else say("no_view", why=reasons.of("reasons", view.trouble))
            kept = [(say("kept_taken", at=at), "warn")] if at else []
            return [(why, "bad"), (view.detail, "quiet mono"), *kept]
        sight = view.sight
        fit = (say("fit"), "quiet") if sight.fit else (say("unfit", why=reasons.of("reasons", sight.reason)), "warn")
        count = len(sight.detections)
        seen = say("seen_count", count=count) if count else say("seen_nothing")
        about = f"{say('taken', at=at)} · {say('version', version=sight.version)} · {seen}"
        return [(about, "num"), fit, (say("blurred_note"), "quiet")]

    def _draw_seen(self) -> None:
        sight = self._view.sight if self._view else None
        shown = sight.detections if sight and self._show_seen.value else ()
        self._stage.show_detections([self._as_drawn(one) for one in shown])

    def _as_drawn(self, seen: Detection) -> dict[str, Any]:
        known = self._look.words.tables["zones"].get(seen.label, seen.label)
        tone = "bad" if seen.label in _BAD_LABELS else ""
        return {"label": known, "score": f"{seen.confidence:.2f}", "box": seen.box.as_list(4), "tone": tone}

    async def _drawn(self, key: str, corners: Any) -> None:
        zone, drawn = self._drawing.zone(key), corners_of(corners)
        if zone is not None and drawn is not None:
            await self._change(lambda drawing: drawing.with_zone(zone.drawn(drawn)))
        else:
            self._draw()

    async def _choose(self, key: str) -> None:
        self._chosen = key
        self._draw()

    async def _undone(self) -> None:
        await self._change(Drawing.undo)

    async def _change(self, change: Callable[[Drawing], Drawing], choose: str | None = None) -> None:
        """Take a step in the drawing; `choose` a zone with it."""
        before, self._drawing = self._drawing, change(self._drawing)
        known = {zone.key for zone in before.zones}
        fresh = next((zone.key for zone in self._drawing.zones if zone.key not in known), None)
        self._chosen = next(one for one in (choose, fresh, self._chosen) if one is not None)
        self._draw()
        await self._observe()

    def _draw(self) -> None:
        wrong = faults(self._drawing)
        shapes = [_as_shape(zone, zone.key in wrong) for zone in self._drawing.zones]
        self._stage.show_zones(shapes, self._chosen, self._drawing.is_changed)
        self._undo.set_enabled(self._drawing.can_undo)
        self._forms.show(self._drawing, self._chosen, wrong, self._observed if self._view and self._view.sight else None)
        self._saving.show(self._drawing, bool(wrong))

    async def _observe(self) -> None:
        """What the zones as they are drawn would measure in the frame."""
        sight = self._view.sight if self._view else None
        if sight is not None:
            zones = zones_that_will_do(self._drawing)
            seen = await seeing_by(self._look.site.township().model).observed(sight, zones)
            self._observed = {zone.id: [one for one in seen if one.zone_id == zone.id] for zone in zones}
        self._forms.show_observed(self._drawing, self._observed if sight else None)

    def _saved(self, items: list[Any]) -> None:
        """What was drawn stands in the file."""
        self._drawing = self._drawing.written(items)
        self._draw()
        self._saving.warn_of_waiting(self._camera, written=True)


def _as_shape(zone: ZoneDraft, wrong: bool) -> dict[str, Any]:
    return {
        "key": zone.key,
        "title": zone.title,
        "kind": str(zone.kind),
        "corners": [list(corner) for corner in zone.corners],
        "wrong": wrong,
    }
