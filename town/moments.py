"""An instant as people write it: `9:10`, `11-25 09:10`, `2026-11-25 09:10:30`, in the town's own time."""

import re
from datetime import datetime, timedelta, tzinfo

_LOCAL = re.compile(
    r"(?:(?:(?P<year>\d{4})-)?(?P<month>\d{1,2})-(?P<day>\d{1,2})[ T])?(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2}))?"
)
WAYS = "9:10, 11-25 9:10, 2026-11-25 09:10:30 (the town's time), 2026-11-25T01:10:30Z, or now"


def parse_moment(text: str, zone: tzinfo, now: datetime) -> datetime:
    """Read an instant. A day or year that is left out is the last for which it is not in the future. Raises ValueError."""
    text = text.strip()
    if text == "now":
        return now
    try:
        match = _LOCAL.fullmatch(text)
        return _filled_in(match, zone, now) if match else _with_offset(text, zone)
    except ValueError as error:
        raise ValueError(f"{text} is no moment ({error}); write {WAYS}") from None


def _filled_in(match: re.Match[str], zone: tzinfo, now: datetime) -> datetime:
    given = {name: int(value) for name, value in match.groupdict(default="").items() if value}
    local = now.astimezone(zone)
    year, month, day = (given.get(name, getattr(local, name)) for name in ("year", "month", "day"))
    moment = datetime(year, month, day, given["hour"], given["minute"], given.get("second", 0), tzinfo=zone)
    if moment <= now or "year" in given:
        return moment
    return moment.replace(year=year - 1) if "day" in given else moment - timedelta(days=1)


def _with_offset(text: str, zone: tzinfo) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)
