"""One fault, not a hundred orders: which openings of a look may become orders, and which a paused rule holds back. Pure."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from rules.judgement import Decision, Verdict
from town.work import Incident


class PauseEnd(StrEnum):
    RELEASED = "released"
    DISCARDED = "discarded"


class Fate(StrEnum):
    """What has become of a held opening."""

    HELD = "held"
    CLEARED = "cleared"
    """Its problem went while it was held: no order is opened for it."""
    REPLACED = "replaced"
    """The rule opened the same problem anew, which is held in its place."""
    RELEASED = "released"
    GONE = "gone"
    """At the release its rule, camera or zone was in the configuration no more."""
    DISCARDED = "discarded"


@dataclass(frozen=True, slots=True)
class Pause:
    """A rule that opens no orders since it would have opened more than `orders` within a span, until an engineer ends it.

    `number` is the pause's own, 0 for one that is not stored yet.
    """

    rule_id: str
    paused_at: datetime
    orders: int
    within: timedelta
    ended_at: datetime | None = None
    ended: PauseEnd | None = None
    ended_by: str = ""
    number: int = 0


@dataclass(frozen=True, slots=True)
class HeldOpening:
    """An incident for which a paused rule would have opened an order."""

    incident: Incident
    pause: int
    held_at: datetime
    fate: Fate = Fate.HELD
    picture_id: str = ""


@dataclass(frozen=True, slots=True)
class Room:
    """What a rule may still open: it opened `opened` orders within the span that ends now, and may open `orders`; none while paused."""

    orders: int
    within: timedelta
    opened: int
    paused: bool = False

    @property
    def left(self) -> int:
        return 0 if self.paused else max(self.orders - self.opened, 0)


@dataclass(frozen=True, slots=True)
class Sifted:
    """The openings that pass and those that are held, in their order, and the rules that are paused from now on."""

    passed: tuple[Incident, ...]
    held: tuple[Incident, ...]
    paused: tuple[str, ...]


def sift(openings: Iterable[Incident], room_of: Callable[[str], Room]) -> Sifted:
    """Let openings pass while their rule has room; the first that finds none pauses the rule, and is held with all that follow."""
    passed, held = [], []
    rooms: dict[str, Room] = {}
    used: Counter[str] = Counter()
    for incident in openings:
        rule_id = incident.key.rule_id
        rooms.setdefault(rule_id, room_of(rule_id))
        if used[rule_id] < rooms[rule_id].left:
            used[rule_id] += 1
            passed.append(incident)
        else:
            held.append(incident)
    newly = dict.fromkeys(incident.key.rule_id for incident in held)
    return Sifted(tuple(passed), tuple(held), tuple(rule_id for rule_id in newly if not rooms[rule_id].paused))


def limited(made: Iterable[Decision], held: Collection[str], limits: Mapping[str, Pause]) -> tuple[Decision, ...]:
    """The decisions of a look, those that stand for a held incident as `limited`, with what the rule may open.

    `held` are the ids of the incidents that are held, `limits` the pause of each paused rule.
    """
    return tuple(_limited(one, limits[one.rule_id]) if one.incident_id in held and one.verdict in _FIRES else one for one in made)


_FIRES = frozenset({Verdict.OPENED, Verdict.STILL_FIRING})


def _limited(decision: Decision, pause: Pause) -> Decision:
    detail = {**decision.detail, "limit_orders": pause.orders, "limit_within_s": pause.within.total_seconds()}
    return replace(decision, verdict=Verdict.LIMITED, detail=detail)
