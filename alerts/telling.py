"""Puts what happened to an order into messages: who is told, on which topic, in which words. Pure."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from alerts.lifecycle import Transition
from alerts.messages import (
    ClaimLost,
    ClaimWon,
    DeadLetter,
    Down,
    Offer,
    OrderNews,
    Payload,
    Recall,
    Redo,
    Update,
    encode,
    message_id,
)
from alerts.picture_links import CLEANER, PictureLinks, may_see
from alerts.topics import Topics
from alerts.whereabouts import LastPosition, whereabouts
from town.evidence import When
from town.places import Cleaner, Grid, Zone
from town.township import Township
from town.work import Message, OrderEvent, OrderState, WorkOrder

KEPT_FOR = timedelta(days=1)
"""How long news may wait for a phone that is away; the snapshot says the rest.

What answers an event never expires: the phone says the event again until it has the answer, were it days later.
"""

_NAME_LENGTH = 60


class Teller:
    """The words and topics of one township. Distances are from where cleaners last said they were, or from home.

    Without `links` nobody is sent to a picture.
    """

    def __init__(
        self, township: Township, links: PictureLinks | None = None, positions: Callable[[], Mapping[str, LastPosition]] = dict
    ) -> None:
        self.township = township
        self.links = links
        self.topics = Topics(township.town.id)
        self._positions = positions

    def knowing(self, positions: Callable[[], Mapping[str, LastPosition]]) -> "Teller":
        """The same words, for cleaners who stand elsewhere."""
        return Teller(self.township, self.links, positions)

    def offer(self, order: WorkOrder, cleaner_id: str, why: str, now: datetime) -> Message:
        """An offer, or from the second attempt on a `redo`; to the outbox both are offers, since both want a receipt."""
        kind: type[Offer] | type[Redo] = Offer if order.attempt == 1 else Redo
        work = self.work(order, cleaner_id, now) | self.pictures(order, cleaner_id, now)
        said = kind(**self._head(order, cleaner_id, "offer", now, order.claim_by), **work, why=why)
        return self._to(cleaner_id, said, "offer", now)

    def claim_won(self, order: WorkOrder, cleaner_id: str, now: datetime, answers: str | None = None) -> Message:
        """The order is theirs: because they claimed it, or, with no `answers`, because a manager or a colleague gave it to them."""
        work = self.work(order, cleaner_id, now) | self.pictures(order, cleaner_id, now)
        said = ClaimWon(**self._head(order, cleaner_id, "claim_won", now, answers=answers), **work)
        return self._to(cleaner_id, said, said.type, now)

    def claim_lost(self, order: WorkOrder, cleaner_id: str, reason: str, now: datetime, answers: str | None = None) -> Message:
        said = ClaimLost(**self._head(order, cleaner_id, "claim_lost", now, answers=answers), reason=reason)
        return self._to(cleaner_id, said, said.type, now)

    def recall(self, order: WorkOrder, cleaner_id: str, reason: str, now: datetime, answers: str | None = None) -> Message:
        said = Recall(**self._head(order, cleaner_id, "recall", now, answers=answers), reason=reason)
        return self._to(cleaner_id, said, said.type, now)

    def update(self, order: WorkOrder, cleaner_id: str, reason: str, now: datetime, answers: str | None = None) -> Message:
        head = self._head(order, cleaner_id, "update", now, answers=answers)
        said = Update(**head, **self.pictures(order, cleaner_id, now), state=order.state, reason=reason)
        return self._to(cleaner_id, said, said.type, now)

    def refusal(
        self, kind: type[ClaimLost] | type[Update], order_id: str, cleaner_id: str, reason: str, now: datetime, answers: str
    ) -> Message:
        """The answer about an order that does not exist, or that this cleaner has no part in: nothing of it is told."""
        msg_id = message_id(now, order_id, cleaner_id, "refusal", answers)
        said = kind(msg_id=msg_id, order_id=order_id, rev=0, issued_at=now, answers=answers, reason=reason)
        return self._to(cleaner_id, said, said.type, now)

    def news(self, transition: Transition, attention: bool) -> Message:
        return self.news_of(transition.after, transition.event, attention)

    def news_of(self, order: WorkOrder, event: OrderEvent, attention: bool) -> Message:
        """One order event, to the managers of its grid."""
        said = OrderNews(
            msg_id=message_id(event.happened_at, order.id, event.rev, "news"),
            order_id=order.id,
            rev=event.rev,
            issued_at=event.happened_at,
            action=event.action,
            actor=event.actor,
            from_state=event.from_state,
            to_state=event.to_state,
            reason=event.reason,
            summary=order.summary[: _NAME_LENGTH * 3],
            attempt=order.attempt,
            attention=attention,
        )
        topic = self.topics.grid_orders(order.grid_id)
        return _message(said.msg_id, topic, said, said.type, event.happened_at, order_id=order.id)

    def dead_letter(self, cleaner_id: str, reason: str, payload: bytes, now: datetime) -> Message:
        """At most one row a second for one cleaner and reason, so that a broken client cannot fill the outbox."""
        said = DeadLetter(
            msg_id=message_id(now.replace(microsecond=0), cleaner_id, reason, "dead_letter"),
            cleaner_id=cleaner_id[:40],
            issued_at=now,
            reason=reason,
            excerpt=payload[:200].decode(errors="replace"),
        )
        return _message(said.msg_id, self.topics.dead_letter, said, said.type, now)

    def work(self, order: WorkOrder, cleaner_id: str, now: datetime) -> dict[str, Any]:
        """The fields of `messages.Work` for one cleaner, in the township's own words."""
        camera = self.township.camera_by_id.get(order.camera_id)
        zone = self.township.zone_at(order.camera_id, order.zone_id)
        rule = self.township.rule_by_id.get(order.rule_id)
        cleaner = self.township.cleaner_by_id.get(cleaner_id)
        return {
            "title": _short(rule.name if rule else order.summary),
            "camera": _short(camera.name if camera else order.camera_id),
            "zone": _short(zone_name(zone) if zone else order.zone_id),
            "grid": _short(self._grid_name(order.grid_id)),
            "position": order.position,
            "priority": order.priority,
            "attempt": order.attempt,
            "claim_by": order.claim_by,
            "done_by": order.done_by,
            "distance_m": self._distance_m(order, cleaner, now) if cleaner else 0,
        }

    def pictures(self, order: WorkOrder, cleaner_id: str, now: datetime) -> dict[str, Any]:
        """The fields of `messages.Pictured`: before, and once a look has judged the work, after."""
        person = f"{CLEANER}:{cleaner_id}"
        if self.links is None or not may_see(person, order, self.township):
            return {}
        shown = [When.BEFORE, When.AFTER] if order.attempt > 1 or order.state is OrderState.CLOSED else [When.BEFORE]
        return {f"{when}_picture": self.links.url(order.id, when, person, now) for when in shown}

    def _distance_m(self, order: WorkOrder, cleaner: Cleaner, now: datetime) -> int:
        return round(whereabouts(cleaner, self._positions().get(cleaner.id), now).distance_m(order.position))

    def _grid_name(self, grid_id: str) -> str:
        grids: dict[str, Grid] = {grid.id: grid for grid in self.township.grids}
        return grids[grid_id].name if grid_id in grids else grid_id

    def _head(
        self,
        order: WorkOrder,
        cleaner_id: str,
        what: str,
        now: datetime,
        expires_at: datetime | None = None,
        answers: str | None = None,
    ) -> dict[str, Any]:
        return {
            "msg_id": message_id(now, order.id, order.rev, cleaner_id, what, answers or ""),
            "order_id": order.id,
            "rev": order.rev,
            "issued_at": now,
            "expires_at": expires_at or (None if answers else now + KEPT_FOR),
            "answers": answers,
        }

    def _to(self, cleaner_id: str, said: Down, kind: str, now: datetime) -> Message:
        topic = self.topics.inbox(cleaner_id)
        return _message(said.msg_id, topic, said, kind, now, said.expires_at, said.order_id, cleaner_id)


def _message(
    message_id: str,
    topic: str,
    said: Payload,
    kind: str,
    now: datetime,
    expires_at: datetime | None = None,
    order_id: str = "",
    cleaner_id: str = "",
) -> Message:
    return Message(message_id, topic, encode(said), now, expires_at, order_id=order_id, kind=kind, cleaner_id=cleaner_id)


def zone_name(zone: Zone) -> str:
    return zone.name or zone.id


def _short(text: str) -> str:
    return text[:_NAME_LENGTH]
