"""Orders and silences as a manager's desk lists them: read only, as plain values."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, text

from alerts.lifecycle import Action
from alerts.whereabouts import LastPosition
from storage.engines import Engines
from storage.order_pages import OrderPages
from storage.rows import event_of, order_of, silence_of
from storage.tables import MERGED, order_events, orders, outbox, silences
from town.silence import Silence
from town.work import ENDED, NO_TROUBLE, Incident, OrderEvent, WorkOrder


@dataclass(frozen=True, slots=True)
class Receipt:
    """When an offer of an order was taken by the broker and acknowledged by its cleaner; None where it was not yet."""

    cleaner_id: str
    sent_at: datetime | None
    received_at: datetime | None


class OrderLists:
    """Reads what is committed; each call sees one moment."""

    def __init__(self, engines: Engines) -> None:
        self._engines = engines

    def order(self, order_id: str) -> WorkOrder | None:
        with self._engines.reading() as connection:
            row = connection.execute(select(orders).where(orders.c.id == order_id)).mappings().first()
            return order_of(row) if row else None

    def incident(self, incident_id: str) -> Incident | None:
        """The problem that an order was opened for."""
        with self._engines.reading() as connection:
            return OrderPages(connection).incident(incident_id)

    def receipts(self, order_id: str) -> list[Receipt]:
        """What became of the offers of one order, oldest first."""
        chosen = select(outbox.c.cleaner_id, outbox.c.sent_at, outbox.c.received_at)
        chosen = chosen.where(outbox.c.order_id == order_id, outbox.c.kind == "offer").order_by(outbox.c.number)
        with self._engines.reading() as connection:
            return [Receipt(*row) for row in connection.execute(chosen)]

    def at_work(self) -> tuple[Mapping[str, int], Mapping[str, LastPosition]]:
        """How many orders each cleaner has in hand, and where each was last."""
        with self._engines.reading() as connection:
            pages = OrderPages(connection)
            return pages.loads(), pages.last_positions()

    def merged_into(self, order_id: str) -> list[WorkOrder]:
        """The orders whose parent this one is, oldest first."""
        chosen = select(orders).where(orders.c.parent_id == order_id, text(MERGED)).order_by(orders.c.opened_at, orders.c.id)
        with self._engines.reading() as connection:
            return [order_of(row) for row in connection.execute(chosen).mappings()]

    def opened_since(self, since: datetime) -> list[WorkOrder]:
        """Orders opened at or after an instant, live and ended, oldest first."""
        chosen = select(orders).where(orders.c.opened_at >= since).order_by(orders.c.opened_at, orders.c.id)
        with self._engines.reading() as connection:
            return [order_of(row) for row in connection.execute(chosen).mappings()]

    def lived_at(self, camera_id: str, since: datetime, until: datetime) -> list[WorkOrder]:
        """Orders of a camera that had not ended before a span of time and were opened by its end, oldest first."""
        lived = (orders.c.camera_id == camera_id, orders.c.opened_at <= until, orders.c.ended_at.is_(None) | (orders.c.ended_at >= since))
        with self._engines.reading() as connection:
            chosen = select(orders).where(*lived).order_by(orders.c.opened_at, orders.c.id)
            return [order_of(row) for row in connection.execute(chosen).mappings()]

    def opened_between(
        self, since: datetime, until: datetime, codes: Sequence[str], ended: bool | None, at_most: int, skip: int = 0
    ) -> list[WorkOrder]:
        """Orders opened from one instant to another, both included, newest first. Only those whose category, or where that is empty whose
        rule, is one of `codes` (none: all), and only those that have `ended`, or not (None: all)."""
        code = func.coalesce(func.nullif(orders.c.category, ""), orders.c.rule_id)
        chosen = select(orders).where(orders.c.opened_at >= since, orders.c.opened_at <= until)
        if codes:
            chosen = chosen.where(code.in_(codes))
        if ended is not None:
            chosen = chosen.where(orders.c.state.in_(ENDED) if ended else orders.c.state.not_in(ENDED))
        chosen = chosen.order_by(orders.c.opened_at.desc(), orders.c.id.desc()).limit(at_most).offset(skip)
        with self._engines.reading() as connection:
            return [order_of(row) for row in connection.execute(chosen).mappings()]

    def events_after(self, number: int, at_most: int) -> list[tuple[int, OrderEvent]]:
        """What happened to orders after an event's number, each with its own; oldest first. Numbers grow with every commit."""
        chosen = select(order_events).where(order_events.c.number > number).order_by(order_events.c.number).limit(at_most)
        with self._engines.reading() as connection:
            return [(row["number"], event_of(row)) for row in connection.execute(chosen).mappings()]

    def of_ids(self, order_ids: Sequence[str]) -> list[WorkOrder]:
        """The orders that there are of some ids, newest first."""
        chosen = select(orders).where(orders.c.id.in_(order_ids)).order_by(orders.c.opened_at.desc(), orders.c.id.desc())
        with self._engines.reading() as connection:
            return [order_of(row) for row in connection.execute(chosen).mappings()]

    def last_changes(self, order_ids: Sequence[str]) -> dict[str, datetime]:
        """When something last happened to each of some orders."""
        last = func.max(order_events.c.number).label("number")
        newest = select(last).where(order_events.c.order_id.in_(order_ids)).group_by(order_events.c.order_id)
        chosen = select(order_events.c.order_id, order_events.c.happened_at).where(order_events.c.number.in_(newest))
        with self._engines.reading() as connection:
            return {row.order_id: row.happened_at for row in connection.execute(chosen)}

    def offer_facts(self, order_id: str, cleaner_id: str) -> Mapping[str, Any] | None:
        """Why a cleaner was last offered an order, as `alerts.dispatch` told the offer's event; None where they never were."""
        offers = select(order_events.c.detail).where(order_events.c.order_id == order_id, order_events.c.action == Action.OFFER)
        with self._engines.reading() as connection:
            details = connection.execute(offers.order_by(order_events.c.number.desc())).scalars()
            return next((detail["to"][cleaner_id] for detail in details if cleaner_id in detail.get("to", {})), None)

    def repeated(self, since: datetime, at_least: int) -> list[Sequence[WorkOrder]]:
        """The orders of every zone and category (where that is empty: rule) of which so many were opened since an instant, most first.

        False alarms, merged and cancelled orders are left out.
        """
        places: dict[tuple[str, ...], list[WorkOrder]] = defaultdict(list)
        for order in self.opened_since(since):
            if order.state not in NO_TROUBLE:
                places[order.place].append(order)
        return sorted((found for found in places.values() if len(found) >= at_least), key=lambda found: (-len(found), found[0].opened_at))

    def silences(self, since: datetime) -> list[Silence]:
        """Silences that were to end after an instant, ended before their time or not, in the order in which they were said."""
        with self._engines.reading() as connection:
            found = [silence_of(row) for row in connection.execute(select(silences).where(silences.c.ends_at > since)).mappings()]
        return sorted(found, key=lambda silence: silence.number)
