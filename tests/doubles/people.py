"""The people and places that recur in tests: a small township, awake at ten in the morning."""

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from alerts.desk import OrderDesk
from alerts.messages import Snapshot, parse_snapshot
from alerts.picture_links import PictureLinks
from rules.judgement import ChangeKind, Decision, IncidentChange, Verdict
from tests.doubles import contract
from tests.doubles.memory_store import MemoryStore
from town.geometry import Box
from town.township import Township
from town.work import Incident, IncidentKey, Message, WorkOrder

NOW = datetime(2026, 5, 4, 2, 0, tzinfo=UTC)
"""Ten o'clock in Shanghai, in the morning shift."""

NEAR, SECOND, THIRD, FAR, FARTHEST = "near", "second", "third", "far", "farthest"
OFF_SHIFT, UNSKILLED, STRANGER, MANAGER = "off-shift", "unskilled", "stranger", "manager-1"
GATE, STATION, LANE = "gate", "station", "lane"
BINS, PARKING = "bin-overflow", "illegal-parking"

_MORNING, _NIGHT = ["06:00-14:00"], ["22:00-06:00"]
_SQUARE = [[0.1, 0.1], [0.9, 0.1], [0.9, 0.9], [0.1, 0.9]]


def _cleaner(
    name: str, metres_north: float, shifts: Sequence[str] = _MORNING, skills: Sequence[str] = ("bins", "parking")
) -> dict[str, Any]:
    position = {"lat": 39.79 + metres_north / 111_195, "lon": 116.5}
    return {"id": name, "name": f"保洁员{name}", "grid": "g1", "position": position, "shifts": shifts, "skills": skills}


def plain_township(**changed: Any) -> dict[str, Any]:
    """What a file says of one grid, one camera with a bin station and a lane; ring 1 is the 3 nearest within 1,500 m."""
    settings: dict[str, Any] = {
        "town": {"id": "yizhuang", "name": "亦庄镇"},
        "grids": [{"id": "g1", "name": "第一网格", "manager": MANAGER}],
        "cleaners": [
            _cleaner(NEAR, 100),
            _cleaner(SECOND, 300),
            _cleaner(THIRD, 600),
            _cleaner(FAR, 2000),
            _cleaner(FARTHEST, 9000),
            _cleaner(OFF_SHIFT, 50, shifts=_NIGHT),
            _cleaner(UNSKILLED, 60, skills=["paint"]),
        ],
        "cameras": [
            {
                "id": GATE,
                "name": "三号门",
                "grid": "g1",
                "position": {"lat": 39.79, "lon": 116.5},
                "source": {"kind": "http_snapshot", "url": "http://10.0.0.7/snapshot.jpg"},
                "zones": [
                    {"id": STATION, "name": "三号门桶站", "kind": "bin_station", "polygon": _SQUARE},
                    {"id": LANE, "name": "门前路", "kind": "no_parking", "polygon": _SQUARE},
                ],
            }
        ],
        "rules": [
            {"id": BINS, "name": "桶站满冒", "zones": ["bin_station"], "observes": "bins", "metric": "overflowing_count", "skill": "bins"},
            {"id": PARKING, "name": "机动车违停", "zones": ["no_parking"], "observes": "vehicles", "skill": "parking", "priority": "high"},
        ],
    }
    return {**settings, **changed}


def township(**changed: Any) -> Township:
    return Township.model_validate(plain_township(**changed))


GARBAGE, FIRE_LANE = "garbage", "fire-lane"


def categorised() -> Township:
    """The same, with two rules for the bin station that share a category, and two for vehicles that share another."""
    rules: list[dict[str, Any]] = plain_township()["rules"]
    bins, parking = rules[0] | {"category": "0102"}, rules[1] | {"category": "0301"}
    garbage = bins | {"id": GARBAGE, "name": "暴露垃圾", "metric": "garbage_count", "priority": "high"}
    return township(rules=[bins, garbage, parking, parking | {"id": FIRE_LANE, "name": "占用消防通道"}])


def after(**span: float) -> datetime:
    return NOW + timedelta(**span)


