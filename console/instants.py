"""An instant as a program writes it: RFC 3339, and within years that every calendar and clock here can count in."""

import re
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, AwareDatetime, BeforeValidator

EARLIEST, LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
_WRITTEN = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)", re.ASCII)


def _as_written(value: Any) -> Any:
    """Numbers are no instants: nobody can tell what they count."""
    if isinstance(value, datetime) or (isinstance(value, str) and _WRITTEN.fullmatch(value)):
        return value
    raise ValueError("write an instant as 2026-11-25T01:10:00Z")


def _countable(at: datetime) -> datetime:
    if not EARLIEST <= at < LATEST:
        raise ValueError(f"an instant from {EARLIEST:%Y} on and before {LATEST:%Y}")
    return at.astimezone(UTC)


Moment = Annotated[AwareDatetime, BeforeValidator(_as_written), AfterValidator(_countable)]
"""In UTC. ValueError for what is no instant, has no offset, or lies outside the years."""
