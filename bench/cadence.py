"""How long after a limit has passed an order is open: looks that follow suspicion beside fixed intervals, at the same number of looks.

    python -m bench.cadence [--budgets 1,2,4] [--seeds 1,2] [--hours 8] [--skew 1.7]

200 cameras in simulated time: 30 fire lanes, 90 lanes without parking, 80 bin stations. Vehicles come and most soon go; some stay past
the limit, until somebody is sent or they leave. Bins overflow until they are emptied. How busy a place is varies (`--skew` is the sigma of
a lognormal: at 1.7 a fifth of the places sees four fifths of it all, at 0 all are alike). One vehicle in 33 is missed in a look, one look
in 50 fails or shows nothing, and some cameras are broken for a while. The planner, `next_look` and `rules.assess` are the service's own.
The planner knows how many problems passed their limit at each camera in the week before (in service: how many orders were opened).
The peers judge by the same rules; they look at fixed times, and never else: every camera alike, or those of fire lanes as much more often
as here. Their interval is the one that makes as many looks as the planner made. Delays are of what was found; `missed` is the share that
was over before. Prints tables and writes bench/out/cadence.json.
"""

import argparse
import json
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, Protocol

from rich.console import Console
from rich.table import Table

from bench.made_up import car_look
from patrol.cadence import NextLook, next_look
from patrol.planner import Planner
from patrol.turn import spread
from rules.assess import assess, blind, sights_of
from rules.builtin import BUILT_IN
from rules.judgement import ChangeKind
from town.geometry import Box
from town.looks import Cadence, Look, LookOutcome
from town.places import Camera
from town.reading import township_of
from town.sight import Observation, SeenObject
from town.township import Township

OUT = Path(__file__).parent / "out" / "cadence.json"
START = datetime(2026, 5, 4, tzinfo=UTC)
BEAT = timedelta(seconds=1)
WARM_UP, LAST = timedelta(hours=2), timedelta(minutes=45)
HOUR = 3600.0
WEEK = timedelta(days=7)
SLOTS = tuple(Box(0.05 + 0.22 * number, 0.4, 0.22 + 0.22 * number, 0.8) for number in range(4))


@dataclass(frozen=True)
class Kind:
    """One kind of place: how many, what happens an hour, the share that stays, for how long, and the limit."""

    count: int
    an_hour: float
    stays_share: float
    brief_s: float
    long_s: float
    limit_s: float


KINDS = {
    "fire_lane": Kind(30, 1.5, 0.3, 60, 900, 120),
    "no_parking": Kind(90, 2.0, 0.25, 180, 1800, 600),
    "bin_station": Kind(80, 0.2, 1.0, 0, 3 * HOUR, 0),
}
CAMERAS = sum(kind.count for kind in KINDS.values())


@dataclass
class Problem:
    """A vehicle in its slot, or overflowing bins. `passed_at` is when the limit had truly passed, None where it left before."""

    kind: str
    begins_at: datetime
    ends_at: datetime
    slot: int
    appearance: bytes
    passed_at: datetime | None
    opened_at: datetime | None = None

    def is_there(self, at: datetime) -> bool:
        return self.begins_at <= at < self.ends_at


@dataclass
class Place:
    """One camera of the made-up town: what happens before it, what the rules remember, and which orders wait for proof."""

    camera: Camera
    kind: str
    problems: list[Problem]
    last_week: int
    broken: tuple[datetime, datetime]
    memories: dict[Any, Any] = field(default_factory=dict)
    done_at: dict[str, datetime] = field(default_factory=dict)
    gone: int = 0

    def there(self, at: datetime) -> Iterator[Problem]:
        while self.gone < len(self.problems) and self.problems[self.gone].begins_at < at - timedelta(days=1):
            self.gone += 1
        return (problem for problem in self.problems[self.gone :] if problem.is_there(at))


class Round(Protocol):
    """What says who is looked at when."""

    def go(self, now: datetime) -> Sequence[tuple[str, datetime]]: ...
    def ended(self, look: Look, following: Any) -> None: ...


class Planned:
    """The service's planner, which knows how many orders each camera had in the last week."""

    def __init__(self, town: Township, places: "dict[str, Place]") -> None:
        self.planner = Planner.of(town, START)
        self.planner.weigh({camera_id: place.last_week for camera_id, place in places.items()})

    def go(self, now: datetime) -> Sequence[tuple[str, datetime]]:
        return [(due.camera_id, now) for due in self.planner.go(now)]

    def ended(self, look: Look, following: Any) -> None:
        self.planner.ended(look, following)


