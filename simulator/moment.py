"""One moment of the demo as plain values: what the live view draws, read from the database and from the cleaners."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from simulator.cleaners import Crew, Glimpse
from simulator.story import Line, tell
from storage.figures import Figures, Summary
from town.looks import Look
from town.township import Township
from town.work import WorkOrder

_EVENTS_READ = 60
_LINES_KEPT = 200


@dataclass(frozen=True, slots=True)
class Moment:
    """`lines` is the story so far, oldest first; `new_lines` what came since the last moment."""

    at: datetime
    elapsed: timedelta
    summary: Summary
    live_orders: tuple[WorkOrder, ...]
    cameras: Mapping[str, Look]
    cleaners: tuple[Glimpse, ...]
    lines: tuple[Line, ...]
    new_lines: tuple[Line, ...]


class Watcher:
    """Reads moments. Orders that ended are remembered, so that their last events can be told in full."""

    def __init__(self, figures: Figures, township: Township, crew: Crew, began_at: datetime) -> None:
        self._figures = figures
        self._township = township
        self._crew = crew
        self._began_at = began_at
        self._orders: dict[str, WorkOrder] = {}
        self._told: set[tuple[str, int]] = set()
        self._lines: list[Line] = []

    def read(self, now: datetime, notices: list[Line]) -> Moment:
        """The moment at `now`; `notices` is what the demo itself has to tell."""
        live = tuple(self._figures.live_orders())
        self._orders |= {order.id: order for order in live}
        new = [*self._news(), *notices]
        self._lines = [*self._lines, *new][-_LINES_KEPT:]
        return Moment(
            at=now,
            elapsed=now - self._began_at,
            summary=self._figures.summary(self._began_at),
            live_orders=live,
            cameras={look.camera_id: look for look in self._figures.camera_states()},
            cleaners=tuple(self._crew.glimpses(now)),
            lines=tuple(self._lines),
            new_lines=tuple(new),
        )

    def _news(self) -> list[Line]:
        lines = []
        for event in reversed(self._figures.recent_events(_EVENTS_READ)):
            order, key = self._orders.get(event.order_id), (event.order_id, event.rev)
            if order is None or key in self._told:
                continue
            self._told.add(key)
            line = tell(event, order, self._township)
            if line is not None:
                lines.append(line)
        return lines
