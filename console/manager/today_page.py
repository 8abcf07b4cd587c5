"""Today: a map of the grids, the live orders with their pictures, and the figures of the day. It keeps itself up to date."""

from nicegui import ui

from console.frame import Look, page
from console.manager.today_board import TodayBoard
from console.manager.today_reading import Board, CameraState
from console.manager.today_view import TodayView
from console.site import Site
from storage.errors import StorageError
from town.settings import MapSettings

EVERY_S = 0.2
ASKED_AGAIN_S = 30
COUNTED_EVERY_S = 60


def add(site: Site) -> None:
    board = Board(site)

    @page(site, "/town/today", "today", "today")
    async def today(look: Look, wall: str = "", camera: str = "") -> None:
        view = TodayView(look, board)
        element = TodayBoard(await view.whole(), words_of(look, view), ground_of(site) | {"focus": view.number_of(camera)}, wall)
        _keep_up(look, view, element)


def words_of(look: Look, view: TodayView) -> dict[str, str]:
    """The table of this page, with whose orders are shown: a manager's grids by name."""
    is_all = len(view.grids) == len(view.township.grids)
    shown = look.words("today", "all_grids") if is_all and len(view.grids) > 1 else " · ".join(grid.name for grid in view.grids)
    states = {one.word: look.words("today", one.word) for one in CameraState}
    return {**look.words.tables["today"], **states, "town": f"{view.township.town.name} · {shown}", "zone": view.township.town.timezone}


def ground_of(site: Site) -> dict[str, str | int]:
    """What the map is drawn on."""
    settings = site.township().console
    ground = settings.map if settings else MapSettings()
    return {"tiles": ground.tiles or "", "attribution": ground.attribution}


def _keep_up(look: Look, view: TodayView, element: TodayBoard) -> None:
    """Send what changed while the page is open and its visitor let in; both are asked again and again."""

    async def refresh() -> None:
        changes = await view.changes()
        if changes:
            element.patch(changes)

    async def ask_again() -> None:
        try:
            still = await look.site.aside(lambda: look.site.doorkeeper.still_admits(look.visitor))
        except StorageError:
            return  # the page says so by itself
        if not still:
            ui.navigate.to("/login?to=/town/today")
        elif view.is_outdated:
            ui.navigate.reload()

    async def count() -> None:
        try:
            element.patch(await view.counted())
        except StorageError:
            return

    def begin() -> None:
        ui.timer(EVERY_S, refresh)
        ui.timer(ASKED_AGAIN_S, ask_again)
        ui.timer(COUNTED_EVERY_S, count)

    element.on("ready", begin)
