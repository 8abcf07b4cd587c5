"""Orders in plain words for a manager's desk, or as plain values for programs."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from alerts.lifecycle import Action
from alerts.roll_call import Call, roll_call
from patrol.wording import Wording
from town.township import Township
from town.work import OrderEvent, WorkOrder

SHORT = 8
"""So many characters at the end of an order's id tell it from the other live ones."""
UNTOLD = frozenset({Action.COUNT_LOOK})
"""What happened to an order that no reader needs."""


@dataclass(frozen=True, slots=True)
class OrderFile:
    """All that is known of one order: what happened, and what was merged into it."""

    order: WorkOrder
    events: Sequence[OrderEvent]
    merged: Sequence[WorkOrder] = ()

    @property
    def calls(self) -> Sequence[Call]:
        return roll_call(self.events)


@dataclass(frozen=True, slots=True)
class Told:
    """One thing that happened to an order, in words: `choice` says why each who was offered it was chosen. What is unknown is empty."""

    what: str
    who: str
    why: str
    choice: tuple[str, ...] = ()


class OrderText:
    """The words of one township's orders in one language."""

    def __init__(self, township: Township, words: Wording) -> None:
        self._township = township
        self._words = words

    def line(self, order: WorkOrder) -> str:
        """One order in a line of a list."""
        due = self._told("due", at=self._time(order.due_at)) if order.due_at else ""
        who = self._told("holder", who=self.name(order.holder)) if order.holder else ""
        again = self._told("attempt", n=order.attempt) if order.attempt > 1 else ""
        parts = (order.id[-SHORT:], self.state(order), order.summary, self._time(order.opened_at), who, due, again)
        return " · ".join(part for part in parts if part)

    def whole(self, file: OrderFile) -> Iterator[str]:
        """An order with its story."""
        order = file.order
        yield self._told("head", id=order.id, state=self.state(order))
        yield f"  {self.line(order)}"
        yield from (f"  {self._told(name, **facts)}" for name, facts in self._marks(order))
        for call in file.calls:
            yield f"  {self._call(call)}"
        for child in file.merged:
            yield f"  {self._told('merged', order=child.id, summary=child.summary)}"
        for event in (event for event in file.events if event.action not in UNTOLD):
            yield f"  - {self._event(event)}"
            yield from (f"      {line}" for line in self._choice(event.detail))

    def state(self, order: WorkOrder) -> str:
        return self._words.of("states", order.state)

    def name(self, person: str | None) -> str:
        cleaner = self._township.cleaner_by_id.get(person or "")
        return cleaner.name if cleaner else person or ""

    def _marks(self, order: WorkOrder) -> Iterator[tuple[str, dict[str, Any]]]:
        if order.parent_id:
            yield "parent", {"order": order.parent_id}
        if order.recurs_of:
            yield "recurs", {"order": order.recurs_of}
        if order.returns:
            yield "returns", {"n": order.returns}
        if order.deferred_until:
            yield "deferred", {"at": self._time(order.deferred_until)}

    def _call(self, call: Call) -> str:
        if call.reported_at:
            return self._told("reported", unit=call.unit, at=self._time(call.reported_at), note=call.note)
        return self._told("awaited" if call.mandatory else "invited", unit=call.unit, at=self._time(call.report_by))

    def told(self, event: OrderEvent) -> Told:
        """What happened, whom it concerns, and why."""
        to = event.detail.get("to") if event.action == Action.OFFER else None
        who = self._names(to) if to else self._who(event)
        said, why = self._words.of("events", event.action), self._words.of("order_reasons", event.reason)
        return Told(said, who, why if why != said else "", tuple(self._choice(event.detail)))

    def _event(self, event: OrderEvent) -> str:
        told = self.told(event)
        return " · ".join(part for part in (self._time(event.happened_at), told.what, told.who, told.why) if part)

    def _choice(self, detail: Mapping[str, Any]) -> Iterator[str]:
        """Why each who was offered the order was chosen, who lost an offer and why, and who was left in peace."""
        chosen = detail.get("to")
        for name, facts in chosen.items() if isinstance(chosen, dict) else ():
            if isinstance(facts, dict):
                yield self._told("chosen", who=self.name(name), where=self._measured_from(facts), **facts)
        for name, why in dict(detail.get("gone", {})).items():
            yield self._told("gone", who=self.name(name), why=self._words.of("order_reasons", why))
        if detail.get("capped"):
            yield self._told("capped", names=self._names(detail["capped"]))

    def _measured_from(self, facts: Mapping[str, Any]) -> str:
        age_s = facts["position_age_s"]
        return self._told("from_home") if age_s is None else self._told("from_position", age=self._words.duration(age_s))

    def _names(self, people: Iterable[str]) -> str:
        return str(self._words.of("between", "names")).join(map(self.name, people))

    def _who(self, event: OrderEvent) -> str:
        named = event.detail.get("owner") or event.detail.get("unit") or event.detail.get("approver")
        by = "" if event.actor == "service" else self.name(event.actor)
        return f"{by} → {self.name(named)}" if named else by

    def _time(self, at: datetime | None) -> str:
        return f"{at.astimezone(self._township.town.zone):%m-%d %H:%M}" if at else ""

    def _told(self, name: str, **facts: Any) -> str:
        return self._words.told("orders", name, **facts)


def as_json(order: WorkOrder) -> dict[str, Any]:
    """The order's fields; instants in UTC."""
    return {name: _plain(value) for name, value in asdict(order).items()}


def file_as_json(file: OrderFile) -> dict[str, Any]:
    told = {"merged": [one.id for one in file.merged], "calls": [_fields(call) for call in file.calls]}
    return as_json(file.order) | told | {"events": [_fields(event) for event in file.events]}


def _fields(one: Any) -> dict[str, Any]:
    return {name: _plain(value) for name, value in asdict(one).items()}


def _plain(value: Any) -> Any:
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value
