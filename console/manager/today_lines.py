"""Live orders as lines of a list: which comes first, and what each tells, as plain values for a browser. Pure."""

from collections.abc import Collection, Iterable
from datetime import UTC, datetime
from typing import Any

from console.wording import Words
from patrol.wording import Wording
from town.datum import Datum, shown_in
from town.geometry import Position
from town.rule_settings import Priority
from town.township import Township
from town.work import WorkOrder

MOST_LINES = 100
_DIGITS = 6
_FIRST = (Priority.TOP, Priority.HIGH, Priority.NORMAL)
_NEVER = datetime.max.replace(tzinfo=UTC)

Plain = dict[str, Any]


def in_turn(orders: Iterable[WorkOrder]) -> list[WorkOrder]:
    """The longest overdue first, then by deadline; of one deadline the higher priority, then the older."""
    return sorted(orders, key=lambda one: (one.due_at or _NEVER, _FIRST.index(one.priority), one.opened_at, one.id))


class Lines:
    """The lines and pins of one township in one language. With `grid_names` a line tells whose it is."""

    def __init__(self, township: Township, words: Words, states: Wording, grid_names: bool, datum: Datum = Datum.WGS84) -> None:
        self._township = township
        self._words = words
        self._states = states
        self._grids = {grid.id: grid.name for grid in township.grids} if grid_names else {}
        self._datum = datum

    def line(self, order: WorkOrder, pictured: Collection[str]) -> Plain:
        what, where = self._said(order)
        return {
            "id": order.id,
            "what": what,
            "where": " · ".join(filter(None, (self._grids.get(order.grid_id, ""), where))),
            "state": self._states.of("states", order.state),
            "who": self._who(order),
            "again": self._words("today", "again", n=order.attempt) if order.attempt > 1 else "",
            "picture": order.id in pictured,
        }

    def pin(self, order: WorkOrder) -> Plain:
        """What a browser needs to place it, and to tell its age and how late it is."""
        at = place(order.position, self._datum)
        due = round(order.due_at.timestamp()) if order.due_at else None
        since, priority = round(order.opened_at.timestamp()), order.priority.value
        return {"id": order.id, "at": at, "since": since, "due": due, "priority": priority, "said": order.summary}

    def _said(self, order: WorkOrder) -> tuple[str, str]:
        """What and where, in the words of the day on which it was opened."""
        what, _, where = order.summary.partition(" · ")
        camera = self._township.camera_by_id.get(order.camera_id)
        return what, where or (camera.name if camera else order.camera_id)

    def _who(self, order: WorkOrder) -> str:
        if order.holder:
            cleaner = self._township.cleaner_by_id.get(order.holder)
            return cleaner.name if cleaner else order.holder
        return self._words("today", "asked", n=len(order.offered_to)) if order.offered_to else ""


def place(at: Position, datum: Datum) -> list[float]:
    """Latitude and longitude on a map of a datum, to a decimetre."""
    shown = shown_in(datum, at)
    return [round(shown.lat, _DIGITS), round(shown.lon, _DIGITS)]
