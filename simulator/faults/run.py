"""One fault run: the plan is carried out on real processes, everything heals, and the books are checked."""

import logging
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from random import Random

from simulator.demo_township import free_port
from simulator.faults.books import Wrong, screens_wrong, wrongs
from simulator.faults.half import Post, live, login, stands
from simulator.faults.mosquitto import MosquittoChild
from simulator.faults.nursery import Nursery
from simulator.faults.phone import Phone
from simulator.faults.place import ACCESS, CLEANERS, PASSWORDS, SERVICE, Street, StreetFile, fresh_street, with_right
from simulator.faults.plan import ACTIVE_S, WIRES, Broker, Fault, Kind, Plan
from simulator.faults.reading import ledger_of, thrown_in
from simulator.faults.wire import Mood, Wire, Wires
from storage.database import Database
from storage.errors import StorageError

logger = logging.getLogger(__name__)

PATIENCE_S = 90.0
"""How long a run may take to come to rest; only a broken thing, or a machine that does nothing else, takes so long."""

_BEAT_S = 0.04
_CALM_S = 1.0
_LEAP_S = 3 * 3600.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run came to. `deaths` counts what really died, `seconds` is the wall time of all of it."""

    seed: int
    broker: Broker
    kinds: tuple[Kind, ...]
    wrongs: tuple[str, ...]
    seconds: float
    orders: int = 0
    events: int = 0
    deaths: Mapping[Kind, int] = field(default_factory=dict)

    @property
    def is_right(self) -> bool:
        return not self.wrongs


def run(plan: Plan, folder: Path) -> Outcome:
    """Carry out a plan in an empty folder, in a process that runs no other thread.

    It does not raise for what the service does: that is a wrong in the outcome.
    """
    started = time.monotonic()
    with ExitStack() as stack:
        stage = stack.enter_context(_stage(plan, folder))
        try:
            stage.play()
            stage.come_to_rest()
            stage.let_time_pass()
            found = stage.unexpected()
        except TimeoutError as late:
            found = [*stage.unexpected(), *stage.wrongs(), f"restless: {late}"]
        orders, events = stage.counts()
        seconds = time.monotonic() - started
    return Outcome(plan.seed, plan.broker, plan.kinds, tuple(found), seconds, orders, events, dict(stage.deaths()))


class Stage:
    """All that runs in one run, watched over by one thread: what dies is started again, as an init system would."""

    def __init__(self, plan: Plan, post: Post, mosquitto: MosquittoChild | None, wires: Mapping[str, Wire], nursery: Nursery) -> None:
        self.phones = [_phone(plan, post.street, wires[name], name, self._puts_right) for name in CLEANERS]
        self._plan = plan
        self._post = post
        self._mosquitto = mosquitto
        self._wires = wires
        self._nursery = nursery
        self._life = 0
        self._back_at: dict[str, float] = {}
        self._street = post.street.read()
        self._street_lock = threading.Lock()
        self._database = Database.open(f"sqlite:///{post.database}")
        self._due = sorted(self._errands(), key=lambda errand: errand[0])

    def play(self) -> None:
        """Greet everybody, then let the faults happen, and go on until their time is over."""
        self._start_service()
        self._until(self._post.ready.exists, "the service's first session")
        for phone in self.phones:
            phone.start()
        self._until(lambda: all(phone.is_greeted for phone in self.phones), "the first hello")
        self._change_street(lambda street: replace(street, begun_s=time.monotonic()))
        over_s = max([ACTIVE_S, *(fault.at_s + fault.lasts_s for fault in self._plan.faults)])
        while (elapsed_s := self._street.elapsed_s(time.monotonic())) < over_s:
            while self._due and self._due[0][0] <= elapsed_s:
                self._due.pop(0)[1]()
            self._beat()
        for _, errand in self._due:
            errand()

    def come_to_rest(self) -> None:
        """Until nothing more happens to any order, and the books are right but for what only time will settle."""
        seen: tuple[int, float] = (-1, 0.0)

        def at_rest() -> bool:
            nonlocal seen
            if not self._is_quiet():
                return False
            events = self.counts()[1]
            if events != seen[0]:
                seen = (events, time.monotonic())
            return not self._database.figures.live_orders() or time.monotonic() - seen[1] >= _CALM_S

        self._until(at_rest, "rest")

    def let_time_pass(self) -> None:
        """Where an order still lives, hours go by: its deadline passes, and somebody must be called. Then the books must be right."""
        if self._database.figures.live_orders():
            self._change_street(lambda street: replace(street, leap_s=_LEAP_S))
        self._until(lambda: self._is_quiet() and not self._wrongs(), "the books")

    def wrongs(self) -> list[str]:
        """What the books say, now."""
        return [str(wrong) for wrong in self._wrongs()]

    def unexpected(self) -> list[str]:
        """What the service did that no fault explains: it died of itself, or threw what it should have foreseen."""
        killed = sum(kind is Kind.KILL_SERVICE for kind, _ in self._post.kills)
        may_not_start = self._plan.of(Kind.DISK_FULL, Kind.LOCKED)
        died = [] if self._life <= killed or may_not_start else [f"the service died {self._life - killed} times of itself"]
        return [*died, *(f"the service threw {name}" for name in thrown_in(self._post.log.read_text()))]

    def deaths(self) -> Counter[Kind]:
        """What was killed, and which phones died."""
        return Counter(
            [*(kind for kind, _ in self._post.kills), *(Kind.PHONE_DIES for phone in self.phones for _ in range(phone.deaths_count))]
        )

    def counts(self) -> tuple[int, int]:
        """Orders, and events of orders."""
        with closing(sqlite3.connect(self._post.database)) as connection:
            one = "SELECT (SELECT COUNT(*) FROM orders), (SELECT COUNT(*) FROM order_events)"
            orders, events = connection.execute(one).fetchone()
        return int(orders), int(events)

    def end(self) -> None:
        for phone in self.phones:
            phone.stop()
        if self._mosquitto is not None:
            self._mosquitto.kill()
        self._database.close()

    def _is_quiet(self) -> bool:
        if self._nursery.is_empty or any(phone.is_waiting for phone in self.phones):
            return False
        if self._database.outbox.waiting_count() or self._disagree():
            return False
        # The cameras must have told of all that stands, and of nothing that does not.
        standing = {problem.id for problem in self._plan.problems if stands(problem, self._street, time.monotonic())}
        with closing(sqlite3.connect(self._post.database)) as connection:
            return standing == {row[0] for row in connection.execute("SELECT id FROM incidents WHERE closed_at IS NULL")}

    def _disagree(self) -> bool:
        return any(screens_wrong(self._database.figures.live_orders(), {phone.cleaner_id: phone.screen for phone in self.phones}))

    def _wrongs(self) -> list[Wrong]:
        needed = [problem.id for problem in self._plan.problems if problem.leaves_s is None]
        screens = {phone.cleaner_id: phone.screen for phone in self.phones}
        won = [one for phone in self.phones for one in phone.won]
        waiting = [phone.cleaner_id for phone in self.phones if phone.is_waiting]
        now = self._street.time(time.monotonic())
        return wrongs(ledger_of(self._database, self._post.database, now, needed, screens, won, waiting))

    def _until(self, check: Callable[[], bool], what: str) -> None:
        """Watch over all until something holds. Raises TimeoutError."""
        give_up_at = time.monotonic() + PATIENCE_S
        while not _holds(check):
            if time.monotonic() > give_up_at:
                raise TimeoutError(f"{what} did not come within {PATIENCE_S:g} s")
            self._beat()

    def _beat(self) -> None:
        time.sleep(_BEAT_S)
        if self._nursery.is_empty and self._is_back("service"):
            self._life += 1
            self._start_service()
        if self._mosquitto is not None and self._mosquitto.is_dead and self._is_back("broker"):
            self._mosquitto.start()
            self._post.note_mosquitto(self._mosquitto.pid)

    def _is_back(self, whom: str) -> bool:
        """Whether what has died was away for long enough."""
        now = time.monotonic()
        if whom not in self._back_at:
            kind = Kind.KILL_SERVICE if whom == "service" else Kind.KILL_BROKER
            away_s = [lasts_s for killed, lasts_s in self._post.kills if killed is kind]
            self._back_at[whom] = now + (away_s[-1] if away_s else 0.0)
        if now < self._back_at[whom]:
            return False
        del self._back_at[whom]
        return True

    def _start_service(self) -> None:
        self._nursery.bear(self._plan, self._post, self._life)

    def _errands(self) -> Iterator[tuple[float, Callable[[], None]]]:
        """What this thread does at moments of the run: the rest of the plan is the service's, its traps' and the phones'."""
        for fault in self._plan.of(*WIRES):
            wire, mood = self._wires[fault.whom], Mood(fault.kind)
            yield fault.at_s, partial(wire.set_mood, mood)
            yield fault.at_s + fault.lasts_s, partial(wire.set_mood, Mood.WELL)
        for fault in self._plan.of(Kind.LOCKED):
            yield fault.at_s, partial(self._lock, fault)

    def _lock(self, fault: Fault) -> None:
        threading.Thread(target=_hold, args=(self._post.database, fault.lasts_s), daemon=True).start()

    def _puts_right(self, order_id: str) -> None:
        """Where the database cannot say which problem it was, the work was not done: the camera will see it."""
        with suppress(StorageError):
            order = self._database.order_lists.order(order_id)
            if order is not None:
                self._change_street(lambda street: with_right(street, order.incident_id))

    def _change_street(self, change: Callable[[Street], Street]) -> None:
        with self._street_lock:
            self._street = change(self._street)
            self._post.street.write(self._street)


