"""Whatever people, managers, cameras and clocks do, in any order: one holder, ended stays ended, snapshots true, losers told.

Every decision of a manager is held to the transition table: what it allows happens, what it does not changes nothing.
"""

import json
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import pairwise
from tempfile import TemporaryDirectory

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from alerts.dispatch import unable
from alerts.lifecycle import TABLE, Action, redo_of, return_of
from alerts.manager_desk import ManagerDesk, NotDone
from alerts.merging import standing_for
from alerts.messages import Snapshot
from alerts.roll_call import Call, roll_call
from alerts.snapshots import concerns
from rules.judgement import ChangeKind, Decision, IncidentChange, Verdict
from storage.database import Database
from tests.doubles.memory_store import MemoryStore
from tests.doubles.people import (
    BINS,
    FAR,
    FARTHEST,
    GARBAGE,
    GATE,
    LANE,
    MANAGER,
    NEAR,
    NOW,
    OFF_SHIFT,
    PARKING,
    SECOND,
    STATION,
    THIRD,
    Office,
    categorised,
    content,
    incident,
    snapshots,
)
from town.work import ENDED, IN_HAND, Incident, IncidentKey, Message, OrderEvent, OrderState, WorkOrder

CLEANERS = (NEAR, SECOND, THIRD, FAR, FARTHEST, OFF_SHIFT)
KEYS = {
    "bins": IncidentKey(BINS, GATE, STATION),
    "garbage": IncidentKey(GARBAGE, GATE, STATION),
    "car": IncidentKey(PARKING, GATE, LANE, "car"),
}
UNITS = ("城管", "物业")
PHOTO = {"name": "after.jpg", "sha256": "0" * 64}

who = st.sampled_from(CLEANERS)
which = st.integers(min_value=0, max_value=5)
MANAGERS = {
    Action.RETURN: "give_back",
    Action.NAME_OWNER: "name_owner",
    Action.HAND_OVER: "hand_over",
    Action.DEFER: "defer",
    Action.RESUME: "resume",
    Action.WHISTLE: "whistle",
    Action.REPORT_IN: "report_in",
    Action.MERGE: "merge",
    Action.CONFIRM: "confirm",
    Action.REDO: "redo",
    Action.DISMISS: "dismiss",
    Action.CANCEL: "cancel",
}
"""What a manager may decide, and the desk's word for it."""
SAID = {
    Action.CLAIM: "claim",
    Action.ARRIVE: "arrived",
    Action.DO: "done",
    Action.RETURN: "cannot",
    Action.THIRD_RETURN: "cannot",
}
ONWARD = [*SAID, *(action for action in MANAGERS if TABLE[action].target not in ENDED or action is Action.CONFIRM)]
"""All that does not end an order, but for its proper end."""

problem_name = st.sampled_from(sorted(KEYS))


@dataclass
class Seen:
    """What the broker retains, and what has ended, as seen from outside."""

    retained: dict[str, Snapshot] = field(default_factory=dict)
    ended: dict[str, WorkOrder] = field(default_factory=dict)
    ids: list[str] = field(default_factory=list)