class Fixed:
    """Every camera at its own fixed interval, whatever was seen."""

    def __init__(self, intervals: dict[str, timedelta]) -> None:
        self._intervals = intervals
        self._next = {camera_id: START + spread(camera_id, every) for camera_id, every in intervals.items()}

    def go(self, now: datetime) -> Sequence[tuple[str, datetime]]:
        due = [(camera_id, at) for camera_id, at in self._next.items() if at <= now]
        for camera_id, at in due:
            self._next[camera_id] = at + self._intervals[camera_id]
        return due

    def ended(self, look: Look, following: Any) -> None: ...


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--budgets", default="1,2,4", help="looks a second")
    parser.add_argument("--seeds", default="1,2")
    parser.add_argument("--hours", type=float, default=8)
    parser.add_argument("--skew", type=float, default=1.7)
    args = parser.parse_args()
    budgets, seeds = [float(one) for one in args.budgets.split(",")], [int(one) for one in args.seeds.split(",")]
    report = {"hours": args.hours, "seeds": seeds, "skew": args.skew, "budgets": {}}
    for budget in budgets:
        report["budgets"][f"{budget:g}"] = compared(budget, seeds, timedelta(hours=args.hours), args.skew)
        show(budget, report["budgets"][f"{budget:g}"])
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")


def compared(budget: float, seeds: Sequence[int], span: timedelta, skew: float) -> dict[str, Any]:
    """The same towns under the planner and under both peers; delays of all seeds together."""
    found: dict[str, list[Problem]] = {"planned": [], "fixed": [], "fixed, fire lanes oftener": []}
    looks: dict[str, list[int]] = {name: [] for name in found}
    town = township(budget)
    for seed in seeds:
        places = places_of(town, seed, span, skew)
        planned = Planned(town, places)
        looks["planned"].append(walk(planned, town, places, span, seed))
        found["planned"] += measured(places, span)
        weights = {name: {place.camera.id: 1.0 for place in places.values()} for name in list(found)[1:]}
        weights["fixed, fire lanes oftener"] = by_kind(places, budget)
        for name, weight in weights.items():
            places = places_of(town, seed, span, skew)
            looks_each = looks["planned"][-1] / sum(weight.values())
            peer = Fixed({camera_id: span / (looks_each * one) for camera_id, one in weight.items()})
            looks[name].append(walk(peer, town, places, span, seed))
            found[name] += measured(places, span)
    return {name: {"looks": looks[name]} | figures(found[name]) for name in found}


def every_s(kind: str, budget: float) -> float:
    """The town file's `every`: a fire lane's so that they take a third of the budget, at most 40 s; the others' shorter than it allows."""
    fire = KINDS["fire_lane"].count
    return min(40.0, 3 * fire / budget) if kind == "fire_lane" else CAMERAS / budget / 4


def by_kind(places: dict[str, Place], budget: float) -> dict[str, float]:
    """Fire lanes at the very interval that they have in the town file; the others share what is left."""
    fire, fire_rate = KINDS["fire_lane"].count, 1 / every_s("fire_lane", budget)
    rest = (budget - fire * fire_rate) / (CAMERAS - fire)
    return {camera_id: fire_rate if place.kind == "fire_lane" else rest for camera_id, place in places.items()}


def township(budget: float) -> Township:
    lines = [
        f"  - {{id: {kind.replace('_', '-')}-{number}, name: 镜, grid: g1, position: {{lat: 39.8, lon: 116.5}}, "
        f'every: {every_s(kind, budget):.1f}s, source: {{kind: http_snapshot, url: "http://10.0.0.1/"}}, '
        f"zones: [{{id: zone, kind: {kind}, polygon: [[0, 0], [1, 0], [1, 1], [0, 1]]}}]}}"
        for kind, what in KINDS.items()
        for number in range(what.count)
    ]
    head = f"town: {{id: t, name: 镇}}\ngrids: [{{id: g1, name: 一, manager: m1}}]\nlooks: {{budget: {budget}}}\ncameras:\n"
    return township_of(head + "\n".join(lines), {}, BUILT_IN, Path())


def places_of(town: Township, seed: int, span: timedelta, skew: float) -> dict[str, Place]:
    """The town's story, the same for everyone who looks at it."""
    places = {}
    for camera in town.cameras:
        dice, kind = Random(f"{seed} {camera.id}"), camera.zones[0].kind.value
        busy = dice.lognormvariate(-skew * skew / 2, skew)
        problems = list(_problems(kind, KINDS[kind].an_hour * busy, span, dice))
        last_week = sum(one.passed_at is not None for one in _problems(kind, KINDS[kind].an_hour * busy, WEEK, dice))
        breaks_at = START + span * dice.random() if dice.random() < 0.05 else START + 2 * span
        places[camera.id] = Place(camera, kind, problems, last_week, (breaks_at, breaks_at + timedelta(minutes=dice.uniform(20, 60))))
    return places


def _problems(kind: str, an_hour: float, span: timedelta, dice: Random) -> Iterator[Problem]:
    what, at = KINDS[kind], START
    free_at = [START] * (len(SLOTS) if kind != "bin_station" else 1)
    while (at := at + timedelta(seconds=min(dice.expovariate(an_hour / HOUR), 1e9))) < START + span:
        slot = next((number for number, free in enumerate(free_at) if free <= at), None)
        stays = dice.random() < what.stays_share
        lasts = timedelta(seconds=dice.lognormvariate(0, 0.8) * what.long_s if stays else dice.expovariate(1 / what.brief_s))
        appearance = car_look(dice.getrandbits(32))
        if slot is None:
            continue
        free_at[slot] = at + lasts
        passed_at = at + timedelta(seconds=what.limit_s)
        yield Problem(kind, at, at + lasts, slot, appearance, passed_at if passed_at < at + lasts else None)


