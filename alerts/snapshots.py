"""The retained snapshot: all that is live for one cleaner, which heals every kind of loss on any broker."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from alerts.messages import MAX_BYTES, LiveOrder, Snapshot, encode, message_id
from alerts.telling import Teller
from town.rule_settings import Priority
from town.work import Message, OrderState, WorkOrder

_URGENCY = {Priority.TOP: 0, Priority.HIGH: 1, Priority.NORMAL: 2}


def concerns(order: WorkOrder, cleaner_id: str) -> bool:
    """Whether an order is this cleaner's to do or to claim."""
    if order.holder:
        return order.holder == cleaner_id
    return order.state is OrderState.OFFERED and cleaner_id in order.offered_to


def snapshot_message(teller: Teller, cleaner_id: str, orders: Iterable[WorkOrder], rev: int, now: datetime) -> Message:
    """The snapshot of the live orders that concern a cleaner, most urgent first, within 4 KiB."""
    live = sorted((order for order in orders if concerns(order, cleaner_id)), key=lambda order: _urgency(order, cleaner_id))
    lines = (_line(teller, order, cleaner_id, now) for order in live)
    links = (teller.pictures(order, cleaner_id, now) for order in live)
    msg_id = message_id(now, cleaner_id, "snapshot", rev)
    payload = _fitted(Snapshot(msg_id=msg_id, snapshot_rev=rev, issued_at=now), lines, links, len(live))
    return Message(msg_id, teller.topics.snapshot(cleaner_id), payload, now, retain=True, kind="snapshot")


def _urgency(order: WorkOrder, cleaner_id: str) -> tuple[bool, int, datetime, str]:
    return order.holder != cleaner_id, _URGENCY[order.priority], order.done_by, order.id


def _line(teller: Teller, order: WorkOrder, cleaner_id: str, now: datetime) -> LiveOrder:
    yours = order.holder == cleaner_id
    return LiveOrder(order_id=order.id, rev=order.rev, state=order.state, yours=yours, **teller.work(order, cleaner_id, now))


def _fitted(empty: Snapshot, lines: Iterable[LiveOrder], links: Iterable[Mapping[str, str]], live_count: int) -> bytes:
    """As many lines as fit, the rest counted in `more`; then, from the first on, as many with their pictures as fit."""
    room = MAX_BYTES - len(encode(empty.model_copy(update={"more": live_count})))
    fitting: list[LiveOrder] = []
    for line in lines:
        if _size(line) > room:
            break
        room -= _size(line)
        fitting.append(line)
    for number, (line, its_links) in enumerate(zip(fitting, links, strict=False)):
        larger = line.model_copy(update=its_links)
        if _size(larger) - _size(line) <= room:
            room -= _size(larger) - _size(line)
            fitting[number] = larger
    return encode(empty.model_copy(update={"orders": tuple(fitting), "more": live_count - len(fitting)}))


def _size(line: LiveOrder) -> int:
    return len(line.model_dump_json(exclude_none=True).encode()) + 1
