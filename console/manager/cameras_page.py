"""Cameras: how each stands, the worst first; and one camera's day, with its zones, its orders and its last kept picture."""

from dataclasses import replace
from functools import partial
from math import ceil
from typing import Any

from nicegui import ui

from console.deeds import NotTheirs
from console.frame import Look, empty, page
from console.manager.camera_state import NOBODY_LOOKED, WORST_FIRST, Standing
from console.manager.camera_view import CameraFile, Cameras, midnight, read_camera, read_cameras
from console.manager.day_strip import DAY_PX, bars, spans
from console.manager.look_counts import LookCounts
from console.manager.markup import Drawn, Markup, told_if_not
from console.manager.order_view import tone_of
from console.manager.pictures import path_of
from console.manager.today_reading import CameraState
from console.markup import heading
from console.site import Site
from patrol.order_text import OrderText

ON_A_PAGE = 100
LIST_EVERY_S = 5.0
CAMERA_EVERY_S = 2.0
TONES = {CameraState.SILENT: "bad", CameraState.NEVER: "warn", CameraState.UNFIT: "warn", CameraState.FINE: "good"}


def add(site: Site) -> None:
    counts = LookCounts(site.database.figures)

    @page(site, "/town/cameras", "cameras", "orders")
    async def cameras(look: Look) -> None:
        await CameraList(look, Markup(look.words, "cameras", site.township().town.zone), counts).begin()

    @page(site, "/town/cameras/{camera_id}", "cameras", "orders")
    async def camera(look: Look, camera_id: str) -> None:
        markup = Markup(look.words, "cameras", site.township().town.zone)
        try:
            await _camera_page(look, markup, camera_id)
        except NotTheirs:
            empty(markup.say("no_such"), markup.say("no_such_way"))


def why_of(markup: Markup, one: Standing) -> str:
    """Why a camera stands as it does, in words; empty for a fine one."""
    if one.reason == NOBODY_LOOKED:
        return markup.say("nobody_looked")
    word, *measured = one.reason.split(" ")
    return " ".join([markup.plain.of("reasons", word), *measured]) if word else ""


class CameraList:
    """The table of a visitor's cameras: a page of it at a time, by state and by what was searched for."""

    def __init__(self, look: Look, markup: Markup, counts: LookCounts) -> None:
        self._look = look
        self._markup = markup
        self._counts = counts
        self._search = ""
        self._state: CameraState | None = None
        self._page = 1
        self._cameras = Cameras((), {}, {}, {})

    async def begin(self) -> None:
        say = self._markup.say
        heading(say("cameras"), 1)
        with ui.element("div").classes("filter"):
            search = ui.input(say("search"), on_change=lambda event: self._narrow(search=event.value or ""))
            search.props('outlined dense clearable debounce=250 type="search"')
            self._chips = {state: self._chip(state) for state in (None, *WORST_FIRST)}
        self._rows = Drawn("panel")
        with ui.element("nav").classes("pager") as self._pager:
            self._earlier = ui.button(say("previous"), on_click=lambda: self._turn(-1)).props("flat no-caps")
            self._where = ui.label().classes("quiet num")
            self._later = ui.button(say("next"), on_click=lambda: self._turn(1)).props("flat no-caps")
        await self._read()
        ui.timer(LIST_EVERY_S, lambda: told_if_not(self._look, self._read), immediate=False)

    def _chip(self, state: CameraState | None) -> ui.button:
        return ui.button(on_click=lambda: self._narrow(state=state), color=None).props("no-caps unelevated").classes("chip")

    def _narrow(self, **changed: Any) -> None:
        self._search, self._state = changed.get("search", self._search), changed.get("state", self._state)
        self._page = 1
        self._show()

    def _turn(self, by: int) -> None:
        self._page += by
        self._show()

    async def _read(self) -> None:
        self._cameras = await self._look.site.aside(lambda: read_cameras(self._look.site, self._look.visitor, self._counts))
        self._show()

    def _show(self) -> None:
        named = [one for one in self._cameras.standings if _fits(one, self._search)]
        for state, chip in self._chips.items():
            count = sum(state in {None, one.state} for one in named)
            chip.set_text(self._markup.say("state_count", state=self._markup.say("all" if state is None else state.word), n=count))
            chip.props(f'aria-pressed="{"true" if state is self._state else "false"}"')
        chosen = [one for one in named if self._state in {None, one.state}]
        pages = max(1, ceil(len(chosen) / ON_A_PAGE))
        self._page = min(max(1, self._page), pages)
        shown = chosen[(self._page - 1) * ON_A_PAGE : self._page * ON_A_PAGE]
        self._rows.show(self._draw(shown))
        self._pager.set_visibility(pages > 1)
        self._where.set_text(self._markup.say("page_of", page=self._page, pages=pages))
        self._earlier.set_enabled(self._page > 1)
        self._later.set_enabled(self._page < pages)

    def _draw(self, shown: list[Standing]) -> str:
        township = self._look.site.township()
        return self._markup.draw(
            "camera_rows.html",
            self._look.site.clock(),
            shown=shown,
            cameras=self._cameras,
            grid_name=township.grid_name,
            why_of=partial(why_of, self._markup),
            tones=TONES,
        )


