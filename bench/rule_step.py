"""What judging one look at a camera of 50 zones costs, by rule, beside a bare counter in the same run.

    python -m bench.rule_step [--zones 50] [--looks 200]

A step is `rules.assess.assess` for one rule, as the live service runs it: memories and sights in; memories, changes and decisions out.
*Quiet*: nothing is seen. *A fifth*: one zone in five is busy. *Busy*: every zone holds something at every look, and its incident is
open; of the rule with a condition none is open, since its expression is asked at every look and never holds. A car looks a little
different at every look, or the same where the look is reused. *Written*: what making JSON of the memories of a busy look adds, for the
database. The counter is what a video recorder does: it counts the looks in a row that reach a threshold; no wall time, no second
threshold, no reasons. Medians of CPU time in milliseconds. Writes bench/out/rule_step.json.
"""

import argparse
import json
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from bench.made_up import car_look
from rules.assess import MemoryKey, SightKey, assess, sights_of
from rules.builtin import BUILT_IN
from rules.judgement import Remembered, Sight
from town.facts import METRICS
from town.geometry import Box
from town.sight import Observation, SeenObject
from town.township import Township

OUT = Path(__file__).resolve().parent.parent / "bench" / "out" / "rule_step.json"
AT = datetime(2026, 5, 4, 1, tzinfo=UTC)
WHOLE = [[0, 0], [1, 0], [1, 1], [0, 1]]
SPOT = Box(0.2, 0.2, 0.4, 0.4)
CONDITION = "overflowing_share > 1.0 && local.is_workday && zone.id != 'gate'"

COLUMNS = ("quiet", "a fifth", "busy", "written", "counter")

Memories = dict[MemoryKey, Remembered]
Step = Callable[[Mapping[SightKey, Sight]], object]

RULES: Mapping[str, tuple[str, str, dict[str, Any]]] = {
    "bin-overflow": ("bin_station", "overflowing_bin", {}),
    "bin-overflow, condition": ("bin_station", "overflowing_bin", {"when": CONDITION}),
    "illegal-parking": ("no_parking", "car", {}),
    "illegal-parking, reused": ("no_parking", "car", {}),
    "messy-bikes": ("keep_clear", "bicycle", {"at_least": 1, "clear_below": 1}),
}
"""Case to its kind of zone, what is seen in it, and what its rule says besides the built-in one of the same name."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--zones", type=int, default=50)
    parser.add_argument("--looks", type=int, default=200)
    asked = parser.parse_args()
    _free_a_frame()
    figures = {name: _measured(name, asked.zones, asked.looks) for name in RULES}
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(json.dumps({"zones": asked.zones, "looks": asked.looks, "cpu_ms": figures}, indent=2) + "\n")
    Console().print(_table(figures, asked.zones))
    return 0


def _free_a_frame() -> None:
    """As a service does at every look: from then on glibc keeps small memory that is freed, where it gave each look's back before."""
    np.ones((720, 1280, 3), np.uint8)


def _measured(name: str, zones: int, looks: int) -> dict[str, float]:
    _, label, _ = RULES[name]
    town, lights = _township(name, zones), 1 if name.endswith("reused") else looks
    kind = town.rules[0].observes
    cars = [[car_look(zone, light) for zone in range(zones)] for light in range(lights)]
    quiet, fifth, busy = ([_sights(town, kind, look, label, every, cars) for look in range(looks)] for every in (0, 5, 1))
    known: Memories = {}
    return {
        "quiet": _median_ms(_assessing(town, {}), quiet),
        "a fifth": _median_ms(_assessing(town, {}), fifth),
        "busy": _median_ms(_assessing(town, known), busy),
        "written": _median_ms(lambda _: {key: memory.as_json() for key, memory in known.items()}, busy),
        "counter": _median_ms(_counting(), busy),
    }


def _township(name: str, zones: int) -> Township:
    """One camera under one rule."""
    kind, _, changes = RULES[name]
    drawn = [{"id": f"zone-{number}", "kind": kind, "polygon": WHOLE} for number in range(zones)]
    source = {"kind": "http_snapshot", "url": "http://10.0.0.1/"}
    camera = {"id": "gate", "name": "gate", "grid": "g1", "position": {"lat": 39.8, "lon": 116.5}, "source": source, "zones": drawn}
    raw = {"town": {"id": "t", "name": "t"}, "grids": [{"id": "g1", "name": "g1", "manager": "m1"}], "cameras": [camera]}
    return Township.model_validate({**raw, "rules": [{**BUILT_IN[name.split(",", maxsplit=1)[0]], **changes}]})


def _sights(town: Township, kind: str, look: int, label: str, every: int, cars: Sequence[Sequence[bytes]]) -> Mapping[SightKey, Sight]:
    """One look; every so many zones one holds something, none for 0."""
    at = AT + timedelta(minutes=look)
    seen = [(SeenObject(label, 0.8, SPOT, car),) if every and not zone % every else () for zone, car in enumerate(cars[look % len(cars)])]
    return sights_of(_observed(zone.id, kind, at, objects) for zone, objects in zip(town.cameras[0].zones, seen, strict=True))


def _observed(zone_id: str, kind: str, at: datetime, objects: tuple[SeenObject, ...]) -> Observation:
    return Observation("gate", zone_id, kind, at, dict.fromkeys(METRICS[kind], float(len(objects))), objects)


def _assessing(town: Township, known: Memories) -> Step:
    def step(sights: Mapping[SightKey, Sight]) -> None:
        known.update(assess(town.cameras[0], town, known, sights).remembered)

    return step


def _counting() -> Step:
    """The peer: looks in a row, in memories as plain as ours."""
    memories: dict[SightKey, dict[str, Any]] = {}

    def step(sights: Mapping[SightKey, Sight]) -> None:
        for key, sight in sights.items():
            count = memories.get(key, {"count": 0})["count"] + 1 if isinstance(sight, Observation) and sight.objects else 0
            memories[key] = {"count": count, "open": count >= 3, "seen_at": sight.seen_at.isoformat()}

    return step


def _median_ms(step: Step, looks: Sequence[Mapping[SightKey, Sight]]) -> float:
    taken = []
    for sights in looks:
        began = time.process_time()
        step(sights)
        taken.append((time.process_time() - began) * 1e3)
    return round(statistics.median(taken), 3)


def _table(figures: Mapping[str, Mapping[str, float]], zones: int) -> Table:
    table = Table(title=f"one step of one rule over {zones} zones, CPU ms")
    table.add_column("rule")
    for column in COLUMNS:
        table.add_column(column, justify="right")
    for name, row in figures.items():
        table.add_row(name, *(f"{row[column]:.3f}" for column in COLUMNS))
    return table


if __name__ == "__main__":
    raise SystemExit(main())
