"""The cameras of the town to choose from, with how the last look at each ended."""

from collections.abc import Sequence
from functools import partial

from nicegui import ui
from nicegui.events import ValueChangeEventArguments

from console.frame import Look
from patrol.wording import wording
from town.looks import Look as CameraLook
from town.looks import LookOutcome
from town.places import Camera

MOST_SHOWN = 40
_TONES = {LookOutcome.DONE: "good", LookOutcome.UNKNOWN: "warn", LookOutcome.FAILED: "bad"}

Row = tuple[Camera, CameraLook | None]


async def camera_list(look: Look, here: str) -> None:
    """Searched by name, id or grid. `here` is the camera whose page it is."""
    say = partial(look.words, "zones")
    with ui.element("nav").classes("panel bench-list").props(f'aria-label="{say("search")}"'):
        search = ui.input(say("search")).props('outlined dense clearable debounce="200"')
        told = ui.label().classes("quiet num").props('aria-live="polite"')
        rows = ui.element("ul")

    async def show(wanted: str) -> None:
        found = matching(look.site.township().cameras, wanted, here)
        shown = await look.site.aside(lambda: _with_looks(look, found[:MOST_SHOWN]))
        told.set_text(say("found", shown=len(found), all=len(look.site.township().cameras)))
        rows.clear()
        with rows:
            for camera, last in shown:
                _row(look, camera, last, camera.id == here)
            if len(found) > len(shown):
                with ui.element("li").classes("quiet"):
                    ui.label(say("more", count=len(found) - len(shown)))
            elif not found:
                with ui.element("li").classes("quiet"):
                    ui.label(say("none_found"))

    async def typed(event: ValueChangeEventArguments[str | None]) -> None:
        await show(event.value or "")

    search.on_value_change(typed)
    await show("")


def matching(cameras: Sequence[Camera], wanted: str, first: str = "") -> list[Camera]:
    """Those whose name, id or grid holds what is typed; `first` leads while nothing is."""
    typed = wanted.strip().casefold()
    if not typed:
        return sorted(cameras, key=lambda camera: camera.id != first)
    return [camera for camera in cameras if any(typed in told.casefold() for told in (camera.name, camera.id, camera.grid))]


def _with_looks(look: Look, cameras: Sequence[Camera]) -> list[Row]:
    now = look.site.clock()
    return [(camera, look.site.database.reasons.last_look(camera.id, now)) for camera in cameras]


def _row(look: Look, camera: Camera, last: CameraLook | None, is_here: bool) -> None:
    with ui.element("li"), ui.link(target=f"/bench/zones/{camera.id}").props('aria-current="page"' if is_here else ""):
        ui.label(camera.name).classes("bench-name")
        ui.label(f"{camera.id} · {look.words('zones', 'zone_count', count=len(camera.zones))}").classes("quiet")
        ui.label(state_of(look, last)).classes("tag").classes(_TONES.get(last.outcome, "") if last else "")


def state_of(look: Look, last: CameraLook | None) -> str:
    """How the last look ended, in words."""
    if last is None:
        return look.words("zones", "no_look")
    words = wording(look.words.language)
    why = words.of("reasons", last.reason) if last.reason and last.outcome is not LookOutcome.DONE else ""
    return why or words.of("outcomes", last.outcome)
