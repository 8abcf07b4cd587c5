"""Figures and lists for the live view and the summaries: read only, as plain values."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from math import ceil
from typing import Any, TypeVar

from sqlalchemy import Connection, RowMapping, Select, and_, bindparam, func, select, text, true

from rules.limiter import Fate
from storage.engines import Engines
from storage.order_pages import LIVE
from storage.reason_days import day_of
from storage.rows import event_of, look_of, looks_of_days, message_of, notice_of, order_of, put_off_of
from storage.tables import (
    GIVEN_UP,
    NOT_HEALED,
    STANDING,
    camera_states,
    held_openings,
    incidents,
    limiter_pauses,
    looks,
    notices,
    order_events,
    orders,
    outbox,
    put_off_looks,
    reason_days,
)
from town.looks import Look, LookOutcome, PutOff, SeenBy
from town.notices import Notice
from town.work import Message, OrderEvent, OrderState, WorkOrder

W = TypeVar("W", bound=StrEnum)

_SINCE = bindparam("since", type_=orders.c.opened_at.type)

_LOOKS = select(looks.c.outcome, func.count()).where(looks.c.ended_at >= _SINCE).group_by(looks.c.outcome)
_SEEN = select(looks.c.seen_by, func.count()).where(looks.c.ended_at >= _SINCE).group_by(looks.c.seen_by)
_SKIPPED = select(looks.c.reason, func.count()).where(looks.c.ended_at >= _SINCE, looks.c.outcome == LookOutcome.SKIPPED)
_PUT_OFF = select(put_off_looks.c.reason, func.sum(put_off_looks.c.late + put_off_looks.c.dropped), func.sum(put_off_looks.c.dropped))
# Grouped by an expression, so that SQLite goes by `opened_at` instead of walking the whole index of states or cameras.
_CAMERA = func.lower(orders.c.camera_id)  # an id has no capitals
_ORDERS_BY_CAMERA = select(_CAMERA, func.count()).where(orders.c.opened_at >= _SINCE).group_by(_CAMERA)
_ORDERS = select(orders.c.state, func.count()).where(orders.c.opened_at >= _SINCE).group_by(func.lower(orders.c.state))
_INCIDENTS = select(func.count()).select_from(incidents).where(incidents.c.opened_at >= _SINCE)
_HELD = select(held_openings.c.fate, func.count()).where(held_openings.c.held_at >= _SINCE).group_by(held_openings.c.fate)
_PAUSED = select(limiter_pauses.c.rule_id).where(text(STANDING)).order_by(limiter_pauses.c.rule_id)
_OFFERS = select(func.count(outbox.c.sent_at), func.count(outbox.c.received_at)).where(
    outbox.c.kind == "offer", outbox.c.created_at >= _SINCE
)
_FIRST_RECEIPTS = (
    select(incidents.c.opened_at, func.min(outbox.c.received_at, type_=outbox.c.received_at.type))
    .join(orders, orders.c.incident_id == incidents.c.id)
    .join(outbox, and_(outbox.c.order_id == orders.c.id, outbox.c.kind == "offer"))
    .where(orders.c.opened_at >= _SINCE, outbox.c.received_at.is_not(None))
    .group_by(orders.c.id)
)


@dataclass(frozen=True, slots=True)
class Spread:
    """How long something took, in seconds: of `count` cases, half within `p50`, 95 in 100 within `p95`, 99 within `p99`."""

    count: int
    p50: float
    p95: float
    p99: float

    @classmethod
    def of(cls, seconds: Sequence[float]) -> "Spread | None":
        """Nearest ranks, so that each figure is one that occurred. None for no case."""
        ranked = sorted(seconds)
        return cls(len(ranked), *(_rank(ranked, share) for share in (0.50, 0.95, 0.99))) if ranked else None


def _rank(ranked: Sequence[float], share: float) -> float:
    return ranked[ceil(share * len(ranked)) - 1]


@dataclass(frozen=True, slots=True)
class Summary:
    """What came of the looks since an instant. Orders, their receipts and times are a cohort by `opened_at`; offers by creation.

    `looks` counts every look that was begun or skipped by how it ended, `seen_by` by who found what it shows. `put_off` counts looks
    that did not begin when they were due, or were skipped, by reason; `dropped` those of them that were never made (by the hour: the
    hour that the instant lies in counts as a whole). `offers` are offers the broker took, one a cleaner; `received` those that cleaners
    acknowledged. `detect_to_received` runs, an order, from its incident's `opened_at` (the instant of the frame that opened it) to the
    first receipt of one of its offers.
    """

    looks: dict[LookOutcome, int]
    seen_by: dict[SeenBy, int]
    incidents: int
    orders: dict[OrderState, int]
    offers: int
    received: int
    detect_to_received: Spread | None
    held: dict[Fate, int] = field(default_factory=dict)
    """Orders that the limiter held back, by what became of them."""
    paused_rules: tuple[str, ...] = ()
    """Rules that the limiter has paused now."""
    put_off: Mapping[str, int] = field(default_factory=dict)
    dropped: int = 0

    @property
    def looks_planned(self) -> int:
        """What the cadence asked for: every look that was begun or skipped, and those that were dropped before."""
        return sum(self.looks.values()) + self.dropped

    @property
    def network_looks(self) -> int:
        """Looks for which the network ran."""
        return sum(count for word, count in self.seen_by.items() if word.is_network)

    @property
    def reused_share(self) -> float:
        """The share of the looks that showed anything that went without the network, 0 to 1."""
        reused = self.seen_by[SeenBy.REUSE]
        return reused / (reused + self.network_looks) if reused else 0.0

    @property
    def verified_closed(self) -> int:
        """Orders that later looks verified: nothing else leads to `closed`."""
        return self.orders[OrderState.CLOSED]


class Figures:
    """Reads what is committed; each call sees one moment, and none waits for a writer."""

    def __init__(self, engines: Engines) -> None:
        self._engines = engines

    def summary(self, since: datetime) -> Summary:
        with self._engines.reading() as connection:
            offers, received = connection.execute(_OFFERS, {"since": since}).one()
            times = [(receipt - opened).total_seconds() for opened, receipt in connection.execute(_FIRST_RECEIPTS, {"since": since})]
            put_off, dropped = _put_off(connection, since)
            return Summary(
                looks=_counts(connection, _LOOKS, since, LookOutcome),
                seen_by=_counts(connection, _SEEN, since, SeenBy),
                incidents=connection.execute(_INCIDENTS, {"since": since}).scalar_one(),
                orders=_counts(connection, _ORDERS, since, OrderState),
                offers=offers,
                received=received,
                detect_to_received=Spread.of(times),
                held=_counts(connection, _HELD, since, Fate),
                paused_rules=tuple(connection.execute(_PAUSED).scalars()),
                put_off=put_off,
                dropped=dropped,
            )

    def camera_states(self) -> list[Look]:
        """The last look at each camera that was not skipped, by camera id."""
        return [look_of(row) for row in self._rows(select(camera_states).order_by(camera_states.c.camera_id))]

    def live_orders(self, at_most: int = 1000) -> list[WorkOrder]:
        """Orders that have not ended, oldest first."""
        chosen = select(orders).where(orders.c.state.in_(LIVE)).order_by(orders.c.opened_at, orders.c.id)
        return [order_of(row) for row in self._rows(chosen.limit(at_most))]

    def recent_events(self, at_most: int = 50) -> list[OrderEvent]:
        """What happened to orders, newest first."""
        return [event_of(row) for row in self._rows(select(order_events).order_by(order_events.c.number.desc()).limit(at_most))]

    def events(self, order_id: str) -> list[OrderEvent]:
        """What happened to one order, oldest first."""
        chosen = select(order_events).where(order_events.c.order_id == order_id).order_by(order_events.c.number)
        return [event_of(row) for row in self._rows(chosen)]

    def given_up(self, at_most: int = 100) -> list[tuple[Message, str]]:
        """Messages that will not be tried again, newest first, each with its error."""
        chosen = select(outbox).where(text(GIVEN_UP)).order_by(outbox.c.number.desc()).limit(at_most)
        return [(message_of(row), row["error"]) for row in self._rows(chosen)]

    def notices(self, healed_too: bool = False, at_most: int = 1000) -> list[Notice]:
        """What is wrong with cameras and was told, newest first; with `healed_too` also what no longer is."""
        chosen = select(notices).where(notices.c.told_at.is_not(None), true() if healed_too else text(NOT_HEALED))
        return [notice_of(row) for row in self._rows(chosen.order_by(notices.c.since.desc(), notices.c.number.desc()).limit(at_most))]

    def dead_letters(self, at_most: int = 100) -> list[Message]:
        """What cleaners said that could not be taken, newest first, each as it goes to `service/dead-letter`."""
        chosen = select(outbox).where(outbox.c.kind == "dead_letter").order_by(outbox.c.created_at.desc(), outbox.c.number.desc())
        return [message_of(row) for row in self._rows(chosen.limit(at_most))]

    def looks_at(self, camera_id: str, since: datetime, until: datetime) -> list[Look]:
        """Looks at a camera that ended in a span of time, its end left out; oldest first. Old ones are known to the second."""
        fresh = select(looks).where(looks.c.camera_id == camera_id, looks.c.ended_at >= since, looks.c.ended_at < until)
        days = select(reason_days).where(reason_days.c.camera_id == camera_id, reason_days.c.day.between(day_of(since), day_of(until)))
        with self._engines.reading() as connection:
            packed = looks_of_days(connection.execute(days.order_by(reason_days.c.day)).mappings())
            kept = [look_of(row) for row in connection.execute(fresh.order_by(looks.c.ended_at)).mappings()]
        old = [look for look in packed if since <= look.ended_at < until]
        return sorted([*old, *kept], key=lambda look: look.ended_at)

    def put_off(self, camera_id: str, since: datetime, until: datetime) -> list[PutOff]:
        """What was put off at a camera in the hours that began in a span of time, its end left out; oldest first."""
        of_camera = select(put_off_looks).where(put_off_looks.c.camera_id == camera_id)
        chosen = of_camera.where(put_off_looks.c.hour >= since, put_off_looks.c.hour < until).order_by(put_off_looks.c.hour)
        return [put_off_of(row) for row in self._rows(chosen)]

    def orders_by_camera(self, since: datetime) -> dict[str, int]:
        """How many orders were opened at each camera since an instant; one without any is left out."""
        with self._engines.reading() as connection:
            return {row[0]: row[1] for row in connection.execute(_ORDERS_BY_CAMERA, {"since": since})}

    def outcomes_by_camera(self, since: datetime, until: datetime) -> dict[str, Counter[LookOutcome]]:
        """How the looks that ended in a span of time, its end left out, ended at each camera; one without any is left out."""
        found: dict[str, Counter[LookOutcome]] = defaultdict(Counter)
        chosen = select(looks.c.camera_id, looks.c.outcome, func.count()).where(looks.c.ended_at >= since, looks.c.ended_at < until)
        with self._engines.reading() as connection:
            for camera_id, outcome, count in connection.execute(chosen.group_by(looks.c.camera_id, looks.c.outcome)):
                found[camera_id][outcome] = count
        return dict(found)

    def dropped_by_camera(self, since: datetime) -> dict[str, int]:
        """How many looks were never made at each camera in the hours that began since an instant; one without any is left out."""
        chosen = select(put_off_looks.c.camera_id, func.sum(put_off_looks.c.dropped)).where(put_off_looks.c.hour >= since)
        with self._engines.reading() as connection:
            return {row[0]: row[1] for row in connection.execute(chosen.group_by(put_off_looks.c.camera_id)) if row[1]}

    def _rows(self, chosen: Select[tuple[object, ...]]) -> Sequence[RowMapping]:
        with self._engines.reading() as connection:
            return connection.execute(chosen).mappings().all()


def _counts(connection: Connection, chosen: Select[tuple[Any, int]], since: datetime, words: type[W]) -> dict[W, int]:
    """How often each word occurs, a word that does not with 0."""
    found: dict[Any, int] = {row[0]: row[1] for row in connection.execute(chosen, {"since": since})}
    return {word: found.get(word, 0) for word in words}


def _put_off(connection: Connection, since: datetime) -> tuple[dict[str, int], int]:
    """Put-off looks by reason, those skipped when they came among them; and how many were never made."""
    counts = Counter({row[0]: row[1] for row in connection.execute(_SKIPPED.group_by(looks.c.reason), {"since": since})})
    this_hour = since.replace(minute=0, second=0, microsecond=0)
    before = connection.execute(_PUT_OFF.where(put_off_looks.c.hour >= this_hour).group_by(put_off_looks.c.reason)).all()
    counts.update({row[0]: row[1] for row in before})
    return dict(counts), sum(row[2] for row in before)
