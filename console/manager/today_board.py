"""The page of today as one element: a map and a list that the browser draws, and to which only what changed is sent."""

from pathlib import Path
from typing import Any

import nicegui.elements.leaflet  # makes the module that the browser imports known
from nicegui.element import Element

LEAFLET = Path(nicegui.elements.leaflet.__file__).parent / "dist"


class TodayBoard(Element, component="today_board.js"):
    """Says `ready` once it is drawn and can take patches. `start` is a whole `TodayView`'s, `words` the table `today`."""

    def __init__(self, start: dict[str, Any], words: dict[str, str], ground: dict[str, str | int], wall: str) -> None:
        super().__init__()
        self.add_resource(LEAFLET)
        self._props["start"] = start
        self._props["words"] = words
        self._props["ground"] = ground
        self._props["wall"] = wall

    def patch(self, changes: dict[str, Any]) -> None:
        self.run_method("patch", changes)
