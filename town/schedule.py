"""When something is in force: hours of the day, on weekdays, working days or holidays."""

from collections.abc import Iterable
from datetime import date, datetime, tzinfo
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, PlainSerializer, WithJsonSchema

from town.durations import DayWindow, Window
from town.noun import Noun
from town.working_days import WorkingDays


class DayWord(StrEnum):
    """Weekdays are those of the week, worked or not; the three others are told by the calendar of working days."""

    MON = "mon"
    TUE = "tue"
    WED = "wed"
    THU = "thu"
    FRI = "fri"
    SAT = "sat"
    SUN = "sun"
    WORKDAYS = "workdays"
    DAYS_OFF = "days_off"
    HOLIDAYS = "holidays"


_WEEKDAYS = tuple(DayWord)[:7]


class Spell(Noun):
    """Hours of some days; of every day where none is named. Hours that go past midnight belong to the day on which they began."""

    hours: Window = DayWindow.parse("00:00-24:00")
    days: Annotated[frozenset[DayWord], Field(min_length=1), PlainSerializer(sorted)] = frozenset(_WEEKDAYS)

    def day_at(self, at: datetime, zone: tzinfo, working_days: WorkingDays) -> date | None:
        """The local day to which an aware instant belongs, if the spell holds then."""
        day = self.hours.day_at(at, zone)
        return day if day is not None and self._names(day, working_days) else None

    def _names(self, day: date, working_days: WorkingDays) -> bool:
        if _WEEKDAYS[day.weekday()] in self.days:
            return True
        if DayWord.WORKDAYS in self.days and working_days.is_workday(day):
            return True
        if DayWord.DAYS_OFF in self.days and not working_days.is_workday(day):
            return True
        return DayWord.HOLIDAYS in self.days and working_days.is_holiday(day)


def _spell(value: Any) -> Any:
    return Spell(hours=DayWindow.parse(value)) if isinstance(value, str) else value


_SCHEMA = {
    "anyOf": [
        {"type": "string", "pattern": f"^{DayWindow.PATTERN}$", "examples": ["06:00-14:00"]},
        {
            "type": "object",
            "properties": {
                "hours": {"type": "string", "pattern": f"^{DayWindow.PATTERN}$", "examples": ["06:00-14:00"]},
                "days": {"type": "array", "minItems": 1, "items": {"enum": [word.value for word in DayWord]}},
            },
            "additionalProperties": False,
        },
    ]
}
Schedule = tuple[Annotated[Spell, BeforeValidator(_spell), WithJsonSchema(_SCHEMA)], ...]
"""Spells of which one is enough, each `06:00-14:00` or `{hours: 06:00-14:00, days: [workdays]}`. An empty one always holds."""


def holds(spells: Iterable[Spell], at: datetime, zone: tzinfo, working_days: WorkingDays) -> bool:
    """Whether a schedule holds at an aware instant."""
    asked = tuple(spells)
    return not asked or any(spell.day_at(at, zone, working_days) is not None for spell in asked)
