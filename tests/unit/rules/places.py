"""The few places and rules that the tests of rules share."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from hypothesis import HealthCheck, settings

from rules.builtin import BUILT_IN
from rules.judge import judge
from rules.judgement import Judgement, Sight, Unknown, Verdict
from town.appearance import Appearance
from town.geometry import Box
from town.places import Town, Zone
from town.rule_settings import RuleSettings
from town.sight import Observation, SeenObject
from town.township import Township

UNHURRIED = settings(deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
"""The same examples every time, however slow the machine."""

TOWN = Town(id="yizhuang", name="亦庄镇")
NINE = datetime(2026, 5, 1, 1, 0, tzinfo=UTC)
"""Nine in the morning in Yizhuang."""

WHOLE = [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]]
STATION = Zone.model_validate({"id": "station", "kind": "bin_station", "polygon": WHOLE})
LANE = Zone.model_validate({"id": "lane", "kind": "no_parking", "polygon": WHOLE})

SPOT, NEXT_SPOT = Box(0.2, 0.4, 0.4, 0.6), Box(0.38, 0.4, 0.58, 0.6)


def look_of(seed: int, light: float = 1.0) -> bytes:
    """How one vehicle looks: the same seed is the same vehicle."""
    cells = np.random.default_rng(seed).integers(0, 256, (18, 24))
    return Appearance.of(-8, 40, 60, (cells * light).astype(np.uint8)).packed()


def mixed(one: int, other: int) -> bytes:
    """A look that is as much like one vehicle as like another."""
    both = [Appearance.unpacked(look_of(seed)).light.astype(np.float64) for seed in (one, other)]
    return Appearance.of(-8, 40, 60, ((both[0] + both[1]) / 2).astype(np.uint8)).packed()


RED, WHITE, BLUE = (look_of(seed) for seed in (1, 2, 3))


def township(*zones: Zone) -> Township:
    """One camera with these zones, under the built-in rules."""
    camera = {
        "id": "gate-3",
        "name": "三号门",
        "grid": "g1",
        "position": {"lat": 39.79, "lon": 116.5},
        "source": {"kind": "recording", "path": "frames"},
        "zones": zones,
    }
    grid = {"id": "g1", "name": "第一网格", "manager": "manager-1"}
    return Township.model_validate({"town": TOWN, "grids": [grid], "cameras": [camera], "rules": list(BUILT_IN.values())})


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def rule(rule_id: str, **changes: Any) -> RuleSettings:
    return RuleSettings.model_validate({**BUILT_IN[rule_id], **changes})


def car(appearance: bytes = RED, box: Box = SPOT, confidence: float = 0.8, label: str = "car") -> SeenObject:
    return SeenObject(label, confidence, box, appearance)


def vehicles(at: float, *cars: SeenObject) -> Observation:
    """What the lane showed at a minute past nine."""
    return Observation("gate-3", "lane", "vehicles", NINE + minutes(at), {"vehicle_count": float(len(cars))}, cars)


def bins(at: float, overflowing: int, confidence: float = 0.8) -> Observation:
    """A station of three bins at a minute past nine."""
    boxes = [Box(0.1 + 0.2 * n, 0.5, 0.2 + 0.2 * n, 0.8) for n in range(3)]
    seen = tuple(SeenObject("overflowing_bin" if n < overflowing else "bin", confidence, box) for n, box in enumerate(boxes))
    return Observation("gate-3", "station", "bins", NINE + minutes(at), {"overflowing_count": float(overflowing)}, seen)


def unknown(at: float, reason: str = "too_dark") -> Unknown:
    return Unknown(NINE + minutes(at), reason)


def play(asked: RuleSettings, zone: Zone, *sights: Sight, memory: dict[str, Any] | None = None) -> list[Judgement]:
    """Judge one look after the other."""
    judgements = []
    for sight in sights:
        judgements.append(judge(asked, "gate-3", zone, TOWN, memory, sight))
        memory = judgements[-1].memory
    return judgements


def verdicts(judgements: list[Judgement]) -> list[Verdict]:
    """The verdict of every look of which there was one."""
    return [decision.verdict for judgement in judgements for decision in judgement.decisions]


def opened(judgements: list[Judgement]) -> Mapping[str, datetime]:
    """Every incident that opened, and when."""
    return {change.incident.id: change.incident.opened_at for one in judgements for change in one.changes if change.kind == "opened"}
