"""Links to the pictures of orders: made for one person, open for a while, and signed, so that nobody can make or change one. Pure."""

import hmac
import re
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from town.evidence import When
from town.township import Township
from town.work import WorkOrder

KEY_BYTES = 32
CLEANER, MANAGER = "cleaner", "manager"

_ID = re.compile(r"[0-9A-Za-z-]{1,64}")
_PERSON = re.compile(rf"(?:{CLEANER}|{MANAGER}):[a-z0-9-]{{1,40}}")
_SECONDS = re.compile(r"[0-9]{1,12}")


@dataclass(frozen=True, slots=True)
class PictureLink:
    """What a link opens, to whom (`cleaner:c01`), until when."""

    order_id: str
    when: When
    person: str
    until: datetime


class PictureLinks:
    """The links of one service: below `base`, signed with `key`, good for `lasts`. Raises ValueError for a short key."""

    def __init__(self, base: str, key: bytes, lasts: timedelta) -> None:
        if len(key) < KEY_BYTES:
            raise ValueError(f"a key of at least {KEY_BYTES} bytes is needed")
        self._base, self._key, self._lasts = base, key, lasts

    def url(self, order_id: str, when: When, person: str, now: datetime) -> str:
        until = int((now + self._lasts).timestamp())
        signature = self._signature(order_id, when, person, until)
        query = urlencode({"for": person, "until": until, "sig": signature}, safe=":")
        return f"{self._base}/pictures/{order_id}/{when}?{query}"

    def read(self, order_id: str, when: str, query: Mapping[str, str], now: datetime) -> PictureLink | None:
        """What an address opens; None for one that was not signed here, was changed, or is over."""
        person, until, signature = (query.get(name, "") for name in ("for", "until", "sig"))
        if when not in set(When) or not (_ID.fullmatch(order_id) and _PERSON.fullmatch(person) and _SECONDS.fullmatch(until)):
            return None
        right = hmac.compare_digest(self._signature(order_id, When(when), person, int(until)).encode(), signature.encode())
        if not right or int(until) <= now.timestamp():
            return None
        return PictureLink(order_id, When(when), person, datetime.fromtimestamp(int(until), UTC))

    def _signature(self, order_id: str, when: When, person: str, until: int) -> str:
        said = "\n".join(("weisu picture", order_id, when, person, str(until)))
        return urlsafe_b64encode(hmac.digest(self._key, said.encode(), "sha256")).decode().rstrip("=")


def may_see(person: str, order: WorkOrder, township: Township) -> bool:
    """Whether an order is this person's to see now: offered to them, held by them, or of a grid that they manage."""
    role, _, name = person.partition(":")
    if role == MANAGER:
        return any(grid.id == order.grid_id and grid.manager == name for grid in township.grids)
    if role != CLEANER or name not in township.cleaner_by_id:
        return False
    return order.holder == name if order.holder else name in order.offered_to
