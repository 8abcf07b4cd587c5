"""Cleaners' MQTT sessions, held for their phones: one for each cleaner who listens, with that cleaner's own credentials."""

import json
import logging
import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from uuid import uuid4

from alerts.cleaner import CleanerClient
from alerts.messages import OrderAct
from alerts.topics import Topics
from console.phone.view import Reading, order_lines
from town.settings import ExternalBroker
from town.township import Township

log = logging.getLogger(__name__)

STEPPERS = 4
STEP_EVERY_S = 0.1
LINGER = timedelta(minutes=3)
"""A session outlives the last phone for so long: a phone that changes from one mast to the next finds it as it was."""

DEVICE = "phone"
"""Sets the session apart from `weisu cleaner`, which may run beside it."""

Open = Callable[[str], CleanerClient]


class NoLine(Exception):
    """A cleaner cannot be connected. `reason` is a word: no_password or no_broker."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def opener(township: Callable[[], Township], broker: ExternalBroker | None) -> Open:
    """Makes the clients of a township's cleaners at a broker, which is told without a login. They raise NoLine."""

    def open_client(cleaner_id: str) -> CleanerClient:
        town = township()
        cleaner = town.cleaner_by_id.get(cleaner_id)
        if cleaner is None or cleaner.password is None:
            raise NoLine("no_password")
        if broker is None:
            raise NoLine("no_broker")
        login = broker.model_copy(update={"username": cleaner.id, "password": cleaner.password})
        return CleanerClient.over_mqtt(login, Topics(town.town.id), cleaner.id, DEVICE)

    return open_client


class Line:
    """One cleaner's session. `step` is for one thread; the rest is for any."""

    def __init__(self, cleaner_id: str, client: CleanerClient, now: datetime) -> None:
        self.cleaner_id = cleaner_id
        self.shown = "{}"
        """A JSON object: the orders, what was told, which acts wait for an answer and which have one."""
        self._id = str(uuid4())
        self._client = client
        self._reading = Reading()
        self._acts: queue.SimpleQueue[OrderAct] = queue.SimpleQueue()
        self._listeners: list[Callable[[], None]] = []
        self._used_at = now
        self._last: tuple[object, ...] = ()
        self._show()

    def start(self) -> None:
        self._client.start()

    def stop(self) -> None:
        self._client.stop()

    def use(self, now: datetime) -> None:
        """Somebody is about to listen or to speak."""
        self._used_at = now

    def say(self, act: OrderAct) -> None:
        self._acts.put(act)

    def add(self, listener: Callable[[], None]) -> None:
        self._listeners.append(listener)

    def remove(self, listener: Callable[[], None], now: datetime) -> None:
        self._used_at = now
        self._listeners.remove(listener)

    def is_left(self, now: datetime) -> bool:
        """Whether no phone has listened or spoken for a while."""
        return not self._listeners and abs(now - self._used_at) > LINGER

    def step(self, now: datetime) -> None:
        """Say what is to be said, hear what came, and tell the listeners where it changes what is shown."""
        while (act := _next(self._acts)) is not None:
            if act.event_id not in self._reading.answered:
                self._client.say(act, now)
        before = self._client.state
        news = self._client.step(now)
        said = (self._client.link.connected, self._client.unanswered)
        if news or self._client.state is not before or said != self._last:
            self._last = said
            self._reading.take(news, before, self._client.state, now)
            self._show()
            self._tell()

    def _show(self) -> None:
        state = self._client.state
        shown = {
            "line": self._id,
            "broker": "up" if self._client.link.connected else "down",
            "fresh": state.snapshot_rev > 0,
            "orders": order_lines(state, self._reading.why),
            "told": [one.plain() for one in self._reading.told],
            "waiting": list(self._client.unanswered),
            "answered": list(self._reading.answered),
        }
        self.shown = json.dumps(shown, ensure_ascii=False)

    def _tell(self) -> None:
        for listener in list(self._listeners):
            listener()