class Town(RuleBasedStateMachine):
    """One camera with a bin station and a lane, six cleaners, and rules whose incidents open and clear as real ones would."""

    @initialize()
    def dawn(self) -> None:
        self._begin(MemoryStore())

    def _begin(self, store: object) -> None:
        self.now: datetime = NOW
        self.office = Office(categorised(), store=store)
        self.manager = ManagerDesk(self.office.store, self.office.township)
        self.open: dict[str, Incident] = {}
        self.seen = Seen()
        self.events = 0
        self._opens("bins")

    @rule(minutes=st.sampled_from([0.2, 1.0, 3.5, 11.0, 75.0, 400.0]))
    def time_passes(self, minutes: float) -> None:
        self.now += timedelta(minutes=minutes)
        self.office.desk.sweep(self.now)

    @rule(name=problem_name)
    def an_incident_opens(self, name: str) -> None:
        if name not in self.open:
            self.events += 1
            self._opens(name)

    @rule(name=problem_name)
    def a_rule_that_lost_its_memory_opens_it_again(self, name: str) -> None:
        if name in self.open:
            self.events += 1
            self._opens(name)

    @rule(name=problem_name)
    def the_incident_clears(self, name: str) -> None:
        if name in self.open:
            gone = replace(self.open.pop(name), closed_at=self.now, closed_reason="2 clear looks")
            self._look(gone, ChangeKind.CLEARED, firing=False)

    @rule(firing=st.sampled_from([True, False, None]), times=st.sampled_from([1, 3]))
    def the_camera_looks(self, firing: bool | None, times: int) -> None:
        for _ in range(times):
            self.now += timedelta(seconds=10)
            self.office.look(*(self._decision(key, firing) for key in KEYS.values()), at=self.now)

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

    @rule(number=which, kind=st.sampled_from(["arrived", "done", "cannot", "false_alarm"]))
    def the_holder_says(self, number: int, kind: str) -> None:
        order = self._order(number)
        if order and order.holder:
            self._says(order.holder, kind, order, **({"reason": "说明"} if kind in {"cannot", "false_alarm"} else {}))

    @rule(number=which, to=who)
    def the_holder_hands_it_over(self, number: int, to: str) -> None:
        order = self._order(number)
        if order and order.holder:
            fit = not unable(to, order, self.office.township, self.now) and to != order.holder
            word = self._says(order.holder, "hand_over", order, to=to)
            assert (word == "hand_over") == (fit and order.state in IN_HAND)
            assert (self.office.order(order.id).holder == to) == (word == "hand_over" or to == order.holder)

    @rule(name=who, metres=st.sampled_from([0, 400, 3000]))
    def somebody_says_where_they_are(self, name: str, metres: int) -> None:
        said = {"v": 1, "type": "position", "issued_at": self.now.isoformat(), "position": {"lat": 39.79 + metres / 111_195, "lon": 116.5}}
        self.office.desk.on_position(name, json.dumps(said).encode(), self.now)

    @rule(number=which, choice=st.integers(min_value=0, max_value=11))
    def a_live_order_goes_on(self, number: int, choice: int) -> None:
        """One of the ways that the table has for it: chance alone would seldom find the long roads."""
        live = self._live()
        if not live:
            return
        order = live[number % len(live)]
        wrong_return = {Action.RETURN, Action.THIRD_RETURN} - {return_of(order)}
        ways = [action for action in ONWARD if order.state in TABLE[action].sources and action not in wrong_return]
        action = ways[choice % len(ways)] if ways else Action.CLAIM
        person = order.holder or (order.offered_to[0] if order.offered_to else "")
        if action in SAID and person:
            self._says(person, SAID[action], order, **({"reason": "说明"} if SAID[action] == "cannot" else {}))
        elif action not in SAID:
            self.a_manager_decides(self._number(order), action, NEAR if choice % 2 else SECOND, 0)

    @rule(number=which)
    def it_is_claimed_and_given_back(self, number: int) -> None:
        order = self._order(number)
        while order and order.state is OrderState.OFFERED and order.returns < 3:
            self._says(order.offered_to[0], "claim", order)
            self._says(order.offered_to[0], "cannot", order, reason="说明")
            order = self.office.order(order.id)

    @rule(number=which, seen=st.booleans())
    def it_is_done_and_the_camera_looks(self, number: int, seen: bool) -> None:
        order = self._order(number)
        if order and order.state is OrderState.OFFERED:
            self._says(order.offered_to[0], "claim", order)
            self._says(order.offered_to[0], "done", order)
            self.now += timedelta(minutes=1)
            if not seen:
                for name in list(self.open):
                    self.the_incident_clears(name)
            self.the_camera_looks(firing=seen, times=3)

    @rule(number=which)
    def all_units_report_in(self, number: int) -> None:
        order = self._order(number)
        if order and order.state is OrderState.WHISTLED:
            for unit in UNITS:
                with suppress(NotDone):
                    self.manager.report_in(order.id, unit, MANAGER, "", self.now)
            assert self.office.order(order.id).state is OrderState.VERIFYING
            self._deliver()

    @rule(number=which, action=st.sampled_from(list(MANAGERS)), name=who, other=which)
    def a_manager_decides(self, number: int, action: Action, name: str, other: int) -> None:
        order, parent = self._order(number), self._order(other)
        if order is None or parent is None or (action is Action.MERGE and parent.id == order.id):
            return
        asked = {Action.RETURN: return_of(order), Action.REDO: redo_of(order)}.get(action, action)
        allowed = order.state in TABLE[asked].sources and not (action is Action.CONFIRM and order.firing_looks)
        allowed = allowed and not (action is Action.HAND_OVER and order.holder == name)
        if action is Action.MERGE:
            allowed = allowed and parent.state not in ENDED
        try:
            self._decides(order, action, name, parent)
        except NotDone:
            assert not allowed or action is Action.REPORT_IN, f"{asked} was refused in {order.state}"
            assert self.office.order(order.id) == order
            return
        assert allowed, f"{asked} was done in {order.state}"
        self._deliver()

    def _decides(self, order: WorkOrder, action: Action, name: str, parent: WorkOrder) -> None:
        desk, by, now = self.manager, MANAGER, self.now
        self._deliver()
        match action:
            case Action.NAME_OWNER:
                desk.name_owner(order.id, name, by, "", now)
            case Action.HAND_OVER:
                desk.hand_over(order.id, name, by, "", now)
            case Action.DEFER:
                desk.defer(order.id, now + timedelta(hours=2), "副镇长", by, "说明", now)
            case Action.WHISTLE:
                desk.whistle(order.id, [Call(unit, now + timedelta(hours=1)) for unit in UNITS], by, "说明", now)
            case Action.REPORT_IN:
                desk.report_in(order.id, UNITS[len(name) % 2], by, "", now)
            case Action.MERGE:
                desk.merge(order.id, parent.id, by, "说明", now)
            case Action.CONFIRM:
                desk.confirm(order.id, PHOTO, by, "说明", now)
            case _:
                getattr(desk, MANAGERS[action])(order.id, by, "说明", now)

    @rule(name=who)
    def a_client_says_hello(self, name: str) -> None:
        self.office.hears(name, "hello", at=self.now, boot_id="boot")

    @invariant()
    def nobody_holds_what_they_should_not(self) -> None:
        for order in self._live():
            assert bool(order.holder) == (order.state in IN_HAND) or order.state is OrderState.VERIFYING
            assert bool(order.offered_to) or order.state is not OrderState.OFFERED
            assert order.due_at is not None

    @invariant()
    def one_problem_has_one_live_order(self) -> None:
        live = Counter(order.category for order in self._live())
        assert set(live.values()) <= {1}

    @invariant()
    def what_is_merged_names_a_parent_and_nothing_else_does(self) -> None:
        for order_id in self.seen.ids:
            order = self.office.order(order_id)
            assert (order.state is OrderState.MERGED) == bool(order.parent_id)
            with self.office.store.transaction() as book:
                assert standing_for(book, order).state is not OrderState.MERGED

    @invariant()
    def an_open_incident_s_order_is_never_closed_by_looks(self) -> None:
        for what in self.open.values():
            with self.office.store.transaction() as book:
                order = book.order_of(what.id)
                assert order is not None
                stands = standing_for(book, order)
                ends = [event.action for event in book.events(stands.id)][-1:]
            assert stands.state not in {OrderState.CLOSED, OrderState.SELF_CLEARED} or ends == [Action.CONFIRM]

    @invariant()
    def a_whistled_order_awaits_somebody(self) -> None:
        for order in (one for one in self._live() if one.state is OrderState.WHISTLED):
            with self.office.store.transaction() as book:
                assert any(call.is_awaited for call in roll_call(book.events(order.id)))

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
    def events_tell_a_way_through_the_table(self) -> None:
        for order_id in self.seen.ids:
            with self.office.store.transaction() as book:
                events = book.events(order_id)
            assert [event.rev for event in events] == list(range(1, len(events) + 1))
            for before, event in pairwise(events):
                move = TABLE[Action(event.action)]
                assert before.to_state is event.from_state
                assert event.from_state in move.sources
                assert event.to_state is (move.target or event.from_state)
            self._held_to_the_rules_of_dispatch(self.office.order(order_id), [one for one in events if one.action == Action.OFFER][-1:])

    def _held_to_the_rules_of_dispatch(self, order: WorkOrder, last_offer: list[OrderEvent]) -> None:
        for event in last_offer:
            assert all(not unable(name, order, self.office.township, event.happened_at) for name in event.detail["to"])
            assert all(facts["offers"] < facts["cap"] for facts in event.detail["to"].values())
            assert all(event.detail["gone"].values())

    def _opens(self, name: str) -> None:
        made = incident(len(self.seen.ids) * 1000 + self.events, at=self.now)
        self.open[name] = replace(made, key=KEYS[name])
        self._look(self.open[name], ChangeKind.OPENED, firing=True)

    def _decision(self, key: IncidentKey, firing: bool | None) -> Decision:
        of = next((one.id for one in self.open.values() if one.key == key), "")
        return Decision(key.rule_id, key.camera_id, key.zone_id, self.now, Verdict.STILL_FIRING, key.object_id, of, firing)

    def _look(self, what: Incident, kind: ChangeKind, firing: bool) -> None:
        self.office.look(self._decision(what.key, firing), changes=[IncidentChange(kind, what)], at=self.now)
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

    def _number(self, order: WorkOrder) -> int:
        return len(self.seen.ids) - 1 - self.seen.ids.index(order.id)

    def _live(self) -> list[WorkOrder]:
        return self.office.live()


class SqlTown(Town):
    """The same over a real SQLite file."""

    @initialize()
    def dawn(self) -> None:
        self.folder = TemporaryDirectory()
        self._begin(Database.open(f"sqlite:///{self.folder.name}/weisu.db"))

    def teardown(self) -> None:
        assert self.office.store.audit(lambda _: None).broken is None
        self.office.store.close()
        self.folder.cleanup()


TestTown = Town.TestCase
TestTown.settings = settings(max_examples=100, stateful_step_count=40, deadline=None, derandomize=True)
TestSqlTown = SqlTown.TestCase
TestSqlTown.settings = settings(max_examples=4, stateful_step_count=25, deadline=None, derandomize=True)
