"""Which days are worked in China: public holidays are not, and the weekend days that make up for them are."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache, lru_cache
from typing import Any

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class WorkingDays:
    """The calendar that the State Council announces, as far as the library knows it, corrected by the days that a town names itself.

    Of a year that was not announced when the library was released only the holidays that the law fixes are known, and no make-up day.
    """

    days_off: frozenset[date] = frozenset()
    make_up_days: frozenset[date] = frozenset()

    def is_workday(self, day: date) -> bool:
        """Monday to Friday and make-up days, but no public holiday."""
        if day in self.make_up_days:
            return True
        return day not in self.days_off and _worked_in_china(day)

    def is_holiday(self, day: date) -> bool:
        """Whether the day is free for a public holiday, as announcements count: the weekend beside it belongs to it."""
        return any(one in self.days_off or one in _china() for one in self._free_days_around(day))

    def _free_days_around(self, day: date) -> Iterator[date]:
        """The unbroken row of free days that the day stands in; none where it is worked."""
        for first, step in ((day, -DAY), (day, DAY)):
            one = first
            while not self.is_workday(one):
                yield one
                one += step


@lru_cache(maxsize=64)
def _worked_in_china(day: date) -> bool:
    """Asked of one day in every zone at every look."""
    return bool(_china().is_working_day(day))


@cache
def _china() -> Any:
    import holidays  # 40 ms that only a rule with such days pays

    return holidays.country_holidays("CN")
