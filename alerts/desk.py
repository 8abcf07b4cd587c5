"""The order desk: incidents become orders, cleaners' words become transitions, deadlines are kept, looks verify."""

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial

from alerts.casework import Casework, transact
from alerts.deadlines import WAITING, attend_all, follow
from alerts.hearing import Hearing
from alerts.lifecycle import TABLE, Action, opening
from alerts.merging import RECURS_WITHIN, absorb, any_fired, doubled, is_over, problem, standing_for
from alerts.messages import BadMessage, message_id, parse_position, parse_upward
from alerts.notifying import Happening, notify
from alerts.picture_links import PictureLinks
from alerts.shift_end import may_be_left_behind
from alerts.stores import OrderBook, OrderStore
from alerts.telling import Teller, zone_name
from alerts.verification import judge_look
from alerts.whereabouts import COUNTS_FOR, LastPosition
from rules.judgement import ChangeKind, Decision, IncidentChange
from town.places import Camera
from town.recipients import Matter
from town.township import Township
from town.work import Incident, OrderEvent, OrderState, WorkOrder

logger = logging.getLogger(__name__)

_SELF_CLEARING = TABLE[Action.SELF_CLEAR].sources
SWEPT_AT_ONCE = 10
"""Orders a transaction of the sweep: a claim or a look waits no longer than for one of these."""


