"""Column types that cannot be wrong: UTC instants, words of an enumeration, compact JSON, boxes."""

import json
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import DateTime, Dialect, Text
from sqlalchemy.types import TypeDecorator

from town.geometry import Box

_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def dump(value: Any) -> str:
    """The value as JSON without a spare blank; Chinese stays readable. Raises ValueError for NaN, which is not JSON."""
    return _JSON.encode(value)


class Instant(TypeDecorator[datetime]):
    """An instant in UTC, aware in Python. Refuses a naive one with ValueError: its meaning would be a guess."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"an instant needs its time zone: {value}")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        return value.replace(tzinfo=UTC) if value and value.tzinfo is None else value


class Word(TypeDecorator[Any]):
    """One word of an enumeration, stored as itself."""

    impl = Text
    cache_ok = True

    def __init__(self, words: type[StrEnum]) -> None:
        super().__init__()
        self.words = words

    def process_bind_param(self, value: str | None, _dialect: Dialect) -> str | None:
        return None if value is None else self.words(value).value

    def process_result_value(self, value: str | None, _dialect: Dialect) -> StrEnum | None:
        return None if value is None else self.words(value)


class Json(TypeDecorator[Any]):
    """A plain JSON value as compact text."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, _dialect: Dialect) -> str | None:
        return None if value is None else dump(value)

    def process_result_value(self, value: str | None, _dialect: Dialect) -> Any:
        return None if value is None else json.loads(value)


class Rectangle(TypeDecorator[Box]):
    """A box as `[x1,y1,x2,y2]`, exactly as it was."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Box | None, _dialect: Dialect) -> str | None:
        return None if value is None else dump([value.x1, value.y1, value.x2, value.y2])

    def process_result_value(self, value: str | None, _dialect: Dialect) -> Box | None:
        return None if value is None else Box(*json.loads(value))
