"""Whatever people, cameras and clocks do, in any order: one holder, ended stays ended, snapshots true, losers told."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from tempfile import TemporaryDirectory

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from alerts.messages import Snapshot
from alerts.snapshots import concerns
from rules.judgement import ChangeKind, Decision, IncidentChange, Verdict
from storage.database import Database
from tests.doubles.memory_store import MemoryStore
from tests.doubles.people import (
    BINS,
    FAR,
    FARTHEST,
    GATE,
    NEAR,
    NOW,
    OFF_SHIFT,
    SECOND,
    STATION,
    THIRD,
    Office,
    content,
    incident,
    snapshots,
)
from town.work import ENDED, Incident, Message, OrderState, WorkOrder

CLEANERS = (NEAR, SECOND, THIRD, FAR, FARTHEST, OFF_SHIFT)
HELD = {OrderState.CLAIMED, OrderState.ON_SITE, OrderState.VERIFYING}

who = st.sampled_from(CLEANERS)
which = st.integers(min_value=0, max_value=5)


@dataclass
class Seen:
    """What the broker retains, and what has ended, as seen from outside."""

    retained: dict[str, Snapshot] = field(default_factory=dict)
    ended: dict[str, WorkOrder] = field(default_factory=dict)
    ids: list[str] = field(default_factory=list)


class Town(RuleBasedStateMachine):
    """One camera with one bin station, six cleaners, and a rule whose incidents open and clear as a real one's would."""

    @initialize()
    def dawn(self) -> None:
        self._begin(MemoryStore())

    def _begin(self, store: object) -> None:
        self.now: datetime = NOW
        self.office = Office(store=store)
        self.incident: Incident | None = None
        self.seen = Seen()
        self.events = 0

    @rule(minutes=st.sampled_from([0.2, 1.0, 3.5, 11.0, 75.0, 400.0]))
    def time_passes(self, minutes: float) -> None:
        self.now += timedelta(minutes=minutes)
        self.office.desk.sweep(self.now)

    @rule()
    def an_incident_opens(self) -> None:
        if self.incident is None:
            self.incident = incident(len(self.seen.ids) * 1000 + self.events, at=self.now)
            self.events += 1
            self._look(self.incident, ChangeKind.OPENED, firing=True)

    @rule()
    def the_incident_clears(self) -> None:
        if self.incident:
            gone = replace(self.incident, closed_at=self.now, closed_reason="2 clear looks")
            self.incident = None
            self._look(gone, ChangeKind.CLEARED, firing=False)

    @rule(firing=st.sampled_from([True, False, None]))
    def the_camera_looks(self, firing: bool | None) -> None:
        self.now += timedelta(seconds=10)
        seen = Decision(BINS, GATE, STATION, self.now, Verdict.STILL_FIRING, "", self.incident.id if self.incident else "", firing)
        self.office.look(seen, at=self.now)

    @rule(name=who, number=which)
    def somebody_claims(self, name: str, number: int) -> None:
        before = self._order(number)
        if before is None:
            return
        word = self._says(name, "claim", before)
        if word == "claim_won":
            losers = set(before.offered_to) - {name}
            lost = {message.cleaner_id for message in self.mail if message.kind == "claim_lost"}
            assert losers <= lost, "a loser was not told"

    @rule(name=who, number=which, kind=st.sampled_from(["decline", "arrived", "done", "cannot", "false_alarm"]))
    def somebody_says(self, name: str, number: int, kind: str) -> None:
        order = self._order(number)
        if order:
            self._says(name, kind, order, **({"reason": "说明"} if kind in {"cannot", "false_alarm"} else {}))

    @rule(number=which, kind=st.sampled_from(["arrived", "done", "cannot"]))
    def the_holder_says(self, number: int, kind: str) -> None:
        order = self._order(number)
        if order and order.holder:
            self._says(order.holder, kind, order, **({"reason": "说明"} if kind == "cannot" else {}))

    @rule(name=who)
    def a_client_says_hello(self, name: str) -> None:
        self.office.hears(name, "hello", at=self.now, boot_id="boot")

    @invariant()
    def nobody_holds_what_they_should_not(self) -> None:
        for order in self._live():
            assert bool(order.holder) == (order.state in HELD)
            assert bool(order.offered_to) or order.state is not OrderState.OFFERED

    @invariant()
    def one_problem_has_one_live_order(self) -> None:
        assert len([order for order in self._live() if self.incident and order.incident_id == self.incident.id]) <= 1
        assert len(self._live()) <= 1

    @invariant()
    def an_open_incident_s_order_is_never_closed_by_looks(self) -> None:
        if self.incident:
            with self.office.store.transaction() as book:
                order = book.order_of(self.incident.id)
            assert order is not None
            assert order.state is not OrderState.CLOSED

    @invariant()
    def ended_orders_never_change(self) -> None:
        for order_id, ended in self.seen.ended.items():
            assert self.office.order(order_id) == ended
        for order_id in self.seen.ids:
            order = self.office.order(order_id)
            if order.state in ENDED:
                self.seen.ended.setdefault(order_id, order)

    @invariant()
    def every_snapshot_tells_what_is_live(self) -> None:
        self._deliver()
        for name in CLEANERS:
            truth = {(order.id, order.rev, order.state) for order in self._live() if concerns(order, name)}
            shown = self.seen.retained.get(name)
            assert {(line.order_id, line.rev, line.state) for line in (shown.orders if shown else ())} == truth

    @invariant()
    def revs_count_up_one_by_one(self) -> None:
        for order_id in self.seen.ids:
            with self.office.store.transaction() as book:
                revs = [event.rev for event in book.events(order_id)]
            assert revs == list(range(1, len(revs) + 1))

    def _look(self, what: Incident, kind: ChangeKind, firing: bool) -> None:
        decision = Decision(BINS, GATE, STATION, self.now, Verdict.STILL_FIRING, "", what.id, firing)
        self.office.look(decision, changes=[IncidentChange(kind, what)], at=self.now)
        with self.office.store.transaction() as book:
            order = book.order_of(what.id)
        if order and order.id not in self.seen.ids:
            self.seen.ids.append(order.id)

    def _says(self, name: str, kind: str, order: WorkOrder, **fields: str) -> str:
        self._deliver()
        word = self.office.hears(name, kind, at=self.now, order_id=order.id, **fields)
        self._deliver()
        return word

    def _deliver(self) -> None:
        self.mail: list[Message] = self.office.carry(self.now)
        self.seen.retained.update(snapshots(self.mail))
        assert all(content(message)["v"] == 1 for message in self.mail)

    def _order(self, number: int) -> WorkOrder | None:
        known = self.seen.ids
        return self.office.order(known[-1 - number % len(known)]) if known else None

    def _live(self) -> list[WorkOrder]:
        return self.office.live()


class SqlTown(Town):
    """The same over a real SQLite file."""

    @initialize()
    def dawn(self) -> None:
        self.folder = TemporaryDirectory()
        self._begin(Database.open(f"sqlite:///{self.folder.name}/weisu.db"))

    def teardown(self) -> None:
        self.office.store.close()
        self.folder.cleanup()


TestTown = Town.TestCase
TestTown.settings = settings(max_examples=60, stateful_step_count=40, deadline=None, derandomize=True)
TestSqlTown = SqlTown.TestCase
TestSqlTown.settings = settings(max_examples=4, stateful_step_count=25, deadline=None, derandomize=True)
