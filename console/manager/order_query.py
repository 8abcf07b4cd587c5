"""What a list of orders is asked for by its address: `?state=&camera=&category=&grid=&rule=&cleaner=&from=&to=&page=`. Pure."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from storage.order_pages import LIVE
from storage.order_search import Sought
from town.work import ENDED, OrderState

NAMES = ("state", "camera", "category", "grid", "rule", "cleaner", "from", "to")
LIVE_WORD, ENDED_WORD = "live", "ended"
_A_DAY = timedelta(days=1)


class NotUnderstood(ValueError):
    """A part of the address that means nothing; `said` is it."""

    def __init__(self, said: str) -> None:
        super().__init__(said)
        self.said = said


@dataclass(frozen=True)
class OrderQuery:
    """What stands in the address, without what is empty. `state`, `camera`, `category`, `grid` and `rule` may be several, by commas.

    A state is one of `OrderState`, `live` or `ended`. `from` and `to` are days of the town, both included, or instants, the last not.
    """

    asked: Mapping[str, str]
    page: int = 1

    def __getitem__(self, name: str) -> str:
        return self.asked.get(name, "")

    @property
    def is_empty(self) -> bool:
        return not self.asked

    def sought(self, grids: Collection[str], zone: ZoneInfo) -> Sought:
        """What to look for in grids that are the visitor's. Raises NotUnderstood."""
        wanted = self._several("grid")
        return Sought(
            [grid for grid in grids if not wanted or grid in wanted],
            self._states(),
            self._several("camera"),
            self._several("category"),
            self._several("rule"),
            self["cleaner"],
            _instant(self["from"], zone),
            _instant(self["to"], zone, after_the_day=True),
        )

    def address(self, page: int = 1, **changed: str) -> str:
        """Where the same list stands, at another page or with something else asked."""
        asked = {name: value for name, value in {**self.asked, **changed}.items() if value}
        query = urlencode(asked | ({"page": str(page)} if page > 1 else {}))
        return "/town/orders" + (f"?{query}" if query else "")

    def _several(self, name: str) -> list[str]:
        return [part for part in self[name].split(",") if part]

    def _states(self) -> list[OrderState]:
        groups = {LIVE_WORD: LIVE, ENDED_WORD: sorted(ENDED)}
        found: list[OrderState] = []
        for word in self._several("state"):
            if word not in {*OrderState, *groups}:
                raise NotUnderstood(word)
            found.extend(groups.get(word) or [OrderState(word)])
        return found


def query_of(said: Mapping[str, str]) -> OrderQuery:
    """The query of an address; what it does not know is left out, and a page that is no number is the first."""
    page = said.get("page", "")
    asked = {name: said[name].strip() for name in NAMES if said.get(name, "").strip()}
    return OrderQuery(asked, max(1, int(page)) if page.isascii() and page.isdigit() and len(page) < 7 else 1)


def _instant(said: str, zone: ZoneInfo, after_the_day: bool = False) -> datetime | None:
    if not said:
        return None
    try:
        if len(said) > len("2026-01-01"):
            at = datetime.fromisoformat(said)
            return (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC)
        day = date.fromisoformat(said)
        return datetime.combine(day + _A_DAY if after_the_day else day, time.min, zone).astimezone(UTC)
    except (ValueError, OverflowError):
        raise NotUnderstood(said) from None
