"""Who is offered an order: the nearest on shift who have the skill, ring by ring, each with the reason."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from town.township import Cleaner, Township
from town.work import WorkOrder

WHOLE_GRID = 3
LOAD_COSTS_M = 300.0
"""Each order in hand counts as standing this much further away."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A cleaner who may be offered the order. Distance is from home ground, in metres; `load` counts orders in hand."""

    cleaner_id: str
    distance_m: float
    load: int
    ring: int

    @property
    def reason(self) -> str:
        return f"ring {self.ring}, {self.distance_m:.0f} m, {self.load} in hand"


@dataclass(frozen=True, slots=True)
class Plan:
    """Who newly gets an offer, and who keeps or loses theirs. `reason` says why there is nobody new, and is empty otherwise."""

    new: tuple[Candidate, ...]
    kept: tuple[str, ...]
    gone: tuple[str, ...]
    reason: str = ""

    @property
    def offered_to(self) -> tuple[str, ...]:
        return self.kept + tuple(candidate.cleaner_id for candidate in self.new)


def ring_at(now: datetime, since: datetime, widen_after: timedelta) -> int:
    """1, 2, then 3: a ring wider for every `widen_after` that passed since the offering began."""
    if widen_after <= timedelta(0):
        return WHOLE_GRID
    return max(1, min(WHOLE_GRID, 1 + (now - since) // widen_after))


def plan(order: WorkOrder, township: Township, loads: Mapping[str, int], refusers: Collection[str], since: datetime, now: datetime) -> Plan:
    """Fill the ring that holds at `now`. A ring that would leave the order with nobody is widened at once."""
    able = {cleaner.id for cleaner in township.cleaners if _is_able(cleaner, order, township, now)}
    kept = tuple(name for name in order.offered_to if name in able and name not in refusers)
    gone = tuple(name for name in order.offered_to if name not in kept)
    ring = ring_at(now, since, township.dispatch.widen_after)
    willing = able - set(refusers) - set(kept)
    new = _new_in(ring, order, township, loads, willing, len(kept))
    while not new and not kept and ring < WHOLE_GRID:
        ring += 1
        new = _new_in(ring, order, township, loads, willing, 0)
    return Plan(new, kept, gone, "" if new else _nobody(order, township, able, willing, now))


def _is_able(cleaner: Cleaner, order: WorkOrder, township: Township, now: datetime) -> bool:
    return order.skill in cleaner.skills and cleaner.on_shift(now, township.town)


def _new_in(
    ring: int, order: WorkOrder, township: Township, loads: Mapping[str, int], willing: Collection[str], kept_count: int
) -> tuple[Candidate, ...]:
    """Ring 1: the k nearest within R; ring 2: 2k within 2R; ring 3: all of the grid, and whoever stands within 2R."""
    settings, near = township.dispatch, []
    for name in willing:
        cleaner = township.cleaner_by_id[name]
        distance_m = cleaner.position.distance_m(order.position)
        of_grid = ring == WHOLE_GRID and cleaner.grid == order.grid_id
        if of_grid or distance_m <= settings.within_m * min(ring, 2):
            near.append(Candidate(name, distance_m, loads.get(name, 0), ring))
    near.sort(key=lambda one: (one.distance_m + one.load * LOAD_COSTS_M, one.cleaner_id))
    return tuple(near if ring == WHOLE_GRID else near[: max(0, settings.nearest * ring - kept_count)])


def _nobody(order: WorkOrder, township: Township, able: Collection[str], willing: Collection[str], now: datetime) -> str:
    if willing:
        return "nobody_near"
    if able:
        return "nobody_left"
    on_shift = any(cleaner.on_shift(now, township.town) for cleaner in township.cleaners)
    skilled = any(order.skill in cleaner.skills for cleaner in township.cleaners)
    return "nobody_with_skill" if not skilled else "nobody_skilled_on_shift" if on_shift else "nobody_on_shift"