def walk(round_of: Round, town: Township, places: dict[str, Place], span: timedelta, seed: int) -> int:
    """Let time pass, and look at whoever is due. Returns how many looks were made."""
    dice, now, looks = Random(seed), START, 0
    pending: list[tuple[datetime, Look, NextLook | None]] = []
    while (now := now + BEAT) < START + span:
        for due in [one for one in pending if one[0] <= now]:
            pending.remove(due)
            round_of.ended(due[1], due[2])
        for camera_id, at in round_of.go(now):
            looks += 1
            look, following = look_at(places[camera_id], town, at, dice)
            pending.append((look.ended_at, look, following))
    return looks


def look_at(place: Place, town: Township, at: datetime, dice: Random) -> tuple[Look, Any]:
    """One look, judged by the service's rules: how it ended, and what it wants next."""
    camera, ended_at = place.camera, at + timedelta(seconds=dice.uniform(0.1, 1.5))
    luck = dice.random()
    if luck < 0.01 or place.broken[0] <= at < place.broken[1]:
        return Look("", camera.id, at, at, ended_at, LookOutcome.FAILED), None
    unfit = luck < 0.02
    sights = blind(camera, ("bins", "vehicles"), at, "blurred") if unfit else sights_of([_seen(place, at, dice)])
    assessment = assess(camera, town, place.memories, sights)
    place.memories |= assessment.memories
    for change in assessment.changes:
        if change.kind is ChangeKind.OPENED:
            place.done_at[change.incident.id] = _sent(place, change.incident.box, at, dice)
        else:
            place.done_at.pop(change.incident.id, None)
    waits = any(done <= ended_at for done in place.done_at.values())
    following = next_look(camera, assessment.decisions, assessment.look_again_at, waits, ended_at, town.looks.confirm_every)
    outcome = LookOutcome.UNKNOWN if unfit else LookOutcome.DONE
    return Look("", camera.id, at, at, ended_at, outcome, cadence=Cadence.ROUTINE), following


def _seen(place: Place, at: datetime, dice: Random) -> Observation:
    there = [problem for problem in place.there(at) if dice.random() > 0.03]
    if place.kind == "bin_station":
        bins = tuple(SeenObject("overflowing_bin", 0.9, SLOTS[0]) for _ in there)
        return Observation(place.camera.id, "zone", "bins", at, {"overflowing_count": float(len(bins)), "garbage_count": 0.0}, bins)
    cars = tuple(SeenObject("car", 0.9, SLOTS[problem.slot], problem.appearance) for problem in there)
    return Observation(place.camera.id, "zone", "vehicles", at, {"vehicle_count": float(len(cars))}, cars)


def _sent(place: Place, box: Box, at: datetime, dice: Random) -> datetime:
    """Somebody is sent; the problem ends when they are done, or before."""
    found = next((one for one in place.there(at) if place.kind == "bin_station" or SLOTS[one.slot] == box), None)
    done_at = at + timedelta(minutes=dice.uniform(10, 40) if place.kind == "bin_station" else dice.uniform(5, 15))
    if found and found.opened_at is None:
        found.opened_at = at
        found.ends_at = min(found.ends_at, done_at)
    return done_at


def measured(places: dict[str, Place], span: timedelta) -> list[Problem]:
    first, last = START + WARM_UP, START + span - LAST
    return [problem for place in places.values() for problem in place.problems if problem.passed_at and first <= problem.passed_at < last]


def figures(problems: Sequence[Problem]) -> dict[str, Any]:
    groups = {"all": list(problems)} | {kind: [one for one in problems if one.kind == kind] for kind in KINDS}
    return {name: _figures(group) for name, group in groups.items()}


def _figures(problems: Sequence[Problem]) -> dict[str, Any]:
    delays = sorted((one.opened_at - one.passed_at).total_seconds() for one in problems if one.opened_at and one.passed_at)
    missed = 1 - len(delays) / len(problems) if problems else 0.0
    p95 = delays[int(0.95 * (len(delays) - 1))] if delays else None
    return {
        "count": len(problems),
        "missed": round(missed, 3),
        "median_s": round(statistics.median(delays), 1) if delays else None,
        "p95_s": round(p95, 1) if p95 is not None else None,
    }


def show(budget: float, found: dict[str, Any]) -> None:
    table = Table("", "looks", *("all", *KINDS), title=f"{budget:g} looks a second: median / p95 s from the limit to the order (missed)")
    for name, side in found.items():
        cells = [f"{side[group]['median_s']} / {side[group]['p95_s']} ({side[group]['missed']:.0%})" for group in ("all", *KINDS)]
        table.add_row(name, f"{statistics.mean(side['looks']):.0f}", *cells)
    ratios = [found["planned"][group]["median_s"] / found["fixed"][group]["median_s"] for group in ("all", *KINDS)]
    table.add_row("planned : fixed", "", *(f"{ratio:.2f}" for ratio in ratios))
    Console(width=150).print(table)


if __name__ == "__main__":
    main()