class Lines:
    """All lines of a console. `open_client` makes a client, or raises NoLine; `clock` is asked at every step. For any thread."""

    def __init__(self, open_client: Open, clock: Callable[[], datetime]) -> None:
        self._open_client = open_client
        self._clock = clock
        self._lock = threading.Lock()
        self._lines: dict[str, Line] = {}
        self._closing = threading.Event()
        self._at_end: list[Callable[[], None]] = []
        self._woken = [threading.Event() for _ in range(STEPPERS)]
        self._threads: list[threading.Thread] = []

    @property
    def closed(self) -> bool:
        return self._closing.is_set()

    def line(self, cleaner_id: str) -> Line:
        """The line of a cleaner, opened where there is none. Raises NoLine."""
        with self._lock:
            if self.closed:
                raise NoLine("closing")
            line = self._lines.get(cleaner_id)
            if line is None:
                line = Line(cleaner_id, self._open_client(cleaner_id), self._clock())
                line.start()
                self._lines[cleaner_id] = line
                self._step_from_now_on()
            line.use(self._clock())
            return line

    @contextmanager
    def listening(self, cleaner_id: str, listener: Callable[[], None]) -> Iterator[Line]:
        """The line of a cleaner, kept while the block lasts; `listener` is called in another thread whenever `shown` changes."""
        line = self.line(cleaner_id)
        line.add(listener)
        try:
            yield line
        finally:
            line.remove(listener, self._clock())

    @contextmanager
    def told_of_end(self, listener: Callable[[], None]) -> Iterator[None]:
        """`listener` is called in another thread when all lines are closed while the block lasts."""
        self._at_end.append(listener)
        try:
            yield
        finally:
            self._at_end.remove(listener)

    def say(self, cleaner_id: str, act: OrderAct) -> None:
        """Raises NoLine."""
        self.line(cleaner_id).say(act)
        self._woken[_stepper_of(cleaner_id)].set()

    def close(self) -> None:
        """End all sessions politely, and all who listen."""
        with self._lock:
            self._closing.set()
        for listener in list(self._at_end):
            listener()
        for woken in self._woken:
            woken.set()
        for thread in self._threads:
            thread.join()

    def _step_from_now_on(self) -> None:
        """Threads are made with the first line: a town without phones needs none."""
        if not self._threads:
            self._threads = [threading.Thread(target=self._run, args=(n,), name=f"lines-{n}", daemon=True) for n in range(STEPPERS)]
            for thread in self._threads:
                thread.start()

    def _run(self, number: int) -> None:
        """Step the lines of one thread. A broker that does not answer one of them holds up no more than these."""
        while not self.closed:
            for line in self._of(number):
                self._step(line)
            self._woken[number].wait(STEP_EVERY_S)
            self._woken[number].clear()
        self._stop_beside_each_other(self._of(number))

    def _of(self, number: int) -> list[Line]:
        with self._lock:
            return [line for cleaner_id, line in self._lines.items() if _stepper_of(cleaner_id) == number]

    def _step(self, line: Line) -> None:
        now = self._clock()
        try:
            line.step(now)
        except Exception:
            log.exception("the line of %s could not be stepped", line.cleaner_id)
        if line.is_left(now) and self._let_go(line, now):
            self._stop(line)

    def _stop(self, line: Line) -> None:
        try:
            line.stop()
        except Exception:
            log.exception("the line of %s could not be ended", line.cleaner_id)

    def _stop_beside_each_other(self, lines: list[Line]) -> None:
        """Where the broker is gone, each takes a second."""
        threads = [threading.Thread(target=self._stop, args=(line,), daemon=True) for line in lines]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _let_go(self, line: Line, now: datetime) -> bool:
        with self._lock:
            if not line.is_left(now):
                return False
            del self._lines[line.cleaner_id]
            return True


def _stepper_of(cleaner_id: str) -> int:
    return sum(cleaner_id.encode()) % STEPPERS


def _next(acts: "queue.SimpleQueue[OrderAct]") -> OrderAct | None:
    try:
        return acts.get_nowait()
    except queue.Empty:
        return None
