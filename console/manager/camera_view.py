"""What the pages of cameras show, read at one go."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from console.deeds import NotTheirs
from console.manager.camera_state import Standing, standing, worst_first
from console.manager.look_counts import Counts, LookCounts
from console.site import Site
from console.visitors import Visitor
from storage.order_pages import LIVE
from storage.order_search import Sought
from town.evidence import Picture, Purpose
from town.looks import Look, LookOutcome, PutOff
from town.notices import Notice
from town.silence import Silence
from town.township import Township
from town.work import WorkOrder

ORDERS_SHOWN = 12
_MOST_LIVE = 10_000


@dataclass(frozen=True)
class Cameras:
    """All cameras of a visitor, the worst first. `live` counts orders by camera; `planned` looks, those that were never made too."""

    standings: Sequence[Standing]
    live: Mapping[str, int]
    counts: Counts
    dropped: Mapping[str, int]

    def planned(self, camera_id: str) -> int:
        return self.counts.get(camera_id, Counter()).total() + self.dropped.get(camera_id, 0)

    def ended(self, camera_id: str, outcome: str) -> int:
        return self.counts.get(camera_id, Counter())[LookOutcome(outcome)]


@dataclass(frozen=True)
class CameraFile:
    """One camera's day. `picture` is the newest kept of an order there, with that order's id and why it has it."""

    standing: Standing
    looks: Sequence[Look]
    put_off: Sequence[PutOff]
    notices: Sequence[Notice]
    picture: tuple[str, Purpose, Picture] | None
    orders: Sequence[WorkOrder]
    live_count: int
    silences: Sequence[Silence]

    def ended(self, outcome: str) -> int:
        return sum(look.outcome == outcome for look in self.looks)

    @property
    def planned(self) -> int:
        return len(self.looks) + self.dropped

    @property
    def dropped(self) -> int:
        return sum(one.dropped for one in self.put_off)


def midnight(township: Township, now: datetime) -> datetime:
    """When the town's day began."""
    zone = township.town.zone
    return datetime.combine(now.astimezone(zone).date(), time.min, zone)


def read_cameras(site: Site, visitor: Visitor, counts: LookCounts) -> Cameras:
    """Raises StorageError. Blocks."""
    township, figures, now = site.township(), site.database.figures, site.clock()
    last = {look.camera_id: look for look in figures.camera_states()}
    notices = _by_camera(figures.notices())
    mine = {grid.id for grid in visitor.grids(township)}
    found = [standing(one, last.get(one.id), notices.get(one.id, ()), now) for one in township.cameras if one.grid in mine]
    began = midnight(township, now)
    live = Counter(order.camera_id for order in figures.live_orders(_MOST_LIVE))
    return Cameras(worst_first(found), live, counts.counts(began, now), figures.dropped_by_camera(began))


def read_camera(site: Site, visitor: Visitor, camera_id: str) -> CameraFile:
    """Raises NotTheirs, StorageError. Blocks."""
    township, database, now = site.township(), site.database, site.clock()
    camera = township.camera_by_id.get(camera_id)
    if camera is None or not visitor.sees_grid(camera.grid, township):
        raise NotTheirs(camera_id)
    began, soon = midnight(township, now), now + timedelta(hours=1)
    last = next((look for look in database.figures.camera_states() if look.camera_id == camera_id), None)
    notices = [one for one in database.figures.notices(healed_too=True) if one.camera_id == camera_id]
    of_camera = Sought([camera.grid], cameras=[camera_id])
    return CameraFile(
        standing(camera, last, [one for one in notices if one.until is None], now),
        database.figures.looks_at(camera_id, began, soon),
        database.figures.put_off(camera_id, began, soon),
        [one for one in notices if one.until is None or one.until >= began],
        database.evidence.newest_of_camera(camera_id),
        database.order_search.found(of_camera, ORDERS_SHOWN),
        database.order_search.count(Sought([camera.grid], LIVE, [camera_id])),
        _silences(site, township, camera_id, now),
    )


def _silences(site: Site, township: Township, camera_id: str, now: datetime) -> list[Silence]:
    zones = township.camera_by_id[camera_id].zones
    pairs = [(zone.id, rule.id) for zone in zones for rule in township.rules_for(zone)]
    held = [one for one in site.database.order_lists.silences(now) if one.holds(now)]
    return [one for one in held if any(one.covers(camera_id, zone, rule) for zone, rule in pairs)]


def _by_camera(notices: Sequence[Notice]) -> Mapping[str, Sequence[Notice]]:
    found: dict[str, list[Notice]] = {}
    for one in notices:
        found.setdefault(one.camera_id, []).append(one)
    return found
