"""Who is offered an order: the nearest on shift who have the skill, ring by ring, rested first, each with the reason."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from alerts.dealings import Tally
from alerts.whereabouts import LastPosition, Whereabouts, whereabouts
from town.places import Cleaner
from town.rule_settings import Priority
from town.township import Township
from town.work import WorkOrder

WHOLE_GRID = 3
LOAD_COSTS_M = 300.0
"""Each order in hand counts as standing this much further away."""
TAKEN_COSTS_M = 100.0
"""So does each order that one took in this shift more than who took fewest, up to `UNFAIR_AT_MOST_M`."""
UNFAIR_AT_MOST_M = 500.0
SHIFT = timedelta(hours=8)
"""Orders taken within so long were taken in this shift."""
TIRING = timedelta(hours=1)
"""Offers within so long count against the cap `dispatch.offers_an_hour`."""


@dataclass(frozen=True, slots=True)
class Lately:
    """What is known of cleaners when an order is planned: orders in hand, what fell to them lately, where they last said they were."""

    loads: Mapping[str, int] = field(default_factory=dict)
    tallies: Mapping[str, Tally] = field(default_factory=dict)
    positions: Mapping[str, LastPosition] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A cleaner who may be offered the order. `load` counts orders in hand, `cap` the offers that one may get an hour (None: any)."""

    cleaner_id: str
    ring: int
    stands: Whereabouts
    distance_m: float
    load: int
    tally: Tally
    cap: int | None

    @property
    def is_rested(self) -> bool:
        return self.cap is None or self.tally.offers < self.cap

    @property
    def facts(self) -> dict[str, Any]:
        """Why they were chosen, as the offer's event keeps it; this very offer is not counted yet."""
        return {
            "ring": self.ring,
            "distance_m": round(self.distance_m),
            "position_age_s": round(self.stands.age.total_seconds()) if self.stands.age is not None else None,
            "stray_m": round(self.stands.stray_m),
            "load": self.load,
            "taken": self.tally.taken,
            "offers": self.tally.offers,
            "cap": self.cap,
        }

    @property
    def why(self) -> str:
        """The same in the words of the cleaner."""
        return why_of(self.facts)


def why_of(facts: Mapping[str, Any]) -> str:
    """Why a cleaner was chosen, in their words, by what the offer's event keeps of it."""
    age_s, stray_m = facts["position_age_s"], facts["stray_m"]
    stray = f"，另计可能走开的{stray_m}米" if stray_m else ""
    where = "离驻地" if age_s is None else f"离{age_s // 60}分钟前的位置"
    cap = "不限" if facts["cap"] is None else f"上限{facts['cap']}次"
    return (
        f"第{facts['ring']}圈，{where}{facts['distance_m'] - stray_m}米{stray}，手上{facts['load']}单，"
        f"本班已接{facts['taken']}单，近一小时派过{facts['offers']}次（{cap}）"
    )


@dataclass(frozen=True, slots=True)
class Plan:
    """Who newly gets an offer, and who keeps or loses theirs, the latter with the reason.

    `capped` are those within reach who have had enough offers for now. `reason` says why nobody could be asked, where somebody should be.
    """

    new: tuple[Candidate, ...]
    kept: tuple[str, ...]
    gone: Mapping[str, str]
    capped: tuple[str, ...] = ()
    reason: str = ""

    @property
    def offered_to(self) -> tuple[str, ...]:
        return self.kept + tuple(candidate.cleaner_id for candidate in self.new)


