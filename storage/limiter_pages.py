"""Paused rules and what they hold, within one write transaction."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, func, insert, select, text, update

from rules.limiter import Fate, HeldOpening, Pause, PauseEnd
from storage.rows import held_of, held_row, pause_of, pause_row
from storage.tables import FOLLOWED, STANDING, held_openings, limiter_pauses, orders
from town.work import Incident, OrderState

_STANDING = select(limiter_pauses).where(text(STANDING)).order_by(limiter_pauses.c.number)
_LAST_END = select(func.max(limiter_pauses.c.ended_at, type_=limiter_pauses.c.ended_at.type)).where(
    limiter_pauses.c.rule_id == bindparam("rule")
)
_OPENED = select(func.count()).where(
    orders.c.opened_at > bindparam("since", type_=orders.c.opened_at.type),
    orders.c.rule_id == bindparam("rule"),
    orders.c.state != OrderState.MERGED,
)
_FOLLOWED = select(held_openings).where(held_openings.c.camera_id == bindparam("camera"), text(FOLLOWED))
_HELD = select(held_openings).where(held_openings.c.pause == bindparam("pause"), held_openings.c.fate == Fate.HELD)
_OF_ID = held_openings.c.id == bindparam("b_id")


class LimiterPages:
    """The part of the book that the limiter stands in."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def standing_pauses(self) -> Mapping[str, Pause]:
        """The pause of each rule that is paused, by the rule's id."""
        return {row["rule_id"]: pause_of(row) for row in self._connection.execute(_STANDING).mappings()}

    def last_pause_end(self, rule_id: str) -> datetime | None:
        ended_at: datetime | None = self._connection.execute(_LAST_END, {"rule": rule_id}).scalar_one()
        return ended_at

    def opened_since(self, rule_id: str, since: datetime) -> int:
        """How many orders of a rule were opened after an instant; those that were merged into others sent nobody, and do not count."""
        return self._connection.execute(_OPENED, {"rule": rule_id, "since": since}).scalar_one()

    def pause(self, pause: Pause) -> int:
        """Pause a rule; returns the pause's number. Raises Contradiction where it is paused already."""
        number: int = self._connection.execute(insert(limiter_pauses).returning(limiter_pauses.c.number), pause_row(pause)).scalar_one()
        return number

    def end_pause(self, number: int, how: PauseEnd, by: str, now: datetime) -> None:
        ended = update(limiter_pauses).where(limiter_pauses.c.number == number)
        self._connection.execute(ended.values(ended_at=now, ended=how, ended_by=by))

    def hold(self, held: HeldOpening) -> None:
        self._connection.execute(insert(held_openings), held_row(held))

    def followed(self, camera_id: str) -> Mapping[str, HeldOpening]:
        """Held and discarded openings of a camera whose problem has not cleared yet, by incident id."""
        rows = self._connection.execute(_FOLLOWED, {"camera": camera_id}).mappings()
        return {row["id"]: held_of(row) for row in rows}

    def held(self, pause: int, at_most: int) -> Sequence[HeldOpening]:
        """What a pause holds, oldest first."""
        rows = self._connection.execute(_HELD.order_by(held_openings.c.held_at, held_openings.c.id).limit(at_most), {"pause": pause})
        return [held_of(row) for row in rows.mappings()]

    def settle(self, incident: Incident, fate: Fate) -> None:
        """Give a held opening its fate, and how its incident ended where it did."""
        values: dict[str, Any] = {"fate": fate, "closed_at": incident.closed_at, "closed_reason": incident.closed_reason}
        self._connection.execute(update(held_openings).where(_OF_ID).values(values), {"b_id": incident.id})

    def discard_held(self, pause: int) -> int:
        """Discard all that a pause holds. Returns how many."""
        theirs = (held_openings.c.pause == pause, held_openings.c.fate == Fate.HELD)
        return self._connection.execute(update(held_openings).where(*theirs).values(fate=Fate.DISCARDED)).rowcount

    def show_held(self, incident_id: str, picture_id: str) -> None:
        """Note which kept picture shows a held opening."""
        self._connection.execute(update(held_openings).where(_OF_ID).values(picture_id=picture_id), {"b_id": incident_id})