def _holds(check: Callable[[], bool]) -> bool:
    try:
        return check()
    except (StorageError, sqlite3.Error) as error:
        logger.debug("cannot tell yet: %s", error)
        return False


def _hold(database: Path, for_s: float) -> None:
    """Another programme holds the database."""
    with suppress(sqlite3.OperationalError), closing(sqlite3.connect(database, timeout=5, isolation_level=None)) as connection:
        connection.execute("BEGIN EXCLUSIVE")
        time.sleep(for_s)
        connection.execute("ROLLBACK")


def _phone(plan: Plan, street: StreetFile, wire: Wire, name: str, puts_right: Callable[[str], None]) -> Phone:
    nature = next(nature for nature in plan.natures if nature.cleaner_id == name)
    deaths = tuple(fault for fault in plan.of(Kind.PHONE_DIES) if fault.whom == name)
    rng = Random(f"phone of {name} in {plan.seed}")
    return Phone(nature, login(name, wire.port, plan.broker), wire, deaths, street, puts_right, rng)


@contextmanager
def _stage(plan: Plan, folder: Path) -> Iterator[Stage]:
    with ExitStack() as stack:
        nursery = Nursery(live)
        stack.callback(nursery.close)
        mosquitto = None
        if plan.broker is not Broker.EMBEDDED:
            mosquitto = MosquittoChild(folder, ACCESS, PASSWORDS)
            stack.callback(mosquitto.kill)
            mosquitto.start()
        port = mosquitto.port if mosquitto else free_port()
        wires = stack.enter_context(Wires())
        ways = {name: wires.to(port, Random(f"wire of {name} in {plan.seed}")) for name in (SERVICE, *CLEANERS)}
        post = Post(folder, port, ways[SERVICE].port)
        post.street.write(fresh_street())
        post.note_mosquitto(mosquitto.pid if mosquitto else None)
        stage = Stage(plan, post, mosquitto, {"service" if name == SERVICE else name: wire for name, wire in ways.items()}, nursery)
        stack.callback(stage.end)
        yield stage