def ring_at(now: datetime, since: datetime, widen_after: timedelta) -> int:
    """1, 2, then 3: a ring wider for every `widen_after` that passed since the offering began."""
    if widen_after <= timedelta(0):
        return WHOLE_GRID
    return max(1, min(WHOLE_GRID, 1 + (now - since) // widen_after))


def cap_of(order: WorkOrder, township: Township) -> int | None:
    """How many offers an hour a cleaner may get and still be offered this order. Top priority knows no cap."""
    return None if order.priority is Priority.TOP else township.dispatch.offers_an_hour


def unable(cleaner_id: str, order: WorkOrder, township: Township, now: datetime) -> str:
    """Why a cleaner cannot do the order now: unknown_cleaner, unskilled, off_shift; empty where they can."""
    cleaner = township.cleaner_by_id.get(cleaner_id)
    if cleaner is None:
        return "unknown_cleaner"
    if order.skill not in cleaner.skills:
        return "unskilled"
    return "" if cleaner.on_shift(now, township.town) else "off_shift"


def able(order: WorkOrder, township: Township, now: datetime) -> frozenset[str]:
    """Who could do the order now."""
    return frozenset(cleaner.id for cleaner in township.cleaners if not unable(cleaner.id, order, township, now))


def askable(order: WorkOrder, township: Township, refusers: Collection[str], since: datetime, now: datetime) -> frozenset[str]:
    """Of whom a plan needs to know what they did lately: all who could newly be asked; nobody where the ring is full."""
    gone = _gone(order, township, refusers, now)
    if _room(township, ring_at(now, since, township.dispatch.widen_after), len(order.offered_to) - len(gone)) == 0:
        return frozenset()
    return able(order, township, now).difference(refusers, order.offered_to)


def plan(order: WorkOrder, township: Township, lately: Lately, refusers: Collection[str], since: datetime, now: datetime) -> Plan:
    """Fill the ring that holds at `now`. A ring that would leave the order with nobody is widened at once."""
    gone = _gone(order, township, refusers, now)
    kept = tuple(name for name in order.offered_to if name not in gone)
    ring = ring_at(now, since, township.dispatch.widen_after)
    if _room(township, ring, len(kept)) == 0:
        return Plan((), kept, gone)
    willing = [township.cleaner_by_id[name] for name in able(order, township, now) - {*refusers, *kept}]
    near = _reached(ring, order, township, lately, willing, now)
    while not kept and ring < WHOLE_GRID and not any(one.is_rested for one in near):
        ring += 1
        near = _reached(ring, order, township, lately, willing, now)
    new = tuple(_fairly([one for one in near if one.is_rested])[: _room(township, ring, len(kept))])
    capped = tuple(sorted(one.cleaner_id for one in near if not one.is_rested))
    return Plan(new, kept, gone, capped, "" if new else _nobody(order, township, bool(willing), bool(capped), now))


def _gone(order: WorkOrder, township: Township, refusers: Collection[str], now: datetime) -> dict[str, str]:
    """Who loses the offer, and why."""
    why = {name: "decline" if name in refusers else unable(name, order, township, now) for name in order.offered_to}
    return {name: reason for name, reason in why.items() if reason}


def _room(township: Township, ring: int, kept_count: int) -> int | None:
    """How many more a ring may ask; None: any number."""
    return None if ring == WHOLE_GRID else max(0, township.dispatch.nearest * ring - kept_count)


def _reached(ring: int, order: WorkOrder, township: Township, lately: Lately, willing: Iterable[Cleaner], now: datetime) -> list[Candidate]:
    """Who stands in a ring. 1: within R; 2: within 2 R; 3: all of the grid, and whoever stands within 2 R."""
    found, cap = [], cap_of(order, township)
    for cleaner in willing:
        name = cleaner.id
        stands = whereabouts(cleaner, lately.positions.get(name), now)
        distance_m = stands.distance_m(order.position)
        of_grid = ring == WHOLE_GRID and cleaner.grid == order.grid_id
        if of_grid or distance_m <= township.dispatch.within_m * min(ring, 2):
            found.append(Candidate(name, ring, stands, distance_m, lately.loads.get(name, 0), lately.tallies.get(name, Tally()), cap))
    return found


def _fairly(candidates: Collection[Candidate]) -> list[Candidate]:
    """The best first: by the way to go, and what each order in hand, or taken beyond what others took, adds to it."""
    fewest = min((one.tally.taken for one in candidates), default=0)

    def cost_m(one: Candidate) -> float:
        unfair_m = min((one.tally.taken - fewest) * TAKEN_COSTS_M, UNFAIR_AT_MOST_M)
        return one.distance_m + one.load * LOAD_COSTS_M + unfair_m

    return sorted(candidates, key=lambda one: (cost_m(one), one.cleaner_id))


def _nobody(order: WorkOrder, township: Township, is_willing: bool, is_capped: bool, now: datetime) -> str:
    if is_capped:
        return "nobody_rested"
    if is_willing:
        return "nobody_near"
    if able(order, township, now):
        return "nobody_left"
    on_shift = any(cleaner.on_shift(now, township.town) for cleaner in township.cleaners)
    skilled = any(order.skill in cleaner.skills for cleaner in township.cleaners)
    return "nobody_with_skill" if not skilled else "nobody_skilled_on_shift" if on_shift else "nobody_on_shift"
