"""The picture with its zones as one element, which a browser lets an engineer draw on."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from nicegui.element import Element
from nicegui.events import GenericEventArguments


class ZoneStage(Element, component="zone_stage.js"):
    """Says `drawn` with a zone's key and corners, `chosen` with a key or nothing, and `undo`."""

    def __init__(self, words: Mapping[str, str]) -> None:
        super().__init__()
        self._props |= {"words": dict(words), "zones": [], "detections": [], "chosen": "", "unsaved": False, "heard": 0}
        self.show_picture("", 16, 9, "")

    def listen(self, drawn: Callable[[str, Any], Any], chosen: Callable[[str], Any], undo: Callable[[], Any]) -> None:
        """Hand what a person does on to functions, which may be asynchronous."""

        def heard(event: GenericEventArguments) -> Any:
            said = event.args if isinstance(event.args, dict) else {}
            if isinstance(said.get("count"), int):
                self._props["heard"] = said["count"]
            return drawn(str(said.get("key", "")), said.get("corners"))

        self.on("drawn", heard)
        self.on("chosen", lambda event: chosen(str(event.args)))
        self.on("undo", lambda _: undo())

    def show_picture(self, url: str, width: int, height: int, note: str) -> None:
        """`note` stands in the picture's place where there is no `url`."""
        self._props |= {"picture": url, "width": width, "height": height, "note": note}
        self.update()

    def show_zones(self, zones: Sequence[Mapping[str, Any]], chosen: str, unsaved: bool) -> None:
        """Who leaves with something `unsaved` is asked."""
        self._props |= {"zones": list(zones), "chosen": chosen, "unsaved": unsaved}
        self.update()

    def show_detections(self, detections: Sequence[Mapping[str, Any]]) -> None:
        self._props |= {"detections": list(detections)}
        self.update()