def incident(number: int = 1, object_id: str = "", at: datetime = NOW) -> Incident:
    """An overflowing station, or with an `object_id` a vehicle in the lane."""
    key = IncidentKey(PARKING, GATE, LANE, object_id) if object_id else IncidentKey(BINS, GATE, STATION)
    return Incident(f"incident-{number}", key, at, Box(0.2, 0.2, 0.4, 0.4), "2 of 3 looks")


class Office:
    """An order desk over the in-memory store, with the words that tests use to play a day at it."""

    def __init__(self, town: Township | None = None, store: Any = None, links: PictureLinks | None = None) -> None:
        self.township = town or township()
        self.store = store or MemoryStore()
        self.desk = OrderDesk(self.store, self.township, links)
        self.camera = self.township.camera_by_id[GATE]
        self._said = 0

    def look(self, *decisions: Decision, changes: Sequence[IncidentChange] = (), at: datetime = NOW) -> None:
        with self.store.transaction() as book:
            self.desk.take_in(book, self.camera, changes, decisions, at)

    def opens(self, what: Incident, at: datetime | None = None) -> WorkOrder:
        self.look(changes=[IncidentChange(ChangeKind.OPENED, what)], at=at or what.opened_at)
        return self.order_of(what)

    def clears(self, what: Incident, at: datetime) -> None:
        gone = replace(what, closed_at=at, closed_reason="2 clear looks")
        self.look(changes=[IncidentChange(ChangeKind.CLEARED, gone)], at=at)

    def sees(self, what: Incident, firing: bool | None, at: datetime, verdict: Verdict = Verdict.STILL_FIRING) -> None:
        key = what.key
        self.look(Decision(key.rule_id, key.camera_id, key.zone_id, at, verdict, key.object_id, what.id, firing), at=at)

    def hears(self, cleaner_id: str, kind: str, at: datetime = NOW, event_id: str = "", **fields: Any) -> str:
        self._said += 1
        said = {"v": 1, "type": kind, "event_id": event_id or f"event-{self._said:04}", "issued_at": at.isoformat(), **fields}
        payload = json.dumps(said, ensure_ascii=False).encode()
        contract.check(payload)
        return self.desk.on_upward(cleaner_id, payload, at)

    def order(self, order_id: str) -> WorkOrder:
        with self.store.transaction() as book:
            found = book.order(order_id)
        assert found is not None
        return found

    def order_of(self, what: Incident) -> WorkOrder:
        with self.store.transaction() as book:
            found = book.order_of(what.id)
        assert found is not None
        return found

    def live(self) -> list[WorkOrder]:
        with self.store.transaction() as book:
            return list(book.live_orders())

    def actions(self, order_id: str) -> list[str]:
        with self.store.transaction() as book:
            return [str(event.action) for event in book.events(order_id)]

    def reasons(self, order_id: str) -> list[str]:
        with self.store.transaction() as book:
            return [event.reason for event in book.events(order_id)]

    def carry(self, at: datetime = NOW) -> list[Message]:
        """Take all that is due out of the outbox, as a relay with a perfect broker would. All of it is held to the written contract."""
        taken: list[Message] = []
        while batch := self.store.outbox.claim(at, at + timedelta(seconds=30), 1000):
            self.store.outbox.mark_sent([delivery.message.id for delivery in batch], at)
            taken.extend(delivery.message for delivery in batch)
        for message in taken:
            contract.check(message.payload, message.topic)
        return taken


def told(messages: Sequence[Message]) -> dict[str, list[str]]:
    """Cleaner id to the types that came to their inbox, in order."""
    inboxes: dict[str, list[str]] = defaultdict(list)
    for message in messages:
        if message.topic.endswith("/inbox"):
            inboxes[message.cleaner_id].append(content(message)["type"])
    return dict(inboxes)


def content(message: Message) -> dict[str, Any]:
    parsed: dict[str, Any] = json.loads(message.payload)
    return parsed


def snapshots(messages: Sequence[Message]) -> dict[str, Snapshot]:
    """Cleaner id to the latest snapshot: what a broker would retain."""
    return {message.topic.split("/")[4]: parse_snapshot(message.payload) for message in messages if message.retain}


def calls_for_attention(messages: Sequence[Message]) -> list[str]:
    """The reasons for which a grid's manager was asked to look."""
    return [content(message)["reason"] for message in messages if message.kind == "order_news" and content(message)["attention"]]
