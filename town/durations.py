"""Durations and times of day as people write them in a file: `60s`, `10m`, `1h30m`, `06:00-14:00`."""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

_UNIT_S = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|[smhd])")
_WHOLE = re.compile(rf"(?:{_PART.pattern})+")
_DAY = timedelta(days=1)
_WINDOW = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)")


def parse_duration(value: Any) -> timedelta:
    """Read `90s`, `10m`, `1h30m`. Raises ValueError for anything else, a bare number too: its unit would be a guess."""
    if isinstance(value, timedelta):
        return value
    if not isinstance(value, str) or not _WHOLE.fullmatch(value):
        raise ValueError("write a number and its unit, such as 30s, 10m, 2h, 1h30m or 7d")
    return timedelta(seconds=sum(float(number) * _UNIT_S[unit] for number, unit in _PART.findall(value)))


def show_duration(value: timedelta) -> str:
    """`1h30m` for an hour and a half: what `parse_duration` reads back."""
    rest_s, text = value.total_seconds(), ""
    for unit in ("d", "h", "m"):
        count, rest_s = divmod(rest_s, _UNIT_S[unit])
        text += f"{count:.0f}{unit}" if count else ""
    return text + (f"{rest_s:g}s" if rest_s or not text else "")


Duration = Annotated[
    timedelta,
    BeforeValidator(parse_duration),
    PlainSerializer(show_duration),
    WithJsonSchema({"type": "string", "pattern": f"^{_WHOLE.pattern}$", "examples": ["30s", "10m", "1h30m"]}),
]


@dataclass(frozen=True, slots=True)
class DayWindow:
    """A part of the day in local time, `06:00-14:00`; one that ends before it starts goes past midnight."""

    PATTERN: ClassVar[str] = _WINDOW.pattern
    start: time
    end: time

    @classmethod
    def parse(cls, value: Any) -> "DayWindow":
        if isinstance(value, DayWindow):
            return value
        match = _WINDOW.fullmatch(value) if isinstance(value, str) else None
        if not match or (match[3] == "24" and match[4] != "00"):
            raise ValueError("write a part of the day as HH:MM-HH:MM, such as 06:00-14:00 or 22:00-06:00")
        end = time() if match[3] == "24" else time(int(match[3]), int(match[4]))
        return cls(time(int(match[1]), int(match[2])), end)

    def holds(self, at: datetime, zone: tzinfo) -> bool:
        """Whether the window holds at an aware instant, read in the given time zone. `00:00-00:00` is the whole day."""
        return self.day_at(at, zone) is not None

    def day_at(self, at: datetime, zone: tzinfo) -> date | None:
        """The local day on which the window that holds at `at` began; None where it does not hold."""
        local = at.astimezone(zone)
        clock = local.time()
        if clock >= self.start:
            return local.date() if clock < self.end or self.end <= self.start else None
        return local.date() - _DAY if self.end <= self.start and clock < self.end else None

    def __str__(self) -> str:
        return f"{self.start:%H:%M}-{self.end:%H:%M}"


Window = Annotated[
    DayWindow,
    BeforeValidator(DayWindow.parse),
    PlainSerializer(str),
    WithJsonSchema({"type": "string", "pattern": f"^{_WINDOW.pattern}$", "examples": ["06:00-14:00"]}),
]
