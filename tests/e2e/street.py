"""A street for the end-to-end tests: cleaners near, far, off shift and without the skill, all with their own inbox on a real broker."""

import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from alerts.access import Access
from alerts.link import Link
from alerts.topics import Topics
from tests.doubles.brokers import Mosquitto, running

TOPICS = Topics("street")
SERVICE = "weisu-service"
NEAR, SECOND, FAR, OFF_SHIFT, UNSKILLED = "near", "second", "far", "off-shift", "unskilled"
CLEANERS = (NEAR, SECOND, FAR, OFF_SHIFT, UNSKILLED)
ACCESS = Access(TOPICS.root, SERVICE, frozenset(CLEANERS))
PASSWORDS = {name: f"password-of-{name}" for name in (SERVICE, *CLEANERS)}
ENVIRON = {"MQTT_PASSWORD": PASSWORDS[SERVICE]}


def write_config(folder: Path, broker_port: int, cameras: Sequence[dict[str, Any]], rules: Sequence[dict[str, Any]] = ()) -> Path:
    """A township of `cameras`, whose orders go to the two nearest of its cleaners, over the broker on this machine."""
    mqtt = {"host": "127.0.0.1", "port": broker_port, "username": SERVICE, "password": "${MQTT_PASSWORD}", "protocol": "5"}
    config = {
        "town": {"id": TOPICS.town_id, "name": "街道"},
        "grids": [{"id": "g1", "name": "第一网格", "manager": "manager-1"}],
        "cleaners": [
            _cleaner(NEAR, 100),
            _cleaner(SECOND, 200),
            _cleaner(FAR, 1200),
            _cleaner(OFF_SHIFT, 50, shift=_window_that_is_not_now()),
            _cleaner(UNSKILLED, 60, skills=["paint"]),
        ],
        "cameras": [{"grid": "g1", "position": _place(0), "every": "1s", **camera} for camera in cameras],
        "rules": list(rules),
        "looks": {"allow_loopback": True, "deadline": "20s"},
        "dispatch": {"nearest": 2, "within_m": 500, "widen_after": "1h"},
        "mqtt": mqtt,
        "console": {"listen": "127.0.0.1:0"},
        "storage": {"url": f"sqlite:///{folder / 'weisu.db'}"},
    }
    file = folder / "street.yaml"
    file.write_text(yaml.safe_dump(config, allow_unicode=True))
    return file


@dataclass
class Inboxes:
    """What arrived in every cleaner's inbox, heard with that cleaner's own password."""

    links: dict[str, Link] = field(default_factory=dict)
    heard: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def of(self, cleaner_id: str, kind: str = "") -> list[dict[str, Any]]:
        queue = self.links[cleaner_id].incoming
        while not queue.empty():
            self.heard[cleaner_id].append(json.loads(queue.get().payload))
        return [said for said in self.heard[cleaner_id] if not kind or said["type"] == kind]


@contextmanager
def inboxes(broker: Mosquitto, *but: str) -> Iterator[Inboxes]:
    """Listen to the inboxes of all cleaners but those named."""
    listening = Inboxes()
    with ExitStack() as stack:
        for name in CLEANERS:
            if name not in but:
                listening.links[name] = stack.enter_context(running(broker.link(name), TOPICS.inbox(name)))
                listening.heard[name] = []
        yield listening


def _cleaner(name: str, metres_north: float, shift: str = "00:00-24:00", skills: Sequence[str] = ("bins", "parking")) -> dict[str, Any]:
    return {"id": name, "name": f"保洁员{name}", "grid": "g1", "position": _place(metres_north), "shifts": [shift], "skills": list(skills)}


def _place(metres_north: float) -> dict[str, float]:
    return {"lat": 39.79 + metres_north / 111_195, "lon": 116.5}


def _window_that_is_not_now() -> str:
    later = datetime.now(UTC).astimezone(ZoneInfo("Asia/Shanghai")) + timedelta(hours=6)
    return f"{later:%H:%M}-{later + timedelta(hours=6):%H:%M}"
