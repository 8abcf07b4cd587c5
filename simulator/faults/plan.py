"""What goes wrong in one fault run: drawn from its seed alone, so that a failing one can be replayed."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from random import Random

from simulator.faults.place import CAMERAS, CLEANERS

ACTIVE_S = 2.0
"""Faults begin within so many seconds of a run's beginning."""

_PROBLEMS = (3, 5)
_MORE_FAULTS = (1, 3)
_JUMP = timedelta(hours=1)


class Broker(StrEnum):
    EMBEDDED = "embedded"
    MOSQUITTO_5 = "mosquitto-5"
    MOSQUITTO_3 = "mosquitto-3.1.1"


class Step(StrEnum):
    """Where a message stands when something is killed, on its way from the desk to the broker, or from the broker to the desk."""

    WRITTEN = "written"  # in an open transaction
    COMMITTED = "committed"
    LEASED = "leased"
    PUBLISHING = "publishing"  # the broker has not been handed it
    ACKNOWLEDGED = "acknowledged"  # by the broker, and not yet marked as sent
    MARKED = "marked"
    HEARD = "heard"  # taken from the link, and not yet brought before the desk


class Kind(StrEnum):
    KILL_SERVICE = "kill_service"
    KILL_BROKER = "kill_broker"
    CUT = "cut"
    HUNG = "hung"
    SLOW = "slow"
    DUPLICATED = "duplicated"
    REORDERED = "reordered"
    DISK_FULL = "disk_full"
    LOCKED = "locked"
    CLOCK_AHEAD = "clock_ahead"
    CLOCK_BACK = "clock_back"
    PHONE_DIES = "phone_dies"


KILLS = (Kind.KILL_SERVICE, Kind.KILL_BROKER)
WIRES = (Kind.CUT, Kind.HUNG, Kind.SLOW, Kind.DUPLICATED, Kind.REORDERED)
JUMPS = {Kind.CLOCK_AHEAD: _JUMP, Kind.CLOCK_BACK: -_JUMP}

FOCI: tuple[tuple[Kind, Step | None], ...] = (
    *((kind, step) for kind in KILLS for step in Step),
    *((kind, None) for kind in Kind if kind not in KILLS),
)
"""The first fault of seed n is `FOCI[n % len(FOCI)]`: so many seeds in a row try every step of the outbox and every kind."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that goes wrong: at a moment (seconds since the beginning), or at the `nth` time that a step is passed.

    `whom` is a cleaner or "service" for a wire, and a cleaner for a phone, which dies at its `nth` claim. A kill waits in the service's
    life number `life`, and what was killed comes back after `lasts_s`.
    """

    kind: Kind
    at_s: float = 0.0
    lasts_s: float = 0.0
    whom: str = ""
    step: Step | None = None
    nth: int = 0
    life: int = 0

    def __str__(self) -> str:
        lasts = f" for {self.lasts_s:.2f} s" if self.lasts_s else ""
        if self.step:
            return f"{self.kind} in life {self.life} at the {self.nth}. {self.step}, back after {self.lasts_s:.2f} s"
        if self.kind is Kind.PHONE_DIES:
            return f"{self.kind} {self.whom} at claim {self.nth}{lasts}"
        return " ".join(filter(None, [self.kind, self.whom, f"at {self.at_s:.2f} s{lasts}"]))


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that a camera sees from a moment on, until it is put right or, where `leaves_s` is set, goes by itself."""

    id: str
    camera_id: str
    is_vehicle: bool
    opens_s: float
    leaves_s: float | None = None


@dataclass(frozen=True, slots=True)
class Nature:
    """What a cleaner is like, 0 to 1; `clock_ahead` is how wrong the phone's clock is."""

    cleaner_id: str
    declines_score: float
    careless_score: float
    gives_back_score: float
    clock_ahead: timedelta


@dataclass(frozen=True, slots=True)
class Plan:
    seed: int
    broker: Broker
    problems: tuple[Problem, ...]
    natures: tuple[Nature, ...]
    faults: tuple[Fault, ...]
    busy_s: float
    """How long the service waits for a locked database before it gives up."""

    @property
    def kinds(self) -> tuple[Kind, ...]:
        return tuple(fault.kind for fault in self.faults)

    def of(self, *kinds: Kind) -> tuple[Fault, ...]:
        return tuple(fault for fault in self.faults if fault.kind in kinds)

    def __str__(self) -> str:
        lines = [f"seed {self.seed} on {self.broker}, {len(self.problems)} problems", *(f"  {fault}" for fault in self.faults)]
        return "\n".join(lines)


def plan_of(seed: int, broker: Broker | None = None) -> Plan:
    """The plan of a seed; on another broker, where one is named, with all else alike."""
    rng = Random(f"weisu fault run {seed}")
    drawn = rng.choice(list(Broker))
    first = _fault(rng, *FOCI[seed % len(FOCI)], life=0)
    more = [_fault(rng, *rng.choice(FOCI), life=rng.randint(0, 1)) for _ in range(rng.randint(*_MORE_FAULTS))]
    problems = tuple(_problem(rng, number) for number in range(rng.randint(*_PROBLEMS)))
    natures = tuple(_nature(rng, name) for name in CLEANERS)
    return Plan(seed, broker or drawn, problems, natures, _one_death_a_life([first, *more]), rng.choice([0.3, 30.0]))


def _fault(rng: Random, kind: Kind, step: Step | None, life: int) -> Fault:
    at_s = rng.uniform(0.1, ACTIVE_S)
    if kind in KILLS:
        return Fault(kind, lasts_s=rng.uniform(0.05, 0.6), step=step, nth=rng.randint(1, 8), life=life)
    if kind in WIRES:
        return Fault(kind, at_s, rng.uniform(0.2, 1.5), rng.choice(["service", *CLEANERS]))
    if kind is Kind.PHONE_DIES:
        return Fault(kind, lasts_s=rng.uniform(0.05, 1.0), whom=rng.choice(CLEANERS), nth=1)
    return Fault(kind, at_s, 0.0 if kind in JUMPS else rng.uniform(0.3, 1.5))


def _one_death_a_life(faults: list[Fault]) -> tuple[Fault, ...]:
    """A life of the service ends once: of two kills in the same life only the first is kept."""
    kept: list[Fault] = []
    for fault in faults:
        doubled = fault.kind is Kind.KILL_SERVICE and any((fault.kind, fault.life) == (one.kind, one.life) for one in kept)
        if not doubled:
            kept.append(fault)
    return tuple(kept)


def _problem(rng: Random, number: int) -> Problem:
    """At most one overflowing station a camera: a second would be the same problem."""
    is_vehicle = number >= len(CAMERAS) or rng.random() < 0.5
    opens_s = 0.0 if number == 0 else rng.uniform(0.0, ACTIVE_S)
    leaves_s = opens_s + rng.uniform(0.3, 2.0) if rng.random() < 0.2 else None
    return Problem(f"problem-{number}", CAMERAS[number % len(CAMERAS)], is_vehicle, opens_s, leaves_s)


def _nature(rng: Random, cleaner_id: str) -> Nature:
    skew = timedelta(minutes=rng.choice([0, 0, 0, -130, 3, 75]))
    return Nature(cleaner_id, rng.choice([0.0, 0.2]), rng.choice([0.0, 0.2]), rng.choice([0.0, 0.1]), skew)
