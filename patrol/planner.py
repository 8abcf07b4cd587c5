"""Which looks begin now: given what every camera wants and when, shared by priority within a budget of looks a second. Pure."""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

from patrol.cadence import NextLook
from patrol.turn import Need, Turn, Wish, spread
from town.looks import Cadence, Look, PutOff, PutOffReason
from town.places import Camera, Rtsp
from town.rule_settings import Priority
from town.township import Township

ROUND_OF = 4
"""Of so many looks one goes past those who come first: in turns to the most pressing suspicion, and to who has waited longest,"""
PATIENCE = 4
"""if that is longer than so many rounds would take in which every camera is looked at once."""
NOTICEABLE = timedelta(seconds=1)
"""A look that waits less than this was not put off."""
SPARED_S = 1.0
"""So many seconds of the budget may be saved up while nobody is due."""


@dataclass(frozen=True, slots=True)
class Due:
    """A look that begins now, and why."""

    camera_id: str
    cadence: Cadence


class Planner:
    """Keeps every camera's turn. Never reads a clock.

    Those who come first go first, then suspicions, then who is most overdue; of these, where more problems were found before counts for
    more. With a budget B, of N cameras of cost 1 none waits longer than 12 N / B seconds past the moment at which its look was due: 4 N / B
    of patience, then at least every eighth look goes to who has waited longest (every fourth while nothing is suspected).
    """

    def __init__(self, needs: Iterable[tuple[Need, datetime]], budget: float | None, retry_after: timedelta) -> None:
        """`needs` come with the moment of each camera's first routine look; `budget` is in looks a second, None for no limit."""
        self._turns = {need.camera_id: Turn(need, first_at - need.every, first_at) for need, first_at in needs}
        self._budget = budget
        self._retry_after = retry_after
        self._left = 1.0
        self._filled_at: datetime | None = None
        self._drawn = 0
        self._problems: Mapping[str, int] = {}
        self._put_off: dict[tuple[str, PutOffReason, datetime], PutOff] = {}

    @classmethod
    def of(cls, township: Township, now: datetime) -> Self:
        """A township's planner at its start: every camera at its own share of its interval."""
        needs = [(need, now + spread(need.camera_id, need.every)) for need in needs_of(township)]
        return cls(needs, township.looks.budget, township.looks.confirm_every)

    def weigh(self, problems: Mapping[str, int]) -> None:
        """How many problems were found lately at each camera: among routine looks, the more the sooner."""
        self._problems = problems

    def take_rules_of(self, township: Township) -> None:
        """The rules changed: who comes first may have, too."""
        for need in needs_of(township):
            self._turns[need.camera_id].need = need

    def ask(self, camera_id: str, at: datetime, cadence: Cadence = Cadence.WATCH) -> None:
        """Somebody wants an extra look at a moment."""
        self._turns[camera_id].ask(Wish(at, cadence))

    def ended(self, look: Look, following: NextLook | None) -> None:
        """How a look ended, and what the rules want next, if it got that far."""
        wish = Wish(following.extra_at, following.cadence) if following and following.extra_at else None
        self._turns[look.camera_id].ended(look.outcome, look.ended_at, wish, self._retry_after)

    def go(self, now: datetime) -> list[Due]:
        """The looks that begin now, best first. The others wait, and are counted once they have their turn."""
        self._fill_up(now)
        # A look that lies ahead: the clock was set back. Nobody waits until it has caught up.
        waiting = [turn for turn in self._turns.values() if turn.due_at <= now or turn.looked_at > now]
        return [self._begin(turn, now) for turn in self._in_turn(waiting, now)]

    def take_put_off(self) -> list[PutOff]:
        """What was put off since this was last asked."""
        counted, self._put_off = list(self._put_off.values()), {}
        return counted

    def _fill_up(self, now: datetime) -> None:
        if self._budget is not None and self._filled_at is not None:
            gained = self._budget * max(0.0, (now - self._filled_at).total_seconds())
            self._left = min(self._left + gained, max(1.0, SPARED_S * self._budget))
        self._filled_at = now

    def _in_turn(self, waiting: list[Turn], now: datetime) -> Iterator[Turn]:
        """Those whom the budget lets go. A dear look may overdraw it: what follows waits until that is made up for."""
        by_rank = deque(sorted(waiting, key=lambda turn: self._rank(turn, now)))
        by_wait = deque(sorted(waiting, key=lambda turn: turn.due_at))
        passed_over = deque(turn for turn in by_rank if turn.has_suspicion(now) and not turn.need.comes_first)
        gone: set[str] = set()
        while len(gone) < len(waiting) and (self._budget is None or self._left > 0):
            while by_wait[0].need.camera_id in gone:
                by_wait.popleft()
            turn = self._draw(by_rank, passed_over, by_wait, now)
            if turn.need.camera_id not in gone:
                gone.add(turn.need.camera_id)
                self._drawn += 1
                self._left -= turn.need.cost
                yield turn

    def _draw(self, by_rank: deque[Turn], passed_over: deque[Turn], by_wait: deque[Turn], now: datetime) -> Turn:
        if self._budget is None or self._drawn % ROUND_OF < ROUND_OF - 1:
            return by_rank.popleft()
        if passed_over and self._drawn // ROUND_OF % 2:
            return passed_over.popleft()
        patience = timedelta(seconds=PATIENCE * len(self._turns) / self._budget)
        return (by_wait if now - by_wait[0].due_at >= patience else by_rank).popleft()

    def _rank(self, turn: Turn, now: datetime) -> tuple[bool, bool, float]:
        """The lowest goes first. Between looks of one kind the expected wait of all is least where weight × overdue² is evened out."""
        if turn.wish and turn.has_suspicion(now):
            return not turn.need.comes_first, False, -(now - turn.wish.at).total_seconds()
        weight = 1 + self._problems.get(turn.need.camera_id, 0)
        return not turn.need.comes_first, True, -weight * turn.overdue(now) ** 2

    def _begin(self, turn: Turn, now: datetime) -> Due:
        waited, dropped = now - turn.due_at, turn.dropped(now)
        if waited >= NOTICEABLE:
            reason = PutOffReason.BEHIND if self._budget is None else PutOffReason.OVER_BUDGET
            self._note(PutOff(turn.need.camera_id, reason, _hour(now), 1, 0 if turn.backs_off else dropped, waited.total_seconds()))
        if dropped and turn.backs_off:
            self._note(PutOff(turn.need.camera_id, PutOffReason.BACKING_OFF, _hour(now), 0, dropped, 0.0))
        return Due(turn.need.camera_id, turn.begin(now))

    def _note(self, one: PutOff) -> None:
        key = (one.camera_id, one.reason, one.hour)
        known = self._put_off.get(key)
        self._put_off[key] = known + one if known else one


def needs_of(township: Township) -> list[Need]:
    """What the cameras of a township ask for: those with a zone that a rule of top priority watches come first."""
    return [_need(camera, township) for camera in township.cameras]


def _need(camera: Camera, township: Township) -> Need:
    first = any(rule.priority is Priority.TOP for zone in camera.zones for rule in township.rules_for(zone))
    cost = township.looks.rtsp_cost if isinstance(camera.source, Rtsp) else 1.0
    return Need(camera.id, camera.every, first, cost)


def _hour(now: datetime) -> datetime:
    return now.replace(minute=0, second=0, microsecond=0)
