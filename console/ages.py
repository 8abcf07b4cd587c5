"""How long ago something was, in one word or two. Pure."""

from datetime import datetime

from console.wording import Words

_UNITS = (("days", 86_400), ("hours", 3_600), ("minutes", 60))


def ago(at: datetime, now: datetime, words: Words) -> str:
    """For example 3 分钟前; what is less than a minute old, or still to come by another clock, is just now."""
    passed_s = (now - at).total_seconds()
    for unit, unit_s in _UNITS:
        if passed_s >= unit_s:
            return words("ages", unit, n=int(passed_s // unit_s))
    return words("ages", "now")
