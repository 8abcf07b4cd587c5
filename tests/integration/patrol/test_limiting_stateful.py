"""Whatever happens in whatever order, no problem has two orders, none is forgotten, and no burst passes the limit."""

import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from patrol.limiting import discard, release
from rules.limiter import Fate
from tests.integration.patrol.test_limiting import LIMIT, RULE, Snowfall

CAMERAS = 7
_camera = st.integers(0, CAMERAS - 1)


class Winter(RuleBasedStateMachine):
    """Bins that overflow and are emptied, an engineer who releases and discards, a service that restarts and forgets."""

    def __init__(self) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory()
        self.snow = Snowfall(Path(self._folder.name), CAMERAS)
        self.released = 0

    def teardown(self) -> None:
        self.snow.database.close()
        self._folder.cleanup()

    @rule(numbers=st.lists(_camera, min_size=1, max_size=CAMERAS, unique=True))
    def bins_overflow(self, numbers: list[int]) -> None:
        self.snow.fires(*numbers)

    @rule(number=_camera)
    def bins_are_emptied(self, number: int) -> None:
        self.snow.clears(number)

    @rule(number=_camera, overflowing=st.booleans())
    def one_look(self, number: int, overflowing: bool) -> None:
        self.snow.look(number, overflowing=overflowing)

    @rule(number=_camera)
    def a_memory_is_lost(self, number: int) -> None:
        self.snow.look(number, forget=True)

    @rule()
    def the_service_restarts(self) -> None:
        self.snow.restart()

    @property
    def is_paused(self) -> bool:
        return bool(self.snow.database.figures.summary(self.snow.now).paused_rules)

    @precondition(lambda self: self.is_paused)
    @rule()
    def an_engineer_releases(self) -> None:
        self.released += release(self.snow.database, self.snow.town, RULE, "wang", self.snow.now)[Fate.RELEASED]

    @precondition(lambda self: self.is_paused)
    @rule()
    def an_engineer_discards(self) -> None:
        discard(self.snow.database, RULE, "wang", self.snow.now)

    @invariant()
    def no_problem_has_two_orders(self) -> None:
        assert len(set(self.snow.orders)) == len(self.snow.orders)

    @invariant()
    def every_open_problem_has_an_order_or_was_held_and_never_both(self) -> None:
        fates = self._fates()
        ordered = {order.incident_id for order in self.snow.database.figures.live_orders()}
        for incident_id in self._open():
            fate = fates.get(incident_id)
            assert (incident_id in ordered) == (fate in {None, Fate.RELEASED}), fate
            assert fate in {None, Fate.RELEASED, Fate.HELD, Fate.DISCARDED}

    @invariant()
    def what_is_held_is_open(self) -> None:
        held = {incident_id for incident_id, fate in self._fates().items() if fate is Fate.HELD}
        forgotten = {
            one.incident.id for one in self._openings() if one.fate is Fate.HELD and not self._remembers(one.incident.key.camera_id)
        }
        assert held <= self._open() | forgotten
        assert self.is_paused or not held

    @invariant()
    def no_burst_passes_the_limit(self) -> None:
        pauses = len(self.snow.database.pauses.recent())
        orders = sum(self.snow.database.figures.summary(self.snow.now.replace(year=2025)).orders.values())
        assert orders <= (pauses + 1) * LIMIT + self.released

    def _fates(self) -> dict[str, Fate]:
        return {one.incident.id: one.fate for one in self._openings()}

    def _openings(self) -> list[Any]:
        return [one for pause in self.snow.database.pauses.recent() for one in self.snow.database.pauses.openings(pause.number)]

    def _open(self) -> set[str]:
        """The incidents that the rule remembers as open."""
        return {memory["incident"]["id"] for memory in self._memories().values() if memory and memory["incident"]}

    def _remembers(self, camera_id: str) -> bool:
        """Whether the rule still knows of a problem at a camera: a memory that was lost may not yet have seen it again."""
        memory = self._memories()[camera_id]
        return bool(memory and memory["incident"])

    def _memories(self) -> dict[str, Any]:
        with self.snow.database.transaction() as book:
            return {camera.id: book.memories(camera.id).get(("station", RULE)) for camera in self.snow.town.cameras}


TestWinter = Winter.TestCase
TestWinter.settings = settings(
    max_examples=15, stateful_step_count=20, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
