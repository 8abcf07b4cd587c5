"""Is any problem told twice? Simulated stays of cars, with all that makes one hard to know again, and how often each opened.

    python -m bench.incidents [--incidents 10000] [--seed 1] [--gap 1]

In a lane with three places cars come, stay 1 to 60 minutes and leave, looked at every 10 s to 5 minutes. The detector misses a car, or
headlights spoil its look, for at most `--gap` looks in a row; boxes are drawn differently and with confidences of 0.2 to 0.9, light and
noise change with every look, a half is seen beside the whole, buses pass in front, views are unfit, looks are judged twice, and the
service restarts: a memory goes through JSON. A stay that lasts two looks longer than the limit, beyond what gaps may hide, must open
once, and nothing else may. Figures go to bench/out/incidents.json.
"""

import argparse
import json
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from rules.builtin import BUILT_IN
from rules.judge import judge
from rules.judgement import ChangeKind, Judgement, Sight, Unknown
from town.appearance import Appearance
from town.geometry import Box
from town.places import Town, Zone
from town.rule_settings import RuleSettings
from town.sight import Observation, SeenObject

OUT = Path(__file__).parent / "out" / "incidents.json"
START = datetime(2026, 5, 1, tzinfo=UTC)
RULE = RuleSettings.model_validate(BUILT_IN["illegal-parking"])
LANE = Zone.model_validate({"id": "lane", "kind": "no_parking", "polygon": [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]]})
TOWN = Town(id="town", name="镇")
PLACES = tuple(Box(0.05 + 0.3 * number, 0.4, 0.33 + 0.3 * number, 0.6) for number in range(3))
BUS = SeenObject("bus", 0.9, Box(0.0, 0.05, 1.0, 1.0), Appearance.of(-8, 0, 0, np.zeros((30, 30), np.uint8)).packed())
CELLS_ACROSS, CELLS_DOWN = 28, 20
MARGIN = 2


@dataclass(frozen=True, eq=False)
class Visit:
    """One car in one place, from coming to leaving, and its light in cells that reach a little beyond its box."""

    place: int
    came_at: datetime
    left_at: datetime
    cells: NDArray[np.float64]

    def is_there(self, at: datetime) -> bool:
        return self.came_at <= at < self.left_at


@dataclass
class Tally:
    """Looks; visits that opened; second openings; visits that should have opened and did not; openings for nobody."""

    looks: int = 0
    incidents: int = 0
    duplicates: int = 0
    missed: int = 0
    for_nobody: int = 0

    def add(self, other: "Tally") -> None:
        for name, count in vars(other).items():
            setattr(self, name, getattr(self, name) + count)


@dataclass
class Trouble:
    """What a camera and a network make of the cars that are there."""

    rng: random.Random
    longest_gap: int
    lost_looks: Counter[Visit] = field(default_factory=Counter)

    def sight(self, at: datetime, there: Sequence[Visit]) -> Sight:
        chance = self.rng.random()
        if chance < 0.04:
            return Unknown(at, "blurred")
        if chance < 0.08:
            return Observation("camera", "lane", "vehicles", at, {}, (BUS,))
        return Observation("camera", "lane", "vehicles", at, {}, tuple(seen for visit in there for seen in self._seen(visit)))

    def _seen(self, visit: Visit) -> Iterator[SeenObject]:
        lost = self.rng.random() < 0.08 and self.lost_looks[visit] < self.longest_gap
        self.lost_looks[visit] = self.lost_looks[visit] + 1 if lost else 0
        if lost and self.rng.random() < 0.5:
            return
        confidence = self.rng.uniform(0.2, 0.9)
        yield self._as_drawn(visit, patches(self.rng) if lost else visit.cells, 1.0, confidence)
        if self.rng.random() < 0.05:
            yield self._as_drawn(visit, visit.cells, 0.5, self.rng.uniform(0.15, confidence))

    def _as_drawn(self, visit: Visit, cells: NDArray[np.float64], share: float, confidence: float) -> SeenObject:
        """The left `share` of a car, its box up to two cells off on every side, in the light of this look."""
        left, top = (self.rng.randint(0, 2 * MARGIN) // 2 * 2 for _ in range(2))
        right = int((CELLS_ACROSS + MARGIN) * share) // 2 * 2
        bottom = CELLS_DOWN + MARGIN - self.rng.choice((0, 2))
        noise = np.random.default_rng(self.rng.getrandbits(32)).normal(0, 4, cells.shape)
        light = np.clip(cells * self.rng.uniform(0.35, 1.0) + self.rng.uniform(0, 40) + noise, 0, 255).astype(np.uint8)
        place = PLACES[visit.place]
        across, down = place.width / CELLS_ACROSS, place.height / CELLS_DOWN
        box = Box(
            place.x1 + (left - MARGIN) * across,
            place.y1 + (top - MARGIN) * down,
            place.x1 + (right - MARGIN) * across,
            place.y1 + (bottom - MARGIN) * down,
        )
        look = Appearance.of(-8, 100 * visit.place + left, 60 + top, light[top:bottom, left:right])
        return SeenObject("car", confidence, box, look.packed())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--incidents", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--gap", type=int, default=1, help="how many looks in a row may lose a car")
    args = parser.parse_args()
    tally, days = Tally(), 0
    while tally.incidents < args.incidents:
        tally.add(simulated_day(args.seed * 1_000_003 + days, args.gap))
        days += 1
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps({"seed": args.seed, "gap": args.gap, "days": days, **vars(tally)}, indent=2) + "\n")
    title = f"Stays of {days} simulated days, seed {args.seed}, a car lost for at most {args.gap} looks in a row"
    table = Table(title=title, title_justify="left")
    for heading in vars(tally):
        table.add_column(heading, justify="right")
    table.add_row(*(f"{count:,}" for count in vars(tally).values()))
    Console().print(table)


