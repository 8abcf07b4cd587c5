"""The half of the service that orders live in, as `weisu run` wires it, in a process of its own that may die at any step.

Cameras and the network are made up: what a look would have found is read from the street.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path

from pydantic import SecretStr

import storage.engines
from alerts.access import client_id
from alerts.broker import EmbeddedBroker
from alerts.desk import OrderDesk
from alerts.mqtt import MqttLink
from alerts.noticeboard import Noticeboard
from alerts.presence import service_words
from alerts.reception import Reception
from alerts.relay import Relay
from rules.judgement import ChangeKind, Decision, IncidentChange, Verdict
from simulator.faults.place import ACCESS, BINS, LANE, PARKING, PASSWORDS, SERVICE, SPEED, STATION, TOPICS, Street, StreetFile, township
from simulator.faults.plan import JUMPS, KILLS, Broker, Fault, Kind, Plan, Problem
from simulator.faults.traps import TrappedLink, TrappedOutbox, TrappedQueue, TrappedStore, Traps
from storage.database import Database
from storage.errors import StorageError
from town.geometry import Box
from town.settings import ExternalBroker
from town.township import Township
from town.work import Incident, IncidentKey, OrderState

logger = logging.getLogger(__name__)

_LOOK_S = 0.05
_SWEEP_S = 5.0 / SPEED
_ACKNOWLEDGED_WITHIN_S = 3.0
_LEAST_FILE = 64 * 1024


@dataclass(frozen=True, slots=True)
class Post:
    """Where one life of the service finds what it needs. `broker_port` is the broker's own, `wire_port` the service's way to it."""

    folder: Path
    broker_port: int
    wire_port: int

    @property
    def database(self) -> Path:
        return self.folder / "weisu.db"

    @property
    def ready(self) -> Path:
        """There from the moment when the service first has a session with the broker."""
        return self.folder / "ready"

    @property
    def mosquitto_pid(self) -> int | None:
        text = (self.folder / "mosquitto.pid").read_text()
        return int(text) if text else None

    def note_mosquitto(self, pid: int | None) -> None:
        (self.folder / "mosquitto.pid").write_text(str(pid or ""))

    def note_kill(self, fault: Fault) -> None:
        with (self.folder / "kills").open("a") as kills:
            kills.write(f"{fault.kind} {fault.lasts_s}\n")

    @property
    def kills(self) -> list[tuple[Kind, float]]:
        """What was killed so far, in all lives, and for how many seconds it is to be away."""
        file = self.folder / "kills"
        lines = [line.split() for line in file.read_text().splitlines()] if file.exists() else []
        return [(Kind(kind), float(lasts_s)) for kind, lasts_s in lines]

    @property
    def log(self) -> Path:
        """What all lives of the service wrote."""
        return self.folder / "service.log"

    @property
    def street(self) -> StreetFile:
        return StreetFile(self.folder / "street.json")


def login(user: str, port: int, broker: Broker) -> ExternalBroker:
    return ExternalBroker(
        host="127.0.0.1",
        port=port,
        username=user,
        password=SecretStr(PASSWORDS[user]),
        protocol="5" if broker is Broker.MOSQUITTO_5 else "3.1.1",
    )


def live(plan: Plan, post: Post, life: int) -> None:
    """Run until killed, as life number `life` of the service."""
    logging.basicConfig(filename=post.log, level="INFO", force=True, format=f"%(asctime)s {life} %(name)s: %(message)s")
    storage.engines.BUSY_S = plan.busy_s  # half of the plans give up on a locked database sooner than the service does
    outside = Outside(plan, post.street)
    threading.Thread(target=_ration_disk, args=(plan, outside, post.database), daemon=True).start()
    town, database = township(), Database.open(f"sqlite:///{post.database}")
    broker = _own_broker(post) if plan.broker is Broker.EMBEDDED else None
    kills = [fault for fault in plan.of(*KILLS) if fault.life == life]
    traps = Traps(kills, lambda: broker.pid if broker else post.mosquitto_pid, lambda: outside.elapsed_s() >= 0, post.note_kill)
    store, link = TrappedStore(database, traps), _open_link(plan, post, traps, outside)
    desk = OrderDesk(store, town)
    noticeboard = Noticeboard(store, database.figures, town, lambda: link.session_count)
    relay = Relay(TrappedOutbox(database.outbox, traps), link, timeout_s=_ACKNOWLEDGED_WITHIN_S)
    reception = Reception(link, TOPICS, desk, outside.now)
    for run in (
        partial(relay.run, threading.Event(), outside.now),
        partial(reception.run, threading.Event()),
        partial(_again_and_again, _SWEEP_S, lambda: desk.sweep(outside.now())),
        partial(_again_and_again, _SWEEP_S, lambda: noticeboard.refresh(outside.now())),
    ):
        threading.Thread(target=run, daemon=True).start()
    while not link.connected:
        time.sleep(_LOOK_S)
    post.ready.touch()
    eyes = Eyes(plan.problems, outside, database, store, desk, town)
    _again_and_again(_LOOK_S, eyes.look)


class Outside:
    """What the service sees of the world: its clock, which may jump, and the street."""

    def __init__(self, plan: Plan, street: StreetFile) -> None:
        self._jumps = tuple((fault.at_s, JUMPS[fault.kind]) for fault in plan.of(*JUMPS))
        self._street = street

    def street(self) -> Street:
        return self._street.read()

    def now(self) -> datetime:
        return self.street().time(time.monotonic(), self._jumps)

    def elapsed_s(self) -> float:
        return self.street().elapsed_s(time.monotonic())


class Eyes:
    """Looks at the street through all cameras. What a look could not write, the next one finds again."""

    def __init__(
        self, problems: Sequence[Problem], outside: Outside, database: Database, store: TrappedStore, desk: OrderDesk, town: Township
    ) -> None:
        self._problems = problems
        self._outside = outside
        self._database = database
        self._store = store
        self._desk = desk
        self._town = town
        self._told: dict[str, bool] = {}

    def look(self) -> None:
        street, now = self._outside.street(), self._outside.now()
        standing = {problem.id for problem in self._problems if stands(problem, street, time.monotonic())}
        verifying = {order.incident_id for order in self._database.figures.live_orders() if order.state is OrderState.VERIFYING}
        for camera in self._town.cameras:
            seen = [problem for problem in self._problems if problem.camera_id == camera.id]
            decisions = [_decision(problem, problem.id in standing, now) for problem in seen if problem.id in verifying]
            news = [problem for problem in seen if self._told.get(problem.id) != (problem.id in standing)]
            if news or decisions:
                with self._store.transaction() as book:
                    changes = [change for problem in news for change in _changes(problem, book.incident(problem.id), standing, now)]
                    self._desk.take_in(book, camera, changes, decisions, now)
                self._told |= {problem.id: problem.id in standing for problem in news}


def stands(problem: Problem, street: Street, monotonic_s: float) -> bool:
    """Whether a camera would see the problem at a moment."""
    elapsed_s = street.elapsed_s(monotonic_s)
    gone = problem.leaves_s is not None and elapsed_s >= problem.leaves_s
    return elapsed_s >= problem.opens_s and not gone and problem.id not in street.put_right


def key_of(problem: Problem) -> IncidentKey:
    if problem.is_vehicle:
        return IncidentKey(PARKING, problem.camera_id, LANE, problem.id)
    return IncidentKey(BINS, problem.camera_id, STATION)


def _changes(problem: Problem, stored: Incident | None, standing: set[str], now: datetime) -> Iterator[IncidentChange]:
    if stored is None and problem.id in standing:
        yield IncidentChange(ChangeKind.OPENED, Incident(problem.id, key_of(problem), now, Box(0.2, 0.2, 0.4, 0.4), "seen"))
    elif stored is not None and stored.closed_at is None and problem.id not in standing:
        yield IncidentChange(ChangeKind.CLEARED, replace(stored, closed_at=now, closed_reason="seen clear"))


def _decision(problem: Problem, firing: bool, now: datetime) -> Decision:
    key, verdict = key_of(problem), Verdict.STILL_FIRING if firing else Verdict.NOTHING_SEEN
    return Decision(key.rule_id, key.camera_id, key.zone_id, now, verdict, key.object_id, problem.id, firing)


def _own_broker(post: Post) -> EmbeddedBroker:
    broker = EmbeddedBroker("127.0.0.1", post.broker_port, PASSWORDS, ACCESS)
    broker.start()
    return broker


def _open_link(plan: Plan, post: Post, traps: Traps, outside: Outside) -> TrappedLink:
    birth, will = service_words(TOPICS, "faults", outside.now())
    link = MqttLink(login(SERVICE, post.wire_port, plan.broker), client_id(SERVICE, PASSWORDS[SERVICE]), birth=birth, will=will)
    link.incoming = TrappedQueue(traps)
    link.subscribe(TOPICS.every_up)
    link.start()
    return TrappedLink(link, traps)


def _again_and_again(every_s: float, work: Callable[[], object]) -> None:
    """As the schedule does: what failed is logged, and tried again at its next time."""
    while True:
        try:
            work()
        except StorageError as error:
            logger.warning("not now: %s", error)
        except Exception:
            logger.exception("a round failed")
        time.sleep(every_s)


def _ration_disk(plan: Plan, outside: Outside, database: Path) -> None:
    """While the disk is full no file of this process grows. The kernel then says EFBIG where a full disk says ENOSPC."""
    import resource

    hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
    log = database.with_name(f"{database.name}-wal")
    spans = [(fault.at_s, fault.at_s + fault.lasts_s) for fault in plan.of(Kind.DISK_FULL)]
    rationed = False
    while True:
        elapsed_s = outside.elapsed_s()
        full = any(start <= elapsed_s < end for start, end in spans)
        if full and not rationed:
            with suppress(OSError):
                resource.setrlimit(resource.RLIMIT_FSIZE, (max(_LEAST_FILE, log.stat().st_size), hard))
        elif rationed and not full:
            resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
        rationed = full
        time.sleep(_LOOK_S)
