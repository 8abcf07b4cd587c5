"""A table whose buttons a page answers to."""

from collections.abc import Awaitable, Callable

from nicegui import ui
from nicegui.events import GenericEventArguments

from console.accounts.tables import Table
from console.markup import rendered

_PRESSED = "event => { const pressed = event.target.closest('[data-act]'); if (pressed) emit([pressed.dataset.act, pressed.dataset.of]); }"


class ActingTable:
    """`act` is told which button was pressed: what is done, and to what. It must judge both: a browser may say anything."""

    def __init__(self, act: Callable[[str, str], Awaitable[None]]) -> None:
        self._act = act
        self._element = ui.html(sanitize=False)
        self._element.on("click", self._pressed, js_handler=_PRESSED)

    def show(self, table: Table) -> None:
        self._element.set_content(rendered("accounts.html", "table", table))

    async def _pressed(self, event: GenericEventArguments) -> None:
        match event.args:
            case [str(name), str(of)]:
                await self._act(name, of)
