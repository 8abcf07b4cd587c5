"""Which figures somebody asks for: a span of days and what to group by, as the address of a page says it. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from urllib.parse import urlencode

from patrol.reporting import By, Group, Span
from town.work import OrderState

LONGEST = timedelta(days=366)
EARLIEST = date(2000, 1, 1)
_DAY = timedelta(days=1)


class Days(StrEnum):
    TODAY = "today"
    WEEK = "7d"
    THIRTY = "30d"
    MONTH = "month"
    """The month that it is, from its first day on."""
    CHOSEN = "chosen"


@dataclass(frozen=True, slots=True)
class Asked:
    """Days of the town, the first and the last included."""

    days: Days
    first: date
    last: date
    by: By

    def span(self, zone: tzinfo, now: datetime) -> Span:
        """From the first midnight to the last, or to now where that is still to come."""
        since, until = (datetime.combine(day, time(), zone).astimezone(UTC) for day in (self.first, self.last + _DAY))
        return Span(since, min(until, now))

    @property
    def query(self) -> str:
        """What `asked_of` reads back."""
        chosen = {"from": self.first.isoformat(), "to": self.last.isoformat()} if self.days is Days.CHOSEN else {}
        return urlencode({"days": self.days, **chosen, "by": self.by})

    def orders(self, *states: OrderState, group: Group | None = None) -> str:
        """Where the orders behind a number are listed; empty where a list could not show exactly those."""
        of_group = self._of(group) if group else {}
        if of_group is None:
            return ""
        days = {"from": self.first.isoformat(), "to": self.last.isoformat()}
        return f"/town/orders?{urlencode({**days, **of_group, **({'state': ','.join(states)} if states else {})})}"

    def _of(self, group: Group) -> Mapping[str, str] | None:
        if not group.key:
            return None
        if self.by is By.DAY:
            return {"from": group.key, "to": group.key}
        return {self.by: group.key.partition(" ")[0] if self.by is By.RULE else group.key}


def asked_of(query: Mapping[str, str], today: date) -> Asked:
    """What an address asks for; seven days by grid where it says nothing, or what makes no sense."""
    days = next((one for one in Days if one == query.get("days")), Days.WEEK)
    by = next((one for one in By if one == query.get("by")), By.GRID)
    if days is Days.CHOSEN:
        return chosen(_day(query.get("from", ""), today), _day(query.get("to", ""), today), by, today)
    return Asked(days, _first(days, today), today, by)


def chosen(first: date, last: date, by: By, today: date) -> Asked:
    """A span somebody picks: ends in the wrong order are put right, what is to come and more than a year is cut off."""
    first, last = sorted(min(max(day, EARLIEST), today) for day in (first, last))
    return Asked(Days.CHOSEN, max(first, last - LONGEST), last, by)


def _first(days: Days, today: date) -> date:
    back = {Days.TODAY: 0, Days.WEEK: 6, Days.THIRTY: 29, Days.MONTH: today.day - 1}
    return today - back.get(days, 0) * _DAY


def _day(text: str, otherwise: date) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return otherwise