def _fits(one: Standing, search: str) -> bool:
    camera = one.camera
    told = " ".join([camera.id, camera.name, *(zone.name or zone.id for zone in camera.zones)]).casefold()
    return all(part in told for part in search.casefold().split())


async def _camera_page(look: Look, markup: Markup, camera_id: str) -> None:
    site = look.site
    found = await site.aside(lambda: read_camera(site, look.visitor, camera_id))
    head = Drawn()
    with ui.element("div").classes("order-page"):
        with ui.element("div").classes("order-main"):
            main = [Drawn() for _ in range(3)]
        with ui.element("div").classes("order-side"):
            side = [Drawn() for _ in range(3)]
    parts = dict(
        zip(
            ("camera_head", "camera_picture", "camera_day", "camera_orders", "camera_looks", "camera_zones", "camera_put_off"),
            [head, *main, *side],
            strict=True,
        )
    )

    def show(found: CameraFile) -> None:
        facts = _facts(site, markup, found)
        for template, part in parts.items():
            part.show(markup.draw(f"{template}.html", site.clock(), **facts))

    def marks() -> tuple[int, int]:
        """Time alone makes a camera silent."""
        return site.live.looks, site.clock().minute

    seen = [marks()]

    async def keep_up() -> None:
        if seen[0] != marks():
            seen[0] = marks()
            show(await site.aside(lambda: read_camera(site, look.visitor, camera_id)))

    show(found)
    ui.timer(CAMERA_EVERY_S, lambda: told_if_not(look, keep_up), immediate=False)


def _facts(site: Site, markup: Markup, found: CameraFile) -> dict[str, Any]:
    township, now = site.township(), site.clock()
    camera = found.standing.camera
    began = midnight(township, now)
    found_spans = spans(found.looks, camera.every)
    newest = found.picture
    return {
        "file": found,
        "standing": found.standing,
        "camera": camera,
        "tone": TONES[found.standing.state],
        "why": why_of(markup, found.standing),
        "whys": {one.reason: why_of(markup, replace(found.standing, reason=one.reason)) for one in found_spans},
        "grid": township.grid_name(camera.grid),
        "bars": bars(found_spans, began, now),
        "width_px": DAY_PX,
        "now_px": (now - began).total_seconds() / 60,
        "troubles": [one for one in reversed(found_spans) if not one.is_clear][:20],
        "zones": [(zone, township.rules_for(zone)) for zone in camera.zones],
        "picture_path": path_of(newest[0], newest[1].when, 960) if newest else "",
        "text": OrderText(township, markup.plain),
        "tone_of": tone_of,
    }
