"""The rules that a township has unless it writes its own, as they would stand in `camera_config.yaml`.

Category codes are data: towns map them to their own tables of GB/T 30428. 0102 (exposed garbage) was seen in several;
the others were not verified and are left empty.
"""

from typing import Any

BUILT_IN: dict[str, dict[str, Any]] = {
    "bin-overflow": {
        "id": "bin-overflow",
        "name": "垃圾桶满冒",
        "zones": ["bin_station"],
        "observes": "bins",
        "metric": "overflowing_count",
        "at_least": 1,
        "for": {"looks": 2, "of": 3, "within": "10m"},
        "clear_looks": 2,
        "min_confidence": 0.3,
        "severity": "overflowing_share",
        "category": "",
        "skill": "bins",
        "deadlines": {"claim": "10m", "done": "1h", "verify": "30m"},
    },
    "exposed-garbage": {
        "id": "exposed-garbage",
        "name": "暴露垃圾",
        "zones": ["bin_station", "keep_clear"],
        "observes": "bins",
        "metric": "garbage_count",
        "at_least": 1,
        "for": {"looks": 3, "of": 4, "within": "15m"},
        "clear_looks": 2,
        "min_confidence": 0.3,
        "category": "0102",
        "skill": "bins",
        "deadlines": {"claim": "10m", "done": "1h", "verify": "30m"},
    },
    "illegal-parking": {
        "id": "illegal-parking",
        "name": "机动车违停",
        "zones": ["no_parking"],
        "observes": "vehicles",
        "limit": "10m",
        "clear_looks": 2,
        "min_confidence": 0.3,
        "category": "",
        "skill": "parking",
        "deadlines": {"claim": "5m", "done": "30m", "verify": "15m"},
    },
    "fire-lane": {
        "id": "fire-lane",
        "name": "占用消防通道",
        "zones": ["fire_lane"],
        "observes": "vehicles",
        "limit": "2m",
        "clear_looks": 2,
        "min_confidence": 0.3,
        "priority": "top",
        "category": "",
        "skill": "parking",
        "deadlines": {"claim": "2m", "done": "15m", "verify": "10m"},
    },
    "messy-bikes": {
        "id": "messy-bikes",
        "name": "非机动车乱停放",
        "zones": ["keep_clear", "bike_bay"],
        "observes": "bikes",
        "metric": "bike_count",
        "at_least": 3,
        "for": {"looks": 3, "of": 4, "within": "20m"},
        "clear_looks": 2,
        "min_confidence": 0.3,
        "category": "",
        "skill": "bikes",
        "deadlines": {"claim": "15m", "done": "2h", "verify": "30m"},
    },
}
"""Rule id to its settings."""