def simulated_day(seed: int, longest_gap: int = 1, hours: int = 24) -> Tally:
    """A day, or some hours, of one lane. The same seed gives the same day."""
    rng = random.Random(seed)
    visits = [visit for place in range(len(PLACES)) for visit in visits_of(rng, place, hours)]
    trouble, gap_s = Trouble(rng, longest_gap), rng.choice((10, 30, 60, 120, 300))
    opened: Counter[Visit | None] = Counter()
    memory: dict[str, Any] | None = None
    at, looks = START, 0
    while at < START + timedelta(hours=hours):
        at, looks = at + timedelta(seconds=gap_s * rng.uniform(0.7, 1.3)), looks + 1
        sight = trouble.sight(at, [visit for visit in visits if visit.is_there(at)])
        for _ in range(rng.choice((1, 1, 1, 2))):
            if rng.random() < 0.1:
                memory = json.loads(json.dumps(memory))
            judgement = judge(RULE, "camera", LANE, TOWN, memory, sight)
            memory = judgement.memory
            opened.update(owners(judgement, [visit for visit in visits if visit.is_there(at)]))
    nobody = opened.pop(None, 0)
    # A first look may be spoilt, faint ones are not sure, and a bus or an unfit view may hide the last ones.
    sure = RULE.limit + timedelta(seconds=1.3 * gap_s * 12)
    missed = sum(visit not in opened for visit in visits if visit.left_at - visit.came_at >= sure)
    return Tally(looks, len(opened), opened.total() - len(opened), missed, nobody)


def visits_of(rng: random.Random, place: int, hours: int) -> Iterator[Visit]:
    """One car after the other; now and then the next takes the place at once."""
    at = START + timedelta(minutes=rng.uniform(0, 30))
    while at < START + timedelta(hours=hours - 1):
        left_at = at + timedelta(minutes=rng.choice((rng.uniform(1, 12), rng.uniform(12, 60))))
        yield Visit(place, at, left_at, patches(rng))
        at = left_at + timedelta(minutes=rng.choice((0.0, rng.uniform(0, 30))))


def patches(rng: random.Random) -> NDArray[np.float64]:
    """Light and dark patches, as no other car has them."""
    shape = (CELLS_DOWN + 2 * MARGIN, CELLS_ACROSS + 2 * MARGIN)
    coarse = np.random.default_rng(rng.getrandbits(32)).uniform(20, 200, (shape[0] // 2, shape[1] // 2))
    return coarse.repeat(2, axis=0).repeat(2, axis=1)


def owners(judgement: Judgement, there: Sequence[Visit]) -> Iterator[Visit | None]:
    """For whom each incident of a look opened: the car in whose place its box is, or nobody."""
    for change in judgement.changes:
        if change.kind is ChangeKind.OPENED:
            inside = (visit for visit in there if PLACES[visit.place].overlap(change.incident.box) > 0.3)
            yield next(
                (one for one in inside if change.incident.certain_dwell_s <= (change.incident.opened_at - one.came_at).total_seconds()),
                None,
            )


if __name__ == "__main__":
    main()