class OrderDesk:
    """Keeps no state of its own: any number of threads and processes may share one store.

    What a change of the rule's incident does to its order (what looks do while it is verified stands in `alerts.verification`):

    | order              | incident opens under the same key       | incident clears                                         |
    |--------------------|-----------------------------------------|---------------------------------------------------------|
    | none               | a new order, offered                    | nothing                                                 |
    | open, offered      | the order takes the new incident over   | self_cleared, everyone who was offered it is told       |
    | claimed, on_site   | the same                                | stays theirs until `done`; the holder is told           |
    | returned, deferred | the same                                | self_cleared                                            |
    | whistled           | the same                                | noted; the units still report in                        |
    | verifying          | the same; its firing looks count        | closed, if it cleared after `done`                      |
    | merged             | a new order, merged in its turn         | told to the order that stands for it                    |
    | ended otherwise    | a new order                             | nothing                                                 |

    A new order of the same category at the same place as a live one is merged into it (`alerts.merging`). What an incident clears,
    it clears only once those of merged orders have cleared too.
    """

    def __init__(self, store: OrderStore, township: Township, links: PictureLinks | None = None) -> None:
        self._store = store
        self._links = links
        self.take_rules_of(township)

    def take_rules_of(self, township: Township) -> None:
        """Go on with the rules of this township, which has the same cameras and cleaners. Call it while no look is taken in."""
        self._township = township
        self._teller = Teller(township, self._links)

    def take_in(
        self, book: OrderBook, camera: Camera, changes: Sequence[IncidentChange], decisions: Sequence[Decision], now: datetime
    ) -> Sequence[OrderEvent]:
        """What one look at a camera means for its orders, within the look's own transaction. Saves the incidents too.

        Returns what happened to orders, in order.
        """
        case = Casework(book, self._teller, now)
        for change in changes:
            if change.kind is ChangeKind.OPENED:
                self._opened(case, camera, change.incident)
            else:
                _cleared(case, change.incident)
        for order in book.live_orders(camera_id=camera.id):
            if order.state is OrderState.VERIFYING:
                follow(case, order, judge_look(order, problem(book, order), any_fired(book, order, decisions)))
        case.finish()
        return case.events

    def on_upward(self, cleaner_id: str, payload: bytes, now: datetime) -> str:
        """Hear what a cleaner said, in a transaction of its own. Returns one word: what was done, or why not.

        Bad input is an answer and a dead letter, never an exception.
        """
        try:
            said = parse_upward(payload)
        except BadMessage as wrong:
            return self._bury(cleaner_id, wrong.reason, payload, now)
        if cleaner_id not in self._township.cleaner_by_id:
            return self._bury(cleaner_id[:40], "unknown_cleaner", payload, now)
        word = transact(self._store, self._teller, now, lambda case: Hearing(case, cleaner_id, said).answer())
        if word in {"not_holder", "not_offered"}:
            self._bury(cleaner_id, word, payload, now)
        return word

    def on_position(self, cleaner_id: str, payload: bytes, now: datetime) -> str:
        """Keep where a cleaner says they are, in place of the last one; off shift it is nobody's business. Returns one word."""
        try:
            said = parse_position(payload)
        except BadMessage as wrong:
            return self._bury(cleaner_id, wrong.reason, payload, now)
        cleaner = self._township.cleaner_by_id.get(cleaner_id)
        if cleaner is None:
            return self._bury(cleaner_id[:40], "unknown_cleaner", payload, now)
        if not cleaner.on_shift(now, self._township.town):
            return "off_shift"
        with self._store.transaction() as book:
            book.keep_position(cleaner_id, LastPosition(said.position, now))
        return "position"

    def sweep(self, now: datetime) -> None:
        """Keep the deadlines: send unreceived offers again, widen rings, renew what is overdue. Call every few seconds.

        A broken order is logged and does not stop the others.
        """
        needing = self._needing_attention(now)
        for start in range(0, len(needing), SWEPT_AT_ONCE):
            self._attend(needing[start : start + SWEPT_AT_ONCE], now)

    def _attend(self, order_ids: Sequence[str], now: datetime) -> None:
        """In one transaction, so that snapshots are rewritten once; where one order breaks it, each in its own."""
        try:
            transact(self._store, self._teller, now, partial(attend_all, order_ids=order_ids))
        except Exception:
            if len(order_ids) == 1:
                logger.exception("sweeping order %s failed", order_ids[0])
                return
            for order_id in order_ids:
                self._attend([order_id], now)

    def _needing_attention(self, now: datetime) -> list[str]:
        with self._store.transaction() as book:
            book.forget_positions(now - COUNTS_FOR)
            unreceived = book.unreceived(now - self._township.dispatch.resend_after)
            book.send([delivery.message for delivery in unreceived])
            due = [order.id for order in book.overdue(now)]
            live = book.live_orders()
        waiting = [order.id for order in live if order.state in WAITING or may_be_left_behind(order, self._township, now)]
        return list(dict.fromkeys([*due, *waiting]))

    def _opened(self, case: Casework, camera: Camera, incident: Incident) -> None:
        # A rule whose memory was lost opens the standing problem again: the old incident would never clear.
        rival = case.book.open_incident(incident.key)
        if rival and rival.id != incident.id:
            case.book.save_incident(replace(rival, closed_at=case.now, closed_reason="replaced"))
        if rival == incident or not case.book.save_incident(incident):
            return
        standing = standing_order(case.book, incident)
        if standing is None:
            self._new_order(case, camera, incident)
        elif standing.incident_id != incident.id:
            case.must(standing, Action.RECUR, "same_problem_again", {"incident_id": incident.id})

    def _new_order(self, case: Casework, camera: Camera, incident: Incident) -> None:
        order = _noting_recurrence(case, self._drawn_up(camera, incident, case.now))
        event = opening(order, incident, case.now)
        if case.book.add(order, event):
            case.events.append(event)
            case.tell(self._teller.news_of(order, event, attention=False))
            parent = doubled(case.book, order, incident)
            if parent:
                absorb(case, parent, order)
            else:
                case.redispatch(order)

    def _drawn_up(self, camera: Camera, incident: Incident, now: datetime) -> WorkOrder:
        rule = self._township.rule_by_id[incident.key.rule_id]
        zone = next(zone for zone in camera.zones if zone.id == incident.key.zone_id)
        return WorkOrder(
            id=message_id(incident.opened_at, "order", incident.id),
            incident_id=incident.id,
            rule_id=rule.id,
            camera_id=camera.id,
            zone_id=zone.id,
            grid_id=camera.grid,
            category=rule.category,
            skill=rule.skill,
            priority=rule.priority,
            summary=f"{rule.name} · {camera.name} {zone_name(zone)}",
            position=camera.position,
            box=incident.box,
            state=OrderState.OPEN,
            opened_at=now,
            claim_by=now + rule.deadlines.claim,
            done_by=now + rule.deadlines.claim + rule.deadlines.done,
        )

    def _bury(self, cleaner_id: str, reason: str, payload: bytes, now: datetime) -> str:
        with self._store.transaction() as book:
            book.send([self._teller.dead_letter(cleaner_id, reason, payload, now)])
            day = now.astimezone(self._township.town.zone).date().isoformat()
            letter = Happening(Matter.DEAD_LETTERS, f"dead-letters/{reason}", {"cleaner": cleaner_id[:40], "reason": reason}, which=day)
            notify(book, self._township.notices, letter, now)
        return reason


def standing_order(book: OrderBook, incident: Incident) -> WorkOrder | None:
    """The live order whose incident has the same key."""
    for order in book.live_orders(camera_id=incident.key.camera_id):
        theirs = book.incident(order.incident_id)
        if theirs and theirs.key == incident.key:
            return order
    return None


def _cleared(case: Casework, incident: Incident) -> None:
    case.book.save_incident(incident)
    own = case.book.order_of(incident.id)
    order = standing_for(case.book, own) if own else None
    if order is None or not is_over(order, problem(case.book, order)):
        return
    if order.state in _SELF_CLEARING:
        after = case.must(order, Action.SELF_CLEAR, incident.closed_reason or "cleared")
        case.tell(*(case.teller.recall(after, name, "self_cleared", case.now) for name in order.offered_to))
    elif order.state in TABLE[Action.SEE_CLEAR].sources:
        after = case.must(order, Action.SEE_CLEAR, incident.closed_reason)
        case.tell_holder(after, "seen_clear")


def _noting_recurrence(case: Casework, order: WorkOrder) -> WorkOrder:
    return replace(order, recurs_of=case.book.closed_before(order, case.now - RECURS_WITHIN))
